"""Which files of a form a server stored, where its answer leaves that open."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePath
from typing import Protocol, TypeVar

from ..models import DocumentData
from .multipart import FilePart

__all__ = [
    "has_number",
    "is_name",
    "match",
    "pair",
    "plain_stem",
    "root_stem",
    "since",
]


class Named(Protocol):
    """What tells a stored file from others."""

    @property
    def name(self) -> str: ...
    @property
    def size(self) -> int: ...


N = TypeVar("N", bound=Named)
D = TypeVar("D", bound=DocumentData)
CLOCK_SLACK = 1.0
_COUNTER = re.compile(r"\s*\(\d+\)\Z")
_NUMBER = re.compile(r"\(\d+\)\Z")


def match(parts: Sequence[FilePart], documents: Sequence[N]) -> tuple[list[N], list[str]]:
    """The documents that are files of the form, and the names of the files that have none.

    A document has its file's size and its name, or the name with the ``(1)`` that servers put in
    when it is taken; but a name that is another file's own is left to that file.

    Args:
        parts: The files, in the order of the form.
        documents: What may be theirs; of several, the first is taken.
    """
    found = pair(parts, documents)
    stored = [document for document in found if document is not None]
    missing = [part.name for part, document in zip(parts, found, strict=True) if document is None]
    return stored, missing


def pair(parts: Sequence[FilePart], documents: Sequence[N]) -> list[N | None]:
    """Each file's document among some, by the rules of :func:`match`."""
    names = {part.name for part in parts}
    left = list(documents)
    paired: list[N | None] = []
    for part in parts:
        same = [item for item in left if _is_same(part, item)]
        same.sort(key=lambda item: item.name != part.name and item.name in names)
        found = next(iter(same), None)
        if found is not None:
            left.remove(found)
        paired.append(found)
    return paired


def since(documents: Sequence[D], seconds: float) -> list[D]:
    """The documents made in the last ``seconds`` before the newest of them."""
    newest = max((document.create_time for document in documents), default=0)
    oldest = newest - (seconds + CLOCK_SLACK) * 1000
    return [document for document in documents if document.create_time >= oldest]


def plain_stem(name: str) -> str:
    """What a name has in common with all that servers make of it: neither suffix nor number."""
    return _COUNTER.sub("", PurePath(name).stem)


def root_stem(name: str) -> str:
    """The stem of a name without any of its numbers."""
    stem = PurePath(name).stem
    while (shorter := _COUNTER.sub("", stem)) != stem:
        stem = shorter
    return stem


def has_number(name: str) -> bool:
    """Whether a name is one that servers make of another when that is taken."""
    return ")" in name and plain_stem(name) != PurePath(name).stem


def is_name(sent: str, stored: str) -> bool:
    """Whether a name is the one that was sent, or has a number; one that had one may count on."""
    if stored == sent:
        return True
    name = PurePath(sent)
    number = _NUMBER.search(stored.removesuffix(name.suffix))
    if number is None or not stored.endswith(f"){name.suffix}"):
        return False
    return stored[: number.start()] in (name.stem, plain_stem(sent))


def _is_same(part: FilePart, document: Named) -> bool:
    if document.size != part.size:
        return False
    return is_name(part.name, document.name)
