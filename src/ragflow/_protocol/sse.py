"""Server-sent events: bytes in, cut anywhere, payloads out."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Alike", "EventDecoder"]


class Alike(NamedTuple):
    """Events that differ only in the middle, and the rest of the chunk that they came in."""

    middles: list[bytes]
    begin: bytes
    end: bytes
    rest: bytes

    def together(self) -> bytes:
        """The whole chunk again."""
        events = [self.begin + middle + self.end for middle in self.middles]
        return b"".join([*events, self.rest])


class EventDecoder:
    r"""Cuts a byte stream into the ``data`` of its events.

    Lines end at ``\n`` alone, an ``\r`` before it is dropped: an answer may hold U+2028 or U+0085,
    which are line ends to ``str.splitlines`` but text to the server. Nothing is decoded here, so a
    character cut in two by the network does no harm.
    """

    def __init__(self) -> None:
        self._pending: list[bytes] = []
        self._data: list[bytes] = []

    def feed(self, chunk: bytes) -> list[bytes]:
        """Takes the next bytes and gives the payload of each event that is now complete."""
        if b"\n" not in chunk:
            self._pending.append(chunk)
            return []
        if self._pending:
            chunk = b"".join((*self._pending, chunk))
        *lines, tail = chunk.split(b"\n")
        self._pending = [tail] if tail else []
        if self._data or any(lines[1::2]) or b"\r" in chunk:
            return self._events(lines)
        # A blank line after each line, as servers write them.
        last = lines.pop() if len(lines) % 2 else None
        payloads = [
            line[6 if line.startswith(b"data: ") else 5 :]
            for line in lines[::2]
            if line.startswith(b"data:")
        ]
        if last is not None:
            self._events([last])
        return payloads

    def alike(self, chunk: bytes, head: bytes, tail: bytes) -> Alike:
        """Takes apart the events that a chunk begins with, if they begin and end alike.

        All in one go, which is a fraction of what looking at each takes. What is left is for
        :meth:`feed`; so are all, if one turns out to hold another between its ends.
        """
        if self._data or len(self._pending) > 1 or b"\r" in chunk:
            return Alike([], b"", b"", chunk)
        if self._pending:
            chunk = self._pending.pop() + chunk
        begin = (b"data: " if chunk.startswith(b"data: ") else b"data:") + head
        if not chunk.startswith(begin):
            return Alike([], b"", b"", chunk)
        end = tail + b"\n\n"
        *middles, last = chunk[len(begin) :].split(end + begin)
        return Alike(middles, begin, end, begin + last)

    def _events(self, lines: list[bytes]) -> list[bytes]:
        payloads, data = [], self._data
        for line in lines:
            if line.startswith(b"data:"):
                end = -1 if line.endswith(b"\r") else None
                data.append(line[6 if line.startswith(b"data: ") else 5 : end])
            elif data and line in (b"", b"\r"):
                payloads.append(data[0] if len(data) == 1 else b"\n".join(data))
                data.clear()
        return payloads

    def end(self) -> list[bytes]:
        """The payload of a last event whose closing blank line never came."""
        return self.feed(b"\n\n")
