"""The decoder of server-sent events."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ragflow._protocol.sse import EventDecoder

TEXTS = st.text(
    st.one_of(
        st.sampled_from("\u2028\u2029\u0085\x0b\x0c\x1c😀äß中 :\t"),
        st.characters(blacklist_characters="\r\n", blacklist_categories=("Cs",)),
    ),
    max_size=12,
)
NOISE = st.sampled_from(["", ": heartbeat", "event: message", "id: 7", "retry: 10", "nonsense"])


def decoded(stream: bytes, cuts: list[int]) -> list[bytes]:
    """The payloads of a stream that arrives in the given pieces."""
    decoder, payloads, begin = EventDecoder(), [], 0
    for cut in [*sorted(cuts), len(stream)]:
        payloads += decoder.feed(stream[begin:cut])
        begin = max(begin, cut)
    return [*payloads, *decoder.end()]


@given(
    st.lists(st.tuples(st.lists(TEXTS, min_size=1, max_size=3), NOISE, st.booleans())),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
    st.data(),
)
def test_any_split_gives_the_same_payloads(
    events: list[tuple[list[str], str, bool]], newline: str, closed: bool, data: st.DataObject
) -> None:
    """Whatever a text holds and however the network cuts it, the payloads are those sent."""
    lines = []
    for texts, noise, spaced in events:
        lines += [noise] if noise else []
        lines += ["data:" + " " * spaced + text for text in texts]
        lines.append("")
    stream = newline.join([*lines, ""] if closed else lines[:-1]).encode()
    expected = [
        "\n".join(text if spaced else text.removeprefix(" ") for text in texts).encode()
        for texts, _, spaced in events
    ]
    cuts = data.draw(st.lists(st.integers(0, len(stream)), max_size=8))
    assert decoded(stream, cuts) == expected
    assert decoded(stream, list(range(len(stream)))) == expected


def test_nothing_is_decoded() -> None:
    """Bytes that are no text pass through."""
    assert list(EventDecoder().feed(b"data:\xff\xfe\n\n")) == [b"\xff\xfe"]


def test_blank_lines_and_comments_are_no_events() -> None:
    """Only data makes an event."""
    decoder = EventDecoder()
    assert list(decoder.feed(b"\n\n: hello\n\nevent: x\n\ndatabase: 1\n\n")) == []
    assert list(decoder.end()) == []


def test_large_frames_in_small_pieces() -> None:
    """A frame of megabytes is put together from any number of pieces."""
    decoder, payload = EventDecoder(), b"x" * 3_000_000
    pieces = [b"data:", *(payload[i : i + 1000] for i in range(0, len(payload), 1000)), b"\n\n"]
    assert [got for piece in pieces for got in decoder.feed(piece)] == [payload]


@given(st.lists(st.binary(max_size=4), min_size=1, max_size=5), st.booleans(), st.data())
def test_events_that_are_alike(middles: list[bytes], spaced: bool, data: st.DataObject) -> None:
    """Events taken apart in one go are those that are found one by one, however they come."""
    begin = b"data: <" if spaced else b"data:<"
    stream = b"".join(begin + middle + b">\n\n" for middle in middles) + b"data: x\n\n"
    cuts = data.draw(st.lists(st.integers(0, len(stream)), max_size=4))
    expected = decoded(stream, cuts)
    decoder, found, position = EventDecoder(), list[bytes](), 0
    for cut in [*sorted(cuts), len(stream)]:
        chunk, position = stream[position:cut], max(position, cut)
        alike = decoder.alike(chunk, b"<", b">")
        assert alike.together().endswith(chunk)
        if all(set(middle).isdisjoint(b"\n\r") for middle in alike.middles):
            found += [b"<" + middle + b">" for middle in alike.middles]
            found += decoder.feed(alike.rest)
        else:
            found += decoder.feed(alike.together())
    assert [*found, *decoder.end()] == expected


def test_what_is_not_taken_apart() -> None:
    """In the middle of an event, with other line ends, and where others come first."""
    for before, chunk in [
        (b"data:<a>\n", b"data:<b>\n\n"),
        (b"", b"data:<a>\r\n\r\n"),
        (b"", b"data:a\n\ndata:<b>\n\ndata:<c>\n\n"),
    ]:
        decoder = EventDecoder()
        decoder.feed(before)
        assert decoder.alike(chunk, b"<", b">") == ([], b"", b"", chunk)
    decoder = EventDecoder()
    decoder.feed(b"data:")
    decoder.feed(b"<a")
    assert decoder.alike(b">\n\n", b"<", b">").middles == []
    assert decoder.feed(b">\n\n") == [b"<a>"]
