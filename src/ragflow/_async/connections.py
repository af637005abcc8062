"""Connections as a stack: what a request costs does not grow with how many run at once."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Protocol

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
from .wires import AsyncReply, AsyncSent, AsyncWire

if TYPE_CHECKING:
    from ..settings import Secret


class Connection(Protocol):
    """Carries one exchange after the other."""

    async def send(self, request: AsyncSent) -> AsyncReply: ...

    def is_available(self) -> bool:
        """Whether it can carry another exchange."""
        ...

    def has_expired(self) -> bool:
        """Whether the other side hung up."""
        ...

    async def aclose(self) -> None: ...


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
        raw = _raw({**self._headers, **headers, **key})
        request = AsyncSent(method, target, raw, body, phases)
        await self._slots.take(phases["pool"])
        try:
            connection = await self._connection()
            try:
                reply = await connection.send(request)
            except BaseException:  # cancelled ones too: httpcore lets go of some half-open sockets
                await async_let_go(connection)
                raise
        except BaseException:
            self._slots.free()
            raise
        answer = _Answer(reply, lambda: self._give_back(connection))
        return _decoding(answer, reply) if "content-encoding" in answer.headers else answer

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
            if connection.is_available() and not connection.has_expired():
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

    def __init__(self, reply: AsyncReply, done: Callable[[], Awaitable[None]]) -> None:
        self.status_code = reply.status
        self.headers = {
            name.decode("latin-1").lower(): value.decode("latin-1") for name, value in reply.headers
        }
        self._body = reply.body
        self._done: Callable[[], Awaitable[None]] | None = done

    def aiter_bytes(self) -> AsyncIterator[bytes]:
        return aiter(self._body)

    async def aclose(self) -> None:
        done, self._done = self._done, None
        if done is not None:
            try:
                await self._body.aclose()
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


def _decoding(answer: _Answer, reply: AsyncReply) -> AsyncAnswer:
    """The answer with its body decompressed, which httpx knows how to do."""
    return httpx.Response(reply.status, headers=reply.headers, stream=_Body(answer))


def _raw(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode()) for name, value in headers.items()]


def new_connection(origin: Origin) -> Connection:
    """One connection, straight to the server or by way of the environment's proxy."""
    proxy = proxy_for(origin.url)
    return AsyncWire(origin) if proxy is None else AsyncProxied(origin, proxy)


class AsyncProxied:
    """A connection by way of a proxy, which httpcore makes.

    Args:
        origin: Where to.
        proxy: The proxy's address.
    """

    def __init__(self, origin: Origin, proxy: str) -> None:
        self._address = origin.address
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=tls_for(origin.url),
            proxy=as_proxy(proxy),
            max_connections=1,
            keepalive_expiry=KEEP_IDLE,
            network_backend=async_network(),
        )

    async def send(self, request: AsyncSent) -> AsyncReply:
        """Sends a request and gives its answer once the head is there."""
        scheme, host, port = self._address
        body = request.body
        response = await self._pool.handle_async_request(
            httpcore.Request(
                request.method,
                httpcore.URL(scheme=scheme, host=host, port=port, target=request.target),
                headers=request.headers,
                content=AsyncBody(body) if isinstance(body, Multipart) else body,
                extensions={"timeout": request.phases},
            )
        )
        return AsyncReply(response.status, response.headers, response.stream)  # type: ignore[arg-type]

    def is_available(self) -> bool:
        """Always: httpcore sees to it."""
        return True

    def has_expired(self) -> bool:
        """Never: httpcore sees to it."""
        return False

    async def aclose(self) -> None:
        """Closes it."""
        await self._pool.aclose()
