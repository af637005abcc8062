"""Iterators that are read ahead."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from ragflow.ingest.feed import Feed


def rest(feed: Feed[int]) -> list[int]:
    """All that a feed still gives."""
    taken: list[int] = []
    while some := feed.take():
        taken += some
    return taken


def test_all_come_in_order() -> None:
    """Whatever an iterator gives comes once, so many at a time at most, and then nothing."""
    feed = Feed(iter(range(1000)), 7, 60)
    sizes = [len(feed.take()) for _ in range(3)]
    assert sizes == [7, 7, 7]
    assert rest(feed) == list(range(21, 1000))
    assert feed.take() == []


def test_what_is_there_does_not_wait_for_what_is_not() -> None:
    """The first items are given while the iterator waits for the next one."""
    taken = threading.Event()

    def source() -> Iterator[int]:
        yield from (1, 2)
        assert taken.wait(60)
        yield 3

    feed = Feed(source(), 256, 0.01)
    first = feed.take()
    while len(first) < 2:
        first += feed.take()
    assert first == [1, 2]
    taken.set()
    assert rest(feed) == [3]


def test_a_failure_comes_after_what_came_before_it() -> None:
    """An iterator's error is raised where its next item would be."""

    def source() -> Iterator[int]:
        yield 1
        raise KeyError("no more")

    feed = Feed(source(), 256, 60)
    assert feed.take() == [1]
    with pytest.raises(KeyError, match="no more"):
        feed.take()


def test_little_is_read_that_nobody_takes() -> None:
    """Only as many are read ahead as are taken at a time, and one in hand."""
    read: list[int] = []
    full = threading.Event()

    def source() -> Iterator[int]:
        for number in range(1000):
            read.append(number)
            if number == 8:
                full.set()
            yield number

    feed = Feed(source(), 4, 60)
    assert feed.take() == [0, 1, 2, 3]
    assert full.wait(60)
    feed.close()
    assert read == list(range(9))


def test_closing_ends_the_wait() -> None:
    """Who waits for an item that never comes gets none."""
    never = threading.Event()
    feed = Feed(iter(never.wait, True), 1, 60)
    closing = threading.Timer(0.01, feed.close)
    closing.start()
    assert feed.take() == []
    never.set()
    closing.join()
