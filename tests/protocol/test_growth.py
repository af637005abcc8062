"""Texts that grow."""

from __future__ import annotations

import copy
import pickle

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from ragflow._protocol.growth import Growth
from ragflow.models import Message, Reference
from ragflow.models.messages import grown

BEFORE = Message(
    content="a",
    thinking="hm",
    reference=[Reference(id="c")],
    id="m",
    session_id="s",
    created_at=1.5,
    prompt="p",
    final=False,
    extra={"x": 1},
)


@given(st.lists(st.text(max_size=3)), st.data())
def test_looked_at_in_any_order(pieces: list[str], data: st.DataObject) -> None:
    """Any beginning of the text can be looked at at any time."""
    growth = Growth("begin")
    ends = [growth.add(piece) for piece in pieces]
    for end in data.draw(st.permutations(ends)):
        assert growth.until(end) == "begin" + "".join(pieces[: end - 1])
    assert growth.whole() == "begin" + "".join(pieces)


def test_grown_messages_are_messages() -> None:
    """A message that is put together late is like one that was made at once."""
    growth = Growth("a")
    message = grown(BEFORE, "b", growth, growth.add("b"))
    later = grown(BEFORE, "c", growth, growth.add("c"))
    expected = evolve(BEFORE, content="ab", delta="b")
    assert message == expected
    assert repr(message) == repr(expected)
    assert message.to_dict() == expected.to_dict()
    assert (message.delta, message.final) == ("b", False)
    assert (later.content, later.thinking) == ("abc", "hm")
    for copied in (
        copy.copy(grown(BEFORE, "b", growth, 2)),
        copy.deepcopy(grown(BEFORE, "b", growth, 2)),
        pickle.loads(pickle.dumps(grown(BEFORE, "b", growth, 2))),
        evolve(grown(BEFORE, "b", growth, 2)),
    ):
        assert copied.to_dict() == expected.to_dict()


def test_grown_messages_share_nothing_that_changes() -> None:
    """Each has unknown fields of its own."""
    growth = Growth("a")
    message = grown(BEFORE, "b", growth, growth.add("b"))
    message.extra["y"] = 2
    assert BEFORE.extra == {"x": 1}
    assert message.extra == {"x": 1, "y": 2}


def test_messages_have_no_other_fields() -> None:
    """A name that a message does not have is an error, as anywhere."""
    growth = Growth("a")
    assert not hasattr(grown(BEFORE, "", growth, 1), "contents")
    assert not hasattr(pickle.loads(pickle.dumps(BEFORE)), "contents")
