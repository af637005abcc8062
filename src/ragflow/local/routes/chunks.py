"""Chunks of a document: list, get, add, update, switch, delete."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ragflow.local import chunk_views, views
from ragflow.local.calls import Call
from ragflow.local.routes.deletions import duplicates_reply
from ragflow.local.routing import Reply, RouteTable
from ragflow.local.wire import data_error, refusal, uncaught

if TYPE_CHECKING:
    from ragflow.local.store.records import Chunk, Dataset, Document

table: RouteTable = RouteTable("chunks")
_PATH = "/datasets/{dataset_id}/documents/{document_id}/chunks"


def _owned(call: Call) -> tuple[Dataset, Document]:
    dataset = call.owned_dataset()
    return dataset, call.owned_document(dataset)


def _chunk(call: Call, document: Document) -> Chunk:
    id = call.params["chunk_id"]
    chunk = call.store.chunks.get(document.id, id)
    if chunk is None:
        raise data_error(f"Can't find this chunk {id}")
    return chunk


@table.add("GET", _PATH)
def list_all(call: Call) -> Reply:
    """List the chunks of a document in reading order."""
    generation = call.generation
    dataset, document = _owned(call)
    id, keywords = call.query("id"), call.query("keywords") or ""
    ids = [id] if id else call.query_list("chunk_ids")
    if id:
        _check_listed_by_id(call, dataset, document, id)
    number, size = call.page(30, generation.page_parameters)
    if number < 1:
        raise uncaught(ValueError("Search does not support negative slicing."))
    size = size if size > 0 else 30
    if generation.bad_paging_code is not None and number * size > generation.result_window:
        raise uncaught("BadRequestError('the window of results is too large')")
    available = call.query("available")
    chunks, total = call.store.chunks.select(
        document.id,
        keywords="" if id else keywords,
        ids=ids,
        available=None if available is None else available.lower() == "true",
        limit=size,
        offset=(number - 1) * size,
    )
    shown = [chunk_views.chunk(chunk, document.name, generation, keywords) for chunk in chunks]
    if id and "tag_kwd" in generation.chunk_keys:
        shown = [{**item, "tag_feas": {}} for item in shown]
    doc = views.document(document, generation, generation.update_keys, call.tenant)
    return Reply({"total": total, "chunks": shown, "doc": doc})


def _check_listed_by_id(call: Call, dataset: Dataset, document: Document, id: str) -> None:
    chunk = call.store.chunks.get(document.id, id)
    if chunk is None:
        message = f"Chunk not found: {dataset.id}/{id}"
        raise refusal(call.generation.unknown_chunk_code, message)
    if chunk.by_hand and call.generation.hand_chunks_lack_image:
        raise uncaught(KeyError("img_id"))


@table.add("GET", f"{_PATH}/{{chunk_id}}", feature="restful")
def get(call: Call) -> Reply:
    """Show one chunk as the index has it."""
    _, document = _owned(call)
    return Reply(chunk_views.indexed_chunk(_chunk(call, document), document.name))


@table.add("POST", _PATH)
def add(call: Call) -> Reply:
    """Write a chunk by hand."""
    _, document = _owned(call)
    body = call.json()
    content = body.get("content")
    blank = isinstance(content, str) and not content.strip()
    if not content or (blank and call.generation.blank_chunks_refused):
        raise data_error("`content` is required")
    if not isinstance(content, str):
        raise uncaught(TypeError("unsupported operand type(s) for +: 'int' and 'str'"))
    chunk = call.store.chunks.add(
        document,
        content,
        _texts(call, body, "important_keywords", "is required to be a list"),
        _texts(call, body, "questions", "is required to be a list"),
    )
    return Reply({"chunk": chunk_views.added_chunk(chunk, call.generation)})


def _texts(call: Call, body: dict[str, Any], key: str, complaint: str) -> list[str]:
    values = body.get(key) or []
    if not isinstance(values, list):
        raise data_error(f"`{key}` {complaint}")
    if not all(isinstance(value, str) for value in values):
        raise refusal(call.generation.wrong_keywords_code, f"`{key}` must be a list of strings")
    return values


@table.add("PUT", f"{_PATH}/{{chunk_id}}")
@table.add("PATCH", f"{_PATH}/{{chunk_id}}", feature="restful")
def update(call: Call) -> Reply:
    """Change a chunk."""
    _, document = _owned(call)
    chunk = _chunk(call, document)
    body = call.json()
    values: dict[str, Any] = {}
    content = body.get("content")
    if content is not None:
        if not isinstance(content, str):
            raise uncaught(TypeError("expected string or bytes-like object"))
        if not content.strip() and not call.generation.blank_chunk_update_allowed:
            raise data_error("`content` is required")
        if content.strip():
            values["content"] = content
    if document.chunk_method == "qa" and "content" in values:
        _check_question_and_answer(content)
    for key in ("important_keywords", "questions"):
        if key in body:
            values[key] = _texts(call, body, key, "should be a list")
    if "available" in body:
        values["available"] = _available(body["available"])
    if isinstance(body.get("positions"), list):
        values["positions"] = body["positions"]
    call.store.chunks.update(chunk, values)
    return Reply()


def _check_question_and_answer(content: Any) -> None:
    if not any(mark in str(content).strip() for mark in "\t\n"):
        raise data_error("Q&A must be separated by TAB/ENTER key.")


def _available(value: Any) -> int:
    try:
        return int(bool(int(value)))
    except (TypeError, ValueError) as error:
        raise uncaught(error) from None


@table.add("PATCH", _PATH, feature="restful")
def switch(call: Call) -> Reply:
    """Let chunks be found or not."""
    _, document = _owned(call)
    body = call.json()
    ids = body.get("chunk_ids")
    if not ids or not isinstance(ids, list):
        raise data_error("`chunk_ids` is required.")
    if "available" not in body and "available_int" not in body:
        raise data_error("`available_int` or `available` is required.")
    value = body["available_int"] if "available_int" in body else body["available"]
    if not call.store.chunks.switch(document.id, ids, available=bool(_available(value))):
        raise data_error("Index updating failure")
    return Reply(data=True)


@table.add("DELETE", _PATH)
def delete(call: Call) -> Reply:
    """Delete chunks of a document."""
    generation = call.generation
    dataset = call.owned_dataset()
    document = call.store.documents.get(call.params["document_id"])
    if document is None or document.dataset_id != dataset.id:
        message = f"Can't find the document with ID {call.params['document_id']}!"
        raise refusal(generation.unknown_document_chunk_delete_code, message)
    body = call.json(needed=generation.chunk_delete_needs_body)
    ids = body.get("chunk_ids") or []
    if not ids:
        return _delete_without_ids(call, document, body)
    unique = list(dict.fromkeys(ids)) if generation.repeated_ids_reported else ids
    if generation.unknown_chunks_kept:
        _check_all_known(call, document, unique)
    deleted = call.store.chunks.delete(document, unique)
    if deleted != len(unique):
        raise data_error(f"rm_chunk deleted chunks {deleted}, expect {len(unique)}")
    return duplicates_reply(ids, "chunk", deleted) if generation.repeated_ids_reported else Reply()


def _check_all_known(call: Call, document: Document, ids: list[str]) -> None:
    for id in ids:
        if call.store.chunks.get(document.id, id) is None:
            raise data_error(f"Chunk {id} not found")


def _delete_without_ids(call: Call, document: Document, body: dict[str, Any]) -> Reply:
    """Old servers delete all chunks then, and stumble when the key is missing, too.

    They even delete those of every other dataset when the list is empty; this server keeps to the
    document that was addressed.
    """
    generation = call.generation
    if not generation.empty_ids_delete_all:
        if body.get("delete_all"):
            _delete_all(call, document)
        return Reply()
    if not generation.wipe_stumbles:
        if generation.empty_chunk_ids == "all" or "chunk_ids" not in body:
            _delete_all(call, document)
        return Reply()
    call.store.chunks.wipe(document)
    if "chunk_ids" not in body:
        raise uncaught("UnboundLocalError('the repeated ids were never counted')")
    return Reply()


def _delete_all(call: Call, document: Document) -> None:
    chunks, _ = call.store.chunks.select(document.id, limit=-1, offset=0)
    call.store.chunks.delete(document, [chunk.id for chunk in chunks])
