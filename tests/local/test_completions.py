"""Questions and answers over HTTP, for both kinds of streams."""

from __future__ import annotations

import itertools
import json
import re
from typing import TYPE_CHECKING, Any

import anyio
import pytest

from local.harness import Api, serve
from ragflow.local import answering, writing

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

BOTH = pytest.mark.parametrize("version", ["0.22.1", "0.27.0"])
NOBODY = "00000000000011f0aaaa000000000000"
QUESTION = "What is the capital of Japan?"


class Model:
    """A stand-in for a language model that remembers what it was asked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *pieces: str | Exception) -> None:
        self.calls: list[Any] = []
        self._pieces = pieces
        monkeypatch.setenv("RAGFLOW_LOCAL_LLM_URL", "http://model.test/v1")
        monkeypatch.setenv("RAGFLOW_LOCAL_LLM_MODEL", "tiny")
        monkeypatch.setenv("RAGFLOW_LOCAL_LLM_API_KEY", "secret")
        monkeypatch.setattr(answering, "stream_model", self.stream)

    async def stream(self, url: str, **request: Any) -> AsyncIterator[str]:
        """Answer with the pieces, or fail where there is an error among them."""
        self.calls.append({"url": url, **request})
        for piece in self._pieces:
            if isinstance(piece, Exception):
                raise piece
            yield piece


async def conversation(api: Api, **chat: Any) -> tuple[str, str]:
    """A chat about capitals and a session of it."""
    dataset, _ = await api.filled()
    id = await api.chat([dataset], **chat)
    return id, await api.session(id)


async def stored(api: Api, chat: str, session: str) -> Any:
    """The session as it is kept."""
    (kept,) = await api.data("GET", f"/chats/{chat}/sessions?id={session}")
    return kept


async def test_deltas() -> None:
    """New streams give pieces, then a last frame with the passages the marks point at."""
    async with serve() as api:
        chat, session = await conversation(api)
        *pieces, last, end = await api.ask(chat, QUESTION, session_id=session)
        text = "".join(item["data"]["answer"] for item in pieces)
        assert "Tokyo" in text
        assert all(item["data"]["final"] is False for item in pieces)
        assert (last["data"]["final"], last["data"]["answer"], end["data"]) == (True, "", True)
        passages = last["data"]["reference"]["chunks"]
        for mark in re.findall(r"\[ID:(\d+)\]", text):
            assert "Tokyo" in passages[int(mark)]["content"]
        kept = await stored(api, chat, session)
        assert [message["content"] for message in kept["messages"][1:]] == [QUESTION, text]
        assert kept["messages"][1]["id"] == kept["messages"][2]["id"] == last["data"]["id"]
        assert kept["reference"] == [last["data"]["reference"]]


async def test_cumulative() -> None:
    """Old streams repeat the whole text in every frame."""
    async with serve("0.22.1") as api:
        chat, session = await conversation(api)
        *pieces, last, end = await api.ask(chat, QUESTION, session_id=session)
        texts = [item["data"]["answer"] for item in (*pieces, last)]
        assert all(later.startswith(earlier) for earlier, later in itertools.pairwise(texts))
        assert "Tokyo" in texts[-1]
        assert "final" not in last["data"]
        assert end == {"code": 0, "data": True}
        kept = await stored(api, chat, session)
        assert kept["messages"][0]["reference"] == []
        assert "Tokyo" in kept["messages"][2]["reference"][0]["content"]


async def test_legacy() -> None:
    """New servers stream the old way on request, with the whole text in the last frame."""
    async with serve() as api:
        chat, session = await conversation(api)
        *pieces, last, _ = await api.ask(chat, QUESTION, session_id=session, legacy=True)
        assert pieces[-1]["data"]["answer"] == last["data"]["answer"] != ""
        assert last["data"]["final"] is True


@BOTH
async def test_json(version: str) -> None:
    """The JSON answer has the whole text, its passages and its prompt."""
    async with serve(version) as api:
        chat, session = await conversation(api)
        body = {"question": QUESTION, "session_id": session, "stream": False}
        answer = await api.data("POST", f"/chats/{chat}/completions", body)
        assert "Tokyo" in answer["answer"]
        assert answer["reference"]["total"] == len(answer["reference"]["chunks"])
        assert QUESTION in answer["prompt"]
        assert answer["session_id"] == session


@BOTH
async def test_nothing_found(version: str) -> None:
    """A question that nothing answers gets the chat's own words."""
    async with serve(version) as api:
        chat, session = await conversation(api)
        *answers, end = await api.ask(chat, "zzzz qqqq", session_id=session)
        assert len(answers) == (1 if version == "0.22.1" else 2)
        assert {item["data"]["answer"] for item in answers} == {
            "Sorry! No relevant content was found in the knowledge base!"
        }
        assert answers[-1]["data"]["reference"] == {"total": 0, "chunks": [], "doc_aggs": []}
        assert end["data"] is True


async def test_nothing_found_and_nothing_to_say() -> None:
    """Without words for it, the answer says that nothing fits."""
    async with serve("0.22.1") as api:
        chat, session = await conversation(
            api, prompt={"empty_response": "", "prompt": "{knowledge}"}
        )
        *_, last, _ = await api.ask(chat, "zzzz qqqq", session_id=session)
        assert last["data"]["answer"] == writing.NOTHING_FITS
        *_, last, _ = await api.ask(chat, "", session_id=session)
        assert last["data"]["answer"] == writing.NOTHING_FITS
        assert last["data"]["reference"]["doc_aggs"] == {}


@BOTH
async def test_a_passage_without_a_fitting_sentence(
    version: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When no sentence fits, the best passage is quoted as it begins."""
    monkeypatch.setattr(answering, "extractive_answer", lambda *_: "")
    async with serve(version) as api:
        chat, session = await conversation(api)
        body = {"question": QUESTION, "session_id": session, "stream": False}
        answer = await api.data("POST", f"/chats/{chat}/completions", body)
        assert answer["answer"].endswith(" [ID:0]")
        assert "Tokyo" in answer["answer"]


@BOTH
async def test_without_quotes(version: str) -> None:
    """Without quotes there are neither marks nor passages."""
    async with serve(version) as api:
        chat, session = await conversation(api)
        body = {"question": QUESTION, "session_id": session, "stream": False, "quote": False}
        answer = await api.data("POST", f"/chats/{chat}/completions", body)
        assert "[ID:" not in answer["answer"]
        assert answer["reference"] == {}


@BOTH
async def test_without_datasets_and_model(version: str) -> None:
    """A chat without datasets says that there is no model; its stream has no last frame."""
    async with serve(version) as api:
        chat = await api.chat([])
        session = await api.session(chat)
        *pieces, end = await api.ask(chat, "Hello", session_id=session)
        texts = [item["data"]["answer"] for item in pieces]
        assert (texts[-1] if version == "0.22.1" else "".join(texts)) == writing.NO_MODEL
        assert all(item["data"]["prompt"] == "" for item in pieces)
        assert end["data"] is True


@BOTH
async def test_with_a_model(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A model gets the passages, the history and the settings, and its words are the answer."""
    model = Model(monkeypatch, "It is ", "Tokyo [ID:0].")
    settings = (
        {"llm": {"model_name": "m@P", "temperature": 0.5}}
        if version == "0.22.1"
        else {"llm_setting": {"temperature": 0.5, "max_tokens": None}}
    )
    async with serve(version) as api:
        chat, session = await conversation(api, **settings)
        await api.ask(chat, QUESTION, session_id=session)
        await api.ask(chat, "And the capital of Italy?", session_id=session, top_p=0.2)
        first, second = model.calls
        assert (first["url"], first["model"], first["api_key"]) == (
            "http://model.test/v1",
            "tiny",
            "secret",
        )
        assert "Tokyo" in first["messages"][0]["content"]
        assert first["settings"] == {"temperature": 0.5}
        assert second["settings"] == {"temperature": 0.5, "top_p": 0.2}
        assert [message["content"] for message in second["messages"][1:]] == [
            QUESTION,
            "It is Tokyo [ID:0].",
            "And the capital of Italy?",
        ]
        kept = await stored(api, chat, session)
        assert kept["messages"][-1]["content"] == "It is Tokyo [ID:0]."


async def test_failing_models(monkeypatch: pytest.MonkeyPatch) -> None:
    """A model's failure is told as text, behind what it has said before."""
    broken = answering.ModelError("no more")
    for pieces, expected in (
        ((broken,), "**ERROR**: no more"),
        (("So", broken), "So\n**ERROR**: no more"),
    ):
        Model(monkeypatch, *pieces)
        async with serve() as api:
            chat = await api.chat([])
            session = await api.session(chat)
            *items, end = await api.ask(chat, "Hello", session_id=session)
            assert "".join(item["data"]["answer"] for item in items) == expected
            assert end["data"] is True


async def test_defects_within_a_stream(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A defect in the middle is told in a frame, and the turn is not remembered."""
    Model(monkeypatch, "So", ZeroDivisionError("oops"))
    async with serve() as api:
        chat = await api.chat([])
        session = await api.session(chat)
        *_, failure, end = await api.ask(chat, "Hello", session_id=session)
        assert failure["code"] == 500
        assert "oops" in failure["data"]["answer"]
        assert end["data"] is True
        assert len((await stored(api, chat, session))["messages"]) == 1
    assert "answering failed" in caplog.text


async def test_leaving(monkeypatch: pytest.MonkeyPatch) -> None:
    """When the client leaves, the model is stopped and nothing of the turn is kept."""
    left, stopped = anyio.Event(), anyio.Event()

    async def stream(url: str, **_: Any) -> AsyncIterator[str]:
        try:
            yield "So"
            await anyio.sleep_forever()
        finally:
            stopped.set()

    Model(monkeypatch)
    monkeypatch.setattr(answering, "stream_model", stream)
    async with serve() as api:
        chat = await api.chat([])
        session = await api.session(chat)
        body = json.dumps({"question": "Hello", "session_id": session}).encode()
        messages = [{"type": "http.request", "body": body}]

        async def receive() -> Any:
            if messages:
                return messages.pop()
            await left.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            if message.get("body"):
                left.set()

        headers = {**api.client.headers, "content-type": "application/json"}
        scope = {
            "type": "http",
            "method": "POST",
            "path": f"/api/v1/chats/{chat}/completions",
            "query_string": b"",
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        }
        with anyio.fail_after(5):
            await api.client._transport.app(scope, receive, send)  # type: ignore[attr-defined]
        assert stopped.is_set()
        assert len((await stored(api, chat, session))["messages"]) == 1


@pytest.mark.parametrize(("version", "messages"), [("0.22.1", 3), ("0.27.0", 2)])
async def test_empty_answers(version: str, messages: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A model that says nothing gives a stream of the end only; newer servers keep no answer."""
    Model(monkeypatch)
    async with serve(version) as api:
        chat = await api.chat([])
        session = await api.session(chat)
        assert [item["data"] for item in await api.ask(chat, "Hello", session_id=session)] == [True]
        assert len((await stored(api, chat, session))["messages"]) == messages


@BOTH
async def test_variables(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Values of the request fill the prompt; a missing one that is needed is an error."""
    model = Model(monkeypatch, "Yes.")
    parameters = [{"key": "knowledge", "optional": False}, {"key": "tone", "optional": False}]
    system = "Be {tone}. {knowledge}"
    chat_values = (
        {"prompt": {"prompt": system, "variables": parameters}}
        if version == "0.22.1"
        else {"prompt_config": {"system": system, "parameters": parameters}}
    )
    async with serve(version) as api:
        chat, session = await conversation(api, **chat_values)
        failure, end = await api.ask(chat, QUESTION, session_id=session)
        assert (failure["code"], end["data"]) == (500, True)
        body = {"question": QUESTION, "session_id": session, "stream": False}
        assert await api.code("POST", f"/chats/{chat}/completions", body) == 100
        await api.ask(chat, QUESTION, session_id=session, tone="kind")
        assert model.calls[0]["messages"][0]["content"].startswith("Be kind. ID: 0")


@BOTH
async def test_narrowing(version: str) -> None:
    """The documents of the request and the chat's metadata filter narrow the search."""
    async with serve(version) as api:
        dataset, first = await api.filled()
        (second,) = await api.upload(dataset, ("b.txt", "Tokyo has been the capital since 1869."))
        await api.parse(dataset, [second])
        path = f"/datasets/{dataset}/documents/{second}"
        await api.data("PUT", path, {"meta_fields": {"author": "Ann"}})

        async def cited(chat: str, **body: Any) -> set[str]:
            session = await api.session(chat)
            values = {"question": QUESTION, "session_id": session, "stream": False, **body}
            answer = await api.data("POST", f"/chats/{chat}/completions", values)
            return {chunk["document_id"] for chunk in answer["reference"]["chunks"]}

        plain = await api.chat([dataset], "plain")
        assert await cited(plain, doc_ids=f"{first}, ") == {first}
        assert await cited(plain, doc_ids=[second]) == {second}
        manual = [{"key": "author", "op": "is", "value": "ann"}]
        chat = await api.chat(
            [dataset], "filtered", meta_data_filter={"method": "manual", "manual": manual}
        )
        assert await cited(chat) == {second}
        assert await cited(chat, doc_ids=first) == set()


async def test_old_questions_without_a_session() -> None:
    """Older servers lose such a question: a stream gives the opener, JSON an empty retrieval."""
    async with serve("0.22.1") as api:
        dataset, _ = await api.filled()
        chat = await api.chat([dataset])
        first, end = await api.ask(chat, QUESTION)
        assert first["data"]["answer"].startswith("Hi!")
        assert end == {"code": 0, "message": "", "data": True}
        body = {"question": QUESTION, "stream": False}
        answer = await api.data("POST", f"/chats/{chat}/completions", body)
        assert answer["answer"].startswith("Sorry!")
        shifted = await stored(api, chat, answer["session_id"])
        assert [message["role"] for message in shifted["messages"]] == [
            "assistant",
            "user",
            "assistant",
        ]


async def test_references_of_sessions_made_by_questions() -> None:
    """In such sessions of older servers the references stand one message early."""
    async with serve("0.22.1") as api:
        dataset, _ = await api.filled()
        chat = await api.chat([dataset])
        first, _ = await api.ask(chat, "")
        session = first["data"]["session_id"]
        await api.ask(chat, QUESTION, session_id=session)
        kept = await stored(api, chat, session)
        assert kept["messages"][0]["reference"] != []
        assert kept["messages"][2]["reference"] == []


async def test_new_questions_without_a_session() -> None:
    """Newer servers make a session and answer."""
    async with serve() as api:
        dataset, _ = await api.filled()
        chat = await api.chat([dataset])
        *_, last, _ = await api.ask(chat, QUESTION)
        kept = await stored(api, chat, last["data"]["session_id"])
        assert len(kept["messages"]) == 3


async def test_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    """The last user message is the question; the others are history only when asked for."""
    model = Model(monkeypatch, "Yes.")
    messages = [
        {"role": "user", "content": "First"},
        {"role": "assistant", "content": "Second"},
        {"role": "user", "content": "Third"},
    ]
    async with serve() as api:
        chat = await api.chat([])
        session = await api.session(chat)
        body: dict[str, Any] = {"chat_id": chat, "session_id": session, "messages": messages}
        await api.data("POST", "/chat/completions", {**body, "stream": False})
        whole = {**body, "stream": False, "pass_all_history_messages": True}
        await api.data("POST", "/chat/completions", whole)
        await api.data("POST", "/chat/completions", {**whole, "store_history_messages": False})
        asked = [[item["content"] for item in call["messages"]] for call in model.calls]
        assert asked[0][-1:] == ["Third"]
        assert asked[0][-2:-1] != ["Second"]
        assert asked[1][-3:] == asked[2][-3:] == ["First", "Second", "Third"]
        assert len((await stored(api, chat, session))["messages"]) == 5


async def test_without_a_chat(monkeypatch: pytest.MonkeyPatch) -> None:
    """A question without a chat goes to the model alone."""
    model = Model(monkeypatch, "Yes.")
    async with serve() as api:
        body = {"messages": [{"role": "user", "content": "Hello"}], "stream": False}
        answer = await api.data("POST", "/chat/completions", body)
        assert (answer["answer"], answer["session_id"]) == ("Yes.", "")
        assert "chat_id" not in answer
        assert model.calls[0]["messages"] == [{"role": "user", "content": "Hello"}]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"messages": "x"}, 101),
        ({"messages": ["x"]}, 101),
        ({"messages": [{"role": "assistant", "content": "x"}]}, 102),
        ({}, 101),
    ],
)
async def test_refused_messages(body: Any, code: int) -> None:
    """Messages without a question are refused."""
    async with serve() as api:
        assert await api.code("POST", "/chat/completions", body) == code


async def test_the_environment_chooses_the_writer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an endpoint passages are quoted; the key of one stays out of sight."""
    monkeypatch.delenv("RAGFLOW_LOCAL_LLM_URL", raising=False)
    assert isinstance(writing.writer_from_environment(), writing.Quoter)
    monkeypatch.setenv("RAGFLOW_LOCAL_LLM_URL", "http://model.test")
    monkeypatch.setenv("RAGFLOW_LOCAL_LLM_API_KEY", "secret")
    monkeypatch.delenv("RAGFLOW_LOCAL_LLM_MODEL", raising=False)
    model = writing.writer_from_environment()
    assert isinstance(model, writing.Model)
    assert model.name == "default"
    assert "secret" not in repr(model)
