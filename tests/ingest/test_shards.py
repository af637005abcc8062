"""Shares of a job."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragflow.errors import InvalidArgumentError
from ragflow.ingest.shards import in_shard, parse_shard


@given(st.text(st.characters(exclude_categories=["Cs"])), st.integers(1, 50))
def test_each_path_is_in_one_share(path: str, count: int) -> None:
    """No path is left out or taken twice."""
    assert sum(in_shard(path, index, count) for index in range(1, count + 1)) == 1


def test_shares_are_even() -> None:
    """Each of 16 shares of 32,000 paths is within a tenth of 2,000."""
    paths = [f"folder {number % 40}/report {number}.pdf" for number in range(32_000)]
    for index in (1, 7, 16):
        assert 1800 < sum(in_shard(path, index, 16) for path in paths) < 2200


@pytest.mark.parametrize(("path", "index"), [("", 10), ("a.txt", 16), ("hr/Urlaub ä.pdf", 8)])
def test_shares_never_change(path: str, index: int) -> None:
    """Machines with different releases share a job, so these hold for ever."""
    assert in_shard(path, index, 16)


def test_shares_are_read() -> None:
    """The text form, with or without spaces."""
    assert parse_shard("3/16") == (3, 16)
    assert parse_shard(" 1 / 1 ") == (1, 1)


@pytest.mark.parametrize("text", ["", "3", "3/", "/3", "a/b", "0/4", "5/4", "-1/4", "1/0", "1.5/2"])
def test_other_texts_are_refused(text: str) -> None:
    """What is no share says what one looks like."""
    with pytest.raises(InvalidArgumentError, match="shard"):
        parse_shard(text)
