"""Sends requests over HTTP: with the key, over kept connections, again where that does no harm."""

from __future__ import annotations

import threading
from collections.abc import Generator, Hashable
from functools import partial
from typing import TYPE_CHECKING

import httpx

from .. import __version__
from .._protocol.multipart import Multipart
from .._protocol.requests import Pace, Request
from .._protocol.retry import RETRYABLE_STATUSES, Failure, retry_after
from .._twins import AsyncBody, AsyncScoped, async_scope, async_sleep
from ..errors import ConfigurationError, TransportError
from .connections import AsyncConnections, new_connection
from .responses import AsyncResponse, Clock, translated

if TYPE_CHECKING:
    from ..settings import Secret, Settings

HEADERS = {"User-Agent": f"ragflow-python/{__version__}", "Accept": "*/*"}
MAX_CONNECTIONS = 64
MAX_REDIRECTS = 5


class AsyncSender:
    """Sends the requests of one client.

    Args:
        settings: Where to, with which key, how patiently.
        http_client: A client to send with; it stays the caller's, who closes it.
        http_transport: A transport for the clients that this object makes itself.
    """

    def __init__(
        self,
        settings: Settings,
        http_client: httpx.AsyncClient | None = None,
        http_transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._settings = settings
        self._given_client = http_client
        self._http_transport = http_transport
        self._auth = _BearerAuth(settings.api_key)
        self._clients: dict[Hashable, AsyncScoped] = {}
        self._clients_lock = threading.Lock()
        self._closed = False

    async def send(self, request: Request, clock: Clock, *, whole: bool) -> AsyncResponse:
        """The first answer that is worth having, or the last one; with its whole body if asked.

        Raises:
            TransportError: None came.
        """
        retries = 0
        while True:
            try:
                response = AsyncResponse(await self._attempt(request, clock), request, clock)
                pause = None
                if response.status_code in RETRYABLE_STATUSES:
                    pause = self._pause(request, retries, Failure.IN_DOUBT, clock, response.headers)
                if pause is None:
                    if whole:
                        await response.read()
                    return response
                await response.aclose()
            except (httpx.HTTPError, TransportError) as error:
                failure, problem = translated(error, request)
                pause = self._pause(request, retries, failure, clock, None)
                if pause is None:
                    raise problem from error.__cause__ or error
            await async_sleep(pause)
            retries += 1

    def _pause(
        self,
        request: Request,
        retries: int,
        failure: Failure,
        clock: Clock,
        headers: httpx.Headers | None,
    ) -> float | None:
        asked = None
        if headers is not None:
            asked = retry_after(headers.get("retry-after"), headers.get("date"))
        return self._settings.retry.delay(
            retries,
            failure,
            idempotent=request.idempotent,
            asked=asked,
            remaining=clock.remaining(),
        )

    async def _attempt(self, request: Request, clock: Clock) -> httpx.Response:
        client = (await self.scoped()).client
        body = request.body
        outgoing = client.build_request(
            request.method,
            self._settings.api_root + request.path,
            params=request.params or None,
            content=AsyncBody(body) if isinstance(body, Multipart) else body,
            headers=_headers(request),
            timeout=httpx.Timeout(**clock.phases()),
        )
        for _ in range(MAX_REDIRECTS):
            response = await client.send(
                outgoing, auth=self._auth, stream=True, follow_redirects=False
            )
            following = response.next_request
            if following is None:
                return response
            await response.aclose()
            if request.method != "GET" or _origin(following.url) != _origin(outgoing.url):
                raise ConfigurationError(
                    f"the server sends {request.method} {request.path} on to "
                    f"{following.url.scheme}://{following.url.netloc.decode()}: use the address "
                    "it redirects to as base_url"
                )
            outgoing = following
        raise ConfigurationError(f"the server redirects {request.path} in circles")

    async def scoped(self) -> AsyncScoped:
        """The HTTP client of the running event loop, or of this process."""
        if self._closed:
            raise ConfigurationError("this client is closed")
        home = async_scope()
        with self._clients_lock:
            scoped = self._clients.get(home)
            if scoped is None:
                self._forget_ended()
                client = self._given_client or self._new_client()
                scoped = AsyncScoped(client, owned=self._given_client is None)
                self._clients[home] = scoped
        await scoped.start()
        return scoped

    def _forget_ended(self) -> None:
        """Lets go of the clients of event loops that are over."""
        ended = [home for home, scoped in self._clients.items() if scoped.client.is_closed]
        for home in ended:
            del self._clients[home]

    def _new_client(self) -> httpx.AsyncClient:
        transport = self._http_transport
        if transport is None:
            transport = AsyncConnections(
                partial(new_connection, self._settings.base_url), MAX_CONNECTIONS
            )
        return httpx.AsyncClient(headers=HEADERS, transport=transport)

    async def aclose(self) -> None:
        """Closes the connections; a client that was given is left to its owner."""
        self._closed = True
        scoped = self._clients.pop(async_scope(), None)
        self._clients.clear()
        if scoped is not None:
            await scoped.aclose()


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
