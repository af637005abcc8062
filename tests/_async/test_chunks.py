"""Chunks and retrieval: listed, added, changed, deleted, found."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ragflow import (
    AsyncChunk,
    AsyncDataSet,
    AsyncDocument,
    AsyncRAGFlow,
    InvalidArgumentError,
    InvalidRequestError,
    Retrieval,
)
from scripted import Script, in_pages, stored

Connect = Callable[..., AsyncRAGFlow]
UNKNOWN = "ffffffffffffffff"


def document_of(client: AsyncRAGFlow) -> AsyncDocument:
    """A document on a scripted server."""
    return client.bind(AsyncDocument(id="x", dataset_id="d", name="a.txt"))


async def test_list(parsed: AsyncDocument) -> None:
    """All chunks by default, or any window of them; each knows where it is from."""
    chunks = await parsed.list_chunks()
    assert ([chunk.content for chunk in chunks], chunks.total) == (
        [
            "Paris is the capital of France.",
            "Tokyo is the capital of Japan.",
            "Rome is in Italy.",
        ],
        3,
    )
    ids = [chunk.id for chunk in chunks]
    assert [c.id for c in await parsed.list_chunks(offset=1, limit=1)] == ids[1:2]
    assert [c.id for c in await parsed.list_chunks(offset=1)] == ids[1:]
    assert [c.id for c in await parsed.list_chunks(page=2, page_size=2)] == ids[2:]
    assert [c.id for c in await parsed.list_chunks(limit=None)] == ids
    assert [c.id async for c in parsed.iter_chunks()] == ids
    for chunk in chunks:
        assert (chunk.dataset_id, chunk.document_id) == (parsed.dataset_id, parsed.id)
        assert (chunk.document_name, chunk.available) == ("capitals.txt", True)


async def test_find(parsed: AsyncDocument) -> None:
    """Chunks are found by words and by id; an unknown id makes an empty list."""
    (tokyo,) = await parsed.list_chunks(keywords="Tokyo")
    assert "Tokyo" in tokyo.content
    assert [c.id async for c in parsed.iter_chunks("Tokyo")] == [tokyo.id]
    assert [c.id for c in await parsed.list_chunks(id=tokyo.id)] == [tokyo.id]
    assert await parsed.list_chunks(id=UNKNOWN) == []


async def test_add(parsed: AsyncDocument) -> None:
    """What was added is listed and belongs to the document."""
    chunk = await parsed.add_chunk(
        "Bern is in Switzerland.", ["bern"], questions=["Where is Bern?"]
    )
    assert (chunk.important_keywords, chunk.questions) == (["bern"], ["Where is Bern?"])
    assert (chunk.document_name, chunk.dataset_id) == ("capitals.txt", parsed.dataset_id)
    (listed,) = await parsed.list_chunks(id=chunk.id)
    assert (listed.content, listed.important_keywords) == ("Bern is in Switzerland.", ["bern"])
    assert len(await parsed.list_chunks()) == 4


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
async def test_add_refuses(connect: Connect, arguments: dict[str, Any]) -> None:
    """A chunk without content, or with words that are none, is not sent."""
    script = Script({})
    with pytest.raises(InvalidArgumentError):
        await document_of(connect(script)).add_chunk(**arguments)
    assert script.sent == []


async def test_update(parsed: AsyncDocument) -> None:
    """An update changes the chunk here and on the server."""
    chunk = (await parsed.list_chunks())[0]
    await chunk.update({"content": "Lyon.", "important_keywords": ["lyon"], "available": False})
    await chunk.update([{"questions": ["Where?"]}])
    (stored,) = await parsed.list_chunks(id=chunk.id)
    for each in (chunk, stored):
        assert (each.content, each.important_keywords) == ("Lyon.", ["lyon"])
        assert (each.available, each.questions) == (False, ["Where?"])
    await chunk.update({"available": 1})
    assert chunk.available is True


async def test_update_refused(parsed: AsyncDocument) -> None:
    """A chunk that is gone is the server's error; an update of nothing is not sent."""
    chunk = (await parsed.list_chunks())[0]
    with pytest.raises(InvalidArgumentError):
        await chunk.update({})
    await parsed.delete_chunks(chunk)
    with pytest.raises(InvalidRequestError) as refusal:
        await chunk.update({"content": "new"})
    assert refusal.value.code == 102


async def test_delete(parsed: AsyncDocument) -> None:
    """Chunks are deleted by id or as objects; the rest stays."""
    first, second, third = await parsed.list_chunks()
    await parsed.delete_chunks(chunk_ids=[first, second.id])
    assert [c.id for c in await parsed.list_chunks()] == [third.id]
    with pytest.raises(InvalidRequestError):
        await parsed.delete_chunks([third.id, UNKNOWN])
    assert await parsed.list_chunks() == []
    assert await parsed.delete_all_chunks() == 0


async def test_delete_all(parsed: AsyncDocument) -> None:
    """All chunks of the document are deleted, and the document stays."""
    assert await parsed.delete_all_chunks() == 3
    assert await parsed.list_chunks() == []


@pytest.mark.parametrize("nothing", [None, "", [], [""]])
async def test_nothing_is_not_everything(connect: Connect, nothing: Any) -> None:
    """An empty list would wipe the chunks of all datasets on some servers: it is never sent."""
    script = Script({})
    with pytest.raises(InvalidArgumentError, match="chunk ids"):
        await document_of(connect(script)).delete_chunks(nothing)
    assert script.sent == []


async def test_delete_all_in_batches(connect: Connect) -> None:
    """All chunks are listed first and then deleted by id, a hundred at a time."""
    ids = [str(n) for n in range(120)]
    batches: list[list[str]] = []
    script = Script(stored("chunks", ids, batches))
    assert await document_of(connect(script)).delete_all_chunks() == 120
    assert batches == [ids[:100], ids[100:]]


async def test_all_chunks_of_many(connect: Connect) -> None:
    """Without a limit every page is fetched."""
    script = Script(in_pages("chunks", [{"id": str(n)} for n in range(230)]))
    assert len(await document_of(connect(script)).list_chunks()) == 230
    assert [query["page"] for query in script.queries] == ["1", "2", "3"]


async def test_retrieve(async_client: AsyncRAGFlow, parsed: AsyncDocument) -> None:
    """The best chunk comes first, with its scores; counts are told by document."""
    found = await async_client.retrieve("What is the capital of Japan?", [parsed.dataset_id])
    assert isinstance(found, Retrieval)
    assert found[0].content == "Tokyo is the capital of Japan."
    assert [chunk.similarity for chunk in found] == sorted(
        (chunk.similarity for chunk in found), reverse=True
    )
    assert found[0].document_name == "capitals.txt"
    assert 0 <= found[0].vector_similarity <= 1
    assert 0 <= found[0].term_similarity <= 1
    assert found.total == len(found)
    assert [(d.doc_id, d.doc_name, d.count) for d in found.documents] == [
        (parsed.id, "capitals.txt", len(found))
    ]
    await found[0].update({"important_keywords": ["tokyo"]})


async def test_scopes(async_client: AsyncRAGFlow, parsed: AsyncDocument) -> None:
    """Datasets and documents are given as objects or ids, one or many, by either name."""
    dataset = await async_client.get_dataset(parsed.dataset_id)
    everywhere = await async_client.retrieve("capital", dataset)
    for scope in (
        {"document": parsed},
        {"documents": [parsed.id]},
        {"document": [parsed], "documents": [parsed.id]},
        {"documents": []},
    ):
        found = await async_client.retrieve(question="capital", datasets=[dataset], **scope)
        assert [chunk.id for chunk in found] == [chunk.id for chunk in everywhere]


async def test_options(async_client: AsyncRAGFlow, parsed: AsyncDocument) -> None:
    """Thresholds, windows and highlights do what they say, under each of their names."""
    dataset = parsed.dataset_id

    async def found(**options: Any) -> Retrieval[AsyncChunk]:
        options = {"similarity_threshold": 0.0, **options}
        return await async_client.retrieve("the capital of France", dataset, **options)

    everything = [chunk.id for chunk in await found()]
    assert len(everything) == 3
    assert await found(similarity_threshold=0.99) == []
    assert [c.id for c in await found(offset=0, limit=2)] == everything[:2]
    assert [c.id for c in await found(offset=2, limit=2)] == everything[1:]
    assert [c.id for c in await found(page=2, page_size=1)] == everything[1:2]
    assert [c.id for c in await found(limit=-1)] == everything
    assert all(not chunk.highlight for chunk in await found())
    for marked in ({"highlight": True}, {"higlight": True}):
        assert "<em>" in (await found(**marked))[0].highlight
    only_words = await found(vector_similarity_weight=0.0)
    assert only_words[0].similarity == pytest.approx(only_words[0].term_similarity, abs=0.01)
    only_vectors = await found(similarity_threshold_weight=1.0)
    assert only_vectors[0].similarity == pytest.approx(only_vectors[0].vector_similarity, abs=0.01)


async def test_metadata(async_client: AsyncRAGFlow, dataset: AsyncDataSet) -> None:
    """A retrieval can be limited to documents with some metadata."""
    mine, other = await dataset.upload_documents(
        [("a.txt", "Paris, mine."), ("b.txt", "Paris, not mine.")]
    )
    await mine.update({"meta_fields": {"author": "me"}})
    await dataset.parse_documents([mine, other])
    condition = {"conditions": [{"name": "author", "comparison_operator": "is", "value": "me"}]}
    found = await async_client.retrieve("Paris", dataset, metadata_condition=condition)
    assert {chunk.document_id for chunk in found} == {mine.id}


async def test_what_is_sent(connect: Connect) -> None:
    """Each option goes out under the server's name for it."""
    script = Script({"chunks": [], "total": 0, "doc_aggs": {}})
    found = await connect(script).retrieve(
        "q", ["d"], top_k=5, rerank_id="r", keyword=True, metadata_condition={"conditions": []}
    )
    assert (found, found.total, found.documents) == ([], 0, [])
    (body,) = script.bodies
    assert {name: body[name] for name in ("top_k", "rerank_id", "keyword")} == {
        "top_k": 5,
        "rerank_id": "r",
        "keyword": True,
    }
    assert body["metadata_condition"] == {"conditions": []}


async def test_everything_that_is_found(connect: Connect) -> None:
    """More than servers give at once is fetched in parts, whatever total they tell."""

    def answer(request: Any) -> dict[str, Any]:
        start = 0 if len(script.sent) == 1 else 100
        rows = [{"id": str(n)} for n in range(start, min(start + 100, 130))]
        return {"chunks": rows, "total": 7, "doc_aggs": []}

    script = Script(answer)
    found = await connect(script).retrieve("q", "d", limit=-1)
    assert [chunk.id for chunk in found] == [str(n) for n in range(130)]
    assert [(body["page"], body["page_size"]) for body in script.bodies] == [(1, 100), (2, 100)]


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"datasets": []},
        {"datasets": ["d"], "question": 5},
        {"datasets": ["d"], "document": ["1"], "documents": ["2"]},
        {"datasets": ["d"], "limit": 0},
        {"datasets": ["d"], "page": 0},
    ],
)
async def test_retrieve_refuses(connect: Connect, arguments: dict[str, Any]) -> None:
    """A retrieval nowhere, or of an impossible window, is not sent."""
    script = Script({})
    with pytest.raises(InvalidArgumentError):
        await connect(script).retrieve(**{"question": "q", **arguments})
    assert script.sent == []
