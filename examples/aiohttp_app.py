"""Passes an answer through to a browser while it is being written, with aiohttp.

Set ``RAGFLOW_API_KEY`` and ``RAGFLOW_BASE_URL``; run it with ``python aiohttp_app.py``.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

from aiohttp import web

from ragflow import AsyncRAGFlow, RAGFlowError

RAG = web.AppKey("rag", AsyncRAGFlow)


async def connect(app: web.Application) -> AsyncIterator[None]:
    async with AsyncRAGFlow() as rag:
        app[RAG] = rag
        yield


async def answer(request: web.Request) -> web.StreamResponse:
    """When the browser leaves, writing fails; the stream's end stops the server's work."""
    chat = await request.app[RAG].get_chat(request.match_info["chat_id"])
    session = await chat.create_session()
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    async with session.ask(request.query["question"], stream=True) as stream:
        try:
            async for message in stream:
                await response.write(event({"text": message.delta}))
        except RAGFlowError as error:
            await response.write(event({"error": str(error)}))
        else:
            names = [chunk.document_name for chunk in message.reference]
            await response.write(event({"sources": names}))
    await response.write_eof()
    return response


def event(data: dict[str, object]) -> bytes:
    return f"data: {json.dumps(data)}\n\n".encode()


def make_app() -> web.Application:
    app = web.Application()
    app.cleanup_ctx.append(connect)
    app.router.add_get("/chats/{chat_id}/answer", answer)
    return app


if __name__ == "__main__":
    web.run_app(make_app(), host="127.0.0.1", port=8080)
