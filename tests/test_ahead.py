"""Pieces that are made ahead, and written behind."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator

import pytest

from ragflow._ahead import WAITING, ReadAhead, WriteBehind

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


class Disk(io.BytesIO):
    """A file whose disk may be slow, or full."""

    def __init__(self) -> None:
        super().__init__()
        self.free = threading.Event()
        self.error: OSError | None = None
        self.written = b""

    def write(self, piece: object) -> int:
        """Takes a piece once the disk is free."""
        assert self.free.wait(LONG)
        if self.error is not None:
            raise self.error
        assert isinstance(piece, bytes)
        self.written += piece
        return len(piece)


def test_pieces_are_written_in_order_and_few_wait() -> None:
    """Who gives pieces does not wait for the disk, until it is far behind."""
    disk = Disk()
    behind = WriteBehind(disk)
    for number in range(WAITING):
        assert behind.has_room()
        behind.give(bytes([number]))
    assert not behind.has_room()
    disk.free.set()
    behind.wait()
    behind.give(b"z")
    behind.close()
    assert disk.written == bytes(range(WAITING)) + b"z"
    assert disk.closed


def test_a_full_disk_is_told() -> None:
    """What could not be written is raised at the latest in the end, and nothing follows it."""
    disk = Disk()
    disk.error = OSError("the disk is full")
    behind = WriteBehind(disk)
    assert behind.has_room()
    behind.give(b"a")
    disk.free.set()
    for _ in range(WAITING):
        behind.wait()
    with pytest.raises(OSError, match="full"):
        behind.give(b"b")
    with pytest.raises(OSError, match="full"):
        behind.close()
    assert disk.written == b""
    assert disk.closed
