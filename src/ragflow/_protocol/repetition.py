"""Frames that say again what the frame before said, but for their text."""

from __future__ import annotations

import re
from json.decoder import scanstring  # type: ignore[attr-defined]

__all__ = ["Repetition"]

KEY = b'"answer"'
ANSWER = re.compile(rb'"answer": ?"([^"\\]*(?:\\.[^"\\]*)*)"')


class Repetition:
    """Reads the text of a frame that differs from an earlier one in its text alone.

    All frames of an answer repeat its ids and more, and up to v0.23 the whole text so far.
    Comparing bytes finds that out at a fraction of what reading them as JSON costs.
    """

    def __init__(self) -> None:
        self._head = self._known = self._tail = b""
        self._text = ""

    def learn(self, payload: bytes, text: str) -> None:
        """Takes a frame, and its text, as the one that later ones are compared with."""
        self._tail = b""
        if payload.count(KEY) != 1:
            return
        found = ANSWER.search(payload)
        if found is not None:
            self._head, self._tail = payload[: found.start(1)], payload[found.end(1) :]
            self._known, self._text = payload[: found.end(1)], text

    def piece_of(self, payload: bytes) -> str | None:
        """The text of a frame that stands by itself and holds no part of a citation."""
        begin, end = len(self._head), len(payload) - len(self._tail)
        if begin <= end and payload.startswith(self._head) and payload.endswith(self._tail):
            text = _string(payload[begin:end])
            return None if text is None or "$" in text else text
        return None

    def text_of(self, payload: bytes) -> str | None:
        """The text of a frame, or ``None`` where it has to be read as JSON."""
        if not self._tail or not payload.endswith(self._tail):
            return None
        before, known = self._text, self._known
        if not payload.startswith(known):
            before, known = "", self._head
            if not payload.startswith(known):
                return None
        end = len(payload) - len(self._tail)
        raw = payload[len(known) : end]
        # What begins with an escape may be the other half of the character before.
        is_whole = len(known) <= end and not (before and raw.startswith(b"\\u"))
        new = _string(raw) if is_whole else None
        if new is None:
            return None
        self._known, self._text = payload[:end], before + new
        return self._text


def _string(raw: bytes) -> str | None:
    """What some bytes between the quotes of a JSON string mean, if they are the whole of it."""
    try:
        if b"\\" not in raw and b'"' not in raw:
            return raw.decode("utf-8", "surrogatepass")
        quoted = raw.decode("utf-8", "surrogatepass") + '"'
        text, end = scanstring(quoted, 0)
    except ValueError:
        return None
    return text if end == len(quoted) else None
