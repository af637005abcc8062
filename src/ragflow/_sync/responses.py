# Generated from src/ragflow/_async/responses.py by tools/generate_sync.py. Do not edit.
"""Answers on their way: the rest of the body, what is left of the time, what went wrong."""

from __future__ import annotations

import time
from collections.abc import Iterator

import httpx

from .._protocol.requests import Request
from .._protocol.retry import Failure
from .._protocol.timeouts import Timeouts
from ..errors import ConnectionFailedError, RequestTimeoutError, TransportError

NOT_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)


class Response:
    """An answer whose headers are there and whose body is still to be read."""

    def __init__(self, response: httpx.Response, request: Request, clock: Clock) -> None:
        self._response = response
        self._request = request
        self._clock = clock
        self._body: bytes | None = None
        self.status_code: int = response.status_code
        self.headers: httpx.Headers = response.headers

    def read(self) -> bytes:
        """The whole body; the answer is closed afterwards."""
        if self._body is None:
            try:
                self._body = b"".join([chunk for chunk in self.chunks()])
            finally:
                self.close()
        return self._body

    def close(self) -> None:
        """Gives the connection back, or gives it up if the body is not read to its end."""
        self._response.close()

    def chunks(self, size: int | None = None) -> Iterator[bytes]:
        """The body as it arrives, or in pieces of ``size`` bytes."""
        try:
            for chunk in self._response.iter_bytes(size):
                yield chunk
                self._clock.check(self._request)
        except httpx.HTTPError as error:
            raise translated(error, self._request)[1] from error


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


def translated(
    error: httpx.HTTPError | TransportError, request: Request
) -> tuple[Failure, TransportError]:
    """Our error for one of httpx's, and what is known about the request."""
    if isinstance(error, TransportError):
        return Failure.IN_DOUBT, error
    failure = Failure.NOT_SENT if isinstance(error, NOT_SENT) else Failure.IN_DOUBT
    what = f"{request.method} {request.path}"
    reason = str(error) or type(error).__name__
    if isinstance(error, httpx.TimeoutException):
        return failure, RequestTimeoutError(f"{what} timed out ({type(error).__name__})")
    if failure is Failure.NOT_SENT:
        return failure, ConnectionFailedError(f"{what}: no connection to the server: {reason}")
    return failure, ConnectionFailedError(f"{what}: the connection broke: {reason}")
