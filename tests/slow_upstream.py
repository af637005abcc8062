"""A server that answers slowly, never finishes, and notices when its client has left."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

CHAT = {"id": "c1", "name": "Miss R", "llm_id": "m", "prompt_config": {}}


class SlowUpstream:
    """A RAGFlow server whose answer has no end.

    Args:
        words: After so many words the answer breaks off.

    Attributes:
        left: Set when the client of an answer has gone.
    """

    def __init__(self, words: int = 3000) -> None:
        self._limit = words
        self.left = threading.Event()
        self.app = Starlette(
            routes=[
                Route("/api/v1/system/version", self._version),
                Route("/api/v1/chats", self._chats),
                Route("/api/v1/chats/c1/sessions", self._session, methods=["POST"]),
                Route("/api/v1/chat/completions", self._answer, methods=["POST"]),
            ]
        )

    async def _version(self, _: Request) -> Response:
        return JSONResponse({"code": 0, "data": "v0.27.0"})

    async def _chats(self, _: Request) -> Response:
        return JSONResponse({"code": 0, "data": {"chats": [CHAT], "total": 1}})

    async def _session(self, _: Request) -> Response:
        return JSONResponse({"code": 0, "data": {"id": "s1", "chat_id": "c1", "messages": []}})

    async def _answer(self, _: Request) -> Response:
        return StreamingResponse(self._words(), media_type="text/event-stream")

    async def _words(self) -> AsyncIterator[str]:
        try:
            for number in range(self._limit):
                data = {"answer": f"word{number} ", "reference": {"chunks": []}, "final": False}
                yield f"data:{json.dumps({'code': 0, 'message': '', 'data': data})}\n\n"
                await asyncio.sleep(0.01)
        finally:
            self.left.set()


@contextmanager
def serving(app: Callable[..., Coroutine[Any, Any, None]]) -> Iterator[str]:
    """Serves an ASGI application on loopback and gives its address."""
    server = uvicorn.Server(
        uvicorn.Config(app, port=0, log_level="warning", timeout_graceful_shutdown=1)
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        if not thread.is_alive():
            raise RuntimeError("the server did not start")
        thread.join(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(5)
