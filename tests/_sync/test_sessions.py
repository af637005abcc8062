# Generated from tests/_async/test_sessions.py by tools/generate_sync.py. Do not edit.
"""Sessions: conversations with a chat."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ragflow import (
    Chat,
    Document,
    InvalidArgumentError,
    InvalidRequestError,
    Message,
    NotFoundError,
    PermissionDeniedError,
    RAGFlow,
    Reference,
    Session,
)
from scripted import Script, in_pages, stored, streamed

Connect = Callable[..., RAGFlow]
Unique = Callable[[str], str]
UNKNOWN = "f48fb254e6db11f1aeb502fc00000001"
QUESTION = "What is the capital of Japan?"


@pytest.fixture
def chat(client: RAGFlow, parsed: Document, unique: Unique) -> Chat:
    """A chat of the embedded server, over a document about capitals."""
    return client.create_chat(unique("chat"), knowledgebases=[parsed.dataset_id])


def test_create(chat: Chat) -> None:
    """A session has a name, knows its chat, and begins with the chat's first words."""
    plain, named = chat.create_session(), chat.create_session(name="Talk")
    assert (plain.name, named.name) == ("New session", "Talk")
    assert plain.chat_id == named.chat_id == chat.id
    assert plain.messages == [Message(role="assistant", content=chat.get_prologue())]
    for name in ("", "  ", 5):
        with pytest.raises(InvalidArgumentError):
            chat.create_session(name)


def test_list(chat: Chat) -> None:
    """Sessions are listed in pages and orders, and found by id and name."""
    names = ["a", "b", "c"]
    made = [chat.create_session(name) for name in names]

    def shown(**arguments: Any) -> list[str]:
        return [session.name for session in chat.list_sessions(**arguments)]

    assert sorted(shown()) == names
    assert len(shown(page=2, page_size=2)) == 1
    assert shown(id=made[1].id) == shown(name="b") == ["b"]
    assert shown(id=UNKNOWN) == shown(name="none") == []
    made[0].update({"name": "a2"})
    assert shown(order_by="update_time")[0] == "a2"
    assert shown(orderby="update_time", desc=False)[-1] == "a2"
    assert [session.name for session in chat.iter_sessions(name="c")] == ["c"]
    assert chat.get_session(made[2].id).name == "c"
    with pytest.raises(NotFoundError, match=UNKNOWN):
        chat.get_session(UNKNOWN)


def test_unknown_chat(client: RAGFlow) -> None:
    """Sessions of a chat that is not there are the server's error."""
    chat = client.bind(Chat(id=UNKNOWN))
    for call in (chat.create_session, chat.list_sessions):
        with pytest.raises((InvalidRequestError, PermissionDeniedError)) as refusal:
            call()
        assert refusal.value.path == f"/chats/{UNKNOWN}/sessions"


def test_many(connect: Connect) -> None:
    """More than a page of sessions is fetched in parts."""

    def answer(request: Any) -> Any:
        return {"code": 0, "data": in_pages(None, rows)(request)["data"]}

    rows = [{"id": str(n), "chat_id": "1", "messages": []} for n in range(205)]
    chat = connect(script := Script(answer)).bind(Chat(id="1"))
    assert len(chat.list_sessions()) == 205
    assert [query["page"] for query in script.queries] == ["1", "2", "3"]


def test_update(chat: Chat) -> None:
    """A session can be renamed; what cannot be changed is the server's error."""
    session = chat.create_session("old")
    session.update([{"name": "new"}])
    assert session.name == chat.get_session(session.id).name == "new"
    for message in ({"name": ""}, {"messages": []}):
        with pytest.raises(InvalidRequestError) as refusal:
            session.update(message)
        assert refusal.value.code == 102
    with pytest.raises(InvalidArgumentError):
        session.update({})


def test_delete(chat: Chat) -> None:
    """Sessions are deleted by id or as objects, or all of one chat."""
    first, second, *others = [chat.create_session() for _ in range(4)]
    chat.delete_sessions(ids=[first, second.id])
    assert {s.id for s in chat.list_sessions()} == {s.id for s in others}
    with pytest.raises(InvalidRequestError):
        chat.delete_sessions(UNKNOWN)
    assert chat.delete_all_sessions() == 2
    assert chat.list_sessions() == []


def test_delete_all_in_batches(connect: Connect) -> None:
    """All sessions are listed first and then deleted by id, a hundred at a time."""
    ids = [str(n) for n in range(150)]
    batches: list[list[str]] = []
    chat = connect(Script(stored("sessions", ids, batches))).bind(Chat(id="1"))
    assert chat.delete_all_sessions() == 150
    assert batches == [ids[:100], ids[100:]]


def test_ask(chat: Chat, parsed: Document) -> None:
    """An answer cites chunks, by numbers that point at the right ones."""
    session = chat.create_session()
    message = session.ask(QUESTION)
    assert (message.role, message.final, message.error) == ("assistant", True, None)
    assert "Tokyo" in message.content
    assert "[ID:0]" in message.content
    assert isinstance(message.reference[0], Reference)
    assert message.reference[0].content == "Tokyo is the capital of Japan."
    assert message.reference[0].document_id == parsed.id
    assert message.reference[0].knowledgebase_id == parsed.dataset_id
    assert (message.id != "", message.session_id) == (True, session.id)


@pytest.mark.parametrize("stream", [True, False])
def test_conversation_is_kept(chat: Chat, stream: bool) -> None:
    """The server keeps questions and answers; each answer stands with what it cites."""
    session = chat.create_session()
    answers = []
    for question in (QUESTION, "What is the capital of France?"):
        if stream:
            with session.ask(question, True) as messages:
                for message in messages:
                    answer = message
        else:
            answer = session.ask(question)
        answers.append(answer)
    stored = chat.get_session(session.id)
    roles = ["assistant", "user", "assistant", "user", "assistant"]
    assert [message.role for message in stored.messages] == roles
    assert stored.messages[1].content == QUESTION
    for answer, kept in zip(answers, stored.messages[2::2], strict=True):
        assert (kept.content, kept.id) == (answer.content, answer.id)
        assert [r.id for r in kept.reference] == [r.id for r in answer.reference]


def test_nothing_found(client: RAGFlow, chat: Chat) -> None:
    """Where nothing fits, the chat's own words for that are the answer."""
    chat.update({"prompt": {"empty_response": "I know nothing."}})
    message = (chat.create_session()).ask("zzzzqqqq wwwwvvvv")
    assert (message.content, message.reference) == ("I know nothing.", [])


def test_streamed_answer_grows(chat: Chat) -> None:
    """Each message holds the text so far, its delta what is new; the last one cites."""
    session = chat.create_session()
    messages = [message for message in session.ask(QUESTION, stream=True)]
    assert [message.final for message in messages] == [False] * (len(messages) - 1) + [True]
    assert messages[-1].content == "".join(message.delta for message in messages)
    assert messages[-1].reference[0].content == "Tokyo is the capital of Japan."


def test_ask_refused(client: RAGFlow, chat: Chat) -> None:
    """An unknown session is the server's error, streamed or not; a question is a text."""
    session = client.bind(Session(id=UNKNOWN, chat_id=chat.id))
    with pytest.raises(InvalidRequestError) as refusal:
        session.ask(QUESTION)
    assert refusal.value.code == 102
    with pytest.raises(InvalidRequestError):
        for _ in session.ask(QUESTION, stream=True):
            pass
    with pytest.raises(InvalidArgumentError):
        session.ask(5)


def test_options(connect: Connect) -> None:
    """Further fields of the request go out as they are."""
    answer, _ = streamed({"answer": "a", "reference": {}}, True)
    script = Script(answer)
    session = connect(script, "0.22.1").bind(Session(id="s", chat_id="c"))
    session.ask("q", options={"quote": False, "doc_ids": "x"})
    assert script.bodies == [
        {"question": "q", "session_id": "s", "stream": True, "quote": False, "doc_ids": "x"}
    ]
