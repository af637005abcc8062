"""Parsing over HTTP: start, progress, stop, and the end in each state."""

from __future__ import annotations

import pytest

from local.harness import CAPITALS, serve

BOTH = pytest.mark.parametrize("version", ["0.22.1", "0.27.0"])
NOBODY = "00000000000011f0aaaa000000000000"


@BOTH
async def test_states(version: str) -> None:
    """A document goes from UNSTART over RUNNING to DONE, and its counts are right."""
    async with serve(version, settle=0.1) as api:
        dataset = await api.dataset(parser_config={"chunk_token_num": 16, "delimiter": "\n"})
        (id,) = await api.upload(dataset, ("a.txt", CAPITALS))
        before = await api.document(dataset, id)
        assert (before["run"], before["progress"], before["process_begin_at"]) == (
            "UNSTART",
            0,
            None,
        )
        await api.data("POST", f"/datasets/{dataset}/chunks", {"document_ids": [id]})
        queued = await api.document(dataset, id)
        assert queued["run"] == "RUNNING"
        assert 0 < queued["progress"] < 0.01
        assert queued["progress_msg"] == "Task is queued..."
        await api.settled()
        done = await api.document(dataset, id)
        assert (done["run"], done["progress"], done["chunk_count"]) == ("DONE", 1.0, 3)
        assert "Task done" in done["progress_msg"]
        assert done["token_count"] > 0
        (counted,) = await api.data("GET", f"/datasets?id={dataset}")
        assert counted["chunk_count"] == 3
        assert counted["token_num"] == done["token_count"]


@BOTH
async def test_parsing_again(version: str) -> None:
    """A second parse replaces the chunks and does not count them twice."""
    async with serve(version) as api:
        dataset, id = await api.filled()
        await api.parse(dataset, [id])
        (counted,) = await api.data("GET", f"/datasets?id={dataset}")
        assert counted["chunk_count"] == 3


@BOTH
async def test_failures(version: str) -> None:
    """What cannot be parsed fails with the reason, and only itself."""
    async with serve(version) as api:
        dataset = await api.dataset()
        bad, unknown, empty = await api.upload(
            dataset, ("a.docx", b"no zip"), ("a.mp3", b"la"), ("a.txt", b"")
        )
        await api.parse(dataset, [bad, unknown, empty])
        for id in (bad, unknown):
            document = await api.document(dataset, id)
            assert (document["run"], document["progress"]) == ("FAIL", -1.0)
            assert "[ERROR]" in document["progress_msg"]
        assert (await api.document(dataset, empty))["run"] == "DONE"


@BOTH
async def test_repeated_and_unknown_ids(version: str) -> None:
    """Repeated ids are told; unknown ones are an error although the others are parsed."""
    async with serve(version, settle=0.1) as api:
        dataset = await api.dataset()
        (id,) = await api.upload(dataset, ("a.txt", "x"))
        path = f"/datasets/{dataset}/chunks"
        twice = await api.data("POST", path, {"document_ids": [id, id]})
        assert (twice["success_count"], len(twice["errors"])) == (1, 1)
        await api.settled()
        assert await api.code("POST", path, {"document_ids": [id, NOBODY]}) == 102
        assert (await api.document(dataset, id))["run"] == "RUNNING"
        assert await api.code("POST", path, {"document_ids": "x"}) == 102


async def test_newer_routes() -> None:
    """The newer routes count, parse again what is running, and stop what can be stopped."""
    async with serve(settle=0.1) as api:
        dataset = await api.dataset()
        first, second = await api.upload(dataset, ("a.txt", "x"), ("b.txt", "y"))
        path = f"/datasets/{dataset}/documents"
        ids = {"document_ids": [first]}
        assert await api.data("POST", f"{path}/parse", ids) == {"success_count": 1}
        again = await api.data("POST", f"{path}/parse", {"document_ids": [first, first]})
        assert (again["success_count"], len(again["errors"])) == (1, 1)
        stopped = await api.data("POST", f"{path}/stop", {"document_ids": [first, second]})
        assert (stopped["success_count"], len(stopped["errors"])) == (1, 1)
        assert await api.data("POST", f"{path}/parse", ids) == {"success_count": 1}
        assert await api.data("POST", f"{path}/stop", ids) == {"success_count": 1}
        document = await api.document(dataset, first)
        assert (document["run"], document["progress"]) == ("CANCEL", 0.0)
        assert "stopped by user" in document["progress_msg"]
        for route in ("parse", "stop"):
            assert await api.code("POST", f"{path}/{route}", {"document_ids": [NOBODY]}) == 102


@BOTH
async def test_stopping(version: str) -> None:
    """A queued document is cancelled and may be parsed again; a finished one is not."""
    async with serve(version, settle=0.1) as api:
        dataset = await api.dataset()
        (id,) = await api.upload(dataset, ("a.txt", CAPITALS))
        path = f"/datasets/{dataset}/chunks"
        body = {"document_ids": [id]}
        refused = await api.call("DELETE", path, body)
        assert refused["code"] == 102
        assert ("data" in refused) is (version == "0.27.0")
        await api.data("POST", path, body)
        await api.data("DELETE", path, {"document_ids": [id]})
        await api.settled()
        cancelled = await api.document(dataset, id)
        assert (cancelled["run"], cancelled["chunk_count"]) == ("CANCEL", 0)
        await api.parse(dataset, [id])
        assert (await api.document(dataset, id))["run"] == "DONE"
        assert await api.code("DELETE", path, body) == 102


async def test_methods() -> None:
    """The method "one" makes one chunk; methods that are not there say so."""
    async with serve() as api:
        dataset = await api.dataset(chunk_method="one", parser_config={"chunk_token_num": 5})
        (id,) = await api.upload(dataset, ("a.txt", CAPITALS))
        await api.parse(dataset, [id])
        assert (await api.document(dataset, id))["chunk_count"] == 1
        other = await api.dataset("b", chunk_method="book")
        (id,) = await api.upload(other, ("a.txt", CAPITALS))
        await api.parse(other, [id])
        assert "'book' is not available" in (await api.document(other, id))["progress_msg"]


async def test_wishes_that_need_a_model() -> None:
    """Keywords that a model would have to invent are told to be missing."""
    async with serve() as api:
        dataset, id = await api.filled(parser_config={"auto_keywords": 3})
        document = await api.document(dataset, id)
        assert document["run"] == "DONE"
        assert "auto_keywords needs a language model" in document["progress_msg"]
