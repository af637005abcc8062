# Generated from src/ragflow/_async/client.py by tools/generate_sync.py. Do not edit.
"""The client: where everything starts."""

from __future__ import annotations

import os
from types import TracebackType
from typing import Self, TypeVar

import httpx

from .. import settings
from .._protocol.timeouts import TimeoutLike
from .._twins import LocalServer
from ..errors import ConfigurationError
from ..models import ResourceData
from .client_chats import ChatCalls
from .client_datasets import DatasetCalls
from .transport import Transport

__all__ = ["RAGFlow"]

R = TypeVar("R", bound=ResourceData)


class RAGFlow(DatasetCalls, ChatCalls):
    """A client of one RAGFlow server.

    One client serves any number of tasks; use it as a context manager, or close it when done.

    Args:
        api_key: The key, from the server's settings page; else ``RAGFLOW_API_KEY`` is taken.
        base_url: The server's address, with or without ``/api/v1``; else ``RAGFLOW_BASE_URL``.
        timeout: Seconds that one call may take, its retries included (60 when not given). An
            ``httpx.Timeout`` sets the phases one by one.
        stream_timeout: Seconds without a byte after which an upload, a download or a streamed
            answer counts as broken (300 when not given, or ``timeout`` where that is).
        max_retries: How often a call is sent again after a failure. What could be done twice by
            that, a create or an upload, is sent again only if nothing had reached the server.
        server_version: The server's version; asked for when not given.
        http_client: An ``httpx`` client to send with. It stays yours to close.
        transport: An ``httpx`` transport to send with.
        fast: Whether to use what the extra ``fast`` installs; when not given, wherever it is
            installed, unless ``RAGFLOW_FAST=0`` stands in the environment.

    Raises:
        ConfigurationError: There is no key or no usable address; or ``fast=True`` lacks packages.
    """

    def __init__(
        self,
        api_key: str | None = None,
        base_url: str | None = None,
        *,
        timeout: TimeoutLike = None,
        stream_timeout: TimeoutLike = None,
        max_retries: int = 2,
        server_version: str | None = None,
        http_client: httpx.Client | None = None,
        transport: httpx.BaseTransport | None = None,
        fast: bool | None = None,
    ) -> None:
        if http_client is not None and transport is not None:
            raise ConfigurationError("http_client and transport exclude each other")
        resolved = settings.resolve(
            api_key,
            base_url,
            timeout=timeout,
            stream_timeout=stream_timeout,
            max_retries=max_retries,
            server_version=server_version,
            fast=fast,
        )
        self._api = Transport(resolved, http_client, transport)
        self._local_server: LocalServer | None = None

    @classmethod
    def local(
        cls, path: str | os.PathLike[str] | None = None, *, version: str | None = None
    ) -> Self:
        """A client with an embedded server of its own: no Docker, no key, one file.

        The server runs in a process of its own from now on, and ends with the client. Starting it
        takes about a second, for which an event loop stands still.

        Args:
            path: The file that holds its data; without one nothing outlives the client.
            version: The server generation that it speaks; the newest when not given.

        Raises:
            LocalServerError: It did not start; for example the extra ``local`` is not installed.
        """
        server = LocalServer(path, version)
        client = cls(server.api_key, server.base_url, server_version=server.version)
        client._local_server = server
        return client

    @property
    def base_url(self) -> str:
        """The server's address, without ``/api/v1``."""
        return self._api.settings.base_url

    def server_version(self) -> str:
        """The server's version, as it was given or as the server tells it.

        Older servers do not tell; for them it is a version that behaves alike.
        """
        return self._api.server_version()

    def bind(self, resource: R) -> R:
        """Lets an object, for example an unpickled one, call the server through this client."""
        resource._api = self._api
        return resource

    def close(self) -> None:
        """Closes the connections, and the embedded server if there is one."""
        self._api.close()
        if self._local_server is not None:
            self._local_server.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(base_url={self.base_url!r})"

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("a client holds connections and a key; create one where it is used")
