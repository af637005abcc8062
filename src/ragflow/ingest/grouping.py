"""Which files travel together in a form."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from itertools import islice
from typing import Protocol, TypeVar

from .._protocol.documents import GROUP_BYTES, GROUP_FILES
from .items import Row

__all__ = ["GROUP_FILES", "halves", "is_full", "size_of", "take_group"]

T = TypeVar("T")


class HasRow(Protocol):
    """Something about a file."""

    @property
    def row(self) -> Row: ...


R = TypeVar("R", bound=HasRow)


def take_group(waiting: deque[R]) -> list[R]:
    """Takes the next form off a queue: many small files, or one large one."""
    count = size = 0
    for item in islice(waiting, GROUP_FILES):
        size += size_of(item.row)
        if count and size > GROUP_BYTES:
            break
        count += 1
    return [waiting.popleft() for _ in range(count)]


def is_full(waiting: deque[R]) -> bool:
    """Whether a queue holds all that its next form can take."""
    if len(waiting) >= GROUP_FILES:
        return True
    return sum(size_of(item.row) for item in waiting) >= GROUP_BYTES


def halves(items: Sequence[T]) -> list[list[T]]:
    """Two forms of one; of a form in doubt, one half is often beyond it."""
    middle = (len(items) + 1) // 2
    return [part for part in (list(items[:middle]), list(items[middle:])) if part]


def size_of(row: Row) -> int:
    """Bytes of a file, as last found."""
    return row.size if row.found is None else row.found.size
