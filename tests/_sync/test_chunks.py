# Generated from tests/_async/test_chunks.py by tools/generate_sync.py. Do not edit.
"""Chunks and retrieval: listed, added, changed, deleted, found."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ragflow import (
    Document,
    InvalidArgumentError,
    InvalidRequestError,
    RAGFlow,
)
from scripted import Script, in_pages, stored

Connect = Callable[..., RAGFlow]
UNKNOWN = "ffffffffffffffff"


def document_of(client: RAGFlow) -> Document:
    """A document on a scripted server."""
    return client.bind(Document(id="x", dataset_id="d", name="a.txt"))


def test_list(parsed: Document) -> None:
    """All chunks by default, or any window of them; each knows where it is from."""
    chunks = parsed.list_chunks()
    assert ([chunk.content for chunk in chunks], chunks.total) == (
        [
            "Paris is the capital of France.",
            "Tokyo is the capital of Japan.",
            "Rome is in Italy.",
        ],
        3,
    )
    ids = [chunk.id for chunk in chunks]
    assert [c.id for c in parsed.list_chunks(offset=1, limit=1)] == ids[1:2]
    assert [c.id for c in parsed.list_chunks(offset=1)] == ids[1:]
    assert [c.id for c in parsed.list_chunks(page=2, page_size=2)] == ids[2:]
    assert [c.id for c in parsed.list_chunks(limit=None)] == ids
    assert [c.id for c in parsed.iter_chunks()] == ids
    for chunk in chunks:
        assert (chunk.dataset_id, chunk.document_id) == (parsed.dataset_id, parsed.id)
        assert (chunk.document_name, chunk.available) == ("capitals.txt", True)


def test_find(parsed: Document) -> None:
    """Chunks are found by words and by id; an unknown id makes an empty list."""
    (tokyo,) = parsed.list_chunks(keywords="Tokyo")
    assert "Tokyo" in tokyo.content
    assert [c.id for c in parsed.iter_chunks("Tokyo")] == [tokyo.id]
    assert [c.id for c in parsed.list_chunks(id=tokyo.id)] == [tokyo.id]
    assert parsed.list_chunks(id=UNKNOWN) == []


def test_add(parsed: Document) -> None:
    """What was added is listed and belongs to the document."""
    chunk = parsed.add_chunk("Bern is in Switzerland.", ["bern"], questions=["Where is Bern?"])
    assert (chunk.important_keywords, chunk.questions) == (["bern"], ["Where is Bern?"])
    assert (chunk.document_name, chunk.dataset_id) == ("capitals.txt", parsed.dataset_id)
    (listed,) = parsed.list_chunks(id=chunk.id)
    assert (listed.content, listed.important_keywords) == ("Bern is in Switzerland.", ["bern"])
    assert len(parsed.list_chunks()) == 4


@pytest.mark.parametrize(
    "arguments",
    [
        {"content": ""},
        {"content": " \n"},
        {"content": 5},
        {"content": "x", "important_keywords": "word"},
        {"content": "x", "important_keywords": [1]},
        {"content": "x", "questions": "why?"},
    ],
)
def test_add_refuses(connect: Connect, arguments: dict[str, Any]) -> None:
    """A chunk without content, or with words that are none, is not sent."""
    script = Script({})
    with pytest.raises(InvalidArgumentError):
        document_of(connect(script)).add_chunk(**arguments)
    assert script.sent == []


def test_update(parsed: Document) -> None:
    """An update changes the chunk here and on the server."""
    chunk = parsed.list_chunks()[0]
    chunk.update({"content": "Lyon.", "important_keywords": ["lyon"], "available": False})
    chunk.update([{"questions": ["Where?"]}])
    (stored,) = parsed.list_chunks(id=chunk.id)
    for each in (chunk, stored):
        assert (each.content, each.important_keywords) == ("Lyon.", ["lyon"])
        assert (each.available, each.questions) == (False, ["Where?"])
    chunk.update({"available": 1})
    assert chunk.available is True


def test_update_refused(parsed: Document) -> None:
    """A chunk that is gone is the server's error; an update of nothing is not sent."""
    chunk = parsed.list_chunks()[0]
    with pytest.raises(InvalidArgumentError):
        chunk.update({})
    parsed.delete_chunks(chunk)
    with pytest.raises(InvalidRequestError) as refusal:
        chunk.update({"content": "new"})
    assert refusal.value.code == 102


def test_delete(parsed: Document) -> None:
    """Chunks are deleted by id or as objects; the rest stays."""
    first, second, third = parsed.list_chunks()
    parsed.delete_chunks(chunk_ids=[first, second.id])
    assert [c.id for c in parsed.list_chunks()] == [third.id]
    with pytest.raises(InvalidRequestError):
        parsed.delete_chunks([third.id, UNKNOWN])
    assert parsed.list_chunks() == []
    assert parsed.delete_all_chunks() == 0


def test_delete_all(parsed: Document) -> None:
    """All chunks of the document are deleted, and the document stays."""
    assert parsed.delete_all_chunks() == 3
    assert parsed.list_chunks() == []


@pytest.mark.parametrize("nothing", [None, "", [], [""]])
def test_nothing_is_not_everything(connect: Connect, nothing: Any) -> None:
    """An empty list would wipe the chunks of all datasets on some servers: it is never sent."""
    script = Script({})
    with pytest.raises(InvalidArgumentError, match="chunk ids"):
        document_of(connect(script)).delete_chunks(nothing)
    assert script.sent == []


def test_delete_all_in_batches(connect: Connect) -> None:
    """All chunks are listed first and then deleted by id, a hundred at a time."""
    ids = [str(n) for n in range(120)]
    batches: list[list[str]] = []
    script = Script(stored("chunks", ids, batches))
    assert document_of(connect(script)).delete_all_chunks() == 120
    assert batches == [ids[:100], ids[100:]]


def test_all_chunks_of_many(connect: Connect) -> None:
    """Without a limit every page is fetched."""
    script = Script(in_pages("chunks", [{"id": str(n)} for n in range(230)]))
    assert len(document_of(connect(script)).list_chunks()) == 230
    assert [query["page"] for query in script.queries] == ["1", "2", "3"]
