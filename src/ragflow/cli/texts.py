"""Texts made fit to be shown: excerpts with their matches, citations, sizes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ragflow.models import Reference

__all__ = ["Excerpt", "cited", "count", "excerpt", "printable", "size"]

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_MARK = re.compile(r"</?em>")
_CITATION = re.compile(r"\[ID:(\d+)\]")


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A piece of a passage.

    Attributes:
        text: The piece, on one line.
        matches: Where the words of the question are in it, as pairs of start and end.
    """

    text: str
    matches: Sequence[tuple[int, int]] = ()


def printable(text: str) -> str:
    """The text without what could move the cursor, change colours or turn the writing around."""
    return _CONTROL.sub("�", text)


def excerpt(marked: str, length: int = 220) -> Excerpt:
    """The part of a passage with the most matches.

    Args:
        marked: The passage, with its matches between ``<em>`` and ``</em>``.
        length: Letters to show at most.
    """
    text, matches = _unmark(" ".join(printable(marked).split()))
    if len(text) <= length:
        return Excerpt(text, matches)
    starts = [0, *(_word_start(text, start) for start, _ in matches)]
    begin = max(starts, key=lambda start: _inside(matches, start, start + length))
    end = begin + length
    end = max(text.rfind(" ", begin + length // 2, end), begin + length // 2) if (
        end < len(text) and " " in text[begin + length // 2 : end]
    ) else min(end, len(text))
    before, after = "… " if begin else "", " …" if end < len(text) else ""
    shift = len(before) - begin
    shown = [(start + shift, stop + shift) for start, stop in matches if begin <= start < stop <= end]
    return Excerpt(f"{before}{text[begin:end]}{after}", shown)
