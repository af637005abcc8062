"""Routes, the parts of a server they use, and the envelope around what they answer."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import anyio
import anyio.to_thread
from starlette.responses import Response

from ragflow.local.wire import MISSING, OuterError, WireError, json_response, uncaught

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from ragflow.local.calls import Call
    from ragflow.local.config import ServerConfig
    from ragflow.local.conversation import Conversation
    from ragflow.local.generations import Generation
    from ragflow.local.retrieval import Retriever
    from ragflow.local.store import Store
    from ragflow.local.store.records import Tenant
    from ragflow.local.worker import Worker

    Blocking = Callable[["Call"], "Reply | Response"]
    Async = Callable[["Call"], Awaitable["Reply | Response"]]
    Handler = Callable[["Call"], Awaitable[Response]]

_log = logging.getLogger("ragflow.local")


@dataclass(frozen=True, slots=True)
class Services:
    """The parts of a running server that handlers use; tenants are found by their keys."""

    config: ServerConfig
    generation: Generation
    store: Store
    tenants: Mapping[str, Tenant]
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
        feature: The group of routes it belongs to; None is in every generation.
        open: Whether it works without a key.
    """

    method: str
    path: str
    handler: Handler
    feature: str | None
    open: bool

    @property
    def pattern(self) -> re.Pattern[str]:
        """What a request path must look like; a parameter never contains a slash."""
        return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", self.path))


class RouteTable:
    """Collects the handlers of a module.

    Args:
        family: Decides whether answers carry a message.
    """

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
            def respond(call: Call) -> Response:
                return answer(function(call), family or self._family, call.generation)

            async def handler(call: Call) -> Response:
                await call.read_body()
                return await anyio.to_thread.run_sync(respond, call)

            self._register(methods, path, handler, feature, open=open, api=api)
            return function

        return register

    def add_async(
        self, methods: str, path: str, *, feature: str | None = None
    ) -> Callable[[Async], Async]:
        """Register a coroutine function; it reads the body itself."""

        def register(function: Async) -> Async:
            async def handler(call: Call) -> Response:
                return answer(await function(call), self._family, call.generation)

            self._register(methods, path, handler, feature, open=False, api=True)
            return function

        return register

    def _register(
        self,
        methods: str,
        path: str,
        handler: Handler,
        feature: str | None,
        *,
        open: bool,
        api: bool,
    ) -> None:
        full = f"/api/v1{path}" if api else path
        for method in methods.split():
            self.routes.append(Route(method, full, handler, feature, open))


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


def failure(error: Exception, generation: Generation) -> Response:
    """The answer to a request whose handler raised."""
    if not isinstance(error, WireError):
        _log.error("a request failed", exc_info=error)
        error = uncaught(error)
    if isinstance(error, OuterError):
        return error.response(generation.outer_keys)
    if generation.renamed_product and error.code == 102:
        error.message = re.sub("rag", "seceum", error.message, flags=re.IGNORECASE)
    return error.response()
