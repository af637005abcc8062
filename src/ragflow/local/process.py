"""The embedded server as a child process that ends with its parent."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from typing import IO, TYPE_CHECKING

from ragflow.local.__main__ import API_KEY_VARIABLE
from ragflow.local.config import DEFAULT_VERSION, ServerConfig, ServerInfo

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ragflow.local.faults import Faults

_NEEDED = ("bs4", "docx", "numpy", "pypdf", "python_multipart", "starlette", "uvicorn", "xxhash")
_STOP_SECONDS = 3.0
_SHOWN = 2000


class ServerProcessError(RuntimeError):
    """The embedded server did not start; the message says why."""


class ServerProcess:
    """Runs ``python -m ragflow.local`` and knows how to reach it.

    The child watches its standard input and ends when this process does, however that happens.

    Args:
        path: The data file; None keeps nothing.
        version: The RAGFlow version to speak.
        host: The address to listen on.
        port: The port; 0 takes a free one.
        api_key: The key clients must send; None takes the data file's, or makes one.
        max_body: The largest request body in bytes; None for the server's default.
        faults: What goes wrong on purpose; None is nothing.
        start_timeout: Seconds to wait for readiness.

    Raises:
        ServerProcessError: If a library is missing, or the server does not become ready.
        ValueError: If the version is unknown.
    """

    def __init__(
        self,
        path: Path | None = None,
        *,
        version: str = DEFAULT_VERSION,
        host: str = "127.0.0.1",
        port: int = 0,
        api_key: str | None = None,
        max_body: int | None = None,
        faults: Faults | None = None,
        start_timeout: float = 30.0,
    ) -> None:
        ServerConfig(version=version)
        _check_installed()
        # -P: files in the working directory must not take the place of libraries.
        command = [sys.executable, "-P", "-m", "ragflow.local", "--json", "--parent-watch"]
        command += ["--version", version, "--host", host, "--port", str(port)]
        if path is not None:
            command += ["--data", str(path)]
        if max_body is not None:
            command += ["--max-body", str(max_body)]
        if faults is not None:
            command += ["--faults", faults.to_json()]
        environment = dict(os.environ)
        if api_key is not None:
            environment[API_KEY_VARIABLE] = api_key
        self._lock = threading.Lock()
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed by stop()
        try:
            self._child = subprocess.Popen(  # noqa: S603 - our own module, run by our own Python
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                env=environment,
                start_new_session=True,  # Ctrl-C in a terminal is for the parent
            )
        except BaseException:
            self._errors.close()
            raise
        try:
            self._info = self._wait_until_ready(start_timeout)
        except BaseException:
            self.stop()
            raise

    @property
    def base_url(self) -> str:
        """The URL to give to a client."""
        return self._info.base_url

    @property
    def api_key(self) -> str:
        """The key to give to a client."""
        return self._info.api_key

    @property
    def version(self) -> str:
        """The RAGFlow version that is spoken."""
        return self._info.version

    @property
    def pid(self) -> int:
        """The process id of the server."""
        return self._child.pid

    def stop(self) -> None:
        """End the server: politely, and after three seconds by force. Harmless when repeated."""
        self._end(self._child.terminate)

    def kill(self) -> None:
        """End the server as a crash would, in the middle of whatever it does."""
        self._end(self._child.kill)

    def _end(self, signal: Callable[[], None]) -> None:
        with self._lock:
            if self._errors.closed:
                return
            signal()
            try:
                self._child.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._child.kill()
                self._child.wait()
            for pipe in (self._child.stdin, self._child.stdout, self._errors):
                if pipe is not None:
                    pipe.close()

    def _wait_until_ready(self, timeout: float) -> ServerInfo:
        lines: list[bytes] = []
        output = self._child.stdout
        if output is None:
            raise ServerProcessError("the embedded server has no output to read")
        reader = threading.Thread(target=lambda: lines.append(output.readline()), daemon=True)
        begun = time.monotonic()
        reader.start()
        reader.join(timeout)
        if reader.is_alive():
            self._child.kill()
            reader.join()
            raise ServerProcessError(f"the embedded server was not ready within {timeout:g} s")
        line = lines[0] if lines else b""
        if not line:
            left = max(0.1, timeout - (time.monotonic() - begun))
            code = self._child.wait(left)
            self._errors.seek(0)
            reason = self._errors.read().decode(errors="replace").strip()[-_SHOWN:]
            raise ServerProcessError(reason or f"the embedded server ended with code {code}")
        return ServerInfo(**json.loads(line))


def _check_installed() -> None:
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise ServerProcessError(
            f"the embedded server needs libraries that are not installed ({', '.join(missing)});"
            ' install them with: pip install "ragflow[local]"'
        )
