# Generated from src/ragflow/_async/transport.py by tools/generate_sync.py. Do not edit.
"""The one door to the wire: speaks to the server in the way of its generation."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar, cast

import httpx

from .._protocol import envelope
from .._protocol.dialects import Dialect, dialect_for
from .._protocol.payload import Decode
from .._protocol.requests import Pace, Request
from .._protocol.retry import retry_after
from .._protocol.timeouts import TimeoutLike, Timeouts
from .._protocol.versions import (
    checked_version,
    fingerprint,
    probe,
    second_fingerprint,
    second_probe,
)
from ..errors import APIError
from ..models import Model, ResourceData
from ..models._convert import structure, structure_many
from .responses import Clock, Response
from .sender import Sender

if TYPE_CHECKING:
    from .._msgspec import Listings
    from ..settings import Settings

M = TypeVar("M", bound=Model)
T = TypeVar("T")
Build = Callable[[Dialect], Request]


class Transport:
    """Sends requests and reads answers for one client.

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
        self._sender = Sender(settings, http_client, http_transport)
        self._decode, self._listings = json_readers(fast=settings.fast)
        self._looked_again = False
        version = settings.server_version
        self.version = None if version is None else checked_version(version)

    @property
    def is_bound(self) -> bool:
        """Whether requests can be sent in one event loop only, for something the caller gave."""
        return self._sender.is_bound

    def server_version(self) -> str:
        """The server's version: told by the user, or asked for once."""
        version = self.version
        if version is None:
            with self._sender.scoped().lock:
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
            clock = Clock(self._timeouts(ready, timeout))
            response = self._sender.send(ready, clock, whole=True)
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
        clock = Clock(self._timeouts(request, timeout))
        return self._sender.send(request, clock, whole=False)

    def read(self, request: Request, response: Response) -> envelope.Reply:
        """Reads an answer to its end and takes the envelope out of it."""
        body = response.read()
        try:
            return self._parsed(request, response.status_code, body)
        except APIError as error:
            headers = response.headers
            error.retry_after = retry_after(headers.get("retry-after"), headers.get("date"))
            raise

    def _parsed(self, request: Request, status: int, body: bytes) -> envelope.Reply:
        """Reads an answer by the server's generation, which is asked for only if it matters."""
        known = None if self.version is None else dialect_for(self.version)
        try:
            return envelope.parse(request, status, body, known, self._decode)
        except APIError as error:
            if known is not None or not envelope.depends_on_dialect(request, error):
                raise
        return envelope.parse(request, status, body, self.dialect(), self._decode)

    def listing(
        self,
        request: Request,
        kind: type[M],
        key: str,
        convert: Callable[[object], object] | None = None,
    ) -> tuple[list[M], int | None]:
        """Sends a request and gives the models in its answer, and how many there are on all pages.

        Args:
            request: The request.
            kind: What the items become.
            key: The name under which servers give the items, where they do not give them bare.
            convert: Brings an item into the models' vocabulary.

        Raises:
            APIError: The server refused.
            ProtocolError: The answer is not a server's list.
            TransportError: No whole answer came.
        """
        clock = Clock(self._timeouts(request, None))
        response = self._sender.send(request, clock, whole=True)
        # From the bytes to the models nothing becomes garbage that a collector could find.
        with envelope.uncollected_for(response.read()):
            return self._listed(request, response, kind, key, convert)

    def _listed(
        self,
        request: Request,
        response: Response,
        kind: type[M],
        key: str,
        convert: Callable[[object], object] | None,
    ) -> tuple[list[M], int | None]:
        fast = self._listings if convert is None and response.status_code == 200 else None
        found = None if fast is None else fast.read(response.read(), kind, key)
        if found is not None:
            return self._bound(found[0]), found[1]
        rows, total = self.read(request, response).listing(key)
        if fast is not None:
            fast.learn(rows, kind, key)
        if convert is not None and isinstance(rows, list):
            rows = [convert(row) for row in rows]
        return self.bind_many(rows, kind, key), total

    def bind(self, data: object, kind: type[M], what: str = "data") -> M:
        """A model of decoded JSON that can call the server."""
        model = structure(data, kind, what)
        if isinstance(model, ResourceData):
            model._api = self
        return model

    def bind_many(self, data: object, kind: type[M], what: str = "data") -> list[M]:
        """Models of a decoded JSON array that can call the server."""
        return self._bound(structure_many(data, kind, what))

    def _bound(self, models: list[M]) -> list[M]:
        if models and isinstance(models[0], ResourceData):
            for model in cast("list[ResourceData]", models):
                model._api = self
        return models

    def close(self) -> None:
        """Closes the connections; a client that was given is left to its owner."""
        self._sender.close()

    def _timeouts(self, request: Request, timeout: TimeoutLike) -> Timeouts:
        if timeout is not None:
            chosen = Timeouts.of(timeout)
        elif request.pace is Pace.CALL:
            chosen = self.settings.timeouts
        else:
            chosen = self.settings.stream_timeouts
        return chosen if request.pace is Pace.CALL else chosen.unbounded()

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


def json_readers(*, fast: bool) -> tuple[Decode, Listings | None]:
    """What reads JSON, and what reads whole lists at once."""
    if fast:
        from .._msgspec import Listings, decode

        return decode, Listings()
    return json.loads, None
