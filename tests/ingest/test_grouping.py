"""Which files travel together."""

from __future__ import annotations

from collections import deque

from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st

from ingest.parcels import found, row
from ragflow._protocol.documents import GROUP_BYTES, GROUP_FILES
from ragflow.ingest.grouping import halves, is_full, take_group
from ragflow.ingest.items import Row


@frozen
class Item:
    """Something about a file."""

    row: Row


def queue(*sizes: int) -> deque[Item]:
    """Files of these sizes, waiting."""
    return deque(Item(row(found=found(size=size))) for size in sizes)


def sizes(items: list[Item]) -> list[int]:
    """How large files are now."""
    return [item.row.found.size for item in items if item.row.found is not None]


def test_small_files_travel_together() -> None:
    """A form takes so many files and leaves the rest."""
    waiting = queue(*[10] * (GROUP_FILES + 3))
    assert len(take_group(waiting)) == GROUP_FILES
    assert len(waiting) == 3
    assert len(take_group(waiting)) == 3
    assert not waiting


def test_bytes_limit_a_form() -> None:
    """What would make a form too large waits for the next one."""
    third = GROUP_BYTES // 3
    waiting = queue(third, third, third, third)
    assert sizes(take_group(waiting)) == [third] * 3
    assert sizes(take_group(waiting)) == [third]


def test_large_file_travels_alone() -> None:
    """A file that is larger than any form goes by itself, before and after small ones."""
    waiting = queue(1, GROUP_BYTES * 2, 1)
    assert [sizes(take_group(waiting)) for _ in range(3)] == [[1], [GROUP_BYTES * 2], [1]]


def test_nothing_waits() -> None:
    """An empty queue gives an empty form, and is not full."""
    assert take_group(queue()) == []
    assert not is_full(queue())


def test_full_by_number_or_by_bytes() -> None:
    """A queue is full when more would not fit into the next form anyway."""
    assert not is_full(queue(*[1] * (GROUP_FILES - 1)))
    assert is_full(queue(*[1] * GROUP_FILES))
    assert is_full(queue(GROUP_BYTES))
    assert not is_full(queue(GROUP_BYTES - 1))


def test_size_of_a_row_that_was_only_read() -> None:
    """Without a look at the file, its last known size counts."""
    waiting = deque([Item(row(found=None, size=GROUP_BYTES)), Item(row(found=None, size=1))])
    assert len(take_group(waiting)) == 1


@given(st.lists(st.integers(0, GROUP_BYTES * 2), max_size=100))
def test_all_travel_once_and_in_order(given_sizes: list[int]) -> None:
    """Forms together hold all files in order, none is empty, none too large but for one file."""
    waiting = queue(*given_sizes)
    taken: list[int] = []
    while waiting:
        group = sizes(take_group(waiting))
        assert 1 <= len(group) <= GROUP_FILES
        assert len(group) == 1 or sum(group) <= GROUP_BYTES
        taken += group
    assert taken == given_sizes


@given(st.lists(st.integers(), max_size=40))
def test_halves_are_halves(items: list[int]) -> None:
    """Both halves together are the whole, neither is empty, and they differ by one at most."""
    parts = halves(items)
    assert [item for part in parts for item in part] == items
    assert all(parts)
    assert len(parts) == min(2, len(items))
    assert not parts or len(parts[0]) - len(parts[-1]) <= 1
