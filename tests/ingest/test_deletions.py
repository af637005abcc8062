"""When a mirror rather deletes nothing."""

from __future__ import annotations

import pytest

from ragflow.ingest.deletions import refusal


@pytest.mark.parametrize(
    ("gone", "kept", "found", "reason"),
    [
        (0, 0, 0, ""),
        (1, 0, 0, "no file is left in the folder"),
        (1, 0, 1, ""),
        (20, 0, 1, ""),
        (10, 11, 11, ""),
        (11, 11, 11, ""),
        (11, 10, 10, "more than half of the 21 known files are gone"),
        (21, 0, 999, "more than half of the 21 known files are gone"),
        (500, 500, 500, ""),
    ],
)
def test_too_many_at_once(gone: int, kept: int, found: int, reason: str) -> None:
    """All of them, or more than half of more than twenty, however many new ones there are."""
    assert refusal(gone, kept, found, None) == reason


@pytest.mark.parametrize(
    ("gone", "max_delete", "reason"),
    [(0, 0, ""), (1, 0, "max_delete is 0"), (99, 99, ""), (100, 99, "max_delete is 99")],
)
def test_a_number_decides_alone(gone: int, max_delete: int, reason: str) -> None:
    """So many and no more, whatever is left."""
    assert refusal(gone, 0, 0, max_delete) == reason
    assert refusal(gone, 1000, 1000, max_delete) == reason
