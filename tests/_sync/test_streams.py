# Generated from tests/_async/test_streams.py by tools/generate_sync.py. Do not edit.
"""Streamed answers: read to the end, left early, broken off, refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from ragflow import (
    InvalidRequestError,
    Message,
    ProtocolError,
    RAGFlow,
    RequestTimeoutError,
    ServerError,
    Session,
    StreamInterruptedError,
)
from scripted import Pieces, Script, streamed

Connect = Callable[..., RAGFlow]
CITED = {"chunks": [{"id": "c", "content": "Tokyo", "document_name": "a.txt"}], "total": 1}
EARLY: dict[str, Any] = {"chunks": []}

# The same answer as the two generations stream it.
WHOLE_EACH_TIME = [
    {"answer": "Tokyo is", "reference": EARLY, "id": "m", "session_id": "s"},
    {"answer": "Tokyo is it.", "reference": EARLY, "id": "m", "session_id": "s"},
    {"answer": "Tokyo [ID:0] is it.", "reference": CITED, "id": "m", "session_id": "s"},
    True,
]
PIECE_BY_PIECE = [
    {"answer": "Tokyo ", "reference": EARLY, "final": False, "id": "m", "session_id": "s"},
    {"answer": "[ID:0] is it.", "reference": EARLY, "final": False},
    {"answer": "", "reference": CITED, "final": True, "id": "m", "session_id": "s"},
    True,
]
GENERATIONS = pytest.mark.parametrize(
    ("version", "frames"), [("0.22.1", WHOLE_EACH_TIME), ("0.27.0", PIECE_BY_PIECE)]
)


def session_of(client: RAGFlow) -> Session:
    """A session on a scripted server."""
    return client.bind(Session(id="s", chat_id="c"))


@GENERATIONS
def test_messages_grow(connect: Connect, version: str, frames: list[Any]) -> None:
    """Whatever the server sends, each message holds the whole text so far."""
    answer, body = streamed(*frames)
    stream = session_of(connect(Script(answer), version)).ask("q", stream=True)
    messages = [message for message in stream]
    assert messages[0].content.startswith("Tokyo")
    assert messages[0].delta == messages[0].content
    last = messages[-1]
    assert (last.content, last.final) == ("Tokyo [ID:0] is it.", True)
    assert (last.id, last.session_id) == ("m", "s")
    assert [(r.content, r.document_name) for r in last.reference] == [("Tokyo", "a.txt")]
    assert body.closed
    assert [message for message in stream] == []


@GENERATIONS
def test_one_message(connect: Connect, version: str, frames: list[Any]) -> None:
    """Without `stream` the same answer comes as one message."""
    answer, body = streamed(*frames)
    message = session_of(connect(Script(answer), version)).ask("q")
    assert isinstance(message, Message)
    assert (message.content, len(message.reference)) == ("Tokyo [ID:0] is it.", 1)
    assert body.closed


def test_rewritten_text(connect: Connect) -> None:
    """Where a server rewrites what it said, the delta is what follows the common beginning."""
    answer, _ = streamed(*WHOLE_EACH_TIME)
    session = session_of(connect(Script(answer), "0.22.1"))
    deltas = [message.delta for message in session.ask("q", stream=True)]
    assert deltas == ["Tokyo is", " it.", "[ID:0] is it.", ""]


def test_thinking(connect: Connect) -> None:
    """Reasoning stands beside the answer, however the server marks it."""
    old, _ = streamed(
        {"answer": "<think>Hm</think>", "reference": {}},
        {"answer": "<think>Hm, Japan</think>", "reference": {}},
        {"answer": "<think>Hm, Japan</think>Tokyo.", "reference": {}},
        True,
    )
    new, _ = streamed(
        {"answer": "", "start_to_think": True, "final": False},
        {"answer": "Hm, ", "final": False},
        {"answer": "Japan", "final": False},
        {"answer": "", "end_to_think": True, "final": False},
        {"answer": "Tokyo.", "final": False},
        {"answer": "", "final": True, "reference": {}},
        True,
    )
    for answer, version in ((old, "0.22.1"), (new, "0.27.0")):
        stream = session_of(connect(Script(answer), version)).ask("q", stream=True)
        messages = [message for message in stream]
        assert (messages[-1].thinking, messages[-1].content) == ("Hm, Japan", "Tokyo.")
        assert messages[1].content == ""
        assert messages[1].thinking.startswith("Hm")


def test_left_early(connect: Connect) -> None:
    """A stream that is left in the middle is closed, and the rest is not read."""
    answer, body = streamed(*PIECE_BY_PIECE)
    stream = session_of(connect(Script(answer))).ask("q", stream=True)
    with stream:
        for message in stream:
            assert message.content == "Tokyo "
            break
    assert (body.closed, body.given) == (True, 1)
    assert [message for message in stream] == []


def test_closed_before_it_began(connect: Connect) -> None:
    """A stream that is closed before its first message sends nothing."""
    script = Script(streamed(True)[0])
    stream = session_of(connect(script)).ask("q", stream=True)
    stream.close()
    stream.close()
    assert [message for message in stream] == []
    assert script.sent == []


def test_opened_at_once(connect: Connect) -> None:
    """As a context manager the stream is opened on entry, and only once."""
    script = Script(streamed(*PIECE_BY_PIECE)[0])
    with session_of(connect(script)).ask("q", stream=True) as stream:
        assert len(script.sent) == 1
        with stream:
            assert len(script.sent) == 1
        assert [message for message in stream] == []


def test_refused(connect: Connect) -> None:
    """A refusal comes as an error at the first message, or on entry."""
    script = Script({"code": 102, "message": "Session not found!"})
    session = session_of(connect(script))
    with pytest.raises(InvalidRequestError, match="Session not found"):
        for _ in session.ask("q", stream=True):
            pass
    with pytest.raises(InvalidRequestError):
        with session.ask("q", stream=True):
            pass
    with pytest.raises(InvalidRequestError):
        session.ask("q")


def test_a_plain_answer_instead_of_a_stream(connect: Connect) -> None:
    """An answer in one piece is a stream of one message."""
    script = Script({"answer": "<think>Hm</think>Tokyo.", "reference": CITED, "id": "m"})
    session = session_of(connect(script))
    (message,) = [message for message in session.ask("q", stream=True)]
    assert (message.content, message.thinking, message.final) == ("Tokyo.", "Hm", True)
    assert (message.delta, message.id, len(message.reference)) == ("Tokyo.", "m", 1)
    assert session.ask("q") == message


def test_error_frame(connect: Connect) -> None:
    """A frame that says the server failed is an error with the server's code and words."""
    failed = {"code": 500, "message": "no model", "data": {"answer": "**ERROR**: no model"}}
    answer, body = streamed(PIECE_BY_PIECE[0], failed, True)
    stream = session_of(connect(Script(answer))).ask("q", stream=True)
    assert next(stream).content == "Tokyo "
    with pytest.raises(ServerError, match="no model") as failure:
        next(stream)
    assert (failure.value.code, failure.value.status) == (500, 200)
    assert body.closed


def test_provider_error(connect: Connect) -> None:
    """What a model's provider complains of comes as an answer, and is told apart from one."""
    answer, _ = streamed({"answer": "\n**ERROR**: quota", "reference": {}}, True)
    message = session_of(connect(Script(answer), "0.22.1")).ask("q")
    assert message.error == "quota"


@pytest.mark.parametrize(
    "then", [None, httpx.ReadError("gone"), httpx.ReadTimeout("silent")], ids=lambda e: str(e)
)
def test_broken_off(connect: Connect, then: Exception | None) -> None:
    """A stream that ends before its end is an error that carries what had come."""
    for streaming in (True, False):
        answer, body = streamed(*PIECE_BY_PIECE[:2], then=then)
        session = session_of(connect(Script(answer)))
        stream = session.ask("q", stream=True)
        if streaming:
            seen = [next(stream).content for _ in range(2)]
            assert seen == ["Tokyo ", "Tokyo [ID:0] is it."]
        with pytest.raises(StreamInterruptedError) as broken:
            (next(stream) if streaming else session.ask("q"))
        assert broken.value.partial.content == "Tokyo [ID:0] is it."
        assert broken.value.partial.final is False
        assert body.closed


def test_silent_from_the_start(connect: Connect) -> None:
    """A server that does not even begin to answer is a time-out; nothing was interrupted."""
    client = connect(Script(httpx.ReadTimeout("silent")), max_retries=0)
    with pytest.raises(RequestTimeoutError):
        session_of(client).ask("q")


def test_empty_answer(connect: Connect) -> None:
    """A stream of nothing but its end is an empty answer."""
    for streaming in (True, False):
        session = session_of(connect(Script(streamed(True)[0])))
        if streaming:
            (message,) = [message for message in session.ask("q", stream=True)]
        else:
            message = session.ask("q")
        assert (message.content, message.final) == ("", True)


def test_no_frames_of_ours(connect: Connect) -> None:
    """A stream of something else is no answer."""
    headers = {"content-type": "text/event-stream"}
    for text in (b"data: hello\n\n", b'data: {"code": 0, "data": 5}\n\n'):
        body = Pieces(text)
        answer = httpx.Response(200, headers=headers, stream=body)
        with pytest.raises(ProtocolError):
            session_of(connect(Script(answer))).ask("q")
        assert body.closed


def test_cut_anywhere(connect: Connect) -> None:
    """How the bytes are cut into pieces makes no difference, not even inside a character."""
    text = 'data:{"code": 0, "data": {"answer": "Grüße 東京", "final": false}}\n\n'
    text += (
        'data:{"code": 0, "data": {"answer": "", "final": true}}\n\ndata:{"code":0,"data":true}\n\n'
    )
    pieces = [bytes([byte]) for byte in text.encode()]
    headers = {"content-type": "text/event-stream; charset=utf-8, text/event-stream"}
    answer = httpx.Response(200, headers=headers, stream=Pieces(*pieces))
    stream = session_of(connect(Script(answer))).ask("q", stream=True)
    assert [message.content for message in stream] == ["Grüße 東京"] * 2


def test_what_came_before_a_failure(connect: Connect) -> None:
    """What arrives together with a failure is given before it."""
    pieces = list(streamed(*PIECE_BY_PIECE[:2], {"code": 500, "message": "no model"})[1])
    headers = {"content-type": "text/event-stream"}
    answer = httpx.Response(200, headers=headers, stream=Pieces(b"".join(pieces)))
    stream = session_of(connect(Script(answer))).ask("q", stream=True)
    texts = [next(stream).content for _ in range(2)]
    assert texts == ["Tokyo ", "Tokyo [ID:0] is it."]
    with pytest.raises(ServerError, match="no model"):
        next(stream)
