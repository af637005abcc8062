"""The client as a child process that can be watched and killed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ragflow.testing import LocalServer

CLIENT = Path(__file__).with_name("client.py")
SHOWN = 3000  # characters of a traceback


class Run:
    """One run of the client, which ends with its ``with`` block at the latest.

    Args:
        server: Where the dataset is.
        dataset: Its name.
        folder: What to ingest.
        options: Arguments of ``ingest``.
        is_async: Which client it is.
    """

    def __init__(
        self,
        server: LocalServer,
        dataset: str,
        folder: Path,
        options: dict[str, Any],
        *,
        is_async: bool,
    ) -> None:
        order = {
            "url": server.base_url,
            "dataset": dataset,
            "folder": str(folder),
            "options": options,
            "is_async": is_async,
        }
        self.state: dict[str, Any] = {}
        self._begun = time.monotonic()
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed at the end
        self._process = subprocess.Popen(
            [sys.executable, str(CLIENT), json.dumps(order)],
            env={**os.environ, "RAGFLOW_API_KEY": server.api_key},
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def is_running(self) -> bool:
        """Whether it has not ended yet."""
        return self._process.poll() is None

    @property
    def seconds(self) -> float:
        """Since it was started."""
        return time.monotonic() - self._begun

    @property
    def settled(self) -> int:
        """Files that it has brought to an end, beyond those it found done."""
        return int(self.state.get("ended", 0) - self.state.get("skipped", 0))

    @property
    def sent(self) -> int:
        """Bytes of files that it has stored."""
        return int(self.state.get("sent", 0))

    def kill(self) -> bool:
        """Ends it as a crash would; whether it was still running."""
        self._process.kill()
        return self._process.wait() != 0

    def ended(self, seconds: float = 60.0) -> tuple[dict[str, Any], str]:
        """Its report, and what it complained of; waits for its end."""
        code = self._process.wait(seconds)
        self._reader.join(seconds)
        self._errors.seek(0)
        complaints = self._errors.read().strip()
        return self.state, f"code {code}: {complaints[-SHOWN:]}" if code or complaints else ""

    def _read(self) -> None:
        if self._process.stdout is not None:
            for line in self._process.stdout:
                if line.endswith("\n"):
                    self.state = {**self.state, **json.loads(line)}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.wait()
        self._reader.join()
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._errors.close()
