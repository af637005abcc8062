# Generated from src/ragflow/_async/sender.py by tools/generate_sync.py. Do not edit.
"""Sends requests over HTTP: with the key, over kept connections, again where that does no harm."""

from __future__ import annotations

import threading
from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import httpx

from .._network import HEADERS, Origin
from .._protocol.multipart import Multipart
from .._protocol.requests import Pace, Request
from .._protocol.retry import RETRYABLE_STATUSES, Failure, retry_after
from .._twins import Scoped, scope, sleep
from ..errors import ConfigurationError, TransportError
from .connections import Connections
from .links import HttpxLink, Link
from .responses import BROKEN, Answer, Clock, Response, translated

if TYPE_CHECKING:
    from ..settings import Settings

MAX_REDIRECTS = 5
REDIRECTS = frozenset({301, 302, 303, 307, 308})


class Sender:
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
        self._settings = settings
        self._given_client = http_client
        self._http_transport = http_transport
        self._root = httpx.URL(settings.api_root)
        self._origin = Origin.of(self._root)
        self._links: dict[Hashable, Scoped[Link]] = {}
        self._links_lock = threading.Lock()
        self._closed = False

    @property
    def is_bound(self) -> bool:
        """Whether requests can be sent in one event loop only, for something the caller gave."""
        return self._given_client is not None or self._http_transport is not None

    def send(self, request: Request, clock: Clock, *, whole: bool) -> Response:
        """The first answer that is worth having, or the last one; with its whole body if asked.

        Raises:
            TransportError: None came.
        """
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
            except (*BROKEN, TransportError) as error:
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
        clock: Clock,
        headers: Mapping[str, str] | None,
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

    def _attempt(self, request: Request, clock: Clock) -> Answer:
        link = self.scoped().link
        target = self._root.raw_path.decode("ascii") + request.path
        if request.params:
            target += "?" + urlencode(request.params)
        for _ in range(MAX_REDIRECTS):
            answer = link.send(
                request.method, target, _headers(request), request.body, clock.phases()
            )
            location = answer.headers.get("location", "")
            if answer.status_code not in REDIRECTS or not location:
                return answer
            answer.close()
            target = self._followed(request, target, location)
        raise ConfigurationError(f"the server redirects {request.path} in circles")

    def _followed(self, request: Request, target: str, location: str) -> str:
        """Where a redirect leads, if a request may go there."""
        following = self._root.join(target).join(location)
        origin = Origin.of(following)
        if request.method != "GET" or origin != self._origin:
            raise ConfigurationError(
                f"the server sends {request.method} {request.path} on to {origin.url}: use the "
                "address it redirects to as base_url"
            )
        return following.raw_path.decode("ascii")

    def scoped(self) -> Scoped[Link]:
        """The link of the running event loop, or of this process."""
        if self._closed:
            raise ConfigurationError("this client is closed")
        home = scope()
        scoped = self._links.get(home)
        if scoped is None:
            with self._links_lock:
                scoped = self._links.get(home)
                if scoped is None:
                    self._forget_ended()
                    scoped = Scoped(self._link(), owned=self._given_client is None)
                    self._links[home] = scoped
        scoped.start()
        return scoped

    def _forget_ended(self) -> None:
        """Lets go of the links of event loops that are over."""
        ended = [home for home, scoped in self._links.items() if scoped.link.is_closed]
        for home in ended:
            del self._links[home]

    def _link(self) -> Link:
        client, key = self._given_client, self._settings.api_key
        if client is None and self._http_transport is not None:
            client = httpx.Client(headers=HEADERS, transport=self._http_transport)
        if client is not None:
            return HttpxLink(client, self._origin, key)

        return Connections(self._origin, key)

    def close(self) -> None:
        """Closes the connections; a client that was given is left to its owner."""
        self._closed = True
        scoped = self._links.pop(scope(), None)
        self._links.clear()
        if scoped is not None:
            scoped.close()


def _headers(request: Request) -> dict[str, str]:
    headers = {}
    if request.content_type is not None:
        headers["Content-Type"] = request.content_type
    if isinstance(request.body, Multipart):
        headers["Content-Length"] = str(request.body.content_length)
    elif request.body is not None or request.method in ("POST", "PUT", "PATCH"):
        headers["Content-Length"] = str(len(request.body or b""))
    if request.pace is Pace.STREAM or (request.pace is Pace.TRANSFER and request.body is None):
        headers["Accept-Encoding"] = "identity"
    return headers
