"""Cuts extracted text into chunks of bounded size."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from ragflow.local._scripts import CJK
from ragflow.local._sentences import split_sentences
from ragflow.local.extraction import Section

_LETTERS_PER_TOKEN = 6
_WORD = re.compile(rf"[{CJK}]|[^\W{CJK}]+|[^\w\s]")
_TOKEN = re.compile(rf"[{CJK}]|[^\W{CJK}]{{1,{_LETTERS_PER_TOKEN}}}|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Piece:
    """One chunk of a document.

    Attributes:
        text: Its text, without blanks at the ends.
        positions: Where it stands, one ``[page, x0, x1, top, bottom]`` per page; the engine knows
            pages only, so the coordinates are zero.
        tokens: Its size as [`count_tokens`][ragflow.local.chunking.count_tokens] gives it.
    """

    text: str
    positions: list[list[int]]
    tokens: int


@dataclass(frozen=True, slots=True)
class _Segment:
    text: str
    page: int
    part: int


def count_tokens(text: str) -> int:
    """Estimates how many tokens a language model sees.

    Chinese, Japanese and Korean letters and punctuation marks count one each, other words one per
    six letters begun.
    """
    return len(_TOKEN.findall(text))


def split(sections: Sequence[Section], *, chunk_token_num: int, delimiter: str) -> list[Piece]:
    r"""Cuts sections into chunks.

    The text is cut behind each delimiter, then neighbours are put together again as long as they
    fit. A stretch that is too long by itself is cut between sentences, else between words, else
    between letters. Nothing but blanks at the ends of chunks is lost.

    Args:
        sections: The text, in reading order.
        chunk_token_num: The largest size of a chunk in tokens; values below 1 count as 1.
        delimiter: Characters to cut behind, with ``\n`` for a line break. Text between backticks
            is a delimiter as a whole, and chunks never reach across it.

    Returns:
        The chunks in reading order; none when there is no text.
    """
    limit = max(1, chunk_token_num)
    segments = (segment for segment in _segments(sections, delimiter) if segment.text.strip())
    pieces = []
    for _, part in groupby(segments, key=lambda segment: segment.part):
        pieces += [_piece(group) for group in _merge(_fit(part, limit), limit)]
    return pieces


def _segments(sections: Sequence[Section], delimiter: str) -> Iterator[_Segment]:
    """The stretches between delimiters, numbered by the part between whole-text delimiters."""
    delimiter = delimiter.replace("\\n", "\n")
    wholes = sorted(set(re.findall(r"`([^`]+)`", delimiter)), key=len, reverse=True)
    characters = re.sub(r"`[^`]*`", "", delimiter).replace("`", "")
    hard = f"(?:{'|'.join(map(re.escape, wholes))})" if wholes else None
    soft = f"[{re.escape(characters)}]" if characters else None
    part = 0
    for section in sections:
        for text in _cut_behind(section.text + "\n", hard):
            for stretch in _cut_behind(text, soft):
                yield _Segment(stretch, section.page, part)
            part += 1 if hard and re.search(f"{hard}$", text) else 0


def _cut_behind(text: str, pattern: str | None) -> list[str]:
    """Cuts behind each match of the pattern; the pieces joined give the text again."""
    if pattern is None:
        return [text]
    ends = [match.end() for match in re.finditer(pattern, text)]
    return [text[a:b] for a, b in zip([0, *ends], [*ends, len(text)], strict=True) if a < b]


def _fit(segments: Iterator[_Segment], limit: int) -> Iterator[_Segment]:
    """Cuts the segments that are too long by themselves."""
    for segment in segments:
        if count_tokens(segment.text) <= limit:
            yield segment
            continue
        for sentence in split_sentences(segment.text):
            for text in _cut_words(sentence, limit):
                yield _Segment(text, segment.page, segment.part)


def _cut_words(text: str, limit: int) -> Iterator[str]:
    """Cuts between words where the limit is reached, and inside words longer than it."""
    start = used = 0
    for word in _WORD.finditer(text):
        size = count_tokens(word[0])
        if used + size > limit and used:
            yield text[start : word.start()]
            start, used = word.start(), 0
        while size > limit:
            yield text[start : start + limit * _LETTERS_PER_TOKEN]
            start += limit * _LETTERS_PER_TOKEN
            size -= limit
        used += size
    yield text[start:]


def _merge(segments: Iterator[_Segment], limit: int) -> Iterator[list[_Segment]]:
    """Groups neighbours as long as they fit into one chunk."""
    group: list[_Segment] = []
    used = 0
    for segment in segments:
        size = count_tokens(segment.text)
        if group and used + size > limit:
            yield group
            group, used = [], 0
        group.append(segment)
        used += size
    yield group


def _piece(group: list[_Segment]) -> Piece:
    text = "".join(segment.text for segment in group).strip()
    pages = sorted({segment.page for segment in group})
    return Piece(text, [[page, 0, 0, 0, 0] for page in pages], count_tokens(text))
