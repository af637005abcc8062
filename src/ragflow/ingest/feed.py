"""Reads an iterator ahead in a thread: what it gave need not wait for what it gives next."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Iterator
from typing import Generic, TypeVar

__all__ = ["Feed"]

T = TypeVar("T")


class Feed(Generic[T]):
    """What an iterator gives, some items at a time.

    Args:
        source: The iterator; it may wait for as long as it likes.
        limit: Items at a time, and read ahead, at most.
        fill_time: Seconds that an item waits for more.
    """

    def __init__(self, source: Iterator[T], limit: int, fill_time: float) -> None:
        self._source = source
        self._limit = limit
        self._fill_time = fill_time
        self._changed = threading.Condition()
        self._items: list[T] = []
        self._failure: BaseException | None = None
        self._is_over = False
        context = contextvars.copy_context()
        threading.Thread(target=context.run, args=(self._read,), daemon=True).start()

    def take(self) -> list[T]:
        """The next items; none at the end.

        Raises:
            BaseException: What the iterator raised, after all that it gave before.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._items or self._is_over)
            self._changed.wait_for(self._is_full, self._fill_time)
            items, self._items = self._items, []
            self._changed.notify_all()
            if items or self._failure is None:
                return items
        raise self._failure

    def close(self) -> None:
        """Reads no further; whoever waits in ``take`` waits no longer."""
        with self._changed:
            self._is_over = True
            self._changed.notify_all()

    def _is_full(self) -> bool:
        return self._is_over or len(self._items) >= self._limit

    def _read(self) -> None:
        try:
            for item in self._source:
                with self._changed:
                    self._changed.wait_for(self._has_room)
                    if self._is_over:
                        return
                    self._items.append(item)
                    if len(self._items) in (1, self._limit):
                        self._changed.notify_all()
        except BaseException as error:
            self._failure = error
        finally:
            self.close()

    def _has_room(self) -> bool:
        return self._is_over or len(self._items) < self._limit
