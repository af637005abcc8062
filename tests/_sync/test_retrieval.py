# Generated from tests/_async/test_retrieval.py by tools/generate_sync.py. Do not edit.
"""Retrieval: the chunks that answer a question, and what is known about them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ragflow import (
    Chunk,
    DataSet,
    Document,
    InvalidArgumentError,
    RAGFlow,
    Retrieval,
)
from scripted import Script

Connect = Callable[..., RAGFlow]
UNKNOWN = "ffffffffffffffff"


def test_retrieve(client: RAGFlow, parsed: Document) -> None:
    """The best chunk comes first, with its scores; counts are told by document."""
    found = client.retrieve("What is the capital of Japan?", [parsed.dataset_id])
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
    found[0].update({"important_keywords": ["tokyo"]})


def test_scopes(client: RAGFlow, parsed: Document) -> None:
    """Datasets and documents are given as objects or ids, one or many, by either name."""
    dataset = client.get_dataset(parsed.dataset_id)
    everywhere = client.retrieve("capital", dataset)
    for scope in (
        {"document": parsed},
        {"documents": [parsed.id]},
        {"document": [parsed], "documents": [parsed.id]},
        {"documents": []},
    ):
        found = client.retrieve(question="capital", datasets=[dataset], **scope)
        assert [chunk.id for chunk in found] == [chunk.id for chunk in everywhere]


def test_options(client: RAGFlow, parsed: Document) -> None:
    """Thresholds, windows and highlights do what they say, under each of their names."""
    dataset = parsed.dataset_id

    def found(**options: Any) -> Retrieval[Chunk]:
        options = {"similarity_threshold": 0.0, **options}
        return client.retrieve("the capital of France", dataset, **options)

    everything = [chunk.id for chunk in found()]
    assert len(everything) == 3
    assert found(similarity_threshold=0.99) == []
    assert [c.id for c in found(offset=0, limit=2)] == everything[:2]
    assert [c.id for c in found(offset=2, limit=2)] == everything[1:]
    assert [c.id for c in found(page=2, page_size=1)] == everything[1:2]
    assert [c.id for c in found(limit=-1)] == everything
    assert all(not chunk.highlight for chunk in found())
    for marked in ({"highlight": True}, {"higlight": True}):
        assert "<em>" in found(**marked)[0].highlight
    only_words = found(vector_similarity_weight=0.0)
    assert only_words[0].similarity == pytest.approx(only_words[0].term_similarity, abs=0.01)
    only_vectors = found(similarity_threshold_weight=1.0)
    assert only_vectors[0].similarity == pytest.approx(only_vectors[0].vector_similarity, abs=0.01)


def test_metadata(client: RAGFlow, dataset: DataSet) -> None:
    """A retrieval can be limited to documents with some metadata."""
    mine, other = dataset.upload_documents(
        [("a.txt", "Paris, mine."), ("b.txt", "Paris, not mine.")]
    )
    mine.update({"meta_fields": {"author": "me"}})
    dataset.parse_documents([mine, other])
    condition = {"conditions": [{"name": "author", "comparison_operator": "is", "value": "me"}]}
    found = client.retrieve("Paris", dataset, metadata_condition=condition)
    assert {chunk.document_id for chunk in found} == {mine.id}


def test_what_is_sent(connect: Connect) -> None:
    """Each option goes out under the server's name for it."""
    script = Script({"chunks": [], "total": 0, "doc_aggs": {}})
    found = connect(script).retrieve(
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


def test_everything_that_is_found(connect: Connect) -> None:
    """More than servers give at once is fetched in parts, whatever total they tell."""

    def answer(request: Any) -> dict[str, Any]:
        start = 0 if len(script.sent) == 1 else 100
        rows = [{"id": str(n)} for n in range(start, min(start + 100, 130))]
        return {"chunks": rows, "total": 7, "doc_aggs": []}

    script = Script(answer)
    found = connect(script).retrieve("q", "d", limit=-1)
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
def test_retrieve_refuses(connect: Connect, arguments: dict[str, Any]) -> None:
    """A retrieval nowhere, or of an impossible window, is not sent."""
    script = Script({})
    with pytest.raises(InvalidArgumentError):
        connect(script).retrieve(**{"question": "q", **arguments})
    assert script.sent == []
