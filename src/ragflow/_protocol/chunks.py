"""Requests about chunks, and retrieval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import evolve

from ..errors import InvalidArgumentError
from ..models import ChunkData, DocumentData
from .dialects import Dialect
from .paging import PageCall
from .requests import Param, Request, listing, path

MISSING = (102, 404)  # the second for an unknown chunk, on v0.18 to v0.24


def list_page(
    dialect: Dialect, document: DocumentData, call: PageCall, **filters: Param
) -> Request:
    """One page of a document's chunks, by ``keywords`` or ``id``."""
    request = listing(_chunks(document), call, filters, missing=MISSING, paging=dialect.paging)
    if dialect.finds_chunk_by_id:
        return request
    return evolve(request, params=tuple(item for item in request.params if item[0] != "id"))


def add(
    document: DocumentData,
    content: str,
    important_keywords: Sequence[str] | None,
    questions: Sequence[str] | None,
) -> Request:
    """Adds a chunk by hand."""
    if not isinstance(content, str) or not content.strip():
        raise InvalidArgumentError("a chunk needs a content that is not blank")
    body: dict[str, object] = {"content": content}
    if important_keywords is not None:
        body["important_keywords"] = _texts("important_keywords", important_keywords)
    if questions is not None:
        body["questions"] = _texts("questions", questions)
    return Request.json("POST", _chunks(document), body)


def update(dialect: Dialect, chunk: ChunkData, message: Mapping[str, object]) -> Request:
    """Changes a chunk."""
    where = path("datasets", chunk.dataset_id, "documents", chunk.document_id, "chunks", chunk.id)
    return Request.json(dialect.chunk_update, where, message, idempotent=True)


def delete(document: DocumentData, ids: Sequence[str]) -> Request:
    """Deletes the named chunks; an empty list would wipe far more than one document."""
    if not ids:
        raise InvalidArgumentError("no chunk ids given")
    return Request.json("DELETE", _chunks(document), {"chunk_ids": list(ids)})


def retrieve(
    dialect: Dialect,
    call: PageCall,
    *,
    question: str,
    dataset_ids: Sequence[str],
    document_ids: Sequence[str],
    highlight: bool,
    options: Mapping[str, object],
) -> Request:
    """Searches datasets; ``options`` that are ``None`` are left to the server."""
    if not isinstance(question, str):
        raise InvalidArgumentError(f"a question is a text, not {question!r:.80}")
    if options.get("metadata_condition") is not None:
        dialect.require("metadata_condition", "retrieval by metadata")
    number, size = dialect.paging
    body: dict[str, object] = {
        "question": question,
        "dataset_ids": list(dataset_ids),
        number: call.page,
        size: call.page_size,
        "highlight": highlight if dialect.highlight_is_flag or highlight else "false",
    }
    if document_ids:
        body["document_ids"] = list(document_ids)
    body.update((key, value) for key, value in options.items() if value is not None)
    return Request.json("POST", "/retrieval", body, idempotent=True)


def _chunks(document: DocumentData) -> str:
    return path("datasets", document.dataset_id, "documents", document.id, "chunks")


def _texts(name: str, values: Sequence[str]) -> list[str]:
    if isinstance(values, list | tuple) and all(isinstance(value, str) for value in values):
        return list(values)
    raise InvalidArgumentError(f"{name} is a list of texts, not {values!r:.80}")
