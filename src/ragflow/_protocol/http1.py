"""HTTP/1.1 as bytes: h11 writes requests and reads heads, the bodies of answers are cut here.

h11 makes events of a body, one for each of its chunks, and a streamed answer is a thousand chunks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Protocol

import h11

__all__ = ["Body", "ChunkedBody", "Exchange", "OpenBody", "SizedBody"]

LONGEST_HEAD = 100 << 10
LONGEST_LINE = 4 << 10
MOST_SIZES = 256
# What stands between two chunks: the end of the one, then the size of the other.
BETWEEN = re.compile(rb"\r\n([0-9A-Fa-f]{1,15})(?:;[^\r\n]*|[ \t]*)\r\n")
BETWEEN_BEGUN = re.compile(rb"(?:\r(?:\n(?:[0-9A-Fa-f]{1,15}(?:;[^\r\n]*|[ \t]*)\r?)?)?)?")
# Fields after the last chunk, and the blank line that ends them.
NAME = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
TRAILERS = re.compile(rb"(?:%b:[^\r\n]*\r\n)*\r\n" % NAME)
TRAILERS_BEGUN = re.compile(rb"(?:%b:[^\r\n]*\r\n)*(?:\r|%b(?::[^\r\n]*\r?)?)?" % (NAME, NAME))

Headers = Iterable[tuple[bytes, bytes]]


class Body(Protocol):
    """What becomes of the bytes that follow a head.

    Attributes:
        ended: Whether the body is whole.
        clean: Whether nothing followed it.
    """

    ended: bool
    clean: bool

    def feed(self, data: bytes) -> bytes:
        """Takes the next bytes off the wire and gives what of them is body; none are its end.

        Raises:
            ValueError: That cannot be.
        """
        ...


class SizedBody:
    """A body whose length is known."""

    def __init__(self, size: int) -> None:
        self.ended = size == 0
        self.clean = True
        self._left = size

    def feed(self, data: bytes) -> bytes:
        """Takes bytes up to the length."""
        if not data and self._left:
            raise ValueError(f"the answer ended {self._left} bytes before its end")
        piece = data[: self._left]
        self._left -= len(piece)
        self.ended = not self._left
        self.clean = len(piece) == len(data)
        return piece


class OpenBody:
    """A body that ends where the connection does."""

    ended = False
    clean = False

    def feed(self, data: bytes) -> bytes:
        """Takes all bytes."""
        self.ended = not data
        return data


class ChunkedBody:
    """A body in chunks, each after its size; what stands beside the sizes is passed over."""

    def __init__(self) -> None:
        self.ended = False
        self.clean = True
        self._left = 0
        self._pending = b"\r\n"  # as if a chunk had ended before the first
        self._is_last = False
        self._sizes: dict[bytes, int] = {}  # as they were spelled: most come again

    def feed(self, data: bytes) -> bytes:
        """Takes what is inside of chunks."""
        if not data:
            raise ValueError("the answer ended in the middle of a chunk or between two")
        at, left = 0, self._left
        if left:
            if left >= len(data):
                self._left = left - len(data)
                return data
            pieces = [data[:left]]
            at = left
        else:
            pieces = []
            data, self._pending = self._pending + data, b""
        sizes, end = self._sizes, len(data)
        while not self._is_last:
            begin = data.find(b"\r\n", at + 2) + 2
            size = sizes.get(data[at:begin]) if begin > 1 else None
            if size is None:
                found = BETWEEN.match(data, at) if begin > 1 else None
                if found is None:
                    self._left, self._pending = 0, _begun(data[at:])
                    return b"".join(pieces)
                begin, size = found.end(), int(found[1], 16)
                if len(sizes) < MOST_SIZES:
                    sizes[found[0]] = size
            at = begin + size
            if at > end:
                self._left = at - end
                pieces.append(data[begin:])
                return b"".join(pieces)
            pieces.append(data[begin:at])
            self._is_last = not size
        self._finish(data[at:])
        return b"".join(pieces)

    def _finish(self, rest: bytes) -> None:
        """Passes over the fields after the last chunk."""
        self._left = 0
        found = TRAILERS.match(rest)
        if found is not None:
            self.ended, self.clean = True, found.end() == len(rest)
        elif len(rest) > LONGEST_LINE or not TRAILERS_BEGUN.fullmatch(rest):
            raise ValueError(f"no end after the last chunk: {rest[:40]!r}")
        else:
            self._pending = rest


def _begun(rest: bytes) -> bytes:
    if rest == b"\r\n":  # as after most pieces
        return rest
    if len(rest) > LONGEST_LINE or not BETWEEN_BEGUN.fullmatch(rest):
        raise ValueError(f"no size of a chunk: {rest[:40]!r}")
    return rest


class _Size:
    """Bytes of which h11 has to know nothing but how many they are."""

    def __init__(self, size: int) -> None:
        self._size = size

    def __len__(self) -> int:
        return self._size


class Exchange:
    """One request and its answer.

    Attributes:
        status: The answer's status, once its head is there.
        headers: Its headers.
        body: Its body.
    """

    def __init__(self, method: bytes, target: bytes, headers: Headers) -> None:
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []
        self.body: Body = SizedBody(0)
        self._h11 = h11.Connection(h11.CLIENT, max_incomplete_event_size=LONGEST_HEAD)
        self._request = h11.Request(method=method, target=target, headers=list(headers))

    def head(self) -> bytes:
        """The request up to its body."""
        return self._h11.send(self._request) or b""

    def data(self, piece: bytes) -> bytes:
        """A piece of its body on the wire.

        Raises:
            h11.LocalProtocolError: That is more than was announced.
        """
        return self._h11.send(h11.Data(data=piece)) or b""

    def around(self, size: int) -> bytes:
        """The request up to its body, of which so many bytes are sent as they are, and no more.

        Raises:
            h11.LocalProtocolError: Another number was announced.
        """
        head = self.head()
        self._h11.send_with_data_passthrough(h11.Data(data=_Size(size)))  # type: ignore[arg-type]
        self.end()
        return head

    def end(self) -> bytes:
        """The end of the request.

        Raises:
            h11.LocalProtocolError: There was less than was announced.
        """
        return self._h11.send(h11.EndOfMessage()) or b""

    def feed(self, data: bytes) -> bytes | None:
        """Takes the next bytes until the answer's head is there, and gives what came of its body.

        Raises:
            h11.RemoteProtocolError: That is no head, or no head will come any more.
            ValueError: The body is none.
        """
        if not data:
            raise h11.RemoteProtocolError("the server hung up without an answer")
        self._h11.receive_data(data)
        event = self._h11.next_event()
        while not isinstance(event, h11.Response):
            if event is h11.NEED_DATA:
                return None
            event = self._h11.next_event()  # that before was an interim answer
        self.status, self.headers = event.status_code, event.headers.raw_items()
        self.body = self._body_of({name.lower(): value for name, value in self.headers})
        rest = self._h11.trailing_data[0]
        return self.body.feed(rest) if rest else b""

    @property
    def is_over(self) -> bool:
        """Whether all is said on both sides and the connection may carry another exchange."""
        return self.body.ended and self.body.clean and self._h11.our_state is h11.DONE

    def _body_of(self, headers: dict[bytes, bytes]) -> Body:
        if self._request.method == b"HEAD" or self.status in (204, 304):
            return SizedBody(0)
        if b"transfer-encoding" in headers:  # h11 knows of no other than "chunked"
            return ChunkedBody()
        length = headers.get(b"content-length")
        return OpenBody() if length is None else SizedBody(int(length))
