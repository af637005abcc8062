"""An embedded server for the length of a test."""

from __future__ import annotations

import json
import urllib.request
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Self

import anyio
import anyio.to_thread
import attrs

from ragflow.local.config import DEFAULT_VERSION
from ragflow.local.faults import REPORT_PATH, FaultReport
from ragflow.local.process import ServerProcess

if TYPE_CHECKING:
    import os

    from ragflow.local.faults import Faults

_REPORT_SECONDS = 10.0


class LocalServer:
    """A server process that is ready when entered and gone when left, sync or async.

    ```python
    with LocalServer() as server:
        client = RAGFlow(server.api_key, server.base_url)
    ```

    Args:
        path: The data file; None keeps nothing.
        version: The RAGFlow version to speak, for example ``"0.22.1"``.
        host: The address to listen on.
        port: The port; 0 takes a free one.
        api_key: The key clients must send; None takes the data file's, or makes one.
        faults: What goes wrong on purpose, for tests of how clients bear it; None is nothing.
    """

    def __init__(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        version: str = DEFAULT_VERSION,
        host: str = "127.0.0.1",
        port: int = 0,
        api_key: str | None = None,
        faults: Faults | None = None,
    ) -> None:
        self._make = partial(
            ServerProcess,
            None if path is None else Path(path),
            version=version,
            host=host,
            port=port,
            api_key=api_key,
        )
        self._faults = faults
        self._process: ServerProcess | None = None

    def start(self) -> Self:
        """Start the server and wait until it is ready.

        Raises:
            ServerProcessError: If it does not start.
            ValueError: If the version is unknown.
        """
        if self._process is None:
            self._process = self._make(faults=self._faults)
        return self

    def stop(self) -> None:
        """End the server. Harmless when repeated."""
        if self._process is not None:
            self._process.stop()

    def kill(self) -> None:
        """End the server as a crash would, with SIGKILL, whatever it is doing.

        Harmless when repeated. A server without a data file leaves its temporary file behind.
        """
        self._running.kill()

    def restart(self) -> Self:
        """Start the server again at the same address, with the same key and data file.

        If it still runs, it is stopped first. Until it is ready again connections are refused. A
        server without a data file comes back empty. Faults are drawn with the next seed, so that
        the first requests do not meet the same ones again, and are counted anew.

        Raises:
            ServerProcessError: If it does not start, for example because its port was taken.
        """
        before = self._running
        before.stop()
        if self._faults is not None:
            self._faults = attrs.evolve(self._faults, seed=self._faults.seed + 1)
        port = int(before.base_url.rpartition(":")[2])
        self._process = self._make(port=port, api_key=before.api_key, faults=self._faults)
        return self

    def fault_report(self) -> FaultReport:
        """What the server has done to its requests, and received, since it was last started.

        Raises:
            RuntimeError: If it was started without ``faults``; ``Faults()`` only counts.
        """
        if self._faults is None:
            raise RuntimeError("the server was started without faults, so it does not count")
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with direct.open(f"{self.base_url}{REPORT_PATH}", timeout=_REPORT_SECONDS) as answer:
            return FaultReport(**json.load(answer))

    @property
    def base_url(self) -> str:
        """The URL to give to a client."""
        return self._running.base_url

    @property
    def api_key(self) -> str:
        """The key to give to a client."""
        return self._running.api_key

    @property
    def version(self) -> str:
        """The RAGFlow version that is spoken."""
        return self._running.version

    @property
    def pid(self) -> int:
        """The process id of the server."""
        return self._running.pid

    @property
    def _running(self) -> ServerProcess:
        if self._process is None:
            raise RuntimeError("the server was not started; use it in a with block")
        return self._process

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *exception: object) -> None:
        self.stop()

    async def __aenter__(self) -> Self:
        return await anyio.to_thread.run_sync(self.start)

    async def __aexit__(self, *exception: object) -> None:
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(self.stop)
