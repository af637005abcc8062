"""An embedded server for the length of a test."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Self

import anyio
import anyio.to_thread

from ragflow.local.config import DEFAULT_VERSION
from ragflow.local.process import ServerProcess

if TYPE_CHECKING:
    import os


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
    """

    def __init__(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        version: str = DEFAULT_VERSION,
        host: str = "127.0.0.1",
        port: int = 0,
        api_key: str | None = None,
    ) -> None:
        self._make = partial(
            ServerProcess,
            None if path is None else Path(path),
            version=version,
            host=host,
            port=port,
            api_key=api_key,
        )
        self._process: ServerProcess | None = None

    def start(self) -> Self:
        """Start the server and wait until it is ready.

        Raises:
            ServerProcessError: If it does not start.
            ValueError: If the version is unknown.
        """
        if self._process is None:
            self._process = self._make()
        return self

    def stop(self) -> None:
        """End the server. Harmless when repeated."""
        if self._process is not None:
            self._process.stop()

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
