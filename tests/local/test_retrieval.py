"""Retrieval over HTTP, and what the searcher keeps in memory."""

from __future__ import annotations

from typing import Any

import pytest

from local.harness import CAPITALS, Api, serve
from ragflow.local import retrieval
from ragflow.local.retrieval import Retriever, Settings

BOTH = pytest.mark.parametrize("version", ["0.22.1", "0.27.0"])
NOBODY = "00000000000011f0aaaa000000000000"


async def retrieve(api: Api, dataset: str, question: str = "capital of Japan", **body: Any) -> Any:
    """The data of a retrieval."""
    values = {"question": question, "dataset_ids": [dataset], **body}
    return await api.data("POST", "/retrieval", values)


@BOTH
async def test_the_best_is_first(version: str) -> None:
    """The passage that answers is first, its scores fit together, and documents are counted."""
    async with serve(version) as api:
        dataset, document = await api.filled()
        found = await retrieve(api, dataset, "What is the capital of Japan?")
        best = found["chunks"][0]
        assert "Tokyo" in best["content"]
        mixed = 0.3 * best["vector_similarity"] + 0.7 * best["term_similarity"]
        assert best["similarity"] == pytest.approx(mixed, abs=1e-5)
        assert found["total"] == len(found["chunks"])
        count = {"doc_name": "a.txt", "doc_id": document, "count": found["total"]}
        assert found["doc_aggs"] == [count]


@BOTH
async def test_chinese(version: str) -> None:
    """Chinese questions find Chinese passages."""
    text = "法国的首都是巴黎。\n日本的首都是东京。\n意大利的首都是罗马。\n"
    async with serve(version) as api:
        dataset, _ = await api.filled(text)
        found = await retrieve(api, dataset, "日本的首都是哪里?")
        assert "东京" in found["chunks"][0]["content"]


@BOTH
async def test_weights_and_thresholds(version: str) -> None:
    """The weight says which similarity counts, the threshold which passages are left."""
    async with serve(version) as api:
        dataset, _ = await api.filled()
        for weight, name in ((1.0, "vector_similarity"), (0.0, "term_similarity")):
            found = await retrieve(api, dataset, vector_similarity_weight=weight)
            for chunk in found["chunks"]:
                assert chunk["similarity"] == pytest.approx(chunk[name], abs=1e-5)
        assert (await retrieve(api, dataset, similarity_threshold=0.99))["total"] <= 1
        assert (await retrieve(api, dataset, similarity_threshold=0))["total"] == 3


@BOTH
async def test_pages(version: str) -> None:
    """Pages follow each other without gaps or repetitions."""
    async with serve(version) as api:
        dataset, _ = await api.filled()
        ids = []
        for page in (1, 2, 3, 4):
            found = await retrieve(api, dataset, page=page, page_size=1, similarity_threshold=0)
            assert found["total"] == 3
            ids += [chunk["id"] for chunk in found["chunks"]]
        assert len(set(ids)) == len(ids) == 3


@BOTH
async def test_narrowing(version: str) -> None:
    """Documents of the request, documents switched off, and top_k narrow the search."""
    async with serve(version) as api:
        dataset, first = await api.filled()
        (second,) = await api.upload(dataset, ("b.txt", "Tokyo is the capital of Japan, too."))
        await api.parse(dataset, [second])
        only = await retrieve(api, dataset, document_ids=[second])
        assert {chunk["document_id"] for chunk in only["chunks"]} == {second}
        assert (await retrieve(api, dataset, top_k=1))["total"] <= 2
        path = f"/datasets/{dataset}/documents/{first}"
        await api.data("PUT", path, {"enabled": 0})
        off = await retrieve(api, dataset)
        assert {chunk["document_id"] for chunk in off["chunks"]} == {second}
        values = {"question": "x", "dataset_ids": [dataset], "document_ids": [NOBODY]}
        assert await api.code("POST", "/retrieval", values) == 102


@BOTH
async def test_several_datasets(version: str) -> None:
    """Datasets are searched together, and a preferred one comes first."""
    async with serve(version) as api:
        plain, _ = await api.filled()
        preferred, _ = await api.filled("The weather in Japan is fine.\n", name="w.txt")
        await api.data("PUT", f"/datasets/{preferred}", {"pagerank": 10})
        values = {"question": "capital of Japan", "dataset_ids": [plain, preferred, plain]}
        found = await api.data("POST", "/retrieval", values)
        assert found["chunks"][0]["dataset_id"] == preferred
        assert found["chunks"][0]["similarity"] > 10
        assert {chunk["dataset_id"] for chunk in found["chunks"]} == {plain, preferred}
        strict = await api.data("POST", "/retrieval", {**values, "similarity_threshold": 5})
        assert {chunk["dataset_id"] for chunk in strict["chunks"]} == {preferred}


async def test_different_embedding_models() -> None:
    """Datasets with different embedding models cannot be searched together."""
    async with serve() as api:
        first, _ = await api.filled()
        second, _ = await api.filled(name="b.txt", embedding_model="other@Builtin")
        values = {"question": "x", "dataset_ids": [first, second]}
        assert await api.code("POST", "/retrieval", values) == 102


@pytest.mark.parametrize(
    ("version", "value", "marked"),
    [
        ("0.22.1", None, True),
        ("0.22.1", False, True),
        ("0.22.1", "false", False),
        ("0.22.1", "False", False),
        ("0.27.0", None, False),
        ("0.27.0", False, False),
        ("0.27.0", True, True),
        ("0.27.0", "True", True),
    ],
)
async def test_highlight(version: str, value: Any, marked: bool) -> None:
    """Marks are on or off as the generation reads the switch."""
    async with serve(version) as api:
        dataset, _ = await api.filled()
        body = {} if value is None else {"highlight": value}
        chunk = (await retrieve(api, dataset, **body))["chunks"][0]
        assert ("highlight" in chunk) is marked
        if marked:
            assert "<em>Japan</em>" in chunk["highlight"]


@pytest.mark.parametrize(
    ("version", "body", "code"),
    [
        ("0.22.1", {"page": 0}, 100),
        ("0.22.1", {"page": 1000, "page_size": 30}, 100),
        ("0.22.1", {"top_k": 0}, 100),
        ("0.22.1", {"question": " "}, 100),
        ("0.27.0", {"page_size": 101}, 100),
        ("0.27.0", {"top_k": 0}, 102),
        ("0.27.0", {"question": " "}, 0),
        ("0.27.0", {"question": ""}, 0),
        ("0.27.0", {"highlight": 1}, 102),
        ("0.27.0", {"dataset_ids": []}, 102),
        ("0.27.0", {"document_ids": "x"}, 102),
        ("0.27.0", {"metadata_condition": "x"}, 102),
        ("0.27.0", {"use_kg": True}, 102),
        ("0.27.0", {"cross_languages": ["French"]}, 102),
        ("0.27.0", {"rerank_id": "x"}, 100),
    ],
)
async def test_refused(version: str, body: Any, code: int) -> None:
    """Wrong values, and wishes this server cannot fulfil, are refused."""
    async with serve(version) as api:
        dataset, _ = await api.filled()
        values = {"question": "x", "dataset_ids": [dataset], **body}
        assert await api.code("POST", "/retrieval", values) == code


@BOTH
async def test_metadata(version: str) -> None:
    """Metadata narrows; a condition that nothing fulfils narrows only at the newer server."""
    async with serve(version) as api:
        dataset, first = await api.filled()
        (second,) = await api.upload(dataset, ("b.txt", CAPITALS))
        await api.parse(dataset, [second])
        path = f"/datasets/{dataset}/documents/{second}"
        await api.data("PUT", path, {"meta_fields": {"author": "Ann"}})

        async def documents(value: str, **body: Any) -> set[str]:
            item = {"name": "author", "comparison_operator": "is", "value": value}
            condition = {"conditions": [item]}
            found = await retrieve(api, dataset, metadata_condition=condition, **body)
            return {chunk["document_id"] for chunk in found["chunks"]}

        assert await documents("ann") == {second}
        everything = {first, second} if version == "0.22.1" else set()
        assert await documents("nobody") == everything
        assert await documents("ann", document_ids=[first]) == (
            {first} if version == "0.22.1" else set()
        )


async def test_dataset_search() -> None:
    """The newer routes find the same with other names, and have no threshold by default."""
    async with serve() as api:
        dataset, document = await api.filled()
        for path, body in (
            (f"/datasets/{dataset}/search", {}),
            ("/datasets/search", {"dataset_ids": [dataset]}),
        ):
            found = await api.data(
                "POST", path, {"question": "capital of Japan", "size": 2, **body}
            )
            assert (found["total"], len(found["chunks"]), found["labels"]) == (3, 2, None)
            assert found["chunks"][0]["doc_id"] == document
        assert await api.code("POST", f"/datasets/{dataset}/search", {}) == 101
        assert await api.code("GET", "/datasets/search") == 102
        assert await api.code("POST", "/datasets/search", {"question": "x"}) == 102


async def test_vectors_in_memory_follow_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Vectors are read once as long as nothing changes, and again when something does."""
    async with serve() as api:
        dataset, document = await api.filled()
        store = api.services.store
        retriever, reads = Retriever(store), 0
        read = store.index.vectors

        def counted(id: str) -> Any:
            nonlocal reads
            reads += 1
            return read(id)

        monkeypatch.setattr(store.index, "vectors", counted)

        def search() -> int:
            record = store.datasets.get(dataset)
            assert record is not None
            return len(retriever.search("capital", [record], Settings(0.0)))

        assert (search(), search(), reads) == (3, 3, 1)
        path = f"/datasets/{dataset}/documents/{document}/chunks"
        await api.data("POST", path, {"content": "A capital idea."})
        assert (search(), reads) == (4, 2)


async def test_only_some_datasets_stay_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """The vectors of datasets that were not searched for long are dropped."""
    monkeypatch.setattr(retrieval, "_CACHED_DATASETS", 1)
    async with serve() as api:
        first, _ = await api.filled()
        second, _ = await api.filled(name="b.txt")
        values = {"question": "capital of Japan", "dataset_ids": [first, second]}
        found = await api.data("POST", "/retrieval", values)
        assert {chunk["dataset_id"] for chunk in found["chunks"]} == {first, second}


async def test_nothing_to_search_in() -> None:
    """No question and no dataset find nothing."""
    async with serve() as api:
        retriever = Retriever(api.services.store)
        assert retriever.search("x", [], Settings()) == []
        dataset = await api.dataset()
        record = api.services.store.datasets.get(dataset)
        assert record is not None
        assert retriever.search("!!", [record], Settings()) == []
