"""Passes an answer through to a browser while it is being written, with FastAPI.

Set ``RAGFLOW_API_KEY`` and ``RAGFLOW_BASE_URL``; run it with ``uvicorn fastapi_app:app``.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse

from ragflow import AsyncRAGFlow, AsyncSession, RAGFlowError


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with AsyncRAGFlow() as rag:
        app.state.rag = rag
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/chats/{chat_id}/answer")
async def answer(request: Request, chat_id: str, question: str) -> StreamingResponse:
    chat = await request.app.state.rag.get_chat(chat_id)
    session = await chat.create_session()
    return StreamingResponse(events(session, question), media_type="text/event-stream")


async def events(session: AsyncSession, question: str) -> AsyncIterator[str]:
    """When the browser leaves, FastAPI cancels this; the stream's end stops the server's work."""
    async with session.ask(question, stream=True) as stream:
        try:
            async for message in stream:
                yield event({"text": message.delta})
        except RAGFlowError as error:
            yield event({"error": str(error)})
        else:
            yield event({"sources": [chunk.document_name for chunk in message.reference]})


def event(data: dict[str, object]) -> str:
    return f"data: {json.dumps(data)}\n\n"
