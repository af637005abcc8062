"""The embedded server as v0.17.2, beyond what the recordings show."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from local.harness import CAPITALS, serve

if TYPE_CHECKING:
    from pathlib import Path

VERSION = "0.17.2"
UNKNOWN = "00000000000011f0aaaa000000000000"
QUESTION = "What is the capital of France?"


async def test_a_finished_document_is_not_parsed_again() -> None:
    """Only a document without progress is parsed: one that is new, or was cancelled."""
    async with serve(VERSION, settle=0.1) as api:
        kb, document = await api.filled()
        ids = {"document_ids": [document]}
        assert await api.code("POST", f"/datasets/{kb}/chunks", ids) == 102
        assert await api.code("DELETE", f"/datasets/{kb}/chunks", ids) == 102
        (new,) = await api.upload(kb, ("new.txt", CAPITALS))
        await api.data("POST", f"/datasets/{kb}/chunks", {"document_ids": [new]})
        await api.data("DELETE", f"/datasets/{kb}/chunks", {"document_ids": [new]})
        assert (await api.document(kb, new))["run"] == "CANCEL"
        await api.parse(kb, [new])
        assert (await api.document(kb, new))["run"] == "DONE"


async def test_first_unknown_id_stops() -> None:
    """Documents, sessions and chats are deleted one by one, datasets as far as possible."""
    async with serve(VERSION) as api:
        kb, document = await api.filled()
        (later,) = await api.upload(kb, ("b.txt", CAPITALS))
        await api.parse(kb, [later])
        chats = [await api.chat([kb], name) for name in "ab"]
        sessions = [await api.session(chats[0]) for _ in range(2)]
        for path, (first, second) in (
            (f"/chats/{chats[0]}/sessions", sessions),
            ("/chats", chats),
            (f"/datasets/{kb}/documents", (document, later)),
        ):
            ids = [first, UNKNOWN, second]
            assert await api.code("DELETE", path, {"ids": ids}) == 102
            listed = await api.data("GET", path)
            listed = listed["docs"] if isinstance(listed, dict) else listed
            assert [item["id"] for item in listed] == [second]
        other = await api.dataset("other")
        answer = await api.data("DELETE", "/datasets", {"ids": [kb, UNKNOWN, other]})
        assert answer["success_count"] == 2
        assert len(answer["errors"]) == 1


@pytest.mark.parametrize("body", [None, {}, {"ids": []}])
async def test_deletes_without_ids_delete_all(body: Any) -> None:
    """No ids, in whichever form, are all ids."""
    async with serve(VERSION) as api:
        kb, _ = await api.filled()
        await api.chat([kb])
        await api.data("DELETE", "/chats", body)
        assert await api.data("GET", "/chats") == []
        await api.data("DELETE", f"/datasets/{kb}/documents", body)
        assert (await api.data("GET", f"/datasets/{kb}/documents"))["total"] == 0
        await api.data("DELETE", "/datasets", body)
        assert await api.data("GET", "/datasets") == []


async def test_chunk_deletes() -> None:
    """An empty list deletes nothing, a body without one all, and no body is an error."""
    async with serve(VERSION) as api:
        kb, document = await api.filled()
        path = f"/datasets/{kb}/documents/{document}/chunks"
        before = (await api.data("GET", path))["total"]
        await api.data("DELETE", path, {"chunk_ids": []})
        assert await api.code("DELETE", path) == 100
        assert (await api.data("GET", path))["total"] == before > 0
        await api.data("DELETE", path, {})
        assert (await api.document(kb, document))["chunk_count"] == 0


async def test_long_file_names_fail_alone() -> None:
    """A name of 128 characters is refused, and the other files are stored."""
    async with serve(VERSION) as api:
        kb = await api.dataset()
        names = [f"{'x' * length}.txt" for length in (123, 124)]
        files = [("file", (name, b"x")) for name in names]
        assert await api.code("POST", f"/datasets/{kb}/documents", files=files) == 500
        listed = await api.data("GET", f"/datasets/{kb}/documents")
        assert [document["name"] for document in listed["docs"]] == names[:1]


async def test_large_bodies_are_refused() -> None:
    """The limit of old servers is below that of newer ones."""
    for version, code in ((VERSION, 100), ("0.22.1", 101)):
        async with serve(version) as api:
            headers = {"Content-Length": str(200 * 1024**2), "Content-Type": "application/json"}
            response = await api.client.put(
                f"/api/v1/datasets/{UNKNOWN}", content=b"{}", headers=headers
            )
            assert response.json()["code"] == code


async def test_newer_types_of_files() -> None:
    """Types that later servers learned are refused."""
    async with serve(VERSION) as api:
        kb = await api.dataset()
        files = {"file": ("a.jsonl", b"{}")}
        assert await api.code("POST", f"/datasets/{kb}/documents", files=files) == 500


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("bytes=0-3", (206, b"0123", "bytes 0-3/10")),
        ("bytes=7-", (206, b"789", "bytes 7-9/10")),
        ("bytes=-2", (206, b"89", "bytes 8-9/10")),
        ("bytes=4-99", (206, b"456789", "bytes 4-9/10")),
        ("lines=1-2", (200, b"0123456789", None)),
    ],
)
async def test_parts_of_files(asked: str, expected: tuple[int, bytes, str | None]) -> None:
    """A download can begin in the middle."""
    async with serve(VERSION) as api:
        kb = await api.dataset()
        (document,) = await api.upload(kb, ("a.txt", "0123456789"))
        path = f"/api/v1/datasets/{kb}/documents/{document}"
        response = await api.client.get(path, headers={"Range": asked})
        seen = (response.status_code, response.content, response.headers.get("content-range"))
        assert seen == expected
        beyond = await api.client.get(path, headers={"Range": "bytes=10-"})
        assert beyond.json()["code"] == 100


async def test_streams() -> None:
    """Citations come with the last frame, and passages tell no scores."""
    async with serve(VERSION) as api:
        kb, _ = await api.filled()
        chat = await api.chat([kb])
        session = await api.session(chat)
        *pieces, last, _ = await api.ask(chat, QUESTION, session_id=session)
        assert not any("##" in piece["data"]["answer"] for piece in pieces)
        assert not any("[ID" in piece["data"]["answer"] for piece in pieces)
        assert "Paris. ##0$$" in last["data"]["answer"]
        assert "similarity" not in last["data"]["reference"]["chunks"][0]
        (shown,) = await api.data("GET", f"/chats/{chat}/sessions?id={session}")
        assert "##0$$" in shown["messages"][-1]["content"]


async def test_conversations_are_read_by_every_generation(tmp_path: Path) -> None:
    """What one generation kept, another one shows in its own way."""
    file = tmp_path / "data.db"
    async with serve("0.27.0", path=file) as api:
        kb, _ = await api.filled()
        chat = await api.chat([kb])
        session = await api.session(chat)
        await api.ask(chat, QUESTION, session_id=session)
        newest = await api.data("GET", f"/chats/{chat}/sessions/{session}")
    async with serve("0.13.0", path=file) as api:
        (shown,) = await api.data("GET", f"/chats/{chat}/sessions")
        content = newest["messages"][-1]["content"]
        assert shown["messages"][-1]["content"] == content.replace("[ID:0]", "##0$$")
        assert shown["messages"][-1]["reference"][0]["document_name"] == "a.txt"
        await api.ask(chat, QUESTION, session_id=session)
    async with serve("0.27.0", path=file) as api:
        again = await api.data("GET", f"/chats/{chat}/sessions/{session}")
        assert again["messages"][-1]["content"] == content
        assert set(again["reference"][0]["chunks"][0]) == set(again["reference"][1]["chunks"][0])


async def test_question_without_a_session() -> None:
    """The question is lost: the answer is the opener, in JSON as the text of a stream."""
    async with serve(VERSION) as api:
        kb, _ = await api.filled()
        chat = await api.chat([kb], prompt={"opener": "Hello you"})
        text = await api.data("POST", f"/chats/{chat}/completions", {"stream": False})
        assert text.startswith("data:")
        assert text.endswith("\n\n")
        assert json.loads(text[5:])["data"]["answer"] == "Hello you"


async def test_weight_is_told_the_other_way_round() -> None:
    """What is sent as the weight of keywords is taken for that of vectors."""
    async with serve(VERSION) as api:
        kb, _ = await api.filled()
        await api.chat([kb], prompt={"keywords_similarity_weight": 0.6})
        (shown,) = await api.data("GET", "/chats")
        assert shown["prompt"]["keywords_similarity_weight"] == 0.4


async def test_models_are_known_by_their_names() -> None:
    """A bare name will do if it is that of the built-in model, but no other."""
    async with serve(VERSION) as api:
        kb, _ = await api.filled()
        await api.chat([kb], llm={"model_name": "extractive"})
        body = {"name": "d", "dataset_ids": [kb], "llm": {"model_name": "nobody"}}
        assert await api.code("POST", "/chats", body) == 102


async def test_updates_of_chats_keep_datasets() -> None:
    """An update without datasets leaves them alone, and an unknown key is an exception."""
    async with serve(VERSION) as api:
        kb, _ = await api.filled()
        chat = await api.chat([kb])
        await api.data("PUT", f"/chats/{chat}", {"name": "d"})
        (shown,) = await api.data("GET", "/chats")
        assert [dataset["id"] for dataset in shown["datasets"]] == [kb]
        assert await api.code("PUT", f"/chats/{chat}", {"nope": 1}) == 100


async def test_configurations_are_checked_by_assertions() -> None:
    """Unknown keys of a configuration are exceptions; known ones are stored as they are."""
    async with serve(VERSION) as api:
        body = {"name": "a", "parser_config": {"nope": 1}}
        assert await api.code("POST", "/datasets", body) == 100
        body["parser_config"] = {"chunk_token_num": 5}
        assert (await api.data("POST", "/datasets", body))["parser_config"] == {
            "chunk_token_num": 5
        }
