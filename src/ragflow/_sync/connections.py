# Generated from src/ragflow/_async/connections.py by tools/generate_sync.py. Do not edit.
"""Connections as a stack: what a request costs does not grow with how many run at once."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
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
from .._twins import Body, Slots, let_go, network
from .responses import Answer
from .wires import Reply, Sent, Wire

if TYPE_CHECKING:
    from ..settings import Secret


class Connection(Protocol):
    """Carries one exchange after the other."""

    def send(self, request: Sent) -> Reply: ...

    def is_available(self) -> bool:
        """Whether it can carry another exchange."""
        ...

    def has_expired(self) -> bool:
        """Whether the other side hung up."""
        ...

    def close(self) -> None: ...


class Connections:
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
        self._slots = Slots(limit)
        self._idle: deque[tuple[float, Connection]] = deque()
        self.is_closed = False

    def send(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str],
        body: bytes | Multipart | None,
        phases: Mapping[str, float | None],
    ) -> Answer:
        """Sends a request; its connection is free again when the answer is closed."""
        key = {"Authorization": f"Bearer {self._api_key.reveal()}"}
        raw = _raw({**self._headers, **headers, **key})
        request = Sent(method, target, raw, body, phases)
        self._slots.take(phases["pool"])
        try:
            connection = self._connection()
            try:
                reply = connection.send(request)
            except BaseException:  # cancelled ones too: httpcore lets go of some half-open sockets
                let_go(connection)
                raise
        except BaseException:
            self._slots.free()
            raise
        answer = _Answer(reply, lambda: self._give_back(connection))
        return _decoding(answer, reply) if "content-encoding" in answer.headers else answer

    def close(self) -> None:
        """Closes the connections that are idle."""
        self.is_closed = True
        while self._idle:
            self._idle.pop()[1].close()

    def _connection(self) -> Connection:
        """The connection that was used last and still stands, or a new one."""
        # What has not been needed for a while lies at the bottom of the stack.
        while self._idle and self._idle[0][0] < time.monotonic() - KEEP_IDLE:
            self._idle.popleft()[1].close()
        while self._idle:
            connection = self._idle.pop()[1]
            if connection.is_available() and not connection.has_expired():
                return connection
            connection.close()
        return self._make(self._origin)

    def _give_back(self, connection: Connection) -> None:
        try:
            if self.is_closed:
                connection.close()
            else:
                self._idle.append((time.monotonic(), connection))
        finally:
            self._slots.free()


class _Answer:
    """An answer that says when it is done with."""

    def __init__(self, reply: Reply, done: Callable[[], None]) -> None:
        self.status_code = reply.status
        self.headers = {
            name.decode("latin-1").lower(): value.decode("latin-1") for name, value in reply.headers
        }
        self._body = reply.body
        self._done: Callable[[], None] | None = done

    def iter_bytes(self) -> Iterator[bytes]:
        return iter(self._body)

    def close(self) -> None:
        done, self._done = self._done, None
        if done is not None:
            try:
                self._body.close()
            finally:
                done()


class _Body(httpx.SyncByteStream):
    """The body of an answer as httpx takes it."""

    def __init__(self, answer: _Answer) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._answer.iter_bytes():
            yield chunk

    def close(self) -> None:
        self._answer.close()


def _decoding(answer: _Answer, reply: Reply) -> Answer:
    """The answer with its body decompressed, which httpx knows how to do."""
    return httpx.Response(reply.status, headers=reply.headers, stream=_Body(answer))


def _raw(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode()) for name, value in headers.items()]


def new_connection(origin: Origin) -> Connection:
    """One connection, straight to the server or by way of the environment's proxy."""
    proxy = proxy_for(origin.url)
    return Wire(origin) if proxy is None else Proxied(origin, proxy)


class Proxied:
    """A connection by way of a proxy, which httpcore makes.

    Args:
        origin: Where to.
        proxy: The proxy's address.
    """

    def __init__(self, origin: Origin, proxy: str) -> None:
        self._address = origin.address
        self._pool = httpcore.ConnectionPool(
            ssl_context=tls_for(origin.url),
            proxy=as_proxy(proxy),
            max_connections=1,
            keepalive_expiry=KEEP_IDLE,
            network_backend=network(),
        )

    def send(self, request: Sent) -> Reply:
        """Sends a request and gives its answer once the head is there."""
        scheme, host, port = self._address
        body = request.body
        response = self._pool.handle_request(
            httpcore.Request(
                request.method,
                httpcore.URL(scheme=scheme, host=host, port=port, target=request.target),
                headers=request.headers,
                content=Body(body) if isinstance(body, Multipart) else body,
                extensions={"timeout": request.phases},
            )
        )
        return Reply(response.status, response.headers, response.stream)  # type: ignore[arg-type]

    def is_available(self) -> bool:
        """Always: httpcore sees to it."""
        return True

    def has_expired(self) -> bool:
        """Never: httpcore sees to it."""
        return False

    def close(self) -> None:
        """Closes it."""
        self._pool.close()
