"""Recorded requests as calls of the client: one row for each kind of request."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from ragflow import AsyncChat, AsyncChunk, AsyncDataSet, AsyncDocument, AsyncSession
from replay_checks import (
    Check,
    check_batch,
    check_chat,
    check_chunk,
    check_items,
    check_message,
    check_model,
    check_same,
    check_session,
)
from replaying import Exchange

from .replay_asked import (
    Asked,
    bad_chunk,
    bad_dataset,
    bad_retrieval,
    impossible_or_text_page,
    impossible_page,
    lacks,
    no_files,
    no_question,
    nothing_new,
    unnamed_or_besides,
    updated,
)


@dataclass
class Row:
    """A kind of request, the call for it, and what its answer becomes.

    Attributes:
        methods: Its verbs, of all server generations.
        pattern: Its path below the API's root; several are parted by blanks.
        call: What a user calls, with the recorded arguments.
        check: Compares the result with the recorded answer.
        kind: The type of the result, or of its items.
        spare: A body to send in the place of one that the client does not send.
        refuses: Whether the client refuses the arguments before it sends anything.
        missing: Codes that say there is no such object, where one was looked for.
        fails_empty: Whether the oldest generation refuses to list nothing, with such a code.
    """

    methods: str
    pattern: str
    call: Callable[[Asked], Awaitable[object]]
    check: Check
    kind: type = object
    spare: dict[str, Any] = field(default_factory=dict)
    refuses: Callable[[Asked], bool] = lambda asked: False
    missing: frozenset[int] = frozenset()
    fails_empty: bool = False

    def ids(self, exchange: Exchange) -> dict[str, str] | None:
        """The ids in the path of an exchange of this kind; None if it is of another kind."""
        for pattern in self.pattern.split():
            expression = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", pattern)
            found = re.fullmatch(expression, exchange.path)
            if found and exchange.method in self.methods.split():
                return found.groupdict()
        return None


DATASET, DOCUMENT = "/datasets/{dataset}", "/datasets/{dataset}/documents/{document}"
CHAT, SESSION = "/chats/{chat}", "/chats/{chat}/sessions/{session_id}"
ORDER = ("orderby", "desc", "id", "name")

ROWS = (
    Row("POST", "/datasets", lambda a: a.client.create_dataset(**a.body),
        check_model, AsyncDataSet, {"name": "spare"}, bad_dataset),
    Row("GET", "/datasets", lambda a: a.client.list_datasets(**a.filters(*ORDER)),
        check_items(check_model), AsyncDataSet, {}, impossible_page, frozenset({102, 108}), True),
    Row("PUT", DATASET, lambda a: updated(a.dataset, a.body),
        check_model, AsyncDataSet, {"name": "spare"}, nothing_new("chunk_count", "tenant_id")),
    Row("DELETE", "/datasets", lambda a: a.client.delete_datasets(a.body.get("ids")),
        check_batch, object, {"ids": ["spare"]}, lacks("ids")),
    Row("POST", f"{DATASET}/documents", lambda a: a.dataset.upload_documents(a.files),
        check_items(check_model), AsyncDocument, {}, no_files),
    Row("GET", f"{DATASET}/documents",
        lambda a: a.dataset.list_documents(**a.filters(*ORDER, "keywords", "suffix", "run")),
        check_items(check_model), AsyncDocument, {}, impossible_or_text_page, frozenset({102}),
        True),
    Row("PUT PATCH", DOCUMENT, lambda a: updated(a.document, a.body),
        check_model, AsyncDocument, {"name": "spare.txt"}, nothing_new("chunk_count", "progress")),
    Row("GET", DOCUMENT, lambda a: a.document.download(),
        check_same, bytes, missing=frozenset({102})),
    Row("DELETE", f"{DATASET}/documents", lambda a: a.dataset.delete_documents(a.body.get("ids")),
        check_batch, object, {"ids": ["spare"]}, lacks("ids")),
    Row("POST", f"{DATASET}/chunks {DATASET}/documents/parse",
        lambda a: a.dataset.async_parse_documents(a.body.get("document_ids", [])),
        check_batch, object, {"document_ids": ["spare"]}, lacks("document_ids")),
    Row("DELETE", f"{DATASET}/chunks",
        lambda a: a.dataset.async_cancel_parse_documents(a.body.get("document_ids", [])),
        check_batch, object, {"document_ids": ["spare"]}, lacks("document_ids")),
    Row("POST", f"{DATASET}/documents/stop",
        lambda a: a.dataset.async_cancel_parse_documents(a.body.get("document_ids", [])),
        check_batch, object, {"document_ids": ["spare"]}, lacks("document_ids")),
    Row("GET", f"{DOCUMENT}/chunks",
        lambda a: a.document.list_chunks(**a.filters("id", "keywords")),
        check_items(check_chunk), AsyncChunk, {}, impossible_or_text_page, frozenset({102, 404})),
    Row("POST", f"{DOCUMENT}/chunks", lambda a: a.document.add_chunk(**a.body),
        check_chunk, AsyncChunk, {"content": "spare"}, bad_chunk),
    Row("PUT PATCH", f"{DOCUMENT}/chunks/{{chunk}}", lambda a: updated(a.chunk, a.body),
        check_chunk, AsyncChunk, {"content": "spare"}, nothing_new()),
    Row("DELETE", f"{DOCUMENT}/chunks",
        lambda a: a.document.delete_chunks(a.body.get("chunk_ids")),
        check_batch, object, {"chunk_ids": ["spare"]}, lacks("chunk_ids")),
    Row("POST", "/retrieval",
        lambda a: a.client.retrieve(**a.arguments(dataset_ids="datasets", document_ids="document")),
        check_items(check_chunk), AsyncChunk, {"question": "spare", "dataset_ids": ["spare"]},
        bad_retrieval),
    Row("POST", "/chats",
        lambda a: a.client.create_chat(**a.arguments(dataset_ids="knowledgebases")),
        check_chat, AsyncChat, {"name": "spare"},
        unnamed_or_besides("dataset_ids", "llm", "prompt", "avatar", "description")),
    Row("GET", "/chats", lambda a: a.client.list_chats(**a.filters(*ORDER)),
        check_items(check_chat), AsyncChat, {}, impossible_page, frozenset({102, 109}), True),
    Row("PUT PATCH", CHAT, lambda a: updated(a.chat, a.body),
        check_chat, AsyncChat, {"name": "spare"}, nothing_new("tenant_id")),
    Row("DELETE", "/chats", lambda a: a.client.delete_chats(a.body.get("ids")),
        check_batch, object, {"ids": ["spare"]}, lacks("ids")),
    Row("POST", f"{CHAT}/sessions", lambda a: a.chat.create_session(**a.body),
        check_session, AsyncSession, {"name": "spare"}, unnamed_or_besides()),
    Row("GET", f"{CHAT}/sessions", lambda a: a.chat.list_sessions(**a.filters(*ORDER)),
        check_items(check_session), AsyncSession, {}, impossible_or_text_page),
    Row("PUT PATCH", SESSION, lambda a: updated(a.session, a.body),
        check_session, AsyncSession, {"name": "spare"}, nothing_new()),
    Row("DELETE", f"{CHAT}/sessions", lambda a: a.chat.delete_sessions(a.body.get("ids")),
        check_batch, object, {"ids": ["spare"]}, lacks("ids")),
    Row("POST", f"{CHAT}/completions /chat/completions", lambda a: a.session.ask(**a.question),
        check_message, object, {"question": "spare"}, no_question),
    Row("GET", "/system/version", lambda a: a.client.server_version(), check_same, str),
)  # fmt: skip
