"""Pieces that are made ahead."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from ragflow._ahead import ReadAhead

LONG = 10.0


def test_pieces_come_in_order_and_one_ahead() -> None:
    """The next piece is made while the last one is used, and no further one."""
    made: list[int] = []
    second = threading.Event()

    def pieces() -> Iterator[bytes]:
        for number in range(1, 4):
            made.append(number)
            if number == 2:
                second.set()
            yield bytes([number])

    ahead = ReadAhead(pieces())
    assert ahead.take() == b"\x01"
    assert second.wait(LONG)
    assert made == [1, 2]
    assert [ahead.take(), ahead.take(), ahead.take()] == [b"\x02", b"\x03", b""]


def test_errors_reach_who_takes() -> None:
    """What goes wrong in the thread is raised where the piece is wanted."""

    def pieces() -> Iterator[bytes]:
        yield b"1"
        raise OSError("the disk is gone")

    ahead = ReadAhead(pieces())
    assert ahead.take() == b"1"
    with pytest.raises(OSError, match="the disk is gone"):
        ahead.take()


def test_a_stopped_thread_ends() -> None:
    """Nothing more is made for who stopped taking."""
    before = set(threading.enumerate())
    ahead = ReadAhead(iter([b"1", b"2", b"3"]))
    assert ahead.take() == b"1"
    (reader,) = {one for one in threading.enumerate() if one.name == "ragflow-reader"} - before
    ahead.stop()
    reader.join(LONG)
    assert not reader.is_alive()
