"""A pseudo-terminal that runs a command, reads along and types."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Mapping
from typing import Self

_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class PseudoTerminal:
    """``ragflow`` in a terminal of 80 columns.

    Args:
        arguments: What follows ``ragflow``.
        environment: Variables to set.
    """

    def __init__(self, *arguments: str, environment: Mapping[str, str] | None = None) -> None:
        variables = {**os.environ, "TERM": "xterm-256color", **(environment or {})}
        variables.pop("COLUMNS", None)
        command = [sys.executable, "-m", "ragflow", *arguments]
        self._child, self._screen = pty.fork()
        if self._child == 0:
            os.execve(sys.executable, command, variables)
        fcntl.ioctl(self._screen, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 80, 0, 0))
        self._code: int | None = None
        self._seen = 0
        self.output = ""

    @property
    def text(self) -> str:
        """What was shown so far, without escape sequences."""
        return _ESCAPES.sub("", self.output)

    def wait_for(self, text: str, timeout: float = 30.0) -> str:
        """Reads until a text is shown that was not waited for before, and gives what led to it."""
        deadline = time.monotonic() + timeout
        while text not in self.text[self._seen :]:
            assert self._read(deadline), f"{text!r} is not in {self.text[self._seen :]!r}"
        begun, self._seen = self._seen, self.text.index(text, self._seen) + len(text)
        return self.text[begun : self._seen]

    def type(self, text: str) -> None:
        """Types a text; character 3 is Ctrl-C and character 4 is Ctrl-D.

        A person needs a moment before that. Python misses a signal that comes right between showing
        a prompt and waiting for input, until there is input.
        """
        time.sleep(0.2)
        os.write(self._screen, text.encode())

    def interrupt(self, until: str) -> None:
        """Types Ctrl-C until a text is shown; one that hits the wrong instant is noticed late."""
        for _ in range(3):
            self.type("\x03")
            with contextlib.suppress(AssertionError):
                self.wait_for(until, timeout=10.0)
                return
        self.wait_for(until, timeout=0.0)

    def exit_code(self, timeout: float = 10.0) -> int:
        """Waits for the end of the command."""
        deadline = time.monotonic() + timeout
        while self._read(deadline):
            pass
        while self._code is None and time.monotonic() < deadline:
            child, status = os.waitpid(self._child, os.WNOHANG)
            if child:
                self._code = os.waitstatus_to_exitcode(status)
            time.sleep(0.01)
        assert self._code is not None, "the command does not end"
        return self._code

    def _read(self, deadline: float) -> bool:
        """Whether something was read before the deadline."""
        ready, _, _ = select.select([self._screen], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            return False
        try:
            data = os.read(self._screen, 65536)
        except OSError:  # how Linux says that the other side is gone
            return False
        self.output += data.decode(errors="replace")
        return bool(data)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        if self._code is None:
            os.kill(self._child, signal.SIGKILL)
            os.waitpid(self._child, 0)
        os.close(self._screen)
