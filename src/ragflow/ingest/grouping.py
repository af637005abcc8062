"""Which files travel together in a form."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import TypeVar

from .._protocol.documents import GROUP_BYTES, GROUP_FILES
from .items import Row

__all__ = ["halves", "is_full", "take_group"]

T = TypeVar("T")


def take_group(rows: deque[Row]) -> list[Row]:
    """Takes the next form off a queue: many small files, or one large one."""
    group: list[Row] = []
    size = 0
    while rows and len(group) < GROUP_FILES:
        size += _size(rows[0])
        if group and size > GROUP_BYTES:
            break
        group.append(rows.popleft())
    return group


def is_full(rows: deque[Row]) -> bool:
    """Whether a queue holds all that its next form can take."""
    if len(rows) >= GROUP_FILES:
        return True
    return sum(map(_size, rows)) >= GROUP_BYTES


def halves(items: Sequence[T]) -> list[list[T]]:
    """Two forms of one; of a form in doubt, one half is often beyond it."""
    middle = (len(items) + 1) // 2
    return [part for part in (list(items[:middle]), list(items[middle:])) if part]


def _size(row: Row) -> int:
    return row.size if row.found is None else row.found.size
