"""The counterpart of the benchmarks, compiled where it runs."""

from __future__ import annotations

import json
import shutil
import subprocess
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from environments import FOLDER, python_of

SOURCE = Path(__file__).with_name("stub.c")
PROGRAM = FOLDER / "stub"


def compiler() -> list[str]:
    """A C compiler of the system, or else the one that the package ``ziglang`` brings."""
    for name in ("cc", "gcc", "clang"):
        if shutil.which(name):
            return [name]
    return [str(python_of("compiler")), "-m", "ziglang", "cc"]


def compiled() -> Path:
    """The program; compiled anew when its source has changed."""
    if not PROGRAM.is_file() or PROGRAM.stat().st_mtime < SOURCE.stat().st_mtime:
        PROGRAM.parent.mkdir(exist_ok=True)
        subprocess.run([*compiler(), "-O2", "-o", str(PROGRAM), str(SOURCE)], check=True)
    return PROGRAM


@dataclass(frozen=True)
class Counts:
    """What a server has done: seconds of CPU for so many requests, with files and their bytes."""

    requests: int
    files: int
    bytes: int
    cpu: float


class Server:
    """The server, running while its ``with`` block does.

    Args:
        latency_ms: What it waits before it answers, in milliseconds.
    """

    def __init__(self, latency_ms: float = 0) -> None:
        self._command = [str(compiled()), str(latency_ms)]

    def counts(self) -> Counts:
        """What has come, and what that took."""
        with urllib.request.urlopen(f"{self.url}/counts") as reply:
            return Counts(**json.load(reply))

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        self.url = f"http://127.0.0.1:{int(self._process.stdout.readline())}"
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.communicate()
