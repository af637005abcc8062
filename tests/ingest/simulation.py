"""Event loops in which time costs nothing, so that what waits for minutes is tested at once.

Worker threads are replaced by plain calls and nothing is sent over a network, so a run is the same
each time: the loop either has something to do, or time passes until it has.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar
from unittest.mock import patch

import anyio.to_thread

R = TypeVar("R")
DAY = 86_400.0
TICK = 1e-6  # what a turn of the loop takes


class EndlessError(AssertionError):
    """Something waits for ever."""


class _Loop(asyncio.SelectorEventLoop):
    """Jumps to the next timer when nothing else is to be done."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 1000.0
        self.end = self.now + DAY

    def time(self) -> float:
        return self.now

    def _run_once(self) -> None:
        self.now += TICK
        if self.now > self.end:
            self.end = math.inf  # what is left may end in peace
            raise EndlessError("still not done after a day")
        scheduled = self._scheduled  # type: ignore[attr-defined]
        if not self._ready and scheduled:  # type: ignore[attr-defined]
            self.now = max(self.now, scheduled[0]._when)
        super()._run_once()  # type: ignore[misc]


async def _inline(function: Callable[..., R], *args: Any, **_: Any) -> R:
    return function(*args)


def simulate(main: Callable[[], Coroutine[Any, Any, R]]) -> R:
    """Run a coroutine function to its end in a time of its own."""
    loop = _Loop()
    try:
        with (
            patch.object(anyio.to_thread, "run_sync", _inline),
            patch("time.monotonic", loop.time),
            asyncio.Runner(loop_factory=lambda: loop) as runner,
        ):
            return runner.run(main())
    finally:
        loop.close()
