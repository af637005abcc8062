"""HTTP/1.1 as bytes."""

from __future__ import annotations

import h11
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ragflow._protocol.http1 import Body, ChunkedBody, Exchange, OpenBody, SizedBody

HEADERS = [(b"Host", b"x.test"), (b"Content-Length", b"5")]
ODDITIES = st.sampled_from([b"", b" ", b";a=b", b'; name="value" ', b"\t"])
PIECES = st.lists(
    st.tuples(st.binary(min_size=1, max_size=40), ODDITIES, st.booleans()), max_size=6
)


def chunked(pieces: list[tuple[bytes, bytes, bool]], trailers: bytes = b"") -> bytes:
    """A body in chunks; each may spell its size with zeros before it and something behind."""
    sizes = [b"%05X" % len(data) if zeros else b"%x" % len(data) for data, _, zeros in pieces]
    chunks = [
        size + oddity + b"\r\n" + data + b"\r\n"
        for size, (data, oddity, _) in zip(sizes, pieces, strict=True)
    ]
    return b"".join(chunks) + b"0\r\n" + trailers + b"\r\n"


def fed(body: Body, wire: bytes, cuts: list[int]) -> bytes:
    """What a body makes of bytes that come in pieces."""
    found, begin = b"", 0
    for cut in [*sorted(cuts), len(wire)]:
        if begin < cut:
            found += body.feed(wire[begin:cut])
            begin = cut
    return found


@given(PIECES, st.sampled_from([b"", b"X: y\r\n", b"X: y\r\nZ: \r\n"]), st.data())
def test_chunks_cut_anywhere(
    pieces: list[tuple[bytes, bytes, bool]], trailers: bytes, data: st.DataObject
) -> None:
    """Whatever the chunks and however the network cuts them, the body is what is in them."""
    wire = chunked(pieces, trailers)
    expected = b"".join(piece for piece, _, _ in pieces)
    cuts = data.draw(st.lists(st.integers(0, len(wire)), max_size=8))
    for places in (cuts, list(range(len(wire)))):
        body = ChunkedBody()
        assert fed(body, wire, places) == expected
        assert (body.ended, body.clean) == (True, True)


@given(st.lists(st.sampled_from([b"\r\n", b"\n", b"5", b"0", b"a", b"hello", b";", b" ", b"-1"])))
@example([b"0", b"\r\n", b"\r\n", b"5"])
@example([b"5", b" ", b";", b"\r\n"])
def test_nothing_is_taken_that_h11_refuses(parts: list[bytes]) -> None:
    """Of bytes that may be chunks or not, no more is a body than h11 says."""
    wire = b"".join(parts)
    body = ChunkedBody()
    try:
        found = body.feed(wire) if wire else b""
    except ValueError:
        return
    reader = h11.Connection(h11.CLIENT)
    reader.send(h11.Request(method="GET", target="/", headers=[("Host", "x")]))
    reader.send(h11.EndOfMessage())
    reader.receive_data(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + wire)
    theirs, ended = b"", False
    while (event := reader.next_event()) is not h11.NEED_DATA and event is not h11.PAUSED:
        if isinstance(event, h11.Data):
            theirs += bytes(event.data)
        if isinstance(event, h11.EndOfMessage):
            ended = True
            break
    assert (found, body.ended) == (theirs, ended)


@pytest.mark.parametrize(
    "wire",
    [
        b"x\r\n",
        b"-1\r\n",
        b"0x5\r\n",
        b"1_0\r\n",
        b"5\n",
        b"5 ;\r\n",
        b"3\r\nabcd\r\n",
        b"3\r\nabc\n",
        b"\r\n\r\n",
    ],
)
def test_no_chunks(wire: bytes) -> None:
    """What is no size, or no chunk of its size, is refused."""
    with pytest.raises(ValueError, match="no size"):
        ChunkedBody().feed(wire)


@pytest.mark.parametrize("wire", [b"1;" + b"x" * 5000, b"0\r\n" + b"x" * 5000])
def test_lines_without_end(wire: bytes) -> None:
    """What stands beside the chunks is not gathered for ever."""
    with pytest.raises(ValueError, match=r"no (size|end)"):
        ChunkedBody().feed(wire)


@pytest.mark.parametrize("wire", [b"", b"3", b"3\r\nab", b"3\r\nabc", b"3\r\nabc\r\n", b"0\r\n"])
def test_chunks_that_break_off(wire: bytes) -> None:
    """A connection that ends before the last chunk has broken the body."""
    body = ChunkedBody()
    fed(body, wire, [])
    with pytest.raises(ValueError, match="ended"):
        body.feed(b"")


def test_many_sizes() -> None:
    """However many sizes chunks have, each is read."""
    pieces = [(bytes(size), b"", False) for size in range(1, 400)]
    assert fed(ChunkedBody(), chunked(pieces), []) == bytes(sum(range(400)))


@pytest.mark.parametrize(
    ("body", "wire", "found"),
    [
        (SizedBody(3), b"abcd", b"abc"),
        (ChunkedBody(), b"3\r\nabc\r\n0\r\n\r\nd", b"abc"),
        (SizedBody(0), b"d", b""),
    ],
)
def test_more_than_a_body(body: Body, wire: bytes, found: bytes) -> None:
    """What follows a body is no part of it, and shows."""
    assert body.feed(wire) == found
    assert (body.ended, body.clean) == (True, False)


def test_body_of_a_length() -> None:
    """A body of a known length is whole when that is reached, and broken when it is not."""
    body = SizedBody(5)
    assert (body.feed(b"abc"), body.ended) == (b"abc", False)
    with pytest.raises(ValueError, match="2 bytes before"):
        body.feed(b"")
    assert (body.feed(b"de"), body.ended, body.clean) == (b"de", True, True)


def test_body_until_the_end() -> None:
    """Without a length the body ends where the connection does."""
    body = OpenBody()
    assert (body.feed(b"abc"), body.ended) == (b"abc", False)
    assert (body.feed(b""), body.ended, body.clean) == (b"", True, False)


def asked(method: bytes = b"POST") -> Exchange:
    """An exchange whose request is sent."""
    exchange = Exchange(method, b"/x", HEADERS)
    assert exchange.head() == method + b" /x HTTP/1.1\r\nHost: x.test\r\nContent-Length: 5\r\n\r\n"
    assert exchange.data(b"hello") == b"hello"
    assert exchange.end() == b""
    return exchange


def test_a_body_that_is_sent_as_it_is() -> None:
    """A request whose body needs nothing but to be sent is over with that, and another follows."""
    exchange = Exchange(b"POST", b"/x", HEADERS)
    assert exchange.around(5) == b"POST /x HTTP/1.1\r\nHost: x.test\r\nContent-Length: 5\r\n\r\n"
    exchange.feed(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    assert exchange.is_over


@pytest.mark.parametrize("size", [4, 6])
def test_a_body_of_another_size(size: int) -> None:
    """What was announced is what must be sent."""
    with pytest.raises(h11.LocalProtocolError):
        Exchange(b"POST", b"/x", HEADERS).around(size)


def test_answer_in_pieces() -> None:
    """A head that is cut anywhere is put together; what came of the body is given with it."""
    exchange = asked()
    assert exchange.feed(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 ") is None
    assert exchange.feed(b"OK\r\nContent-Length: 4\r\nX-A: b\r\n\r\nab") == b"ab"
    assert exchange.status == 200
    assert (b"X-A", b"b") in exchange.headers
    assert not exchange.is_over
    assert exchange.body.feed(b"cd") == b"cd"
    assert exchange.is_over


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", ChunkedBody),
        (b"HTTP/1.1 200 OK\r\n\r\n", OpenBody),
        (b"HTTP/1.1 204 OK\r\n\r\n", SizedBody),
        (b"HTTP/1.1 304 OK\r\nContent-Length: 4\r\n\r\n", SizedBody),
    ],
)
def test_kinds_of_bodies(head: bytes, kind: type) -> None:
    """The head says how the body ends."""
    exchange = asked()
    assert exchange.feed(head) == b""
    assert type(exchange.body) is kind
    assert exchange.body.ended is (kind is SizedBody)


def test_no_body_to_a_look() -> None:
    """An answer to HEAD has the headers of a body, and none."""
    exchange = asked(b"HEAD")
    assert exchange.feed(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n") == b""
    assert exchange.is_over


@pytest.mark.parametrize("version", [b"1.0", b"1.1"])
def test_last_answer_of_a_connection(version: bytes) -> None:
    """A server that says farewell, or does not know of more than one exchange, gets no other."""
    exchange = asked()
    close = b"Connection: close\r\n" if version == b"1.1" else b""
    exchange.feed(b"HTTP/" + version + b" 200 OK\r\nContent-Length: 0\r\n" + close + b"\r\n")
    assert exchange.body.ended
    assert not exchange.is_over


def test_answer_before_the_end_of_the_request() -> None:
    """A connection on which a request was left unfinished carries no other."""
    exchange = Exchange(b"POST", b"/", HEADERS)
    exchange.head()
    exchange.feed(b"HTTP/1.1 413 No\r\nContent-Length: 0\r\n\r\n")
    assert (exchange.status, exchange.is_over) == (413, False)


@pytest.mark.parametrize(
    "wire", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\n" + b"x" * 200_000]
)
def test_no_answer(wire: bytes) -> None:
    """A farewell, something else than HTTP, and a head without end are no answers."""
    with pytest.raises(h11.RemoteProtocolError):
        asked().feed(wire)


def test_answer_that_breaks_its_own_rules() -> None:
    """A body that comes with its head, and is none, is refused with it."""
    with pytest.raises(ValueError, match="no size"):
        asked().feed(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n")


@pytest.mark.parametrize("body", [b"hell", b"hello!"])
def test_request_of_another_length(body: bytes) -> None:
    """A body that is shorter or longer than announced is an error of ours."""
    exchange = Exchange(b"POST", b"/", HEADERS)
    exchange.head()
    with pytest.raises(h11.LocalProtocolError):
        exchange.data(body) + exchange.end()


@pytest.mark.parametrize("value", [b"a\r\nX: y", b"a\x00"])
def test_headers_cannot_smuggle(value: bytes) -> None:
    """A value cannot begin a header of its own."""
    with pytest.raises(h11.LocalProtocolError):
        Exchange(b"GET", b"/", [(b"Host", b"x"), (b"X", value)])
