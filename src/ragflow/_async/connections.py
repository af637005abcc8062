"""Connections as a stack: what a request costs does not grow with how many run at once."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import cast

import httpx

from .._network import proxy_for, tls_for
from .._twins import AsyncSlots

KEEP_IDLE = 4.0  # servers hang up after 5 idle seconds; whoever lets go first loses no request


class AsyncConnections(httpx.AsyncBaseTransport):
    """Gives each request a connection for itself: the one that was used last, or a new one.

    The pool of httpx looks at all its connections whenever a request begins or ends, so that each
    of 128 requests at a time costs five times as much as one alone. Here every connection is a
    transport of httpx by itself: TLS, proxies and keep-alive remain its business.

    Args:
        make: Makes the transport of one connection.
        limit: Connections at most; further requests wait for one.
    """

    def __init__(self, make: Callable[[], httpx.AsyncBaseTransport], limit: int) -> None:
        self._make = make
        self._slots = AsyncSlots(limit)
        self._idle: deque[tuple[float, httpx.AsyncBaseTransport]] = deque()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Sends a request; its connection is free again when the answer is closed."""
        await self._slots.take(request.extensions.get("timeout", {}).get("pool"))
        connection = self._idle.pop()[1] if self._idle else self._make()
        try:
            await self._close_stale()
            response = await connection.handle_async_request(request)
        except BaseException:
            self._give_back(connection)
            raise
        return httpx.Response(
            status_code=response.status_code,
            headers=response.headers,
            stream=_Body(response, lambda: self._give_back(connection)),
            extensions=response.extensions,
        )

    async def aclose(self) -> None:
        """Closes the connections that are idle."""
        while self._idle:
            await self._idle.pop()[1].aclose()

    def _give_back(self, connection: httpx.AsyncBaseTransport) -> None:
        self._idle.append((time.monotonic(), connection))
        self._slots.free()

    async def _close_stale(self) -> None:
        """Closes what has not been needed for a while; it lies at the bottom of the stack."""
        while self._idle and self._idle[0][0] < time.monotonic() - KEEP_IDLE:
            await self._idle.popleft()[1].aclose()


class _Body(httpx.AsyncByteStream):
    """An answer's body that says when it is done with."""

    def __init__(self, response: httpx.Response, done: Callable[[], None]) -> None:
        self._response = response
        self._stream = cast(httpx.AsyncByteStream, response.stream)
        self._done: Callable[[], None] | None = done

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._stream:
            yield chunk

    async def aclose(self) -> None:
        done, self._done = self._done, None
        if done is not None:
            try:
                await self._response.aclose()
            finally:
                done()


def new_connection(base_url: str) -> httpx.AsyncHTTPTransport:
    """A transport that holds one connection to an address."""
    limits = httpx.Limits(
        max_connections=1, max_keepalive_connections=1, keepalive_expiry=KEEP_IDLE
    )
    return httpx.AsyncHTTPTransport(
        verify=tls_for(base_url), proxy=proxy_for(base_url), limits=limits
    )
