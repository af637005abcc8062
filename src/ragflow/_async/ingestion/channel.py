"""A bounded queue between the stages of a job."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

from ..._twins import AsyncCrew

T = TypeVar("T")


class AsyncChannel(Generic[T]):
    """Hands items from one stage to the next, which takes as many as it likes at a time.

    Args:
        crew: Who works at both ends.
        limit: Items that may wait; whoever puts in more waits.
    """

    def __init__(self, crew: AsyncCrew, limit: int) -> None:
        self._crew = crew
        self._limit = limit
        self._since = 0.0  # when what is there began to wait, or was last taken from
        self.items: deque[T] = deque()
        self.closed = False

    async def put(self, items: Iterable[T]) -> None:
        """Adds items, as soon as there is room for at least one."""

        def ready() -> float | None:
            if len(self.items) >= self._limit:
                return math.inf
            if not self.items:
                self._since = time.monotonic()
            self.items.extend(items)
            return None

        await self._crew.until(ready)
        self._crew.change(lambda: None)

    def close(self) -> None:
        """Tells that nothing more comes."""

        def act() -> None:
            self.closed = True

        self._crew.change(act)

    async def take(
        self,
        some: Callable[[deque[T], bool], list[T]],
        fill_time: float = 0.0,
        may_take: Callable[[], bool] = lambda: True,
    ) -> list[T]:
        """Takes what ``some`` takes off the queue; nothing when it is closed and empty.

        Args:
            some: Given the queue, and whether it is time: nothing more comes, or not soon enough.
                Then it takes something; before, it may take nothing to wait for more. It is not
                asked while the queue is empty.
            fill_time: Seconds that items wait for more.
            may_take: Says no until a change.
        """
        taken: list[T] = []
        was_full = False

        def ready() -> float | None:
            nonlocal was_full
            if not self.items:
                return None if self.closed else math.inf
            if not may_take():
                return math.inf
            was_full = len(self.items) >= self._limit
            now = time.monotonic()
            left = self._since + fill_time - now
            taken.extend(some(self.items, self.closed or left <= 0))
            if not taken:
                return left
            self._since = now
            return None

        await self._crew.until(ready)
        if was_full:  # else nobody waits for room
            self._crew.change(lambda: None)
        return taken
