"""The embedded server as v0.13.0: what real servers of that version answer, as a table."""

from __future__ import annotations

from typing import Any

import pytest

from local.harness import CAPITALS, Api, serve

VERSION = "0.13.0"
UNKNOWN = "00000000000011f0aaaa000000000000"
STAMPS = "create_date create_time update_date update_time"
DATASET = (
    "avatar chunk_count chunk_method created_by description document_count embedding_model id"
    " language name parser_config permission similarity_threshold status tenant_id token_num"
    f" vector_similarity_weight {STAMPS}"
)
DOCUMENT = (
    "chunk_count chunk_method created_by dataset_id id location name parser_config"
    " process_begin_at process_duation progress progress_msg run size source_type status"
    f" thumbnail token_count type {STAMPS}"
)
UPLOADED = (
    "chunk_method created_by dataset_id id location name parser_config run size thumbnail type"
)
CHUNK = "available content docnm_kwd document_id id image_id important_keywords positions"
SCORES = "similarity term_similarity vector_similarity"
RETRIEVED = (
    "content content_ltks document_id document_keyword highlight id img_id important_keywords"
    f" kb_id positions {SCORES}"
)
CITED = (
    "chunk_id content_ltks content_with_weight doc_id docnm_kwd img_id important_kwd kb_id"
    f" positions {SCORES}"
)
CHAT = (
    "avatar description do_refer id language llm name prompt prompt_type status tenant_id"
    f" top_k {STAMPS}"
)
PROMPT = (
    "empty_response keywords_similarity_weight opener prompt rerank_model similarity_threshold"
    " top_n variables"
)
SESSION = f"id messages name {STAMPS}"
PARSER_CONFIG = {
    "chunk_token_num": 128,
    "delimiter": "\\n!?;。；！？",
    "html4excel": False,
    "layout_recognize": True,
    "raptor": {"use_raptor": False},
}

# Method, path, body; code; where in the answer the keys are looked at, and the keys.
FACTS: list[tuple[str, str, Any, int, str, str]] = [
    ("POST", "/datasets", {"name": "kb"}, 102, "", "code message"),
    ("POST", "/datasets", {"name": ""}, 102, "", "code message"),
    ("POST", "/datasets", {"name": 5}, 100, "", "data retcode retmsg"),
    ("POST", "/datasets", {"name": "x", "language": "French"}, 102, "", "code message"),
    ("POST", "/datasets", {"name": "x", "chunk_count": 0}, 102, "", "code message"),
    ("POST", "/datasets", {"name": "x", "permission": "all"}, 102, "", "code message"),
    ("POST", "/datasets", {"name": "x", "chunk_method": "tag"}, 102, "", "code message"),
    ("POST", "/datasets", {"name": "x", "embedding_model": "no"}, 102, "", "code message"),
    ("POST", "/datasets", {"name": "x", "nope": 1}, 0, "data", DATASET),
    ("GET", "/datasets?desc=maybe&nope=1", None, 0, "data.0", DATASET),
    ("GET", f"/datasets?id={UNKNOWN}", None, 102, "", "code message"),
    ("GET", "/datasets?name=nobody", None, 102, "", "code message"),
    ("PUT", "/datasets/{kb}", {"description": "d"}, 0, "", "code"),
    ("PUT", "/datasets/{kb}", {"parse_method": "manual"}, 100, "", "data retcode retmsg"),
    ("PUT", "/datasets/{kb}", {"pagerank": 1}, 100, "", "data retcode retmsg"),
    ("PUT", "/datasets/{kb}", {"chunk_method": "qa"}, 102, "", "code message"),
    ("PUT", "/datasets/{kb}", {"name": "other"}, 102, "", "code message"),
    ("DELETE", "/datasets", {"ids": [UNKNOWN]}, 102, "", "code message"),
    ("GET", "/datasets/{kb}/documents", None, 0, "data", "docs total"),
    ("GET", "/datasets/{kb}/documents?name=nobody", None, 0, "data.docs.0", DOCUMENT),
    ("GET", "/datasets/{other}/documents", None, 102, "", "code message"),
    ("GET", f"/datasets/{{kb}}/documents?id={UNKNOWN}", None, 102, "", "code message"),
    ("GET", f"/datasets/{{kb}}/documents/{UNKNOWN}", None, 102, "", "code message"),
    ("PUT", "/datasets/{kb}/documents/{doc}", {"name": "a.pdf"}, 101, "", "code message"),
    ("PUT", "/datasets/{kb}/documents/{doc}", {"name": "b.txt"}, 0, "", "code"),
    ("POST", "/datasets/{kb}/chunks", {"document_ids": []}, 102, "", "code message"),
    ("POST", "/datasets/{kb}/chunks", {"document_ids": [UNKNOWN]}, 102, "", "code message"),
    ("DELETE", "/datasets/{kb}/chunks", {"document_ids": ["{new}"]}, 102, "", "code message"),
    ("GET", "{chunks}", None, 0, "data.doc", DOCUMENT),
    ("GET", "{chunks}", None, 0, "data.chunks.0", CHUNK),
    ("GET", "{chunks}?id=0000000000000000", None, 102, "", "code message"),
    ("POST", "{chunks}", {"content": ""}, 102, "", "code message"),
    (
        "POST",
        "{chunks}",
        {"content": "who are you", "important_keywords": ["a"]},
        0,
        "data.chunk",
        "content create_time create_timestamp dataset_id document_id id important_keywords",
    ),
    ("PUT", "{chunks}/{chunk}", {"available": 1}, 0, "", "code"),
    ("POST", "/retrieval", {"question": "x"}, 102, "", "code message"),
    (
        "POST",
        "/retrieval",
        {"question": "capital of France", "dataset_ids": ["{kb}"], "offset": 1, "limit": 2},
        0,
        "data.chunks.0",
        RETRIEVED,
    ),
    (
        "POST",
        "/retrieval",
        {"question": "", "dataset_ids": ["{kb}"]},
        0,
        "data",
        "chunks doc_aggs total",
    ),
    ("POST", "/chats", {"name": "x", "dataset_ids": ["{other}"]}, 102, "", "code message"),
    ("POST", "/chats", {"name": "x", "dataset_ids": []}, 102, "", "code message"),
    ("POST", "/chats", {"name": "y", "dataset_ids": ["{kb}"]}, 0, "data", f"{CHAT} dataset_ids"),
    ("GET", "/chats?id={chat}", None, 0, "data.0", f"{CHAT} datasets"),
    ("GET", "/chats?id={chat}", None, 0, "data.0.prompt", PROMPT),
    ("GET", f"/chats?id={UNKNOWN}", None, 102, "", "code message"),
    (
        "PUT",
        "/chats/{chat}",
        {"llm": {"temperature": 0.8}, "dataset_ids": ["{kb}"]},
        0,
        "",
        "code",
    ),
    ("PUT", "/chats/{chat}", {"dataset_ids": []}, 102, "", "code message"),
    ("PUT", "/chats/{chat}", {"nope": 1}, 100, "", "data retcode retmsg"),
    ("POST", "/chats/{chat}/sessions", {"name": "n"}, 0, "data", f"{SESSION} chat_id"),
    ("GET", "/chats/{chat}/sessions", None, 0, "data.0", f"{SESSION} chat"),
    ("GET", f"/chats/{{chat}}/sessions?id={UNKNOWN}", None, 0, "", "code data"),
    ("PUT", "/chats/{chat}/sessions/{session}", {"name": "m"}, 0, "", "code"),
    ("DELETE", "/chats/{chat}/sessions", {"ids": [UNKNOWN]}, 102, "", "code message"),
    (
        "POST",
        "/chats/{chat}/completions",
        {"question": "", "session_id": "{session}"},
        102,
        "",
        "code message",
    ),
    (
        "POST",
        "/chats/{chat}/completions",
        {"question": "x", "session_id": UNKNOWN},
        102,
        "",
        "code message",
    ),
    (
        "POST",
        "/chats/{chat}/completions",
        {"question": "What is the capital of France?", "stream": False},
        0,
        "data",
        "answer audio_binary id prompt reference session_id",
    ),
    ("GET", "/nope", None, 100, "", "data retcode retmsg"),
    ("PATCH", "/datasets", None, 100, "", "data retcode retmsg"),
    ("DELETE", "/chats", {"ids": ["{chat}", UNKNOWN]}, 102, "", "code message"),
    ("DELETE", "{chunks}", {"chunk_ids": ["{chunk}"]}, 0, "", "code"),
    ("DELETE", "/datasets/{kb}/documents", {"ids": ["{new}", UNKNOWN]}, 102, "", "code message"),
    ("DELETE", "/datasets/{kb}/documents", {"ids": ["{doc}"]}, 0, "", "code"),
    ("DELETE", "/datasets", {"ids": ["{kb}"]}, 0, "", "code"),
    ("DELETE", "/datasets", None, 0, "", "code"),
    ("GET", "/datasets", None, 102, "", "code message"),
]


def filled_in(value: Any, names: dict[str, str]) -> Any:
    """A path or body with the ids of the server at hand."""
    if isinstance(value, dict):
        return {key: filled_in(item, names) for key, item in value.items()}
    if isinstance(value, list):
        return [filled_in(item, names) for item in value]
    return value.format_map(names) if isinstance(value, str) else value


def at(value: Any, path: str) -> Any:
    """What stands at a dotted path of an answer."""
    for key in path.split(".") if path else ():
        value = value[int(key)] if key.isdecimal() else value[key]
    return value


async def furnished(api: Api) -> dict[str, str]:
    """One of everything, by names that paths and bodies use."""
    kb, document = await api.filled()
    path = f"/datasets/{kb}/documents/{document}/chunks"
    listed = await api.data("GET", path)
    (new,) = await api.upload(kb, ("new.txt", "new"))
    chat = await api.chat([kb])
    return {
        "kb": kb,
        "other": await api.dataset("other"),
        "doc": document,
        "new": new,
        "chunks": path,
        "chunk": listed["chunks"][0]["id"],
        "chat": chat,
        "session": await api.session(chat),
    }


async def test_facts() -> None:
    """Status, code and keys of every row are those of real servers."""
    wrong = []
    async with serve(VERSION) as api:
        names = await furnished(api)
        for method, path, body, code, place, keys in FACTS:
            response = await api.client.request(
                method, f"/api/v1{filled_in(path, names)}", json=filled_in(body, names)
            )
            answer = response.json()
            seen = (response.status_code, answer.get("code", answer.get("retcode")))
            if seen != (200, code) or set(at(answer, place)) != set(keys.split()):
                wrong.append((method, path, body, response.text))
    assert not wrong


async def test_keys_are_refused_in_the_old_envelope() -> None:
    """No key, half a header and a wrong key each have their answer."""
    async with serve(VERSION) as api:
        codes = {}
        for header in ("", "ragflow-x", "Bearer ragflow-x"):
            headers = {"Authorization": header}
            response = await api.client.get("/api/v1/datasets", headers=headers)
            codes[header] = response.status_code, response.json()["retcode"]
        assert codes == {"": (200, 100), "ragflow-x": (200, 100), "Bearer ragflow-x": (200, 109)}


async def test_messages_call_the_product_otherwise() -> None:
    """Three letters of messages are exchanged wherever they stand."""
    async with serve(VERSION) as api:
        body = await api.call("GET", "/datasets?name=ragflow")
        assert "seceumflow" in body["message"]


async def test_defaults() -> None:
    """A dataset begins with the configuration of its time."""
    async with serve(VERSION) as api:
        made = await api.data("POST", "/datasets", {"name": "a"})
        assert made["parser_config"] == PARSER_CONFIG
        assert made["create_date"].endswith(" GMT")
        graph = {"name": "g", "chunk_method": "knowledge_graph"}
        config = (await api.data("POST", "/datasets", graph))["parser_config"]
        assert config["chunk_token_num"] == 8192


async def test_page_parameters() -> None:
    """The page number is called offset, its size limit, and totals count the page."""
    async with serve(VERSION) as api:
        kb = await api.dataset()
        await api.upload(kb, *((f"{number}.txt", "x") for number in range(5)))
        listed = await api.data("GET", f"/datasets/{kb}/documents?offset=3&limit=2")
        assert [document["name"] for document in listed["docs"]] == ["0.txt"]
        assert listed["total"] == 1
        assert (await api.data("GET", f"/datasets/{kb}/documents?page=2"))["total"] == 5
        ascending = await api.data("GET", f"/datasets/{kb}/documents?desc=False&limit=1")
        assert ascending["docs"][0]["name"] == "0.txt"
        descending = await api.data("GET", f"/datasets/{kb}/documents?desc=false&limit=1")
        assert descending["docs"][0]["name"] == "4.txt"


async def test_uploads_are_limited() -> None:
    """Ten mebibytes are the most of one upload, and file names may be long."""
    async with serve(VERSION) as api:
        kb = await api.dataset()
        part = b"x" * (6 * 1024**2)
        files = [("file", ("a.txt", part)), ("file", ("b.txt", part))]
        assert await api.code("POST", f"/datasets/{kb}/documents", files=files) == 101
        made = await api.data("POST", f"/datasets/{kb}/documents", files=files[:1])
        assert set(made[0]) == set(UPLOADED.split())
        await api.upload(kb, (f"{'x' * 200}.txt", "x"))


async def test_refused_uploads() -> None:
    """No file is a bad argument; a file that is not taken fails, and the others are stored."""
    async with serve(VERSION) as api:
        path = f"/datasets/{await api.dataset()}/documents"
        assert await api.code("POST", path, files={"other": (None, b"x")}) == 101
        files = [("file", ("a.txt", b"x")), ("file", ("a.xyz", b"x"))]
        refused = await api.call("POST", path, files=files)
        assert (refused["code"], set(refused)) == (500, {"code", "message"})
        assert (await api.data("GET", path))["total"] == 1
        again = await api.data("POST", path, files=files[:1])
        assert again[0]["name"] == "a(1).txt"


async def test_parsing_can_be_repeated_and_stopped_late() -> None:
    """A finished document is parsed again, and loses its chunks when it is stopped."""
    async with serve(VERSION) as api:
        kb, document = await api.filled()
        await api.parse(kb, [document])
        shown = await api.document(kb, document)
        assert shown["run"] == "DONE"
        assert await api.code("DELETE", f"/datasets/{kb}/chunks", {"document_ids": [document]}) == 0
        stopped = await api.document(kb, document)
        assert (stopped["run"], stopped["chunk_count"]) == ("CANCEL", 0)


async def test_first_unknown_id_stops() -> None:
    """What stands before an unknown id is done, what stands behind it is not."""
    async with serve(VERSION) as api:
        kb = await api.dataset()
        first, second = await api.upload(kb, ("a.txt", CAPITALS), ("b.txt", CAPITALS))
        ids = [first, UNKNOWN, second]
        assert await api.code("POST", f"/datasets/{kb}/chunks", {"document_ids": ids}) == 102
        await api.settled()
        assert (await api.document(kb, first))["run"] == "DONE"
        assert (await api.document(kb, second))["run"] == "UNSTART"
        assert await api.code("DELETE", f"/datasets/{kb}/documents", {"ids": ids}) == 102
        listed = await api.data("GET", f"/datasets/{kb}/documents")
        assert [document["id"] for document in listed["docs"]] == [second]
        other = await api.dataset("other")
        assert await api.code("DELETE", "/datasets", {"ids": [other, UNKNOWN, kb]}) == 102
        assert [item["id"] for item in await api.data("GET", "/datasets")] == [kb]


@pytest.mark.parametrize("body", [None, {}, {"ids": []}, {"ids": None}])
async def test_deletes_without_ids_delete_all(body: Any) -> None:
    """No ids, in whichever form, are all ids."""
    async with serve(VERSION) as api:
        kb, document = await api.filled()
        chat = await api.chat([kb])
        await api.session(chat)
        await api.data("DELETE", f"/chats/{chat}/sessions", body)
        assert await api.data("GET", f"/chats/{chat}/sessions") == []
        await api.data("DELETE", "/chats", body)
        assert await api.code("GET", "/chats") == 102
        path = f"/datasets/{kb}/documents/{document}/chunks"
        await api.data("DELETE", path, body)
        assert (await api.data("GET", path))["total"] == 0
        await api.data("DELETE", f"/datasets/{kb}/documents", body)
        assert await api.code("GET", f"/datasets/{kb}/documents") == 102


async def test_chunks_are_deleted_together_or_not() -> None:
    """An unknown id keeps all others, too."""
    async with serve(VERSION) as api:
        kb, document = await api.filled()
        path = f"/datasets/{kb}/documents/{document}/chunks"
        before = await api.data("GET", path)
        ids = [before["chunks"][0]["id"], "ffffffffffffffff"]
        assert await api.code("DELETE", path, {"chunk_ids": ids}) == 102
        assert (await api.data("GET", path))["total"] == before["total"]


async def test_chunk_values() -> None:
    """Flags are numbers, missing positions a blank, and an added chunk has a list of datasets."""
    async with serve(VERSION) as api:
        kb, document = await api.filled()
        path = f"/datasets/{kb}/documents/{document}/chunks"
        chunk = (await api.data("GET", f"{path}?limit=1"))["chunks"][0]
        assert chunk["available"] == 1
        assert not isinstance(chunk["available"], bool)
        added = await api.data("POST", path, {"content": "by hand"})
        assert added["chunk"]["dataset_id"] == [kb]
        listed = await api.data("GET", f"{path}?id={added['chunk']['id']}")
        assert listed["chunks"][0]["positions"] == [""]


async def test_weight_is_told_as_it_was_sent() -> None:
    """The weight in answers is that of the vectors, as in requests."""
    async with serve(VERSION) as api:
        kb, _ = await api.filled()
        await api.chat([kb], prompt={"keywords_similarity_weight": 0.6})
        (shown,) = await api.data("GET", "/chats")
        assert shown["prompt"]["keywords_similarity_weight"] == 0.6


async def test_prompts_of_lists_are_mixed_up() -> None:
    """All chats of a list show the prompt of the last one."""
    async with serve(VERSION) as api:
        kb, _ = await api.filled()
        await api.chat([kb], "first", prompt={"top_n": 3})
        await api.chat([kb], "second", prompt={"top_n": 4})
        assert [chat["prompt"]["top_n"] for chat in await api.data("GET", "/chats")] == [3, 3]


async def test_lost_datasets_break_the_list_of_chats() -> None:
    """A chat whose dataset is gone makes the whole list an error."""
    async with serve(VERSION) as api:
        kb, _ = await api.filled()
        await api.chat([kb])
        await api.data("DELETE", "/datasets", {"ids": [kb]})
        assert await api.code("GET", "/chats") == 102


async def test_streams() -> None:
    """Frames hold the whole text so far, the last one its citations and raw passages."""
    async with serve(VERSION) as api:
        kb, _ = await api.filled()
        chat = await api.chat([kb])
        frames = await api.ask(chat, "What is the capital of France?")
        *pieces, last, end = frames
        assert end == {"code": 0, "data": True}
        assert all(piece["data"]["reference"] == {} for piece in pieces)
        assert not any("##" in piece["data"]["answer"] for piece in pieces)
        assert "Paris. ##0$$" in last["data"]["answer"]
        assert set(last["data"]["reference"]["chunks"][0]) == set(CITED.split())
        assert "created_at" not in last["data"]


async def test_streams_tell_failures() -> None:
    """A failure is a frame, and the usual end follows it; in JSON it is an exception."""
    async with serve(VERSION) as api:
        kb, _ = await api.filled()
        variables = [{"key": "tone", "optional": False}]
        chat = await api.chat([kb], prompt={"prompt": "{tone} {knowledge}", "variables": variables})
        failed, end = await api.ask(chat, "x")
        assert (failed["code"], failed["data"]["reference"]) == (500, [])
        assert end == {"code": 0, "data": True}
        body = {"question": "x", "stream": False}
        refused = await api.call("POST", f"/chats/{chat}/completions", body)
        assert refused["retcode"] == 100


async def test_sessions() -> None:
    """A question without a session makes one, and its list shows renamed passages."""
    async with serve(VERSION) as api:
        kb, _ = await api.filled()
        chat = await api.chat([kb], prompt={"opener": "never seen"})
        await api.ask(chat, "What is the capital of France?")
        (session,) = await api.data("GET", f"/chats/{chat}/sessions")
        opener, question, answer = session["messages"]
        assert opener["content"] not in ("", "never seen")
        assert "reference" not in opener
        assert question["content"] == "What is the capital of France?"
        assert "##0$$" in answer["content"]
        passage = answer["reference"][0]
        assert passage["document_name"] == "a.txt"
        assert passage["dataset_id"] == kb
        assert passage["similarity"] > 0
        assert "created_at" not in answer
