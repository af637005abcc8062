"""Answers of every generation become the same messages."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragflow._protocol import answers
from ragflow._protocol.answers import Answer, message_of
from ragflow._protocol.frames import cited, split_thinking
from ragflow._protocol.repetition import Repetition
from ragflow._protocol.requests import Request
from ragflow.errors import (
    AuthenticationError,
    ProtocolError,
    ServerError,
    StreamInterruptedError,
)
from ragflow.models import Message, Reference

from .recorded import Recording, recordings

END = {"code": 0, "data": True}
TEXT = st.text(max_size=40).filter(lambda text: "<" not in text)
CHUNK = {"id": "c1", "content": "passage", "document_name": "a.txt", "similarity": 0.5}
REFERENCE = {"total": 1, "chunks": [CHUNK], "doc_aggs": [{"doc_name": "a.txt", "count": 1}]}


def frame(answer: str | None, **more: object) -> dict[str, Any]:
    """A frame of an answer."""
    return {"code": 0, "message": "", "data": {"answer": answer, "reference": {}, **more}}


def wire(frames: Iterable[object]) -> bytes:
    """Frames as servers write them."""
    return b"".join(
        b"data:" + json.dumps(item, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n\n"
        for item in frames
    )


def read(stream: bytes, cuts: Iterable[int] = ()) -> list[Message]:
    """All messages of a stream that arrives in pieces."""
    answer, messages, begin = Answer(), [], 0
    for cut in [*sorted(cuts), len(stream)]:
        messages += answer.feed(stream[begin:cut])
        begin = max(begin, cut)
    return [*messages, *answer.finish()]


def pieces(data: st.DataObject, text: str) -> list[str]:
    """A text cut at random places."""
    marks = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=5)))
    return [text[a:b] for a, b in zip([0, *marks], [*marks, len(text)], strict=True)]


def anywhere(data: st.DataObject, stream: bytes) -> list[int]:
    """Random places at which the network cuts a stream."""
    return data.draw(st.lists(st.integers(0, len(stream)), max_size=6))


@given(TEXT, TEXT, st.booleans(), st.data())
def test_cumulative_answers(text: str, thinking: str, has_last: bool, data: st.DataObject) -> None:
    """Up to v0.23: each frame is the whole text so far, reasoning inside marks that are closed."""
    so_far, frames = "", []
    for piece in pieces(data, thinking):
        so_far += piece
        frames.append(frame(f"<think>{so_far}</think>", id="m1"))
    head, so_far = f"<think>{thinking}</think>", ""
    for piece in pieces(data, text):
        so_far += piece
        frames.append(frame(head + so_far, id="m1"))
    if has_last:
        frames.append(frame(head + text, reference=REFERENCE, prompt="p"))
    stream = wire([*frames, END])
    messages = read(stream, anywhere(data, stream))
    last = messages[-1]
    assert (last.content, last.thinking, last.final, last.id) == (text, thinking, True, "m1")
    assert "".join(message.delta for message in messages) == text
    assert [message.final for message in messages[:-1]] == [False] * (len(messages) - 1)
    assert len(last.reference) == has_last


@given(TEXT, st.data())
def test_decorated_last_frame(text: str, data: st.DataObject) -> None:
    """Up to v0.23 the last frame may put citations into text that was already given."""
    parts = pieces(data, text)
    decorated = " [ID:0]".join(parts)
    frames = [frame("".join(parts[: n + 1])) for n in range(len(parts))]
    messages = read(wire([*frames, frame(decorated, reference=REFERENCE), END]))
    assert messages[-1].content == decorated
    shown = messages[-3].content if len(messages) > 2 else ""
    kept = decorated[: len(decorated) - len(messages[-2].delta)]
    assert shown.startswith(kept)
    assert kept + messages[-2].delta == decorated


PARTS = st.text(st.sampled_from('ab "\\\n$#0<think>/\u2028é😀'), max_size=8)


@given(st.lists(PARTS, max_size=12), st.booleans(), st.data())
def test_shortcuts_change_nothing(parts: list[str], is_ascii: bool, data: st.DataObject) -> None:
    """Frames that are compared and not read as JSON give the same messages, one by one."""
    frames: list[object] = [frame(part, final=False, id="m", chat_id="c") for part in parts]
    turns = [
        frame("", start_to_think=True, final=False),
        frame("", end_to_think=True, final=False),
        frame("x", final=False, reference=REFERENCE),
    ]
    for turn in data.draw(st.lists(st.sampled_from(turns), max_size=2)):
        frames.insert(data.draw(st.integers(0, len(frames))), turn)
    items = [*frames, frame("", final=True, reference=REFERENCE), END]
    stream = b"".join(
        b"data:" + json.dumps(item, ensure_ascii=is_ascii).encode() + b"\n\n" for item in items
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Repetition, "learn", lambda *_: None)
        expected = read(stream)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(answers, "FEW", data.draw(st.sampled_from([0, answers.FEW])))
        found = read(stream, anywhere(data, stream))
    late = read(stream)
    for messages in (found, late[::-1]):  # looked at from the first on, or from the last
        told = [(message, message.delta, message.to_dict(), message.final) for message in messages]
        plain = [(message, message.delta, message.to_dict(), message.final) for message in expected]
        assert told == (plain if messages is found else plain[::-1])


@given(TEXT, TEXT, st.sampled_from(["empty", "full", "none"]), st.data())
def test_delta_answers(text: str, thinking: str, ending: str, data: st.DataObject) -> None:
    """From v0.24 on: frames hold what is new, reasoning stands between frames that mark it."""
    frames = [frame("", start_to_think=True, final=False)]
    frames += [frame(piece, final=False) for piece in pieces(data, thinking)]
    frames.append(frame("", end_to_think=True, final=False))
    frames += [frame(piece, final=False, chat_id="c") for piece in pieces(data, text)]
    if ending != "none":
        whole = text if ending == "full" else ""
        frames.append(frame(whole, final=True, reference=REFERENCE, created_at=1.5, prompt="p"))
    stream = wire([*frames, END])
    messages = read(stream, anywhere(data, stream))
    last = messages[-1]
    assert (last.content, last.thinking, last.final) == (text, thinking, True)
    assert "".join(message.delta for message in messages) == text
    assert last.extra["chat_id"] == "c"
    if ending != "none":
        assert (last.created_at, last.prompt) == (1.5, "p")
        assert last.extra["doc_aggs"] == REFERENCE["doc_aggs"]
        assert last.reference == [
            Reference(id="c1", content="passage", document_name="a.txt", similarity=0.5)
        ]


@pytest.mark.parametrize(
    ("before", "after", "delta"),
    [
        ("It is so.", "It is so [ID:0].", " [ID:0]."),
        ("It is so.", "It", ""),
        ("", "new", "new"),
        ("old", "new", "new"),
    ],
)
def test_delta_of_rewritten_text(before: str, after: str, delta: str) -> None:
    """It is what follows the common beginning."""
    messages = read(wire([frame(before), frame(after), END]))
    assert [message.delta for message in messages] == [before, delta, ""]


@given(TEXT, TEXT, st.data())
def test_whole_texts_of_newer_servers(text: str, thinking: str, data: st.DataObject) -> None:
    """Asked for it, newer servers give whole texts again, though they mark what is not the end."""
    request = Request.json("POST", "/chat/completions", {"question": "q", "legacy": True})
    inside = f"<think>{thinking}</think>"
    parts = pieces(data, text)
    texts = [inside + "".join(parts[: n + 1]) for n in range(len(parts))]
    frames = [frame(whole, final=False) for whole in texts]
    answer = Answer(request)
    seen = list(answer.feed(wire([*frames, frame(inside + text, final=True), END])))
    assert (seen[-1].content, seen[-1].thinking) == (text, thinking)
    assert "".join(message.delta for message in seen) == text


def test_final_text_with_its_thinking() -> None:
    """A whole last frame that repeats the reasoning does not double it."""
    frames = [
        frame("hm", start_to_think=True, final=False),
        frame("", end_to_think=True, final=False),
        frame("yes", final=False),
        frame("<think>hm</think>yes", final=True),
    ]
    last = read(wire([*frames, END]))[-1]
    assert (last.thinking, last.content) == ("hm", "yes")


@given(TEXT, st.booleans(), st.data())
def test_cut_streams_carry_what_arrived(text: str, is_delta: bool, data: st.DataObject) -> None:
    """A stream that ends anywhere before its terminator raises, with the text up to there."""
    parts = pieces(data, text)
    if is_delta:
        frames = [frame(piece, final=False) for piece in parts]
    else:
        frames = [frame("".join(parts[: n + 1])) for n in range(len(parts))]
    stream, whole = wire(frames), wire([*frames, END]).rstrip()
    cut = data.draw(st.integers(0, len(whole) - 1))
    answer = Answer()
    messages = list(answer.feed(whole[:cut]))
    with pytest.raises(StreamInterruptedError) as caught:
        messages.extend(answer.finish())
    partial = caught.value.partial
    assert partial.content == "".join(message.delta for message in messages)
    assert text.startswith(partial.content)
    assert not partial.final
    assert not answer.ended
    if cut >= len(stream):
        assert partial.content == text


def test_stream_without_an_answer() -> None:
    """An empty answer is nothing but the terminator."""
    assert read(wire([END])) == [Message(content="")]
    assert read(wire([END]))[0].final


def test_terminator_without_its_blank_line() -> None:
    """The answer is complete although the last line end is missing."""
    assert read(wire([frame("a"), END]).rstrip())[-1].content == "a"
    marked = read(wire([frame("a", final=False), frame("", final=True), END]).rstrip())
    assert [message.final for message in marked] == [False, True]


def test_openai_terminator_and_noise_after_the_end() -> None:
    """What comes after the end is no part of the answer."""
    messages = read(wire([frame("a")]) + b"data: [DONE]\n\ndata: junk\n\n" + wire([frame("b")]))
    assert [message.content for message in messages] == ["a", "a"]


@pytest.mark.parametrize("reference", [{}, [], None, {"chunks": []}, {"chunks": None}, "junk"])
def test_frames_without_citations_keep_those_before(reference: object) -> None:
    """Nothing cited in a later frame does not take back what was."""
    messages = read(wire([frame("a", reference=REFERENCE), frame("ab", reference=reference), END]))
    assert len(messages[-1].reference) == 1


@pytest.mark.parametrize(
    ("reference", "chunks", "beside"),
    [
        (REFERENCE, [CHUNK], {"total": 1, "doc_aggs": REFERENCE["doc_aggs"]}),
        ([CHUNK], [CHUNK], {}),
        ({"chunks": {"c1": CHUNK}}, [CHUNK], {}),
        ({"chunks": [None, CHUNK]}, [{}, CHUNK], {}),
        ({"chunks": 5, "total": 0}, [], {"total": 0}),
        ({}, [], {}),
        (None, [], {}),
        ("junk", [], {}),
    ],
)
def test_citations_in_any_shape(reference: object, chunks: object, beside: object) -> None:
    """A list, an object of chunks, and what stands beside them."""
    assert cited(reference) == (chunks, beside)


def test_raw_citations_of_old_servers() -> None:
    """v0.13 gives the index's own names."""
    raw = {"chunk_id": "c", "content_with_weight": "t", "docnm_kwd": "n", "doc_id": "d"}
    last = read(wire([frame("a", reference={"chunks": [raw]}), END]))[-1]
    assert last.reference == [Reference(id="c", content="t", document_name="n", document_id="d")]


def test_error_frame_names_its_request() -> None:
    """A failure inside a stream is an error with code, words, data and the question's path."""
    request = Request.json("POST", "/chats/c/completions", {})
    failure = {"code": 500, "message": "boom", "data": {"answer": "**ERROR**: boom"}}
    answer = Answer(request)
    with pytest.raises(ServerError) as caught:
        list(answer.feed(wire([frame("a"), failure, END])))
    error = caught.value
    assert (error.code, error.status, error.message) == (500, 200, "boom")
    assert (error.method, error.path, error.data) == (
        "POST",
        "/chats/c/completions",
        failure["data"],
    )
    assert answer.latest.content == "a"


@pytest.mark.parametrize(
    ("failure", "kind", "code", "message"),
    [
        ({"retcode": 100, "retmsg": "old"}, ServerError, 100, "old"),
        ({"code": 401, "message": "no"}, AuthenticationError, 401, "no"),
        ({"code": "x"}, ServerError, None, "the answer failed"),
    ],
)
def test_other_error_frames(
    failure: object, kind: type[Exception], code: int | None, message: str
) -> None:
    """Old names and odd values of a failure."""
    with pytest.raises(kind) as caught:
        read(wire([failure]))
    assert caught.value.code == code  # type: ignore[attr-defined]
    assert caught.value.message == message  # type: ignore[attr-defined]


@pytest.mark.parametrize("payload", [b"junk", b"[]", b"1", b"\xff", b'{"code":0}', b"{}"])
def test_frames_of_another_kind(payload: bytes) -> None:
    """A whole frame that is no answer is named as such."""
    with pytest.raises(ProtocolError, match="frame"):
        list(Answer().feed(b"data:" + payload + b"\n\n"))


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4)
NOISE = st.recursive(SCALARS, lambda x: st.lists(x, max_size=3) | st.dictionaries(st.text(), x))
FIELDS = ("answer", "reference", "id", "session_id", "created_at", "prompt", "final", "odd")


@given(st.dictionaries(st.sampled_from(FIELDS), NOISE))
def test_noise_in_any_field(data: dict[str, object]) -> None:
    """Odd values of a field do no harm, and fields without a name are kept."""
    last = read(wire([{"code": 0, "data": data}, END]))[-1]
    if "odd" in data:
        assert json.dumps(last.extra["odd"]) == json.dumps(data["odd"])
    assert isinstance(last.content, str)
    assert message_of(data).content == last.content or data.get("final") is not None


@pytest.mark.parametrize(
    ("text", "thinking", "answer"),
    [
        ("plain", "", "plain"),
        ("<think>a</think>b", "a", "b"),
        ("\n<think>a</think>\n\nb", "a", "\n\nb"),
        ("<think>a", "a", ""),
        ("the <think> mark", "", "the <think> mark"),
        ("<think>a</think>b <think>c</think>", "a", "b <think>c</think>"),
        ("a ##0$$ b ##12$$.", "", "a [ID:0] b [ID:12]."),
        ("## heading $$", "", "## heading $$"),
    ],
)
def test_split_thinking(text: str, thinking: str, answer: str) -> None:
    """Only a text that begins with the mark is reasoning; old citation marks become new ones."""
    assert split_thinking(text) == (thinking, answer)


def test_answer_in_one_piece() -> None:
    """An answer that was not streamed has all at once."""
    data = {
        "answer": "<think>t</think>hi",
        "reference": REFERENCE,
        "id": "m",
        "session_id": "s",
        "created_at": 2,
        "prompt": "p",
        "audio_binary": None,
        "final": False,
    }
    message = message_of(data)
    assert (message.content, message.delta, message.thinking) == ("hi", "hi", "t")
    assert (message.id, message.session_id, message.created_at) == ("m", "s", 2.0)
    assert message.final
    assert message.extra == {
        "total": 1,
        "doc_aggs": REFERENCE["doc_aggs"],
        "audio_binary": None,
    }


def test_stream_text_inside_json() -> None:
    """v0.15 to v0.19 give the text of a stream as the data of an envelope."""
    message = message_of("data:" + json.dumps(frame("hello", session_id="s"), ensure_ascii=False))
    assert (message.content, message.delta, message.session_id) == ("hello", "hello", "s")
    assert message.final


def test_no_answer_at_all() -> None:
    """Null is an empty answer; anything but an object or a text is none."""
    assert message_of(None) == Message()
    for data in (True, 5, [1]):
        with pytest.raises(ProtocolError, match="expected an answer"):
            message_of(data)


STREAMS = recordings(
    lambda item: item.is_stream and "chats_openai" not in item.path and "data:{" in str(item.body)
)


@pytest.mark.parametrize("recording", STREAMS, ids=str)
def test_recorded_streams(recording: Recording) -> None:
    """Recorded streams give the text that their frames add up to, and lose none of their fields."""
    frames = [json.loads(line[5:]) for line in recording.body.split(b"\n") if line[:5] == b"data:"]
    failed = next((item for item in frames if item["code"] != 0), None)
    if failed is not None:
        with pytest.raises(ServerError) as refusal:
            read(recording.body)
        assert (refusal.value.code, refusal.value.message) == (failed["code"], failed["message"])
        return
    if recording.is_cut:
        with pytest.raises(StreamInterruptedError):
            read(recording.body)
        return
    messages = read(recording.body)
    last = messages[-1]
    texts = [item["data"] for item in frames if item["data"] is not True]
    if recording.dialect.new_chat_schema:
        expected = "".join(item["answer"] for item in texts if item.get("final") is False)
        whole = [item["answer"] for item in texts if item.get("final") and item["answer"]]
        expected = whole[-1] if whole else expected
    else:
        expected = texts[-1]["answer"] if texts else ""
    assert last.content == expected
    assert last.final
    for item in texts:
        for key, value in item.items():
            assert key == "answer" or hasattr(last, key) or key in last.extra, key
            if key == "reference" and value and value["chunks"]:
                assert [chunk["id"] for chunk in value["chunks"]] == [
                    chunk.id for chunk in last.reference
                ]
                assert last.extra["doc_aggs"] == value["doc_aggs"]


WHOLE = recordings(
    lambda item: item.is_success and item.path.endswith("completions") and item.method == "POST"
)


@pytest.mark.parametrize("recording", WHOLE, ids=str)
def test_recorded_answers_in_one_piece(recording: Recording) -> None:
    """Answers that came as JSON keep their text and all fields beside it."""
    data = recording.json["data"]
    if isinstance(data, str):  # the text of a stream
        data = json.loads(data.removeprefix("data:"))["data"]
    message = message_of(recording.reply().data)
    assert message.content == data["answer"]
    assert message.id == (data.get("id") or "")
    assert [item.id for item in message.reference] == [
        chunk["id"] for chunk in (data["reference"] or {}).get("chunks", [])
    ]
    for key in data.keys() - {"answer"}:
        assert hasattr(message, key) or key in message.extra


def test_a_burst_of_like_frames() -> None:
    """Frames that come together and differ in their texts alone become a message each."""
    words = [f" word {number}" for number in range(60)]
    texts = ["Once upon a time", " there was", *words]
    frames = [wire([frame(text, final=False)]) for text in texts]
    answer = Answer()
    messages = [*answer.feed(frames[0]), *answer.feed(frames[1]), *answer.feed(frames[2])]
    messages += answer.feed(b"".join(frames[3:]))
    assert [message.delta for message in messages] == texts
    assert messages[-1].content == "".join(texts)
    assert messages[10].content == "".join(texts[:11])
