"""What goes over the wire for each call: method, path, query and JSON, as servers document them."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from ragflow import (
    AsyncChat,
    AsyncChunk,
    AsyncDataSet,
    AsyncDocument,
    AsyncRAGFlow,
    AsyncSession,
)

D, X, K = "4e1f7c2a9b6311efb7d40242ac120006", "7a55d8fe9b6311ef8b010242ac120006", "895d34de762e674b"
C, S = "9d0c1b5e9b6411efb5f10242ac120006", "b2f7f6da9b6411ef9d2a0242ac120006"
Y = "7a55d8fe9b6311ef8b010242ac120007"
PAGE = {"page": "1", "page_size": "30", "orderby": "create_time", "desc": "True"}
QUESTION = {"question": "What is ragflow?", "session_id": S, "stream": True}
RETRIEVAL = {
    "question": "What is ragflow?",
    "dataset_ids": [D],
    "document_ids": [X],
    "similarity_threshold": 0.2,
    "vector_similarity_weight": 0.3,
    "top_k": 1024,
    "page": 1,
    "page_size": 30,
    "keyword": False,
}


class Things:
    """The objects that calls start from."""

    def __init__(self, client: AsyncRAGFlow) -> None:
        self.client = client
        self.dataset = client.bind(AsyncDataSet(id=D))
        self.document = client.bind(AsyncDocument(id=X, dataset_id=D, name="1.txt"))
        self.chunk = client.bind(AsyncChunk(id=K, dataset_id=D, document_id=X))
        self.chat = client.bind(AsyncChat(id=C, dataset_ids=[D]))
        self.session = client.bind(AsyncSession(id=S, chat_id=C))


Call = Callable[[Things], Awaitable[object]]
Expected = tuple[str, str, Any]

# Each call with the request that every generation takes, or those of v0.22 and v0.27.
CALLS: list[tuple[str, Call, Expected, Expected | None]] = [
    ("create a dataset", lambda t: t.client.create_dataset("kb_1"),
     ("POST", "/datasets", {"name": "kb_1"}), None),
    ("list datasets", lambda t: t.client.list_datasets(1, 30),
     ("GET", "/datasets", PAGE), None),
    ("list datasets by id", lambda t: t.client.list_datasets(id=Y, page_size=30),
     ("GET", "/datasets", {**PAGE, "id": Y}), None),
    ("update a dataset", lambda t: t.dataset.update({"name": "renamed"}),
     ("PUT", f"/datasets/{D}", {"name": "renamed"}), None),
    ("delete datasets", lambda t: t.client.delete_datasets([D]),
     ("DELETE", "/datasets", {"ids": [D]}), None),
    ("list documents", lambda t: t.dataset.list_documents(limit=30),
     ("GET", f"/datasets/{D}/documents", PAGE), None),
    ("update a document", lambda t: t.document.update({"name": "renamed.txt"}),
     ("PUT", f"/datasets/{D}/documents/{X}", {"name": "renamed.txt"}),
     ("PATCH", f"/datasets/{D}/documents/{X}", {"name": "renamed.txt"})),
    ("download a document", lambda t: t.document.download(),
     ("GET", f"/datasets/{D}/documents/{X}", {}), None),
    ("delete documents", lambda t: t.dataset.delete_documents([X]),
     ("DELETE", f"/datasets/{D}/documents", {"ids": [X]}), None),
    ("parse documents", lambda t: t.dataset.async_parse_documents([X, Y]),
     ("POST", f"/datasets/{D}/chunks", {"document_ids": [X, Y]}),
     ("POST", f"/datasets/{D}/documents/parse", {"document_ids": [X, Y]})),
    ("stop parsing", lambda t: t.dataset.async_cancel_parse_documents([X]),
     ("DELETE", f"/datasets/{D}/chunks", {"document_ids": [X]}),
     ("POST", f"/datasets/{D}/documents/stop", {"document_ids": [X]})),
    ("list chunks", lambda t: t.document.list_chunks(limit=30),
     ("GET", f"/datasets/{D}/documents/{X}/chunks", {"page": "1", "page_size": "30"}), None),
    ("add a chunk", lambda t: t.document.add_chunk("who are you", ["a"]),
     ("POST", f"/datasets/{D}/documents/{X}/chunks",
      {"content": "who are you", "important_keywords": ["a"]}), None),
    ("update a chunk",
     lambda t: t.chunk.update({"content": "updated", "important_keywords": ["b"], "available": 1}),
     ("PUT", f"/datasets/{D}/documents/{X}/chunks/{K}",
      {"content": "updated", "important_keywords": ["b"], "available": 1}),
     ("PATCH", f"/datasets/{D}/documents/{X}/chunks/{K}",
      {"content": "updated", "important_keywords": ["b"], "available": 1})),
    ("delete chunks", lambda t: t.document.delete_chunks([K]),
     ("DELETE", f"/datasets/{D}/documents/{X}/chunks", {"chunk_ids": [K]}), None),
    ("retrieve", lambda t: t.client.retrieve("What is ragflow?", [D], [X]),
     ("POST", "/retrieval", {**RETRIEVAL, "highlight": "false"}),
     ("POST", "/retrieval", {**RETRIEVAL, "highlight": False})),
    ("create a chat", lambda t: t.client.create_chat("Miss R", knowledgebases=[t.dataset]),
     ("POST", "/chats", {"name": "Miss R", "dataset_ids": [D]}), None),
    ("list chats", lambda t: t.client.list_chats(1, 30),
     ("GET", "/chats", PAGE), None),
    ("update a chat", lambda t: t.chat.update({"llm": {"temperature": 0.8}}),
     ("PUT", f"/chats/{C}", {"llm": {"temperature": 0.8}, "dataset_ids": [D]}),
     ("PATCH", f"/chats/{C}", {"llm_setting": {"temperature": 0.8}})),
    ("delete chats", lambda t: t.client.delete_chats([C]),
     ("DELETE", "/chats", {"ids": [C]}), None),
    ("create a session", lambda t: t.chat.create_session(),
     ("POST", f"/chats/{C}/sessions", {"name": "New session"}), None),
    ("list sessions", lambda t: t.chat.list_sessions(1, 30),
     ("GET", f"/chats/{C}/sessions", PAGE), None),
    ("update a session", lambda t: t.session.update({"name": "Updated session"}),
     ("PUT", f"/chats/{C}/sessions/{S}", {"name": "Updated session"}),
     ("PATCH", f"/chats/{C}/sessions/{S}", {"name": "Updated session"})),
    ("delete sessions", lambda t: t.chat.delete_sessions([S]),
     ("DELETE", f"/chats/{C}/sessions", {"ids": [S]}), None),
    ("ask", lambda t: t.session.ask("What is ragflow?"),
     ("POST", f"/chats/{C}/completions", QUESTION),
     ("POST", "/chat/completions", {"chat_id": C, **QUESTION})),
]  # fmt: skip

CASES = [
    pytest.param(
        version, call, (new if version == "0.27.0" and new else old), id=f"{version}-{name}"
    )
    for name, call, old, new in CALLS
    for version in ("0.22.1", "0.27.0")
]


def answer(request: httpx.Request) -> httpx.Response:
    """Something that every call takes for an answer to it."""
    if request.url.path.endswith(X):
        return httpx.Response(
            200, headers={"content-disposition": "attachment"}, json={"code": 0, "data": {"id": X}}
        )
    key = "chunk" if request.method == "POST" and request.url.path.endswith("chunks") else "chats"
    return httpx.Response(
        200, json={"code": 0, "data": None if request.method == "GET" else {key: {}}}
    )


@pytest.mark.parametrize(("version", "call", "expected"), CASES)
async def test_request(version: str, call: Call, expected: Expected) -> None:
    """A call is one request, spelt as the server's generation documents it."""
    sent: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return answer(request)

    async with AsyncRAGFlow(
        "secret", "http://server", server_version=version, transport=httpx.MockTransport(handler)
    ) as client:
        await call(Things(client))
    (request,) = sent
    method, path, fields = expected
    assert (request.method, request.url.path) == (method, f"/api/v1{path}")
    if method == "GET":
        assert dict(request.url.params) == fields
        assert request.content == b""
    else:
        assert json.loads(request.content) == fields
        assert request.headers["content-type"] == "application/json"
    assert request.headers["authorization"] == "Bearer secret"
