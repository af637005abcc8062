"""Texts made fit to be shown: excerpts with their matches, citations, sizes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ragflow.models import Reference

__all__ = ["Excerpt", "cited", "count", "excerpt", "one_line", "printable", "size"]

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_MARK = re.compile(r"(</?em>)")
_LEAD = 30  # letters that a cut may move to fall between words
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


def one_line(text: str) -> str:
    """The printable text on one line."""
    return " ".join(printable(text).split())


def excerpt(marked: str, length: int = 220) -> Excerpt:
    """The part of a passage with the most matches.

    Args:
        marked: The passage, with its matches between ``<em>`` and ``</em>``.
        length: Letters to show at most.
    """
    text, matches = _unmark(one_line(marked))
    starts = [0, *(_word_start(text, start - _LEAD) for start, _ in matches)]
    begin = max(starts, key=lambda start: len(_within(matches, start, start + length)))
    end = _word_end(text, begin + length)
    before, after = "… " if begin else "", " …" if end < len(text) else ""
    shift = len(before) - begin
    shown = [(start + shift, stop + shift) for start, stop in _within(matches, begin, end)]
    return Excerpt(f"{before}{text[begin:end].rstrip()}{after}", shown)


def cited(answer: str, references: Sequence[Reference]) -> list[tuple[int, Reference]]:
    """The references that an answer cites, each with its number, in the order of the citations."""
    numbers = dict.fromkeys(int(number) for number in _CITATION.findall(answer))
    return [(number, references[number]) for number in numbers if number < len(references)]


def count(number: int, noun: str) -> str:
    """A number with its noun, such as ``3 files``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def size(octets: int) -> str:
    """A number of bytes for people."""
    if octets < 1000:
        return count(octets, "byte")
    if octets < 999_950:
        return f"{octets / 1000:.1f} kB"
    return f"{octets / 1_000_000:,.1f} MB"


def _unmark(marked: str) -> tuple[str, list[tuple[int, int]]]:
    text, matches, opened = "", [], 0
    for piece in _MARK.split(marked):
        if piece == "<em>":
            opened = len(text)
        elif piece == "</em>":
            matches.append((opened, len(text)))
        else:
            text += piece
    return text, matches


def _within(matches: Sequence[tuple[int, int]], begin: int, end: int) -> list[tuple[int, int]]:
    return [(start, stop) for start, stop in matches if begin <= start and stop <= end]


def _word_start(text: str, position: int) -> int:
    """Where a word begins at or a little before a position; Chinese words begin anywhere."""
    if position <= 0:
        return 0
    return text.rfind(" ", max(0, position - _LEAD), position + 1) + 1 or position


def _word_end(text: str, position: int) -> int:
    """Where a word ends at or a little before a position."""
    if position >= len(text):
        return len(text)
    space = text.rfind(" ", position - _LEAD, position + 1)
    return position if space < 0 else space
