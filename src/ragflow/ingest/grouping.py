"""Which files travel together in a form."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Protocol, TypeVar

from .._protocol.documents import GROUP_BYTES, GROUP_FILES
from .items import Row

__all__ = ["halves", "is_full", "take_group"]

T = TypeVar("T")


class HasRow(Protocol):
    """Something about a file."""

    @property
    def row(self) -> Row: ...


R = TypeVar("R", bound=HasRow)


def take_group(waiting: deque[R]) -> list[R]:
    """Takes the next form off a queue: many small files, or one large one."""
    group: list[R] = []
    size = 0
    while waiting and len(group) < GROUP_FILES:
        size += _size(waiting[0].row)
        if group and size > GROUP_BYTES:
            break
        group.append(waiting.popleft())
    return group


def is_full(waiting: deque[R]) -> bool:
    """Whether a queue holds all that its next form can take."""
    if len(waiting) >= GROUP_FILES:
        return True
    return sum(_size(item.row) for item in waiting) >= GROUP_BYTES


def halves(items: Sequence[T]) -> list[list[T]]:
    """Two forms of one; of a form in doubt, one half is often beyond it."""
    middle = (len(items) + 1) // 2
    return [part for part in (list(items[:middle]), list(items[middle:])) if part]


def _size(row: Row) -> int:
    return row.size if row.found is None else row.found.size
