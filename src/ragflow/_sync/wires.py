# Generated from src/ragflow/_async/wires.py by tools/generate_sync.py. Do not edit.
"""One connection to the server, which carries one exchange after the other."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from contextlib import suppress
from typing import Protocol

import h11
import httpcore
from attrs import define, field

from .._network import Origin, tls_for
from .._protocol.http1 import Body as AnswerBody
from .._protocol.http1 import Exchange
from .._protocol.multipart import Multipart
from .._twins import Body, let_go, network

SMALL = 1 << 16  # bytes that are sent together with a head
FIRST_READ, LARGEST_READ = 1 << 16, 1 << 20


@define  # and not what httpcore has for this, which takes as long to make as a small form
class Sent:
    """A request as connections take it.

    Attributes:
        method: GET and so on.
        target: Path and query.
        headers: All of them, with the key.
        body: What it carries.
        phases: Seconds at most to ``connect``, ``read`` and ``write``.
    """

    method: str
    target: str
    headers: list[tuple[bytes, bytes]] = field(repr=False)
    body: bytes | Multipart | None = field(repr=False)
    phases: Mapping[str, float | None]


class Pieces(Protocol):
    """A body on its way."""

    def __iter__(self) -> Iterator[bytes]: ...

    def close(self) -> None: ...


@define
class Reply:
    """An answer whose head is there."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: Pieces


class Wire:
    """A connection straight to a server, opened when it is needed first.

    Args:
        origin: Where to.
    """

    def __init__(self, origin: Origin) -> None:
        self._origin = origin
        self._network = network()
        self._socket: httpcore.NetworkStream | None = None
        self._exchange: Exchange | None = None

    def send(self, request: Sent) -> Reply:
        """Sends a request and gives its answer once the head is there.

        Raises:
            httpcore.NetworkError: The connection broke.
            httpcore.ProtocolError: The answer, or the request, is no HTTP.
            httpcore.TimeoutException: A phase took longer than it may.
        """
        phases = request.phases
        socket = self._socket or self._connect(phases["connect"])
        try:
            method, target = request.method.encode("ascii"), request.target.encode("ascii")
            exchange = Exchange(method, target, request.headers)
            self._exchange = exchange
            with suppress(httpcore.WriteError):  # servers say why they hang up, if one listens
                self._send(socket, exchange, request, phases["write"])
            begun = None
            while begun is None:
                begun = exchange.feed(socket.read(FIRST_READ, phases["read"]))
        except h11.LocalProtocolError as error:
            raise httpcore.LocalProtocolError(str(error)) from error
        except (h11.RemoteProtocolError, ValueError) as error:
            raise httpcore.RemoteProtocolError(str(error)) from error
        body = _Body(self, socket, exchange, begun, phases["read"])
        return Reply(exchange.status, exchange.headers, body)

    def is_available(self) -> bool:
        """Whether it can carry another exchange."""
        return self._socket is not None and self._exchange is None

    def has_expired(self) -> bool:
        """Whether the server hung up."""
        return self._socket is not None and bool(self._socket.get_extra_info("is_readable"))

    def finish(self) -> None:
        """Ends an exchange; the connection is closed where that was not over."""
        if self._exchange is not None and self._exchange.is_over:
            self._exchange = None
        else:
            self.close()

    def close(self) -> None:
        """Closes the connection."""
        socket, self._socket = self._socket, None
        if socket is not None:
            socket.close()

    def _connect(self, timeout: float | None) -> httpcore.NetworkStream:
        scheme, host, port = self._origin.address
        name = host.decode("ascii")
        socket = self._socket = self._network.connect_tcp(name, port, timeout)
        if scheme == b"https":
            tls = tls_for(self._origin.url)
            socket = self._socket = socket.start_tls(tls, name, timeout)
        return socket

    def _send(
        self,
        socket: httpcore.NetworkStream,
        exchange: Exchange,
        request: Sent,
        timeout: float | None,
    ) -> None:
        body = request.body
        if not isinstance(body, Multipart):
            socket.write(exchange.around(len(body or b"")) + (body or b""), timeout)
        elif body.is_small:
            socket.write(body.after(exchange.around(body.content_length)), timeout)
        else:
            self._send_pieces(socket, exchange, body, timeout)

    def _send_pieces(
        self,
        socket: httpcore.NetworkStream,
        exchange: Exchange,
        form: Multipart,
        timeout: float | None,
    ) -> None:
        ready = exchange.head()
        pieces = iter(Body(form))
        try:
            for piece in pieces:
                data = exchange.data(piece)
                if len(ready) + len(data) <= SMALL:
                    ready += data
                    continue
                if ready:
                    socket.write(ready, timeout)
                ready = b""
                socket.write(data, timeout)
        except BaseException:
            let_go(pieces)
            raise
        ready += exchange.end()
        if ready:
            socket.write(ready, timeout)


class _Turn:
    """The time that a wire carries one exchange; whoever ends it first has ended it."""

    def __init__(self, wire: Wire) -> None:
        self._wire: Wire | None = wire
        self.is_paused = False  # whoever reads has a piece in hand

    def close(self) -> None:
        """Ends it."""
        wire, self._wire = self._wire, None
        if wire is not None:
            wire.finish()


class _Body:
    """The body of an answer. Who drops it, or the iterator of it, ends the exchange by that."""

    def __init__(
        self,
        wire: Wire,
        socket: httpcore.NetworkStream,
        exchange: Exchange,
        begun: bytes,
        timeout: float | None,
    ) -> None:
        self._turn = _Turn(wire)
        self._reading = _read(self._turn, socket, exchange.body, begun, timeout)

    def __iter__(self) -> Iterator[bytes]:
        return self._reading

    def close(self) -> None:
        """Ends the exchange, once."""
        self._turn.close()
        if self._turn.is_paused:  # else somebody waits in it, or nobody has begun
            self._reading.close()


def _read(
    turn: _Turn,
    socket: httpcore.NetworkStream,
    body: AnswerBody,
    begun: bytes,
    timeout: float | None,
) -> Generator[bytes, None]:
    """The pieces of a body; knows nothing of the `_Body`, so that both are gone when one is."""
    size = FIRST_READ
    try:
        if begun:
            turn.is_paused = True
            yield begun
            turn.is_paused = False
        while not body.ended:
            data = socket.read(size, timeout)
            piece = body.feed(data)
            if piece:
                turn.is_paused = True
                yield piece
                turn.is_paused = False
            if len(data) == size < LARGEST_READ:
                size *= 2
    except ValueError as error:
        turn.is_paused = False
        let_go(turn)
        raise httpcore.RemoteProtocolError(str(error)) from error
    except BaseException:  # cancelled, or nobody wants the rest
        turn.is_paused = False
        let_go(turn)
        raise
