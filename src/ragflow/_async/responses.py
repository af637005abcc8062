"""Answers on their way: the rest of the body, what is left of the time, what went wrong."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Mapping
from typing import Protocol

import httpcore
import httpx

from .._protocol.requests import Request
from .._protocol.retry import Failure
from .._protocol.timeouts import Timeouts
from ..errors import ConnectionFailedError, RequestTimeoutError, TransportError

NOT_SENT = (
    *(httpx.ConnectError, httpcore.ConnectError),
    *(httpx.ConnectTimeout, httpcore.ConnectTimeout),
    *(httpx.PoolTimeout, httpcore.PoolTimeout),
    *(httpx.ProxyError, httpcore.ProxyError),
    *(httpx.UnsupportedProtocol, httpcore.UnsupportedProtocol),
)
TIMED_OUT = (httpx.TimeoutException, httpcore.TimeoutException)
# What goes wrong between two machines, in the words of httpx and of httpcore below it.
BROKEN = (httpx.HTTPError, *NOT_SENT, *TIMED_OUT, httpcore.NetworkError, httpcore.ProtocolError)


class AsyncAnswer(Protocol):
    """An answer as a link gives it: the status and the headers are there, the body follows."""

    @property
    def status_code(self) -> int: ...

    @property
    def headers(self) -> Mapping[str, str]:
        """By their names in lower case."""
        ...

    def aiter_bytes(self) -> AsyncIterator[bytes]: ...

    async def aclose(self) -> None: ...


class AsyncResponse:
    """An answer whose headers are there and whose body is still to be read."""

    def __init__(self, answer: AsyncAnswer, request: Request, clock: Clock) -> None:
        self._answer = answer
        self._request = request
        self._clock = clock
        self._body: bytes | None = None
        self.status_code: int = answer.status_code
        self.headers: Mapping[str, str] = answer.headers

    async def read(self) -> bytes:
        """The whole body; the answer is closed afterwards."""
        if self._body is None:
            try:
                self._body = b"".join([chunk async for chunk in self.chunks(0)])
            finally:
                await self.aclose()
        return self._body

    async def aclose(self) -> None:
        """Gives the connection back, or gives it up if the body is not read to its end."""
        await self._answer.aclose()

    def pieces(self) -> AsyncIterator[bytes]:
        """The body as it arrives, for whoever knows what to make of its failures."""
        return self._answer.aiter_bytes()

    def translated(self, error: Exception) -> TransportError:
        """Our error for one that came while the body was read."""
        return translated(error, self._request)[1]

    async def chunks(self, size: int) -> AsyncIterator[bytes]:
        """The body in pieces of at least ``size`` bytes."""
        pieces: list[bytes] = []
        gathered = 0
        try:
            async for chunk in self._answer.aiter_bytes():
                self._clock.check(self._request)
                gathered += len(chunk)
                if gathered >= size and not pieces:
                    yield chunk
                    gathered = 0
                    continue
                pieces.append(chunk)
                if gathered >= size:
                    yield b"".join(pieces)
                    pieces, gathered = [], 0
        except BROKEN as error:
            raise self.translated(error) from error
        if pieces:
            yield b"".join(pieces)


class Clock:
    """What is left of a call's budget."""

    def __init__(self, timeouts: Timeouts) -> None:
        self._timeouts = timeouts
        total = timeouts.total
        self._deadline = None if total is None else time.monotonic() + total

    def remaining(self) -> float | None:
        """Seconds left, or ``None`` where there is no end."""
        return None if self._deadline is None else max(0.0, self._deadline - time.monotonic())

    def phases(self) -> dict[str, float | None]:
        """Seconds for each phase of an attempt that begins now."""
        return self._timeouts.within(self.remaining())

    def check(self, request: Request) -> None:
        """Ends a call whose time is up."""
        if self.remaining() == 0.0:
            raise RequestTimeoutError(
                f"{request.method} {request.path} was not answered within {self._timeouts.total} s"
            )


def translated(error: Exception, request: Request) -> tuple[Failure, TransportError]:
    """Our error for one of httpx's, and what is known about the request."""
    if isinstance(error, TransportError):
        return Failure.IN_DOUBT, error
    failure = Failure.NOT_SENT if isinstance(error, NOT_SENT) else Failure.IN_DOUBT
    what = f"{request.method} {request.path}"
    reason = str(error) or type(error).__name__
    if isinstance(error, TIMED_OUT):
        return failure, RequestTimeoutError(f"{what} timed out ({type(error).__name__})")
    if failure is Failure.NOT_SENT:
        return failure, ConnectionFailedError(f"{what}: no connection to the server: {reason}")
    return failure, ConnectionFailedError(f"{what}: the connection broke: {reason}")
