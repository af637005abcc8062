"""Requests about sessions, and what servers store of a conversation."""

from __future__ import annotations

from typing import Any

import pytest

from ragflow._protocol import sessions
from ragflow._protocol.dialects import dialect_for
from ragflow._protocol.paging import PageCall
from ragflow._protocol.requests import Pace
from ragflow.errors import InvalidArgumentError
from ragflow.models import Message, SessionData
from ragflow.models._convert import structure

from .recorded import Recording, assert_nothing_lost, successes
from .sent import body, line

OLD, NEW = dialect_for("0.22.1"), dialect_for("0.27.0")


def test_create() -> None:
    """A session has a name."""
    request = sessions.create("c", "s")
    assert (line(request), body(request)) == ("POST /chats/c/sessions", {"name": "s"})
    assert not request.idempotent
    for name in ("", " ", None):
        with pytest.raises(InvalidArgumentError, match="name"):
            sessions.create("c", name)  # type: ignore[arg-type]


def test_list_update_delete() -> None:
    """Their routes; an unknown session is an empty list, so no code says "not there"."""
    listed = sessions.list_page("c", PageCall(1, 30), id="s")
    assert (line(listed), listed.missing) == ("GET /chats/c/sessions", frozenset())
    assert line(sessions.update(OLD, "c", "s", {"name": "n"})) == "PUT /chats/c/sessions/s"
    assert line(sessions.update(NEW, "c", "s", {"name": "n"})) == "PATCH /chats/c/sessions/s"
    deleted = sessions.delete("c", ["s"])
    assert (line(deleted), body(deleted)) == ("DELETE /chats/c/sessions", {"ids": ["s"]})


@pytest.mark.parametrize(
    ("dialect", "route", "names_chat"),
    [(OLD, "POST /chats/c/completions", False), (NEW, "POST /chat/completions", True)],
)
def test_ask(dialect: Any, route: str, names_chat: bool) -> None:
    """A question is streamed, and sent once."""
    request = sessions.ask(dialect, "c", "s", "q?", options={"quote": False})
    assert line(request) == route
    assert (request.pace, request.idempotent) == (Pace.STREAM, False)
    expected = {"question": "q?", "session_id": "s", "stream": True, "quote": False}
    assert body(request) == expected | ({"chat_id": "c"} if names_chat else {})


def test_ask_with_the_whole_conversation() -> None:
    """Some servers take what they are sent for all that was said."""
    said = [Message(role="assistant", content="Hi"), Message(role="user", content="q")]
    request = sessions.ask(dialect_for("0.25.4"), "c", "s", "q?", history=said)
    assert line(request) == "POST /chat/completions"
    assert body(request) == {
        "chat_id": "c",
        "session_id": "s",
        "stream": True,
        "messages": [
            {"role": "assistant", "content": "Hi"},
            {"role": "user", "content": "q"},
            {"role": "user", "content": "q?"},
        ],
    }


@pytest.mark.parametrize("question", [None, 5, ["q"], b"q"])
def test_question_is_a_text(question: object) -> None:
    """Anything else is refused."""
    with pytest.raises(InvalidArgumentError, match="question"):
        sessions.ask(NEW, "c", "s", question)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "make",
    [
        lambda: sessions.create("", "s"),
        lambda: sessions.ask(OLD, "", "s", "q"),
        lambda: sessions.update(NEW, "c", "", {}),
        lambda: sessions.delete("../x", ["s"]),
    ],
)
def test_bad_ids_are_refused(make: Any) -> None:
    """An id that would change the route is not sent."""
    with pytest.raises(InvalidArgumentError):
        make()


def said(role: str, content: str | None = "x", **more: object) -> dict[str, object]:
    """A stored message."""
    return {"role": role, "content": content, **more}


def chunks(*ids: str) -> list[dict[str, str]]:
    """Cited chunks."""
    return [{"id": id} for id in ids]


def read(data: object) -> SessionData:
    """A session as the client gives it."""
    return structure(sessions.from_wire(data), SessionData)


def cited(session: SessionData) -> list[list[str]]:
    """The ids of what each message cites."""
    return [[chunk.id for chunk in message.reference] for message in session.messages]


def test_references_beside_the_messages() -> None:
    """From v0.25 on there is an entry for each question, also for one without an answer."""
    session = read(
        {
            "messages": [
                said("assistant"),
                said("user"),
                said("assistant"),
                said("user"),
                said("user"),
                said("assistant"),
                said("user"),
                said("assistant"),
            ],
            "reference": [
                {"chunks": chunks("a"), "total": 1},
                {"chunks": chunks("unanswered")},
                {"chunks": chunks("b", "c"), "doc_aggs": []},
            ],
        }
    )
    assert cited(session) == [[], [], ["a"], [], [], ["b", "c"], [], []]
    assert session.extra["reference"][0]["total"] == 1  # type: ignore[index]


def test_references_inside_the_messages() -> None:
    """Up to v0.24 the opener has an empty entry of its own."""
    session = read(
        {
            "messages": [
                said("assistant", reference=[]),
                said("user"),
                said("assistant", reference=chunks("a")),
                said("user"),
                said("assistant", reference={"chunks": chunks("b"), "total": 1}),
            ]
        }
    )
    assert cited(session) == [[], [], ["a"], [], ["b"]]
    assert session.messages[4].extra == {"total": 1}


def test_references_one_message_early() -> None:
    """A session that a question opened up to v0.24 lacks the opener's entry."""
    session = read(
        {
            "messages": [
                said("assistant", reference=chunks("a")),
                said("user"),
                said("assistant", reference=chunks("b")),
                said("user"),
                said("assistant"),
            ]
        }
    )
    assert cited(session) == [[], [], ["a"], [], ["b"]]


@pytest.mark.parametrize(
    "messages",
    [[], [said("user", reference=chunks("a"))], [said("user"), said("assistant", reference=[])]],
)
def test_conversations_without_an_opener(messages: list[object]) -> None:
    """Nothing is moved where there is no opener."""
    session = read({"messages": messages})
    assert [len(ids) for ids in cited(session)] == [
        len(message.get("reference", []))  # type: ignore[attr-defined]
        for message in messages
    ]


def test_stored_thinking() -> None:
    """The reasoning of a stored answer is parted from it; a user's words are left alone."""
    text = "<think>hm</think>yes"
    session = read({"messages": [said("assistant", text), said("user", text)]})
    answer, question = session.messages
    assert (answer.thinking, answer.content) == ("hm", "yes")
    assert (question.thinking, question.content) == ("", text)


def test_odd_sessions() -> None:
    """Null openers, junk among messages, and what is no session."""
    session = read({"chat": "c", "messages": [said("assistant", None), 5, "text", None]})
    assert session.chat_id == "c"
    assert [message.content for message in session.messages] == ["", "", "text", ""]
    assert session.messages[1].extra == {"content": 5}
    assert read({"messages": None}).messages == []
    assert read({"messages": "x"}).extra == {"messages": "x"}
    assert sessions.from_wire(7) == 7


RECORDED = [
    item
    for item in [
        *successes("POST", "/sessions"),
        *successes("GET", ""),
        *successes("PATCH", ""),
        *successes("PUT", ""),
    ]
    if "/sessions" in item.path and item.json.get("data")
]


@pytest.mark.parametrize("recording", RECORDED, ids=str)
def test_recorded_sessions(recording: Recording) -> None:
    """Sessions lose no field, and each answer has what it cites."""
    data = recording.reply().data
    for wire in data if isinstance(data, list) else [data]:
        assert isinstance(wire, dict)
        session = read(wire)
        assert_nothing_lost(wire, session)
        assert session.messages[0].reference == []
        if "reference" in wire:
            counts = [len(entry["chunks"]) for entry in wire["reference"]]
            assert sum(map(len, cited(session))) == sum(counts)
