"""Threads that read a body ahead of who sends it, and write one behind who receives it."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from typing import IO

__all__ = ["ReadAhead", "WriteBehind"]

WAITING = 2  # pieces that may wait to be written


class ReadAhead:
    """Makes the next piece while the last one is used.

    To hand each piece over from a worker thread to an event loop takes as long as to read it, and
    meanwhile neither the disk nor the network would be busy.

    Args:
        pieces: What makes them; none is empty.
    """

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._made: queue.SimpleQueue[bytes | BaseException] = queue.SimpleQueue()
        self._wanted = threading.Semaphore(1)
        self._stopped = False
        threading.Thread(target=self._make, name="ragflow-reader", daemon=True).start()

    @property
    def is_ready(self) -> bool:
        """Whether nobody has to wait for the next piece."""
        return not self._made.empty()

    def take(self) -> bytes:
        """The next piece as soon as it is there; nothing after the last one.

        Raises:
            BaseException: What was raised where it is made.
        """
        made = self._made.get()
        if isinstance(made, BaseException):
            raise made
        self._wanted.release()
        return made

    def stop(self) -> None:
        """Lets the thread end; nobody takes another piece."""
        self._stopped = True
        self._wanted.release()

    def _make(self) -> None:
        while True:
            self._wanted.acquire()
            if self._stopped:
                return
            try:
                piece = next(self._pieces, b"")
            except BaseException as error:
                self._made.put(error)
                return
            self._made.put(piece)
            if not piece:
                return


class WriteBehind:
    """Writes pieces in a thread, in order, while the next ones are on their way.

    Args:
        file: Where they go; it is closed in the end.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._given: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._room = threading.Semaphore(WAITING)
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._write, name="ragflow-writer", daemon=True)
        self._thread.start()

    def has_room(self) -> bool:
        """Takes room for a piece, if nobody has to wait for it."""
        return self._room.acquire(blocking=False)

    def wait(self) -> None:
        """Takes room for a piece as soon as there is some."""
        self._room.acquire()

    def give(self, piece: bytes) -> None:
        """Hands over a piece for which there is room.

        Raises:
            BaseException: One before could not be written.
        """
        if self._error is not None:
            raise self._error
        self._given.put(piece)

    def close(self) -> None:
        """Waits until all is written and closes the file.

        Raises:
            BaseException: Something could not be written.
        """
        self._given.put(None)
        self._thread.join()
        self._file.close()
        if self._error is not None:
            raise self._error

    def _write(self) -> None:
        while (piece := self._given.get()) is not None:
            if self._error is None:
                try:
                    self._file.write(piece)
                except BaseException as error:  # told to who gives the next one, or closes
                    self._error = error
            self._room.release()
