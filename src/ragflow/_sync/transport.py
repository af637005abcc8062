# Generated from src/ragflow/_async/transport.py by tools/generate_sync.py. Do not edit.
"""The one door to the wire: sends requests, retries, and turns what goes wrong into our errors."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Hashable, Iterator
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import httpx

from .. import __version__
from .._protocol import envelope
from .._protocol.dialects import Dialect, dialect_for
from .._protocol.multipart import Multipart
from .._protocol.requests import Pace, Request
from .._protocol.retry import RETRYABLE_STATUSES, Failure, retry_after
from .._protocol.timeouts import TimeoutLike, Timeouts
from .._protocol.versions import (
    checked_version,
    fingerprint,
    probe,
    second_fingerprint,
    second_probe,
)
from .._twins import Body, Scoped, scope, sleep
from ..errors import (
    APIError,
    ConfigurationError,
    ConnectionFailedError,
    RequestTimeoutError,
    TransportError,
)
from ..models import Model, ResourceData
from ..models._convert import structure, structure_many
from .connections import Connections, new_connection

if TYPE_CHECKING:
    from ..settings import Secret, Settings

M = TypeVar("M", bound=Model)
T = TypeVar("T")
Build = Callable[[Dialect], Request]

HEADERS = {"User-Agent": f"ragflow-python/{__version__}", "Accept": "*/*"}
MAX_CONNECTIONS = 64
MAX_REDIRECTS = 5

NOT_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)


class Transport:
    """Sends the requests of one client.

    Args:
        settings: Where to, with which key, how patiently.
        http_client: A client to send with; it stays the caller's, who closes it.
        http_transport: A transport for the clients that this object makes itself.
    """

    def __init__(
        self,
        settings: Settings,
        http_client: httpx.Client | None = None,
        http_transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.settings = settings
        self._given_client = http_client
        self._http_transport = http_transport
        self._auth = _BearerAuth(settings.api_key)
        self._clients: dict[Hashable, Scoped] = {}
        self._clients_lock = threading.Lock()
        self._closed = False
        self._looked_again = False
        version = settings.server_version
        self.version = None if version is None else checked_version(version)

    def server_version(self) -> str:
        """The server's version: told by the user, or asked for once."""
        version = self.version
        if version is None:
            with self._scoped().lock:
                version = self.version
                if version is None:
                    version = self.version = self._detect()
        return version

    def dialect(self) -> Dialect:
        """The server's generation."""
        return dialect_for(self.server_version())

    def send(self, request: Request | Build, *, timeout: TimeoutLike = None) -> envelope.Reply:
        """Sends a request and reads its envelope.

        Args:
            request: The request, or what makes it for the server's generation.
            timeout: Seconds, or the phases; the client's own when not given.

        Raises:
            APIError: The server refused.
            ProtocolError: The answer is not a server's envelope.
            TransportError: No whole answer came.
        """

        def exchange(ready: Request) -> envelope.Reply:
            clock = _Clock(self._timeouts(ready, timeout))
            response = self._with_retries(ready, clock, whole=True)
            return self.read(ready, response)

        if isinstance(request, Request):
            return exchange(request)
        return self.adapt(lambda dialect: exchange(request(dialect)))

    def adapt(self, use: Callable[[Dialect], T]) -> T:
        """Does something in the way of the server's generation.

        When the server turns out not to know the route, because it was exchanged for another
        release meanwhile, its generation is asked for anew, once, and the thing done again.
        """
        dialect = self.dialect()
        try:
            return use(dialect)
        except APIError as error:
            if not envelope.is_unknown_route(error) or not self._changed(dialect):
                raise
        return use(self.dialect())

    def open(self, request: Request, *, timeout: TimeoutLike = None) -> Response:
        """Sends a request and gives its answer once the headers are there; retries until then.

        Whoever opens an answer closes it, or has it read by :meth:`read`.
        """
        clock = _Clock(self._timeouts(request, timeout))
        return self._with_retries(request, clock, whole=False)

    def read(self, request: Request, response: Response) -> envelope.Reply:
        """Reads an answer to its end and takes the envelope out of it."""
        status, body = response.status_code, response.read()
        known = None if self.version is None else dialect_for(self.version)
        try:
            return envelope.parse(request, status, body, known)
        except APIError as error:
            if known is not None or not envelope.depends_on_dialect(request, error):
                raise
        return envelope.parse(request, status, body, self.dialect())

    def bind(self, data: object, kind: type[M], what: str = "data") -> M:
        """A model of decoded JSON that can call the server."""
        model = structure(data, kind, what)
        if isinstance(model, ResourceData):
            model._api = self
        return model

    def bind_many(self, data: object, kind: type[M], what: str = "data") -> list[M]:
        """Models of a decoded JSON array that can call the server."""
        models = structure_many(data, kind, what)
        for model in models:
            if isinstance(model, ResourceData):
                model._api = self
        return models

    def close(self) -> None:
        """Closes the connections; a client that was given is left to its owner."""
        self._closed = True
        scoped = self._clients.pop(scope(), None)
        self._clients.clear()
        if scoped is not None:
            scoped.close()

    def _timeouts(self, request: Request, timeout: TimeoutLike) -> Timeouts:
        if timeout is not None:
            chosen = Timeouts.of(timeout)
        elif request.pace is Pace.CALL:
            chosen = self.settings.timeouts
        else:
            chosen = self.settings.stream_timeouts
        return chosen if request.pace is Pace.CALL else chosen.unbounded()

    def _with_retries(self, request: Request, clock: _Clock, *, whole: bool) -> Response:
        """The first answer that is worth having, or the last one; with its whole body if asked."""
        retries = 0
        while True:
            try:
                response = Response(self._attempt(request, clock), request, clock)
                pause = None
                if response.status_code in RETRYABLE_STATUSES:
                    pause = self._pause(request, retries, Failure.IN_DOUBT, clock, response.headers)
                if pause is None:
                    if whole:
                        response.read()
                    return response
                response.close()
            except (httpx.HTTPError, TransportError) as error:
                failure, problem = translated(error, request)
                pause = self._pause(request, retries, failure, clock, None)
                if pause is None:
                    raise problem from error.__cause__ or error
            sleep(pause)
            retries += 1

    def _pause(
        self,
        request: Request,
        retries: int,
        failure: Failure,
        clock: _Clock,
        headers: httpx.Headers | None,
    ) -> float | None:
        asked = None
        if headers is not None:
            asked = retry_after(headers.get("retry-after"), headers.get("date"))
        return self.settings.retry.delay(
            retries,
            failure,
            idempotent=request.idempotent,
            asked=asked,
            remaining=clock.remaining(),
        )

    def _attempt(self, request: Request, clock: _Clock) -> httpx.Response:
        client = self._scoped().client
        body = request.body
        outgoing = client.build_request(
            request.method,
            self.settings.api_root + request.path,
            params=request.params or None,
            content=Body(body) if isinstance(body, Multipart) else body,
            headers=_headers(request),
            timeout=httpx.Timeout(**clock.phases()),
        )
        for _ in range(MAX_REDIRECTS):
            response = client.send(outgoing, auth=self._auth, stream=True, follow_redirects=False)
            following = response.next_request
            if following is None:
                return response
            response.close()
            if request.method != "GET" or _origin(following.url) != _origin(outgoing.url):
                raise ConfigurationError(
                    f"the server sends {request.method} {request.path} on to "
                    f"{following.url.scheme}://{following.url.netloc.decode()}: use the address "
                    "it redirects to as base_url"
                )
            outgoing = following
        raise ConfigurationError(f"the server redirects {request.path} in circles")

    def _scoped(self) -> Scoped:
        """The HTTP client of the running event loop, or of this process."""
        if self._closed:
            raise ConfigurationError("this client is closed")
        home = scope()
        with self._clients_lock:
            scoped = self._clients.get(home)
            if scoped is None:
                self._forget_ended()
                client = self._given_client or self._new_client()
                scoped = Scoped(client, owned=self._given_client is None)
                self._clients[home] = scoped
        scoped.start()
        return scoped

    def _forget_ended(self) -> None:
        """Lets go of the clients of event loops that are over."""
        ended = [home for home, scoped in self._clients.items() if scoped.client.is_closed]
        for home in ended:
            del self._clients[home]

    def _new_client(self) -> httpx.Client:
        transport = self._http_transport
        if transport is None:
            transport = Connections(
                partial(new_connection, self.settings.base_url), MAX_CONNECTIONS
            )
        return httpx.Client(headers=HEADERS, transport=transport)

    def _changed(self, dialect: Dialect) -> bool:
        """Whether the server is of another generation than thought; looks only once.

        Of several calls that find out together, one looks and the others learn from it.
        """
        if self.settings.server_version is not None:
            return False
        if not self._looked_again:
            self._looked_again = True
            self.version = None
        return self.dialect() != dialect

    def _detect(self) -> str:
        response = self.open(probe())
        version = fingerprint(response.status_code, response.read())
        if version is not None:
            return version
        # Knowing no better, the answer is read without a generation: a bad key is a bad key.
        asked = second_probe()
        response = self.open(asked)
        try:
            envelope.parse(asked, response.status_code, response.read(), None)
        except APIError as error:
            return second_fingerprint(error)
        return second_fingerprint(None)


class Response:
    """An answer whose headers are there and whose body is still to be read."""

    def __init__(self, response: httpx.Response, request: Request, clock: _Clock) -> None:
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


class _Clock:
    """What is left of a call's budget."""

    def __init__(self, timeouts: Timeouts) -> None:
        self._timeouts = timeouts
        total = timeouts.total
        self._deadline = None if total is None else time.monotonic() + total

    def remaining(self) -> float | None:
        return None if self._deadline is None else max(0.0, self._deadline - time.monotonic())

    def phases(self) -> dict[str, float | None]:
        return self._timeouts.within(self.remaining())

    def check(self, request: Request) -> None:
        if self.remaining() == 0.0:
            raise RequestTimeoutError(
                f"{request.method} {request.path} was not answered within {self._timeouts.total} s"
            )


class _BearerAuth(httpx.Auth):
    """Adds the key at the last moment, so that it stands in no request that is logged or raised."""

    def __init__(self, api_key: Secret) -> None:
        self._api_key = api_key

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["Authorization"] = f"Bearer {self._api_key.reveal()}"
        yield request


def _headers(request: Request) -> dict[str, str]:
    headers = {}
    if request.content_type is not None:
        headers["Content-Type"] = request.content_type
    if isinstance(request.body, Multipart):
        headers["Content-Length"] = str(request.body.content_length)
    if request.pace is Pace.STREAM:
        headers["Accept-Encoding"] = "identity"
    return headers


def _origin(url: httpx.URL) -> tuple[str, str]:
    return url.scheme, url.host


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
