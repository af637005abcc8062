"""Requests about chunks, and retrieval."""

from __future__ import annotations

from typing import Any

import pytest

from ragflow._protocol import chunks
from ragflow._protocol.dialects import dialect_for
from ragflow._protocol.paging import PageCall
from ragflow.errors import InvalidArgumentError, UnsupportedByServerError
from ragflow.models import ChunkData, DocumentCount, DocumentData
from ragflow.models._convert import structure, structure_many

from .recorded import Recording, assert_nothing_lost, successes
from .sent import body, line

OLD, NEW = dialect_for("0.22.1"), dialect_for("0.27.0")
DOCUMENT = DocumentData(id="x", dataset_id="d")
CHUNK = ChunkData(id="c", document_id="x", dataset_id="d")
WHERE = "/datasets/d/documents/x/chunks"


def test_list() -> None:
    """An unknown chunk is 102 or 404; where servers cannot look for one, the client does."""
    request = chunks.list_page(OLD, DOCUMENT, PageCall(1, 30), keywords="", id="c")
    assert line(request) == f"GET {WHERE}"
    assert request.params == (("page", "1"), ("page_size", "30"), ("id", "c"))
    assert request.missing == {102, 404}
    here = chunks.list_page(dialect_for("0.17.2"), DOCUMENT, PageCall(1, 30), id="c")
    assert here.params == (("page", "1"), ("page_size", "30"))
    assert here.missing == {102, 404}


def test_add() -> None:
    """Keywords and questions are sent where given, empty ones too."""
    request = chunks.add(DOCUMENT, "text", None, None)
    assert (line(request), body(request)) == (f"POST {WHERE}", {"content": "text"})
    full = chunks.add(DOCUMENT, "text", ("a", "b"), [])
    assert body(full) == {"content": "text", "important_keywords": ["a", "b"], "questions": []}


@pytest.mark.parametrize(
    ("content", "keywords"),
    [("", None), (" \n", None), (None, None), (5, None), ("x", "key"), ("x", [1]), ("x", 5)],
)
def test_bad_chunks_are_refused(content: object, keywords: object) -> None:
    """A blank content, or keywords that are no list of texts, are not sent."""
    with pytest.raises(InvalidArgumentError):
        chunks.add(DOCUMENT, content, keywords, None)  # type: ignore[arg-type]
    with pytest.raises(InvalidArgumentError):
        chunks.add(DOCUMENT, content, None, keywords)  # type: ignore[arg-type]


def test_update() -> None:
    """The verb is the generation's."""
    message = {"available": 0}
    assert line(chunks.update(OLD, CHUNK, message)) == f"PUT {WHERE}/c"
    request = chunks.update(NEW, CHUNK, message)
    assert (line(request), body(request)) == (f"PATCH {WHERE}/c", message)


def test_delete_is_never_empty() -> None:
    """An empty list would delete the chunks of all datasets on some servers."""
    request = chunks.delete(DOCUMENT, ["c"])
    assert (line(request), body(request)) == (f"DELETE {WHERE}", {"chunk_ids": ["c"]})
    with pytest.raises(InvalidArgumentError, match="no chunk ids"):
        chunks.delete(DOCUMENT, [])


def retrieved(dialect: Any, **changes: Any) -> dict[str, Any]:
    """The body of a retrieval."""
    arguments: dict[str, Any] = {
        "question": "q",
        "dataset_ids": ["d"],
        "document_ids": [],
        "highlight": False,
        "options": {"top_k": 5, "rerank_id": None},
        **changes,
    }
    request = chunks.retrieve(dialect, PageCall(2, 30), **arguments)
    assert (line(request), request.idempotent) == ("POST /retrieval", True)
    found: dict[str, Any] = body(request)
    return found


def test_retrieve() -> None:
    """What is not given is left to the server."""
    assert retrieved(NEW) == {
        "question": "q",
        "dataset_ids": ["d"],
        "page": 2,
        "page_size": 30,
        "highlight": False,
        "top_k": 5,
    }
    assert retrieved(NEW, document_ids=("x",))["document_ids"] == ["x"]


@pytest.mark.parametrize(
    ("dialect", "wanted", "wire"),
    [(OLD, False, "false"), (OLD, True, True), (NEW, False, False), (NEW, True, True)],
)
def test_highlight(dialect: object, wanted: bool, wire: object) -> None:
    """Older servers take a JSON false for "on": only the text switches it off."""
    assert retrieved(dialect, highlight=wanted)["highlight"] == wire


def test_metadata_conditions_where_they_are_known() -> None:
    """Older servers would ignore the condition and search everything."""
    condition = {"conditions": [{"name": "a", "comparison_operator": "is", "value": "b"}]}
    options = {"metadata_condition": condition}
    assert retrieved(NEW, options=options)["metadata_condition"] == condition
    with pytest.raises(UnsupportedByServerError, match="metadata"):
        retrieved(dialect_for("0.20.4"), options=options)


def test_oldest_paging() -> None:
    """The first generation calls a page's number offset, and its size limit."""
    asked = retrieved(dialect_for("0.13.0"))
    assert (asked["offset"], asked["limit"]) == (2, 30)
    assert "page" not in asked


@pytest.mark.parametrize("question", [None, 5, ["q"]])
def test_question_is_a_text(question: object) -> None:
    """Anything else is refused."""
    with pytest.raises(InvalidArgumentError, match="question"):
        retrieved(NEW, question=question)


@pytest.mark.parametrize("recording", successes("GET", "/chunks"), ids=str)
def test_recorded_lists(recording: Recording) -> None:
    """Listed chunks lose no field, nor does the document beside them."""
    data = recording.json["data"]
    items, total = recording.reply().listing("chunks")
    assert total == data["total"]
    for wire, chunk in zip(data["chunks"], structure_many(items, ChunkData), strict=True):
        assert_nothing_lost(wire, chunk)
        assert chunk.document_name == wire["docnm_kwd"]
    assert_nothing_lost(data["doc"], structure(data["doc"], DocumentData))


@pytest.mark.parametrize("recording", successes("POST", "/chunks"), ids=str)
def test_recorded_additions(recording: Recording) -> None:
    """Added chunks lose no field."""
    if "chunk" in (recording.json.get("data") or {}):
        wire = recording.json["data"]["chunk"]
        assert_nothing_lost(wire, structure(wire, ChunkData))


@pytest.mark.parametrize("recording", successes("POST", "/retrieval", "/search"), ids=str)
def test_recorded_retrievals(recording: Recording) -> None:
    """Found chunks lose no field, by whatever names the index has for them."""
    data = recording.json["data"]
    found = structure_many(data["chunks"], ChunkData)
    for wire, chunk in zip(data["chunks"], found, strict=True):
        assert_nothing_lost(wire, chunk)
        assert chunk.id
        assert chunk.content
        assert chunk.document_name
        assert chunk.dataset_id
    for count in structure_many(data["doc_aggs"] or [], DocumentCount):
        assert count.count > 0


def test_recorded_raw_chunk() -> None:
    """The raw fields of the index have the same attributes."""
    (recording,) = [item for item in successes("GET", "") if item.operation == "new-chunk-get"]
    wire = recording.json["data"]
    chunk = structure(wire, ChunkData)
    assert_nothing_lost(wire, chunk)
    assert chunk.content == wire["content_with_weight"]
    assert chunk.available is True
