"""Chunks over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from local.harness import Api, serve

BOTH = pytest.mark.parametrize("version", ["0.22.1", "0.27.0"])
NOBODY = "00000000000011f0aaaa000000000000"


async def chunks(api: Api, dataset: str, document: str, query: str = "") -> Any:
    """The data of a list of chunks."""
    return await api.data("GET", f"/datasets/{dataset}/documents/{document}/chunks{query}")


@BOTH
async def test_listing(version: str) -> None:
    """Chunks come in reading order, paged, with the document beside them."""
    async with serve(version) as api:
        dataset, document = await api.filled()
        listed = await chunks(api, dataset, document)
        assert listed["total"] == 3
        assert [item["content"].split()[3] for item in listed["chunks"]] == [
            "France",
            "Japan",
            "Italy",
        ]
        assert listed["doc"]["id"] == document
        second = await chunks(api, dataset, document, "?page=2&page_size=2")
        assert [item["content"].split()[3] for item in second["chunks"]] == ["Italy"]
        one = await chunks(api, dataset, document, f"?id={listed['chunks'][1]['id']}")
        assert [item["id"] for item in one["chunks"]] == [listed["chunks"][1]["id"]]


@BOTH
async def test_keywords(version: str) -> None:
    """Keywords narrow the list and are marked in the text."""
    async with serve(version) as api:
        dataset, document = await api.filled()
        found = await chunks(api, dataset, document, "?keywords=tokyo")
        assert found["total"] == 1
        assert "<em>Tokyo</em>" in found["chunks"][0]["content"]
        assert (await chunks(api, dataset, document, "?keywords=!!"))["total"] == 0


async def test_bad_pages() -> None:
    """Page zero and windows beyond the index are errors at the older server only."""
    for version, code in (("0.22.1", 100), ("0.27.0", 0)):
        async with serve(version) as api:
            dataset, document = await api.filled()
            path = f"/datasets/{dataset}/documents/{document}/chunks"
            assert await api.code("GET", f"{path}?page=0") == code
            assert await api.code("GET", f"{path}?page=1000") == code


async def test_newer_filters() -> None:
    """Newer lists are narrowed by availability and several ids."""
    async with serve() as api:
        dataset, document = await api.filled()
        path = f"/datasets/{dataset}/documents/{document}/chunks"
        first, second, third = [
            item["id"] for item in (await chunks(api, dataset, document))["chunks"]
        ]
        assert (
            await api.data("PATCH", path, {"chunk_ids": [first, third], "available_int": 0}) is True
        )
        off = await chunks(api, dataset, document, "?available=false")
        assert [item["id"] for item in off["chunks"]] == [first, third]
        on = await chunks(api, dataset, document, "?available=true")
        assert [item["id"] for item in on["chunks"]] == [second]
        some = await chunks(api, dataset, document, f"?chunk_ids={first}&chunk_ids={second}")
        assert some["total"] == 2
        assert await api.data("PATCH", path, {"chunk_ids": [first], "available": True}) is True
        for body in (
            {"available": 1},
            {"chunk_ids": [first]},
            {"chunk_ids": ["x"], "available": 1},
        ):
            assert await api.code("PATCH", path, body) == 102


@BOTH
async def test_adding(version: str) -> None:
    """A chunk written by hand is found by its keywords; the same text replaces it."""
    async with serve(version) as api:
        dataset, document = await api.filled()
        path = f"/datasets/{dataset}/documents/{document}/chunks"
        body = {"content": "Madrid is in Spain.", "important_keywords": ["zebra"]}
        first = (await api.data("POST", path, body))["chunk"]
        listed = await chunks(api, dataset, document)
        assert listed["total"] == listed["doc"]["chunk_count"] == 4
        assert listed["chunks"][-1]["positions"] == []
        question = {"question": "zebra", "dataset_ids": [dataset]}
        found = await api.data("POST", "/retrieval", question)
        assert [item["id"] for item in found["chunks"]] == [first["id"]]
        second = (await api.data("POST", path, {"content": "Madrid is in Spain."}))["chunk"]
        assert second["id"] == first["id"]
        listed = await chunks(api, dataset, document)
        assert (listed["total"], listed["doc"]["chunk_count"]) == (4, 5)
        assert listed["chunks"][-1]["important_keywords"] == []


@BOTH
async def test_updating(version: str) -> None:
    """New text is what is found; what is off is not found."""
    async with serve(version) as api:
        dataset, document = await api.filled()
        id = (await chunks(api, dataset, document))["chunks"][0]["id"]
        path = f"/datasets/{dataset}/documents/{document}/chunks/{id}"
        body = {
            "content": "The zebra eats grass.",
            "questions": ["What does it eat?"],
            "positions": [[2, 1, 1, 1, 1]],
        }
        assert await api.code("PUT", path, body) == 0
        (changed,) = (await chunks(api, dataset, document, f"?id={id}"))["chunks"]
        assert changed["content"] == "The zebra eats grass."
        assert changed["questions"] == ["What does it eat?"]
        assert changed["positions"] == [[2, 1, 1, 1, 1]]
        question = {"question": "zebra grass", "dataset_ids": [dataset]}
        assert (await api.data("POST", "/retrieval", question))["total"] == 1
        assert await api.code("PUT", path, {"available": 0}) == 0
        assert (await api.data("POST", "/retrieval", question))["total"] == 0


@BOTH
async def test_refused_changes(version: str) -> None:
    """Wrong values and unknown chunks are refused."""
    async with serve(version) as api:
        dataset, document = await api.filled()
        path = f"/datasets/{dataset}/documents/{document}/chunks"
        id = (await chunks(api, dataset, document))["chunks"][0]["id"]
        assert await api.code("PUT", f"{path}/nope", {"content": "x"}) == 102
        assert await api.code("PUT", f"{path}/{id}", {"content": 5}) == 100
        assert await api.code("PUT", f"{path}/{id}", {"available": "x"}) == 100
        wrong = 100 if version == "0.22.1" else 102
        assert await api.code("PUT", f"{path}/{id}", {"questions": [1]}) == wrong
        assert await api.code("POST", path, {"content": "x", "important_keywords": "y"}) == 102


@BOTH
async def test_question_and_answer_chunks(version: str) -> None:
    """Chunks of questions and answers need both."""
    async with serve(version) as api:
        dataset, document = await api.filled(chunk_method="qa")
        id = (await chunks(api, dataset, document))["chunks"][0]["id"]
        path = f"/datasets/{dataset}/documents/{document}/chunks/{id}"
        assert await api.code("PUT", path, {"content": "only one part"}) == 102
        assert await api.code("PUT", path, {"content": "question\tanswer"}) == 0


@BOTH
async def test_deleting(version: str) -> None:
    """Known chunks go although an unknown one makes it an error; counts follow."""
    async with serve(version) as api:
        dataset, document = await api.filled()
        path = f"/datasets/{dataset}/documents/{document}/chunks"
        first, second, _ = [item["id"] for item in (await chunks(api, dataset, document))["chunks"]]
        assert await api.code("DELETE", path, {"chunk_ids": [first, "nope"]}) == 102
        assert await api.code("DELETE", path, {"chunk_ids": [second]}) == 0
        left = await chunks(api, dataset, document)
        assert left["total"] == left["doc"]["chunk_count"] == 1
        (counted,) = await api.data("GET", f"/datasets?id={dataset}")
        assert counted["chunk_count"] == 1


async def test_the_old_wipe() -> None:
    """An empty list takes all chunks of the document and leaves its count as it was.

    The real server takes the chunks of all other datasets along; this one does not.
    """
    async with serve("0.22.1") as api:
        dataset, document = await api.filled()
        other, spared = await api.filled(name="b.txt")
        path = f"/datasets/{dataset}/documents/{document}/chunks"
        assert await api.code("DELETE", path, {"chunk_ids": []}) == 0
        left = await chunks(api, dataset, document)
        assert (left["total"], left["doc"]["chunk_count"]) == (0, 3)
        assert (await chunks(api, other, spared))["total"] == 3
        assert await api.code("DELETE", path, {}) == 100


async def test_the_new_way_to_delete_all() -> None:
    """The newer server wants to be told that all are meant."""
    async with serve() as api:
        dataset, document = await api.filled()
        path = f"/datasets/{dataset}/documents/{document}/chunks"
        assert await api.code("DELETE", path, {"chunk_ids": []}) == 0
        assert (await chunks(api, dataset, document))["total"] == 3
        assert await api.code("DELETE", path, {"delete_all": True}) == 0
        assert (await chunks(api, dataset, document))["total"] == 0
        assert await api.code("DELETE", f"/datasets/{dataset}/documents/{NOBODY}/chunks", {}) == 102
        assert await api.code("GET", f"{path}/nope") == 102
