"""Lists that are read at once, with the extra ``fast``, give what the general way gives."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.recorded import recordings
from ragflow import AsyncChat, AsyncChunk, AsyncDataSet, AsyncDocument, AsyncSession
from ragflow._protocol import envelope
from ragflow._protocol.requests import Request
from ragflow.errors import RAGFlowError
from ragflow.models import Model, Reference
from ragflow.models._convert import structure_many

pytest.importorskip("msgspec")

from ragflow._msgspec import MOST_MISSES, Listings, decode

ROW: dict[str, Any] = {
    "id": "c",
    "content": "text",
    "docnm_kwd": "a.txt",
    "important_keywords": ["a"],
    "available": True,
    "similarity": 0.5,
    "positions": [[1, 2]],
    "doc_type_kwd": "text",
    "odd name": None,
}
VALUES = st.sampled_from(
    [None, True, False, 0, 1, 2.0, 10**30, "", "é\u2028", [], ["a"], [1], [None], {}, {"a": 1}, "1"]
)
CHANGES = st.dictionaries(st.sampled_from([*ROW, "document_name", "new"]), VALUES, max_size=3)
ROWS = st.lists(CHANGES.map(lambda changes: {**ROW, **changes}), min_size=1, max_size=3)
KINDS: dict[str, tuple[type[Model], str]] = {
    "chunks": (AsyncChunk, "chunks"),
    "documents": (AsyncDocument, "docs"),
    "datasets": (AsyncDataSet, "datasets"),
    "chats": (AsyncChat, "chats"),
    "sessions": (AsyncSession, "sessions"),
}


def wrapped(rows: object, *, bare: bool, code: int = 0) -> bytes:
    """An answer with a list in it."""
    if bare:
        return json.dumps({"code": code, "data": rows, "total_datasets": 7}).encode()
    return json.dumps({"code": code, "data": {"chunks": rows, "total": 7, "doc": {}}}).encode()


def general(body: bytes, kind: type[Model], key: str) -> tuple[list[Any], int | None]:
    """The way of those who have no msgspec."""
    rows, total = envelope.parse(Request(method="GET", path="/"), 200, body, None).listing(key)
    return structure_many(rows, kind, key), total


def shown(models: list[Any]) -> list[object]:
    """All that can be seen of models, and of what types it is."""
    return [(type(model), repr(model), repr(model.to_dict()), model.extra) for model in models]


def taught(body: bytes, kind: type[Model], key: str) -> Listings:
    """One that has seen an answer."""
    listings = Listings()
    assert listings.read(body, kind, key) is None
    rows, _ = envelope.parse(Request(method="GET", path="/"), 200, body, None, decode).listing(key)
    listings.learn(rows, kind, key)
    return listings


@given(ROWS, ROWS, st.booleans(), st.sampled_from([AsyncChunk, Reference]))
def test_any_rows(
    first: list[dict[str, object]], then: list[dict[str, object]], bare: bool, kind: type[Model]
) -> None:
    """Whatever the rows, they become the same models, or are left to the general way."""
    listings = taught(wrapped(first, bare=bare), kind, "chunks")
    for rows in (first, then):
        body = wrapped(rows, bare=bare)
        found = listings.read(body, kind, "chunks")
        if found is not None:
            models, total = general(body, kind, "chunks")
            assert found == (models, total)
            assert shown(found[0]) == shown(models)


@pytest.mark.parametrize("bare", [False, True])
def test_rows_like_the_first(bare: bool) -> None:
    """Rows that look like the first are read at once, with the total and the unknown fields."""
    listings = taught(wrapped([ROW], bare=bare), AsyncChunk, "chunks")
    found = listings.read(wrapped([ROW, {**ROW, "id": "d"}], bare=bare), AsyncChunk, "chunks")
    assert found is not None
    models, total = found
    assert ([model.id for model in models], total) == (["c", "d"], 7)
    assert models[0].extra == {"doc_type_kwd": "text", "odd name": None}
    assert models[0].extra is not models[1].extra


@pytest.mark.parametrize(
    "body",
    [
        wrapped([{**ROW, "new": 1}], bare=False),
        wrapped([{**ROW, "content": None}], bare=False),
        wrapped([{**ROW, "similarity": "high"}], bare=False),
        wrapped([{"id": "c"}], bare=False),
        wrapped([ROW], bare=False, code=102),
        wrapped([ROW], bare=False).replace(b"{}", b"NaN"),
        b"\xff",
    ],
    ids=["more", "null", "unreadable", "fewer", "refusal", "NaN", "no text"],
)
def test_what_is_left_to_the_general_way(body: bytes) -> None:
    """A row with another field, or a value of another type, is not forced into the pattern."""
    listings = taught(wrapped([ROW], bare=False), AsyncChunk, "chunks")
    assert listings.read(body, AsyncChunk, "chunks") is None


@pytest.mark.parametrize("rows", [None, [], [5], [{"content": "a", "content_with_weight": "b"}]])
def test_no_pattern(rows: object) -> None:
    """What is no list of objects, or names a field twice, teaches nothing."""
    listings = Listings()
    listings.learn(rows, AsyncChunk, "chunks")
    assert listings.read(wrapped(rows, bare=False), AsyncChunk, "chunks") is None


def test_lists_that_never_look_alike() -> None:
    """Where patterns do not help, none is tried any more."""
    listings = Listings()
    for number in range(MOST_MISSES + 3):
        listings.learn([{"id": "c", f"field{number}": 1}], AsyncChunk, "chunks")
    last = wrapped([{"id": "c", f"field{MOST_MISSES}": 1}], bare=False)
    assert listings.read(last, AsyncChunk, "chunks") is None


def test_recorded_lists() -> None:
    """Lists of real servers, seen twice, are read at once and are the same."""
    seen = 0
    for recording in recordings(lambda item: item.method == "GET" and item.status == 200):
        last = recording.path.rpartition("/")[2]
        if last not in KINDS:
            continue
        kind, key = KINDS[last]
        try:
            models, total = general(recording.body, kind, key)
        except RAGFlowError:
            continue
        listings = taught(recording.body, kind, key)
        found = listings.read(recording.body, kind, key)
        if found is not None:
            seen += 1
            assert (shown(found[0]), found[1]) == (shown(models), total)
    assert seen > 20
