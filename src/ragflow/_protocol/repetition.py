"""Frames that say again what the frame before said, but for their text."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from json.decoder import scanstring  # type: ignore[attr-defined]

__all__ = ["Repetition", "pieces_between"]

KEY = b'"answer"'
ANSWER = re.compile(rb'"answer": ?"([^"\\]*(?:\\.[^"\\]*)*)"')


class Repetition:
    """Reads the text of a frame that differs from an earlier one in its text alone.

    Attributes:
        pattern: What stands before and after the text; nothing while no frame is known.

    All frames of an answer repeat its ids and more, and up to v0.23 the whole text so far.
    Comparing bytes finds that out at a fraction of what reading them as JSON costs.
    """

    def __init__(self) -> None:
        self.pattern = (b"", b"")
        self._known = b""
        self._text = ""

    def learn(self, payload: bytes, text: str) -> None:
        """Takes a frame, and its text, as the one that later ones are compared with."""
        self.pattern = (b"", b"")
        found = ANSWER.search(payload) if payload.count(KEY) == 1 else None
        if found is not None:
            self.pattern = payload[: found.start(1)], payload[found.end(1) :]
            self._known, self._text = payload[: found.end(1)], text

    def piece_of(self, payload: bytes) -> str | None:
        """The text of a frame that stands by itself and holds no part of a citation."""
        head, tail = self.pattern
        begin, end = len(head), len(payload) - len(tail)
        if begin <= end and payload.startswith(head) and payload.endswith(tail):
            text = _string(payload[begin:end])
            return None if text is None or "$" in text else text
        return None

    def text_of(self, payload: bytes) -> str | None:
        """The text of a frame, or ``None`` where it has to be read as JSON."""
        head, tail = self.pattern
        if not tail or not payload.endswith(tail):
            return None
        before, known = self._text, self._known
        if not payload.startswith(known):
            before, known = "", head
            if not payload.startswith(known):
                return None
        end = len(payload) - len(tail)
        raw = payload[len(known) : end]
        # What begins with an escape may be the other half of the character before.
        is_whole = len(known) <= end and not (before and raw.startswith(b"\\u"))
        new = _string(raw) if is_whole else None
        if new is None:
            return None
        self._known, self._text = payload[:end], before + new
        return self._text


def pieces_between(raw: Sequence[bytes]) -> list[str] | None:
    """The texts that some bytes between quotes are, if all are simple: see ``piece_of``."""
    inside = b'","'.join(raw)
    if b"$" in inside or b"\\u0024" in inside or inside.count(b'"') != 2 * (len(raw) - 1):
        return None if raw else []
    try:
        texts: list[str] = json.loads('["' + inside.decode() + '"]')
    except ValueError:
        return None
    return texts if len(texts) == len(raw) else None


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
