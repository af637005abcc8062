"""From an HTTP request to a handler and back: routes, bodies, authentication, paging."""

from __future__ import annotations

import json
import logging
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import anyio
import anyio.to_thread
from starlette.responses import Response

from ragflow.local.wire import MISSING, Fault, argument_error, json_response, uncaught

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

    from starlette.requests import Request

    from ragflow.local.config import ServerConfig
    from ragflow.local.conversation import Conversation
    from ragflow.local.generations import Generation
    from ragflow.local.retrieval import Retriever
    from ragflow.local.store import Store
    from ragflow.local.store.records import Dataset, Document, Tenant
    from ragflow.local.worker import Worker

    Blocking = Callable[["Call"], "Reply | Response"]
    Handler = Callable[["Call"], Awaitable["Reply | Response"]]

_log = logging.getLogger("ragflow.local")
_DRAINED = 64 * 1024 * 1024  # bytes of a refused body that are read so that the answer arrives


@dataclass(frozen=True, slots=True)
class Services:
    """The parts of a running server that handlers use."""

    config: ServerConfig
    generation: Generation
    store: Store
    retriever: Retriever
    worker: Worker
    conversation: Conversation


@dataclass(frozen=True, slots=True)
class Reply:
    """A successful answer in the envelope.

    Attributes:
        data: The body's ``data``; left out when not given.
        message: A sentence instead of the usual word, on routes whose answers carry one.
        extra: Further keys of the body.
    """

    data: Any = MISSING
    message: str = "success"
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one path.

    Attributes:
        method: The HTTP method.
        path: The path below ``/api/v1``, with ``{names}``.
        handler: What answers.
        family: Decides whether answers carry a message.
        feature: The group of routes it belongs to; None is in every generation.
        open: Whether it works without a key.
    """

    method: str
    path: str
    handler: Handler
    family: str
    feature: str | None
    open: bool

    @property
    def pattern(self) -> re.Pattern[str]:
        """What a request path must look like; a parameter never contains a slash."""
        return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", self.path))


class RouteTable:
    """Collects the handlers of a module."""

    def __init__(self, family: str) -> None:
        self.routes: list[Route] = []
        self._family = family

    def add(
        self,
        methods: str,
        path: str,
        *,
        family: str | None = None,
        feature: str | None = None,
        open: bool = False,
        api: bool = True,
    ) -> Callable[[Blocking], Blocking]:
        """Register a blocking function; it runs in a worker thread with the body read."""

        def register(function: Blocking) -> Blocking:
            async def handler(call: Call) -> Reply | Response:
                await call.read_body()
                return await anyio.to_thread.run_sync(function, call)

            self._register(methods, path, handler, family, feature, open=open, api=api)
            return function

        return register

    def add_async(
        self, methods: str, path: str, *, feature: str | None = None
    ) -> Callable[[Handler], Handler]:
        """Register a coroutine function; it reads the body itself."""

        def register(handler: Handler) -> Handler:
            self._register(methods, path, handler, None, feature, open=False, api=True)
            return handler

        return register

    def _register(
        self,
        methods: str,
        path: str,
        handler: Handler,
        family: str | None,
        feature: str | None,
        *,
        open: bool,
        api: bool,
    ) -> None:
        full = f"/api/v1{path}" if api else path
        for method in methods.split():
            self.routes.append(
                Route(method, full, handler, family or self._family, feature, open)
            )


class Call:
    """One request on its way through the server."""

    def __init__(
        self, services: Services, request: Request, params: Mapping[str, str], tenant: Tenant | None
    ) -> None:
        self.services = services
        self.generation = services.generation
        self.store = services.store
        self.request = request
        self.params = params
        self._tenant = tenant
        self._body = b""

    @property
    def tenant(self) -> Tenant:
        """Whose key came with the request."""
        if self._tenant is None:
            raise uncaught("this route does not know who asks")
        return self._tenant

    def query(self, name: str) -> str | None:
        """A query parameter, or None."""
        return self.request.query_params.get(name)

    def query_list(self, name: str) -> list[str]:
        """All values of a repeated query parameter."""
        return [value for value in self.request.query_params.getlist(name) if value]

    # bodies

    async def read_body(self) -> None:
        """Read the whole body, within the limit."""
        pieces = []
        async for piece in limited_stream(self):
            pieces.append(piece)
        self._body = b"".join(pieces)

    def json(self, *, strict: bool = False, broken_is_error: bool = False) -> dict[str, Any]:
        """The JSON object of the body; what a generation makes of other bodies differs.

        Args:
            strict: Schema-checked routes refuse what others read as an empty object.
            broken_is_error: Refuse broken JSON even where the generation ignores it.
        """
        content_type = self.request.headers.get("content-type")
        if (content_type or "").partition(";")[0].strip().lower() != "application/json":
            if strict and self.generation.json_type_required:
                raise argument_error(
                    f"Unsupported content type: Expected application/json, got {content_type}"
                )
            return {}
        try:
            value = json.loads(self._body)
        except ValueError:
            if strict:
                raise argument_error(
                    "Malformed JSON syntax: Missing commas/brackets or invalid encoding"
                ) from None
            if self.generation.broken_json_ignored and not broken_is_error:
                return {}
            raise uncaught("<BadRequest '400: Bad Request'>") from None
        if isinstance(value, dict):
            return value
        if value is None and not strict:
            return {}
        kind = type(value).__name__
        if strict:
            raise argument_error(f"Invalid request payload: expected object, got {kind}")
        raise uncaught(f"TypeError('expected a JSON object, got {kind}')")

    # paging

    def page(self, default_size: int = 30) -> tuple[int, int]:
        """The page number and size of a list request."""
        return (
            self._paging("page", 1, self.query("page")),
            self._page_size(default_size, self.query("page_size")),
        )

    def window(self, default_size: int = 30) -> tuple[int, int]:
        """Limit and offset of a list request, as a database wants them."""
        number, size = self.page(default_size)
        if number < 0 or size < 0:
            raise Fault(100, "1064", data="the page and its size must not be negative")
        return size, max(number - 1, 0) * size

    def desc(self) -> bool:
        """Whether a list begins with the newest."""
        return (self.query("desc") or "true").lower() != "false"

    def _paging(self, name: str, default: int, value: Any) -> int:
        if value is None or value == "":
            return default
        corrected = self.generation.bad_paging_code is None
        try:
            number = int(value)
        except (TypeError, ValueError) as error:
            if corrected:
                return default
            raise uncaught(error) from None
        return default if corrected and number < 1 else number

    def _page_size(self, default: int, value: Any) -> int:
        size = self._paging("page_size", default, value)
        limit = self.generation.max_page_size
        if limit is not None and size > limit:
            raise uncaught(ValueError(f"page_size must be less than or equal to {limit}"))
        return size

    def body_page(self, body: dict[str, Any], default_size: int = 30) -> tuple[int, int]:
        """The page number and size of a search request."""
        number = self._paging("page", 1, body.get("page"))
        size = self._page_size(default_size, body.get("page_size") or body.get("size"))
        if number < 1 or size < 0:
            raise uncaught(ValueError("Search does not support negative slicing."))
        return number, size

    # what requests name

    def owned_dataset(self, id: str | None = None, *, ending: str = ".") -> Dataset:
        """The dataset of the path, which must belong to the caller."""
        id = id or self.params["dataset_id"]
        dataset = self.store.datasets.get(id)
        if dataset is None or dataset.tenant_id != self.tenant.id:
            raise Fault(102, f"You don't own the dataset {id}{ending}")
        return dataset

    def owned_document(self, dataset: Dataset) -> Document:
        """The document of the path, which must be in the dataset."""
        id = self.params["document_id"]
        document = self.store.documents.get(id)
        if document is None or document.dataset_id != dataset.id:
            raise Fault(102, f"You don't own the document {id}.")
        return document


async def limited_stream(call: Call) -> AsyncIterator[bytes]:
    """The pieces of a request body; a body over the limit is a failure."""
    limit, seen = call.services.config.max_body, 0
    announced = call.request.headers.get("content-length", "")
    refused = announced.isdecimal() and int(announced) > limit
    async for piece in call.request.stream():
        seen += len(piece)
        refused = refused or seen > limit
        if not refused:
            yield piece
        elif seen > limit + _DRAINED:
            break
    if refused:
        raise uncaught("<RequestEntityTooLarge '413: Request Entity Too Large'>")


def answer(reply: Reply | Response, family: str, generation: Generation) -> Response:
    """Put a handler's reply into the envelope of its family of routes."""
    if isinstance(reply, Response):
        return reply
    body: dict[str, Any] = {"code": 0, **reply.extra}
    if family in generation.says_success:
        body["message"] = reply.message
        body["data"] = None if reply.data is MISSING else reply.data
    elif reply.data is not MISSING:
        body["data"] = reply.data
    return json_response(body)


def failure(error: Exception) -> Response:
    """The answer to a request whose handler raised."""
    if isinstance(error, Fault):
        return error.response()
    _log.error("a request failed", exc_info=error)
    return uncaught(error).response()
