"""Connections as a stack: what a request costs does not grow with how many run at once."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import TYPE_CHECKING

import httpcore
import httpx

from .._network import (
    COMPRESSION,
    HEADERS,
    KEEP_IDLE,
    MAX_CONNECTIONS,
    Origin,
    as_proxy,
    proxy_for,
    tls_for,
)
from .._protocol.multipart import Multipart
from .._twins import AsyncBody, AsyncSlots, async_let_go, async_network
from .responses import AsyncAnswer
from .wires import AsyncWire

if TYPE_CHECKING:
    from ..settings import Secret

Connection = AsyncWire | httpcore.AsyncConnectionPool


class AsyncConnections:
    """Gives each request a connection for itself: the one that was used last, or a new one.

    The pool of httpx looks at all its connections whenever a request begins or ends, so that each
    of 128 requests at a time costs five times as much as one alone. Here each connection is by
    itself; those by way of a proxy are made by httpcore, on which httpx stands.

    Args:
        origin: Where to.
        api_key: Goes with every request.
        limit: Connections at most; further requests wait for one.
        make: Makes a connection.
    """

    def __init__(
        self,
        origin: Origin,
        api_key: Secret,
        limit: int = MAX_CONNECTIONS,
        make: Callable[[Origin], Connection] | None = None,
    ) -> None:
        self._origin = origin
        self._headers = {"Host": origin.netloc, **HEADERS, "Accept-Encoding": COMPRESSION}
        self._api_key = api_key
        self._make = make or new_connection
        self._slots = AsyncSlots(limit)
        self._idle: deque[tuple[float, Connection]] = deque()
        self.is_closed = False

    async def send(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str],
        body: bytes | Multipart | None,
        phases: Mapping[str, float | None],
    ) -> AsyncAnswer:
        """Sends a request; its connection is free again when the answer is closed."""
        key = {"Authorization": f"Bearer {self._api_key.reveal()}"}
        scheme, host, port = self._origin.address
        request = httpcore.Request(
            method,
            httpcore.URL(scheme=scheme, host=host, port=port, target=target),
            headers=_raw({**self._headers, **headers, **key}),
            content=AsyncBody(body) if isinstance(body, Multipart) else body,
            extensions={"timeout": phases},
        )
        await self._slots.take(phases["pool"])
        try:
            connection = await self._connection()
            try:
                response = await connection.handle_async_request(request)
            except BaseException:  # cancelled ones too: httpcore lets go of some half-open sockets
                await async_let_go(connection)
                raise
        except BaseException:
            self._slots.free()
            raise
        answer = _Answer(response, lambda: self._give_back(connection))
        return _decoding(answer, response) if "content-encoding" in answer.headers else answer

    async def aclose(self) -> None:
        """Closes the connections that are idle."""
        self.is_closed = True
        while self._idle:
            await self._idle.pop()[1].aclose()

    async def _connection(self) -> Connection:
        """The connection that was used last and still stands, or a new one."""
        # What has not been needed for a while lies at the bottom of the stack.
        while self._idle and self._idle[0][0] < time.monotonic() - KEEP_IDLE:
            await self._idle.popleft()[1].aclose()
        while self._idle:
            connection = self._idle.pop()[1]
            if isinstance(connection, httpcore.AsyncConnectionPool) or (
                connection.is_available() and not connection.has_expired()
            ):
                return connection
            await connection.aclose()
        return self._make(self._origin)

    async def _give_back(self, connection: Connection) -> None:
        try:
            if self.is_closed:
                await connection.aclose()
            else:
                self._idle.append((time.monotonic(), connection))
        finally:
            self._slots.free()


class _Answer:
    """An answer that says when it is done with."""

    def __init__(self, response: httpcore.Response, done: Callable[[], Awaitable[None]]) -> None:
        self.status_code = response.status
        self.headers = {
            name.decode("latin-1").lower(): value.decode("latin-1")
            for name, value in response.headers
        }
        self._response = response
        self._done: Callable[[], Awaitable[None]] | None = done

    def aiter_bytes(self) -> AsyncIterator[bytes]:
        return aiter(self._response.stream)  # type: ignore[arg-type]

    async def aclose(self) -> None:
        done, self._done = self._done, None
        if done is not None:
            try:
                await self._response.aclose()
            finally:
                await done()


class _Body(httpx.AsyncByteStream):
    """The body of an answer as httpx takes it."""

    def __init__(self, answer: _Answer) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._answer.aiter_bytes():
            yield chunk

    async def aclose(self) -> None:
        await self._answer.aclose()


def _decoding(answer: _Answer, response: httpcore.Response) -> AsyncAnswer:
    """The answer with its body decompressed, which httpx knows how to do."""
    return httpx.Response(response.status, headers=response.headers, stream=_Body(answer))


def _raw(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode()) for name, value in headers.items()]


def new_connection(origin: Origin) -> Connection:
    """One connection, straight to the server or by way of the environment's proxy."""
    proxy = proxy_for(origin.url)
    if proxy is not None:
        return httpcore.AsyncConnectionPool(
            ssl_context=tls_for(origin.url),
            proxy=as_proxy(proxy),
            max_connections=1,
            keepalive_expiry=KEEP_IDLE,
            network_backend=async_network(),
        )
    return AsyncWire(origin)
