"""The hard differences between server generations in chats, sessions and answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from ragflow import LLM, AsyncChat, AsyncRAGFlow, AsyncSession, Prompt
from scripted import Script, streamed

Connect = Callable[..., AsyncRAGFlow]
OLD = ("0.13.0", "0.15.1", "0.17.2", "0.22.1", "0.24.0")
NEW = ("0.25.0", "0.25.4", "0.27.0")
CHUNK = {"id": "k", "content": "text", "document_id": "x", "document_name": "a.txt"}
RAW = {"chunk_id": "k", "content_with_weight": "text", "doc_id": "x", "docnm_kwd": "a.txt"}


def session(client: AsyncRAGFlow) -> AsyncSession:
    """A session."""
    return client.bind(AsyncSession(id="s", chat_id="c"))


@pytest.mark.parametrize("version", [*OLD, *NEW])
async def test_both_schemas_written(connect: Connect, version: str) -> None:
    """One vocabulary becomes that of the server; newer ones would ignore the older one silently."""
    script = Script({"id": "c"})
    await connect(script, version).create_chat(
        "c",
        "data:image/png;base64,AA==",
        ["d"],
        LLM(model_name="m", temperature=0.5),
        Prompt(prompt="p", opener="o", top_n=3, similarity_threshold=0.1, rerank_model="r"),
    )
    old = {
        "avatar": "data:image/png;base64,AA==",
        "llm": {"model_name": "m", "temperature": 0.5},
        "prompt": {
            "prompt": "p",
            "opener": "o",
            "top_n": 3,
            "similarity_threshold": 0.1,
            "rerank_model": "r",
        },
    }
    new = {
        "icon": "data:image/png;base64,AA==",
        "llm_id": "m",
        "llm_setting": {"temperature": 0.5},
        "prompt_config": {"system": "p", "prologue": "o"},
        "top_n": 3,
        "similarity_threshold": 0.1,
        "rerank_id": "r",
    }
    asked = {"name": "c", "dataset_ids": ["d"]}
    assert script.bodies == [{**asked, **(old if version in OLD else new)}]


@pytest.mark.parametrize(
    "row",
    [
        {
            "datasets": [{"id": "d", "chunk_num": 1}],
            "llm": {"model_name": "m", "temperature": 0.5},
            "prompt": {"prompt": "p", "opener": "o", "top_n": 3},
            "top_k": 9,
            "avatar": "a",
        },
        {
            "dataset_ids": ["d"],
            "kb_names": ["kb"],
            "llm_id": "m",
            "llm_setting": {"temperature": 0.5},
            "prompt_config": {"system": "p", "prologue": "o"},
            "top_n": 3,
            "top_k": 9,
            "icon": "a",
        },
    ],
)
async def test_both_schemas_read(connect: Connect, row: dict[str, Any]) -> None:
    """A chat is the same object, whichever schema it comes in, bare or under a key."""
    for version, data in (("0.22.1", [row]), ("0.27.0", {"chats": [row], "total": 1})):
        (chat,) = await connect(Script(data), version).list_chats()
        assert (chat.dataset_ids, chat.avatar, chat.llm.model_name) == (["d"], "a", "m")
        assert chat.llm.temperature == 0.5
        assert (chat.prompt.prompt, chat.get_prologue()) == ("p", "o")
        assert (chat.prompt.top_n, chat.prompt.top_k) == (3, 9)


@pytest.mark.parametrize(
    ("version", "told"),
    [
        ("0.13.0", {"prompt": {"keywords_similarity_weight": 0.2}}),
        ("0.15.1", {"prompt": {"keywords_similarity_weight": 0.2}}),
        ("0.17.2", {"prompt": {"keywords_similarity_weight": 0.8}}),
        ("0.22.1", {"prompt": {"keywords_similarity_weight": 0.8}}),
        ("0.24.0", {"prompt": {"keywords_similarity_weight": 0.8}}),
        ("0.25.0", {"vector_similarity_weight": 0.2, "llm_id": "m"}),
        ("0.27.0", {"vector_similarity_weight": 0.2, "llm_id": "m"}),
    ],
)
async def test_weight_of_words(connect: Connect, version: str, told: dict[str, Any]) -> None:
    """A weight of 0.8 is sent as the vectors' 0.2 and read as 0.8, so that it can be sent back."""
    script = Script({"id": "c", **told})
    client = connect(script, version)
    chat = await client.create_chat("c", prompt={"keywords_similarity_weight": 0.8})
    assert chat.prompt.keywords_similarity_weight == 0.8
    await chat.update({"prompt": chat.prompt})
    for body in script.bodies:
        beside = "vector_similarity_weight"
        sent = body.get(beside, body.get("prompt", {}).get("keywords_similarity_weight"))
        assert sent == 0.2


@pytest.mark.parametrize(
    ("version", "names_them"),
    [("0.17.2", False), ("0.22.1", True), ("0.23.1", True), ("0.24.0", True), ("0.25.0", False)],
)
async def test_chats_keep_their_datasets(connect: Connect, version: str, names_them: bool) -> None:
    """On some servers a chat loses the datasets that an update does not name."""
    script = Script({"code": 0})
    chat = connect(script, version).bind(AsyncChat(id="c", dataset_ids=["d"]))
    await chat.update({"name": "n"})
    assert ("dataset_ids" in script.bodies[0]) is names_them
    await chat.update({"name": "n", "knowledgebases": ["e"]})
    assert script.bodies[1]["dataset_ids"] == ["e"]
    assert chat.dataset_ids == ["e"]


async def test_sessions_of_the_first_generation(connect: Connect) -> None:
    """There a listed session names its chat under another key."""
    script = Script([{"id": "s", "chat": "c", "messages": []}])
    (listed,) = await connect(script, "0.13.0").bind(AsyncChat(id="c")).list_sessions()
    assert listed.chat_id == "c"


@pytest.mark.parametrize("version", ["0.25.1", "0.25.4", "0.25.5"])
async def test_whole_conversations(connect: Connect, version: str) -> None:
    """Some servers replace what they know by what they are sent, so all of it is sent."""
    answer, _ = streamed({"answer": "Rome", "final": False}, True)
    known = [{"role": "assistant", "content": "Hi"}, {"role": "user", "content": "Paris?"}]
    script = Script([{"id": "s", "messages": known}], answer)
    assert (await session(connect(script, version)).ask("Italy?")).content == "Rome"
    assert script.queries[0]["id"] == "s"
    assert script.bodies[0]["messages"] == [*known, {"role": "user", "content": "Italy?"}]
    assert "question" not in script.bodies[0]


@pytest.mark.parametrize("version", ["0.13.0", "0.22.1", "0.25.0", "0.25.6", "0.27.0"])
async def test_questions_alone(connect: Connect, version: str) -> None:
    """All others keep the conversation themselves, and always hear the session and the stream."""
    answer, _ = streamed({"answer": "Rome"}, True)
    script = Script(answer)
    await session(connect(script, version)).ask("Italy?")
    (body,) = script.bodies
    assert (body["question"], body["session_id"], body["stream"]) == ("Italy?", "s", True)
    assert "messages" not in body


FLAVOURS: dict[str, list[Any]] = {
    "cumulative": [{"answer": "Pa"}, {"answer": "Paris."}],
    "cumulative, decorated": [{"answer": "Paris"}, {"answer": "Paris ##0$$."}],
    "delta": [
        {"answer": "Pa", "final": False},
        {"answer": "ris.", "final": False},
        {"answer": "", "final": True, "reference": {"chunks": [CHUNK]}},
    ],
    "delta with a whole end": [
        {"answer": "Pa", "final": False},
        {"answer": "ris", "final": False},
        {"answer": "Paris.", "final": True},
    ],
    "delta without an end": [
        {"answer": "Paris", "final": False, "prompt": "", "created_at": 1.0},
        {"answer": ".", "final": False, "prompt": "", "created_at": 1.0},
    ],
    "one frame": [{"answer": "Paris.", "final": True}],
}


@pytest.mark.parametrize("flavour", FLAVOURS)
async def test_streams_of_every_flavour(connect: Connect, flavour: str) -> None:
    """Whatever the frames hold, each message has the whole text so far, the last one the answer."""
    answer, _ = streamed(*FLAVOURS[flavour], True)
    seen = [m async for m in session(connect(Script(answer))).ask("q", stream=True)]
    text = "Paris [ID:0]." if "decorated" in flavour else "Paris."
    assert seen[-1].content == text
    assert seen[-1].final
    if "decorated" not in flavour:
        assert "".join(message.delta for message in seen) == text


THOUGHTS: dict[str, list[Any]] = {
    "marks in the text": [
        {"answer": "<think>Hm</think>"},
        {"answer": "<think>Hm, well</think>"},
        {"answer": "<think>Hm, well</think>Par"},
        {"answer": "<think>Hm, well</think>Paris"},
    ],
    "marks in deltas": [
        {"answer": "<think>", "final": False},
        {"answer": "Hm, well", "final": False},
        {"answer": "</think>", "final": False},
        {"answer": "Paris", "final": False},
        {"answer": "", "final": True},
    ],
    "frames that mark": [
        {"answer": "", "start_to_think": True, "final": False},
        {"answer": "Hm, ", "final": False},
        {"answer": "well", "final": False},
        {"answer": "", "end_to_think": True, "final": False},
        {"answer": "Paris", "final": False},
        {"answer": "Paris", "final": True},
    ],
}


@pytest.mark.parametrize("form", THOUGHTS)
async def test_thinking_in_every_form(connect: Connect, form: str) -> None:
    """What the model thinks never mixes with what it answers."""
    answer, _ = streamed(*THOUGHTS[form], True)
    seen = [m async for m in session(connect(Script(answer))).ask("q", stream=True)]
    assert (seen[-1].thinking, seen[-1].content) == ("Hm, well", "Paris")
    assert all(message.content in "Paris" for message in seen)
    assert "".join(message.delta for message in seen) == "Paris"


async def test_stream_inside_json(connect: Connect) -> None:
    """Some servers give the text of a stream as the data of an envelope."""
    frame = {"code": 0, "message": "", "data": {"answer": "Hi", "reference": {}, "session_id": "s"}}
    script = Script({"code": 0, "data": f"data:{json.dumps(frame)}\n\n"})
    message = await session(connect(script, "0.17.2")).ask("q")
    assert (message.content, message.session_id, message.final) == ("Hi", "s", True)


@pytest.mark.parametrize(
    ("reference", "ids"),
    [
        ({}, []),
        ([], []),
        (None, []),
        ({"chunks": []}, []),
        ({"total": 1, "chunks": [CHUNK], "doc_aggs": []}, ["k"]),
        ({"chunks": [RAW]}, ["k"]),
        ({"chunks": {"0": CHUNK}}, ["k"]),
        ([CHUNK], ["k"]),
    ],
)
async def test_references_in_every_shape(
    connect: Connect, reference: object, ids: list[str]
) -> None:
    """What an answer cites is one list of chunks with one set of names."""
    answer, _ = streamed({"answer": "Paris", "reference": reference}, True)
    message = await session(connect(Script(answer), "0.22.1")).ask("q")
    assert [chunk.id for chunk in message.reference] == ids
    for chunk in message.reference:
        assert (chunk.content, chunk.document_id, chunk.document_name) == ("text", "x", "a.txt")


async def test_references_of_stored_conversations(connect: Connect) -> None:
    """Older servers keep them in the messages, newer ones beside, an entry for each question."""
    said = [
        {"role": "assistant", "content": "Hi"},
        {"role": "user", "content": "q"},
        {"role": "assistant", "content": "a"},
    ]
    inside = [{**message, "reference": []} for message in said]
    inside[2]["reference"] = [CHUNK]  # type: ignore[assignment]
    beside = {"messages": said, "reference": [{"chunks": [CHUNK], "doc_aggs": []}]}
    for version, stored in (("0.22.1", {"messages": inside}), ("0.27.0", beside)):
        script = Script([{"id": "s", "chat_id": "c", **stored}])
        (kept,) = await connect(script, version).bind(AsyncChat(id="c")).list_sessions()
        assert [len(message.reference) for message in kept.messages] == [0, 0, 1]
        assert kept.messages[2].reference[0].document_name == "a.txt"
