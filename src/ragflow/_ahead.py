"""Pieces of a body that are made in a thread of their own, one ahead of who takes them."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator

__all__ = ["ReadAhead"]


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
