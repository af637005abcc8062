"""The embedded server with faults: an ASGI application around the faultless one."""

from __future__ import annotations

import contextlib
import json
import re
from collections import Counter
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING

import anyio
import attrs
from starlette.requests import ClientDisconnect
from starlette.responses import HTMLResponse, Response

from ragflow.local.exchange import Exchange
from ragflow.local.faults import REPORT_PATH, FaultReport
from ragflow.local.partial_forms import halve
from ragflow.local.wire import MISSING, WireError, json_response, uncaught

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from ragflow.local.exchange import Traffic
    from ragflow.local.faults import Faults, Strike
    from ragflow.local.generations import Generation

_DEADLOCK = uncaught("OperationalError(1213, 'Deadlock found when trying to get lock')")


class FaultInjector:
    """Hands requests on to an application, except where a fault strikes them.

    What it did is told at ``/faults``, to anyone and without faults.

    Args:
        app: The faultless application.
        faults: What is to go wrong.
        generation: The server generation whose error answers are given.
    """

    def __init__(self, app: ASGIApp, faults: Faults, generation: Generation) -> None:
        self._app = app
        self._faults = faults
        self._generation = generation
        self._only = re.compile(faults.only)
        self._busy: set[str] = set()
        self._requests = 0
        self._struck: Counter[str] = Counter()
        self._uploads = 0
        self._upload_bytes = 0
        self._lost: Counter[str] = Counter()
        self._open: set[Traffic] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one ASGI connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = Exchange(scope, receive, send)
        if exchange.is_upload:
            exchange = self._counted(exchange)
        try:
            with contextlib.suppress(ClientDisconnect):  # nobody is there to be answered
                if scope["path"] == REPORT_PATH:
                    await exchange.answer(json_response(attrs.asdict(self._report())))
                elif self._only.search(f"{scope['method']} {scope['path']}"):
                    await self._strike_perhaps(exchange)
                else:
                    await self._handle(exchange)
        finally:
            self._open.discard(exchange.traffic)

    def _report(self) -> FaultReport:
        return FaultReport(
            requests=self._requests,
            struck=dict(self._struck),
            uploads=self._uploads,
            upload_bytes=self._upload_bytes,
            lost_bytes=dict(self._lost),
            open_bytes=sum(traffic.received for traffic in self._open),
        )

    def _counted(self, exchange: Exchange) -> Exchange:
        self._uploads += 1
        self._open.add(exchange.traffic)

        async def receive() -> Message:
            message = await exchange.receive()
            size = len(message.get("body", b""))
            exchange.traffic.received += size
            self._upload_bytes += size
            if message["type"] == "http.disconnect" and exchange.traffic.is_open:
                self._lose("disconnected", exchange)
            exchange.traffic.is_open &= message.get("more_body", False)
            return message

        return replace(exchange, receive=receive)

    def _lose(self, kind: str, exchange: Exchange, kept: int = 0) -> None:
        """Count the bytes of a form that is not stored, or only in part."""
        if exchange.is_upload:
            self._lost[kind] += exchange.traffic.received - kept
            exchange.traffic.is_open = False

    async def _handle(self, exchange: Exchange) -> None:
        """Let the application answer, unless a form into the same dataset is before it."""
        path = exchange.scope["path"].rstrip("/")
        if not (self._faults.refuse_concurrent_forms and exchange.is_upload):
            await self._app(exchange.scope, exchange.receive, exchange.send)
        elif path in self._busy:
            self._struck["refused_form"] += 1
            await exchange.take()
            self._lose("refused_form", exchange)
            await exchange.answer(_DEADLOCK.response(self._generation.outer_keys))
        else:
            self._busy.add(path)
            try:
                await self._app(exchange.scope, exchange.receive, exchange.send)
            finally:
                self._busy.remove(path)

    async def _strike_perhaps(self, exchange: Exchange) -> None:
        strike = self._faults.strike(self._requests)
        self._requests += 1
        await anyio.sleep(self._faults.latency)
        if strike is None:
            await self._handle(exchange)
        elif strike.kind == "partial_upload":
            await self._partial_upload(exchange)
        else:
            name = f"error_{strike.status}" if strike.kind == "error" else strike.kind
            self._struck[name] += 1
            await self._strike(strike, name, exchange)

    async def _strike(self, strike: Strike, name: str, exchange: Exchange) -> None:
        match strike.kind:
            case "error" if strike.handled:
                await self._handle(exchange.unanswered())
                await exchange.answer(self._error(strike.status))
            case "error":
                await exchange.take()
                self._lose(name, exchange)
                await exchange.answer(self._error(strike.status))
            case "reset_before":
                await exchange.take(strike.part)
                self._lose(name, exchange)
                await exchange.reset()
            case "reset_after":
                await self._handle(exchange.unanswered())
                await exchange.reset()
            case "truncated":
                await self._handle(replace(exchange, send=_cut(exchange)))
                await exchange.gone()
            case "late_store":
                body = await exchange.request.body()
                await exchange.answer(self._error(504))
                await anyio.sleep(self._faults.late_by)
                await self._handle(exchange.with_body(body).unanswered())

    def _error(self, status: int) -> Response:
        if status == 500:
            error = WireError(500, "Internal Server Error", data=None, status=500)
            return error.response(self._generation.outer_keys)
        title = f"{status} {HTTPStatus(status).phrase}"
        page = f"<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>\n"
        answer = HTMLResponse(page, status)
        if status in (429, 503) and self._faults.retry_after is not None:
            answer.headers["retry-after"] = f"{self._faults.retry_after:g}"
        return answer

    async def _partial_upload(self, exchange: Exchange) -> None:
        """Store the first half of a form's files and refuse the others."""
        if not exchange.is_upload:
            await self._handle(exchange)
            return
        body = await exchange.request.body()
        form = halve(body, exchange.request.headers.get("content-type", ""))
        if form is None:
            await self._handle(exchange.with_body(body))
            return
        whole = _Kept()
        await self._handle(replace(exchange.with_body(form.body), send=whole.send))
        answer = json.loads(whole.body)
        if answer.get("code") != 0:
            for message in whole.messages:
                await exchange.send(message)
            return
        self._struck["partial_upload"] += 1
        self._lose("partial_upload", exchange, kept=len(form.body))
        reasons = "\n".join(f"{name}: The file could not be stored." for name in form.lost)
        listed = self._generation.partial_uploads_listed
        error = WireError(500, reasons, data=answer["data"] if listed else MISSING)
        await exchange.answer(error.response())


class _Kept:
    """Takes an answer instead of the client."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    async def send(self, message: Message) -> None:
        self.messages.append(message)

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.messages)


def _cut(exchange: Exchange) -> Send:
    """Send an answer up to the middle of its first piece, and hang up."""
    cut = False

    async def send(message: Message) -> None:
        nonlocal cut
        if cut:
            return
        if message["type"] == "http.response.body":
            cut = True
            piece = message.get("body", b"")
            message = {**message, "body": piece[: len(piece) // 2], "more_body": True}
        await exchange.send(message)
        if cut:
            exchange.hang_up()

    return send
