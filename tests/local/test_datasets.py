"""Datasets over HTTP."""

from __future__ import annotations

import pytest

from local.harness import serve

BOTH = pytest.mark.parametrize("version", ["0.22.1", "0.27.0"])
NOBODY = "00000000000011f0aaaa000000000000"


@BOTH
async def test_names_get_numbers(version: str) -> None:
    """A name that is taken, in whichever case, gets the next free number."""
    async with serve(version) as api:
        names = [
            (await api.data("POST", "/datasets", {"name": n}))["name"] for n in ("a", "A", "a")
        ]
        assert names == ["a", "A(1)", "a(2)"]


@BOTH
async def test_defaults_and_filled_configs(version: str) -> None:
    """No configuration gives the default; a small one is filled up differently."""
    async with serve(version) as api:
        plain = (await api.data("POST", "/datasets", {"name": "a"}))["parser_config"]
        assert (plain["raptor"]["use_raptor"], plain["delimiter"]) == (True, "\n")
        body = {"name": "b", "parser_config": {"chunk_token_num": 9}}
        filled = (await api.data("POST", "/datasets", body))["parser_config"]
        assert (filled["raptor"]["use_raptor"], filled["delimiter"]) == (False, "\\n")
        assert filled["chunk_token_num"] == 9
        body = {"name": "c", "chunk_method": "qa", "parser_config": {}}
        other = (await api.data("POST", "/datasets", body))["parser_config"]
        assert other["raptor"] == {"use_raptor": False}
        body = {"name": "d", "chunk_method": "table"}
        assert "raptor" not in (await api.data("POST", "/datasets", body))["parser_config"]


@pytest.mark.parametrize(("version", "code"), [("0.22.1", 101), ("0.27.0", 102)])
async def test_embedding_models(version: str, code: int) -> None:
    """Only built-in embedding models are there."""
    async with serve(version) as api:
        good = {"name": "a", "embedding_model": "BAAI/bge-small-en-v1.5@Builtin"}
        made = await api.data("POST", "/datasets", good)
        assert made["embedding_model"] == good["embedding_model"]
        bad = {"name": "b", "embedding_model": "ada@OpenAI"}
        assert await api.code("POST", "/datasets", bad) == code
        path = f"/datasets/{made['id']}"
        assert await api.code("PUT", path, {"embedding_model": "ada@OpenAI"}) == code


async def test_embedding_change_with_chunks() -> None:
    """The older server refuses another embedding model for a dataset that has chunks."""
    for version, code in (("0.22.1", 102), ("0.27.0", 0)):
        async with serve(version) as api:
            dataset, _ = await api.filled()
            body = {"embedding_model": "other@Builtin"}
            assert await api.code("PUT", f"/datasets/{dataset}", body) == code


async def test_long_names_count_in_bytes() -> None:
    """A name may have 128 letters, but not more bytes."""
    async with serve() as api:
        assert await api.code("POST", "/datasets", {"name": "é" * 65}) == 102


async def test_language_at_creation() -> None:
    """Newer servers take the language as an extra column."""
    async with serve() as api:
        body = {"name": "a", "ext": {"language": "Chinese"}}
        assert (await api.data("POST", "/datasets", body))["language"] == "Chinese"


@BOTH
async def test_listing(version: str) -> None:
    """Lists are paged, ordered and narrowed; totals count what matches."""
    async with serve(version) as api:
        ids = [await api.dataset(name) for name in "abc"]
        body = await api.call("GET", "/datasets?page=2&page_size=2&desc=false")
        assert [item["name"] for item in body["data"]] == ["c"]
        assert body["total_datasets"] == 3
        assert [item["id"] for item in await api.data("GET", f"/datasets?id={ids[1]}")] == [ids[1]]
        assert len(await api.data("GET", "/datasets?name=A")) == 1
        assert len(await api.data("GET", "/datasets?name=")) == 3
        refused = 108 if version == "0.22.1" else 102
        assert await api.code("GET", "/datasets?name=zzz") == refused
        assert await api.code("GET", f"/datasets?id={NOBODY}") == refused
        assert await api.code("GET", "/datasets?nope=1") == 101


async def test_newer_listing() -> None:
    """Newer lists take several ids and can count documents by state."""
    async with serve() as api:
        first, second, _ = [await api.dataset(name) for name in "abc"]
        listed = await api.data("GET", f"/datasets?ids={first},{second}")
        assert {item["id"] for item in listed} == {first, second}
        await api.upload(first, ("a.txt", "x"))
        path = f"/datasets?id={first}&include_parsing_status=true"
        (item,) = await api.data("GET", path)
        assert item["parsing_status"]["unstart_count"] == 1


async def test_getting_one() -> None:
    """One dataset shows its size in bytes."""
    async with serve() as api:
        dataset = await api.dataset()
        await api.upload(dataset, ("a.txt", "12345"))
        shown = await api.data("GET", f"/datasets/{dataset}")
        assert (shown["size"], shown["document_count"]) == (5, 1)
        assert await api.code("GET", f"/datasets/{NOBODY}") == 102


@BOTH
async def test_updates(version: str) -> None:
    """Updates change what they name and keep the rest."""
    async with serve(version) as api:
        dataset = await api.dataset(description="d")
        await api.dataset("other")
        path = f"/datasets/{dataset}"
        changed = await api.data("PUT", path, {"name": "KB", "parser_config": {"pages": [[1, 2]]}})
        assert (changed["name"], changed["description"]) == ("KB", "d")
        assert changed["parser_config"]["pages"] == [[1, 2]]
        assert changed["parser_config"]["chunk_token_num"] == 512
        assert await api.code("PUT", path, {"name": "OTHER"}) == 102
        assert await api.code("PUT", path, {}) == (101 if version == "0.22.1" else 102)
        method = await api.data("PUT", path, {"chunk_method": "qa", "embedding_model": None})
        assert method["parser_config"]["raptor"] == {"use_raptor": False}


@BOTH
async def test_deleting(version: str) -> None:
    """Deleting takes documents and chunks along; one foreign id stops all."""
    async with serve(version) as api:
        dataset, _ = await api.filled()
        assert await api.code("DELETE", "/datasets", {"ids": [dataset, NOBODY]}) != 0
        assert len(await api.data("GET", "/datasets")) == 1
        assert await api.code("DELETE", "/datasets", {"ids": []}) == 0
        assert await api.code("DELETE", "/datasets", {"ids": [dataset]}) == 0
        assert await api.data("GET", "/datasets") == []
        retrieval = {"question": "capital", "dataset_ids": [dataset]}
        assert await api.code("POST", "/retrieval", retrieval) == 102


async def test_deleting_all_the_old_way() -> None:
    """Null means all at the older server: the trap that clients have to avoid."""
    async with serve("0.22.1") as api:
        await api.dataset("a")
        assert await api.code("DELETE", "/datasets", {}) == 101
        assert await api.code("DELETE", "/datasets", {"ids": None}) == 0
        assert await api.data("GET", "/datasets") == []


async def test_deleting_all_the_new_way() -> None:
    """The newer server wants to be told that all are meant."""
    async with serve() as api:
        await api.dataset("a")
        assert await api.data("DELETE", "/datasets", {"ids": None}) == {"success_count": 0}
        assert await api.data("DELETE", "/datasets", {"delete_all": True}) == {"success_count": 1}


async def test_pipelines_are_refused() -> None:
    """What pipelines would do is not faked."""
    async with serve() as api:
        dataset, document = await api.filled()
        pipeline = {"pipeline_id": "0" * 32}
        assert await api.code("POST", "/datasets", {"name": "a", **pipeline}) == 102
        assert await api.code("PUT", f"/datasets/{dataset}", pipeline) == 102
        path = f"/datasets/{dataset}/documents/{document}"
        assert await api.code("PATCH", path, pipeline) == 102
