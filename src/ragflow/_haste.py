"""Whether work is done at once, or waits for a disk or a network most of its time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar, TypeVarTuple

from attrs import define

__all__ = ["Haste"]

R = TypeVar("R")
Ts = TypeVarTuple("Ts")

SHORT = 0.005  # seconds that nobody minds
MOSTLY = 3  # times as long as it computes: it may have to wait for other threads, too


@define
class Haste:
    """Looks at the clocks while something is done again and again.

    Attributes:
        waits: Whether it waited most of the time, when it was done last.
    """

    waits: bool = False

    def timed(self, function: Callable[[*Ts], R], *args: *Ts) -> R:
        """Does it."""
        begun, computed = time.perf_counter(), time.thread_time()
        try:
            return function(*args)
        finally:
            seconds = time.perf_counter() - begun
            self.waits = seconds > SHORT and seconds > MOSTLY * (time.thread_time() - computed)
