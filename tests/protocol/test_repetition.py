"""Frames that repeat the one before are read like all others, only faster."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragflow._protocol.repetition import Repetition, pieces_between

FIRST = b'data:{"answer": "one", "id": "7"}'


def frame(text: str, *, ascii: bool = False) -> bytes:
    """A frame as servers write it."""
    return json.dumps({"answer": text, "id": "7"}, ensure_ascii=ascii).encode()


@given(st.lists(st.text(), min_size=2, max_size=6), st.booleans())
def test_what_is_told_is_what_json_says(parts: list[str], ascii: bool) -> None:
    """Whatever the texts of frames are, they are told right or not at all."""
    repetition = Repetition()
    text = parts[0]
    repetition.learn(frame(text, ascii=ascii), text)
    for part in parts[1:]:
        text += part
        told = repetition.text_of(frame(text, ascii=ascii))
        assert told in (None, text)


def test_part_of_a_citation_in_disguise() -> None:
    """A dollar sign is one however it is spelled."""
    repetition = Repetition()
    repetition.learn(frame(""), "")
    assert repetition.piece_of(frame("##0@@").replace(b"@", b"\\u0024")) is None


def learned() -> Repetition:
    """One that knows the first frame."""
    repetition = Repetition()
    repetition.learn(FIRST, "one")
    return repetition


def test_a_frame_that_goes_on() -> None:
    """The text so far, and more of it."""
    assert learned().text_of(FIRST.replace(b"one", b"one two")) == "one two"


def test_a_frame_with_another_text() -> None:
    """A text that does not go on is told as well."""
    assert learned().text_of(FIRST.replace(b"one", b"two \\n")) == "two \n"


@pytest.mark.parametrize(
    "payload",
    [
        FIRST.replace(b"7", b"8"),
        FIRST.replace(b"data", b"else"),
        FIRST.replace(b"one", b"one \xff"),
        FIRST.replace(b"one", b"one\\ude00"),
        FIRST.replace(b"one", b'one", "x": "\\q'),
        FIRST[:20],
    ],
    ids=["tail", "head", "no UTF-8", "half a character", "another key", "cut"],
)
def test_frames_that_have_to_be_read(payload: bytes) -> None:
    """What differs in more than its text, or cannot be told, is left to the JSON reader."""
    assert learned().text_of(payload) is None


@pytest.mark.parametrize(
    "payload",
    [b'{"answer": "a", "answer": "b"}', b'{"answer": 5}', b"[]"],
    ids=["twice", "no text", "none"],
)
def test_frames_that_cannot_be_compared_with(payload: bytes) -> None:
    """A frame without one text is no pattern for others."""
    repetition = learned()
    repetition.learn(payload, "")
    assert repetition.text_of(payload) is None
    assert repetition.text_of(FIRST) is None


@given(st.text(), st.booleans())
def test_pieces_are_what_json_says(text: str, ascii: bool) -> None:
    """A text that stands by itself is told right, or left to others where it may be a citation."""
    repetition = Repetition()
    repetition.learn(frame("", ascii=ascii), "")
    told = repetition.piece_of(frame(text, ascii=ascii))
    assert told == (None if "$" in text else text)


@pytest.mark.parametrize(
    "payload",
    [
        FIRST.replace(b"7", b"8"),
        FIRST.replace(b"data", b"else"),
        FIRST.replace(b"one", b"one \xff"),
        FIRST.replace(b"one", b'one", "x": "\\q'),
        FIRST.replace(b'one"', b'"'),
        FIRST[:20],
    ],
    ids=["tail", "head", "no UTF-8", "another key", "overlap", "cut"],
)
def test_pieces_that_have_to_be_read(payload: bytes) -> None:
    """What differs in more than its text, or cannot be told, is no piece."""
    assert learned().piece_of(payload) in (None, "")
    assert learned().piece_of(payload[:-6]) is None


@given(st.lists(st.text(), max_size=5), st.booleans())
def test_many_pieces_are_what_json_says(texts: list[str], ascii: bool) -> None:
    """Pieces that are read together are those that are read one by one, or are not read."""
    raw = [json.dumps(text, ensure_ascii=ascii)[1:-1].encode() for text in texts]
    told = pieces_between(raw)
    assert told in (None, texts)
    if not any(sign in text for text in texts for sign in '$"\\'):
        assert told == texts


@given(st.lists(st.text(st.sampled_from('",\\n\n$u0024a[]')).map(str.encode), max_size=5))
def test_pieces_do_not_run_into_each_other(raw: list[bytes]) -> None:
    """Whatever stands between the quotes, each text is that of its own piece."""
    told = pieces_between(raw)
    if told is not None:
        assert told == [json.loads(b'"' + piece + b'"') for piece in raw]
        assert not any("$" in text for text in told)


@pytest.mark.parametrize("raw", [[b"a\\"], [b"a\\", b"b"], [b"\xff"], [b'a","b'], [b"$"], [b"\n"]])
def test_pieces_that_are_not_simple(raw: list[bytes]) -> None:
    """One that is no text by itself, or may be part of a citation, leaves all to others."""
    assert pieces_between(raw) is None
