"""The embedded server as an ASGI application."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING, Any

import anyio.to_thread
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from ragflow.local.calls import Call
from ragflow.local.config import new_api_key
from ragflow.local.conversation import Conversation
from ragflow.local.generations import find_generation
from ragflow.local.retrieval import Retriever
from ragflow.local.routes import all_routes
from ragflow.local.routing import Services, failure
from ragflow.local.store import Store
from ragflow.local.wire import OuterError, WireError, uncaught
from ragflow.local.worker import Worker
from ragflow.local.writing import writer_from_environment

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from starlette.types import Receive, Scope, Send

    from ragflow.local.config import ServerConfig
    from ragflow.local.generations import Generation
    from ragflow.local.routing import Route
    from ragflow.local.store.records import Tenant


def create_app(config: ServerConfig) -> Starlette:
    """Make the application; its lifespan opens the data file and runs the parser threads.

    While it lives, ``app.state.api_key`` is the key clients must send, and
    ``app.state.services`` are its parts.
    """
    generation = find_generation(config.version)

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        try:
            store = await anyio.to_thread.run_sync(Store, config.path)
        except Exception as error:
            app.state.startup_error = error
            raise
        try:
            tenants = await anyio.to_thread.run_sync(_tenants, store, config)
            worker = Worker(store, generation, threads=config.parsers)
            app.state.api_key = tenants[0].api_key
            retriever = Retriever(store)
            conversation = Conversation(store, retriever, writer_from_environment())
            app.state.services = Services(
                config,
                generation,
                store,
                {tenant.api_key: tenant for tenant in tenants},
                retriever,
                worker,
                conversation,
            )
            worker.start()
            try:
                yield
            finally:
                await anyio.to_thread.run_sync(worker.stop)
        finally:
            await anyio.to_thread.run_sync(store.close)

    app = Starlette(lifespan=lifespan)
    app.router.default = Dispatcher(app, generation)
    return app


def _tenants(store: Store, config: ServerConfig) -> list[Tenant]:
    """The accounts; the first one's key may be kept in the data file."""
    first = store.tenants.register(0, config.api_key, new_api_key())
    others = [
        store.tenants.register(position, key, key)
        for position, key in enumerate(config.other_keys, start=1)
    ]
    return [first, *others]


class Dispatcher:
    """Answers every request: finds its route, checks its key, and keeps to the envelope."""

    def __init__(self, app: Starlette, generation: Generation) -> None:
        self._app = app
        self._generation = generation
        by_pattern: dict[re.Pattern[str], dict[str, Route]] = {}
        for route in all_routes(generation):
            by_pattern.setdefault(route.pattern, {})[route.method] = route
        self._routes = list(by_pattern.items())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one ASGI connection."""
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        response = await self._respond(request)
        self._add_cross_origin(request, response)
        if request.method == "HEAD":
            await _send_head(response, send)
        else:
            await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        try:
            found = self._find(request.scope["path"])
            if request.method == "OPTIONS":
                return _options(found)
            route, params = _fitting(found, request.method)
            tenant = None if route.open else self._authenticate(request)
            call = Call(self._app.state.services, request, params, tenant)
            return await route.handler(call)
        except ClientDisconnect:
            return Response(status_code=400)
        except Exception as error:  # whatever goes wrong is told in the envelope, and logged
            return failure(error, self._generation)

    def _find(self, path: str) -> list[tuple[dict[str, Route], Mapping[str, str]]]:
        """What stands at a path; a name such as ``search`` may stand where an id does."""
        trimmed = path.rstrip("/") or "/"
        matches = ((pattern.fullmatch(trimmed), methods) for pattern, methods in self._routes)
        found = [(methods, match.groupdict()) for match, methods in matches if match]
        if found:
            return sorted(found, key=lambda item: len(item[1]))
        if self._generation.unknown_route_status == 404:
            raise WireError(404, f"Not Found: {path}", data=None, status=404, error="Not Found")
        raise uncaught("<NotFound '404: Not Found'>")

    def _authenticate(self, request: Request) -> Tenant:
        """The tenant whose key the request carries."""
        header = request.headers.get("authorization", "")
        if self._generation.unauthorized_status == 401:
            key = re.sub("^bearer ", "", header, flags=re.IGNORECASE).strip()
            message = "<Unauthorized '401: Unauthorized'>"
            refusal = WireError(401, message, data=None, status=401)
        else:
            broken = self._generation.key_missing_is_exception
            if not header:
                if broken:
                    raise uncaught(AttributeError("'NoneType' object has no attribute 'split'"))
                raise WireError(0, "`Authorization` can't be empty", data=False)
            words = header.split()
            if len(words) < 2:
                if broken:
                    raise uncaught(IndexError("list index out of range"))
                raise WireError(0, "Please check your authorization format.", data=False)
            key = words[1]
            refusal = OuterError(109, "Authentication error: API key is invalid!", data=False)
        tenants: Mapping[str, Tenant] = self._app.state.services.tenants
        if key not in tenants:
            raise refusal
        return tenants[key]

    @staticmethod
    def _add_cross_origin(request: Request, response: Response) -> None:
        headers: Any = response.headers
        if "origin" not in request.headers:
            headers["vary"] = "Origin"
            return
        headers["access-control-allow-origin"] = "*"
        if request.method == "OPTIONS":
            headers["access-control-allow-methods"] = "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"
            asked = request.headers.get("access-control-request-headers")
            headers["access-control-allow-headers"] = asked or "*"


def _fitting(
    found: list[tuple[dict[str, Route], Mapping[str, str]]], method: str
) -> tuple[Route, Mapping[str, str]]:
    """The route for a method; HEAD is answered by the one for GET."""
    method = "GET" if method == "HEAD" else method
    for methods, params in found:
        if method in methods:
            return methods[method], params
    raise uncaught("<MethodNotAllowed '405: Method Not Allowed'>")


def _options(found: list[tuple[dict[str, Route], Mapping[str, str]]]) -> Response:
    """Tell the methods of a path."""
    methods = {method for table, _ in found for method in table}
    if "GET" in methods:
        methods.add("HEAD")
    headers = {"allow": ", ".join(sorted({*methods, "OPTIONS"}))}
    return Response(media_type="text/html", headers=headers)


async def _send_head(response: Response, send: Send) -> None:
    """Send an answer without its body."""
    await send(
        {
            "type": "http.response.start",
            "status": response.status_code,
            "headers": response.raw_headers,
        }
    )
    await send({"type": "http.response.body", "body": b""})
