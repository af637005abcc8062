"""How many forms are under way at once: few at first, more while it helps, fewer after trouble.

Servers store the files of a dataset one after the other, and some refuse large forms that arrive
together. So more at once is an experiment: it stays only where throughput grew by it.
"""

from __future__ import annotations

import math
import random

__all__ = ["Pacing"]

FORM_WORK = 64 << 10  # what a form costs beyond its bytes, in bytes
FORMS_MEASURED = 3  # per form at once
FIRST_MEASURED = 2  # the same as long as each step has paid off: a job may have few forms
GAIN = 1.1
GREAT_GAIN = 1.6  # twice as many forms for nearly twice the throughput: the way is what is long
FIRST_PAUSE = 0.2
LONGEST_PAUSE = 20.0
FIRST_RESPITE = 32  # forms without trouble before more are tried again


class Pacing:
    """Decides when the next form may go out; knows no clock and never sleeps.

    Args:
        most: Forms at once at most.
        start: Forms at once at first.
        fixed: Whether ``most`` is wanted whether it helps or not.
    """

    def __init__(self, most: int, start: int = 1, *, fixed: bool = False) -> None:
        self._most = most
        self._fixed = fixed
        self.limit: int = most if fixed else min(start, most)
        self.under_way: int = 0
        self.failures: int = 0  # since the last success
        self._closed_until = -math.inf
        self._respite = 0
        self._next_respite = FIRST_RESPITE
        self._slower = 0.0  # throughput with as many as before
        self._before = self.limit
        self._rising = True
        self._busy_since = 0.0  # while forms are under way: up to when it is counted in `_busy`
        self._begin_measure()

    def wait(self, now: float) -> float | None:
        """Seconds until a form may start, infinite until one ends; ``None`` starts it."""
        if now < self._closed_until:
            return self._closed_until - now
        if self.under_way >= self.limit:
            return math.inf
        if self.under_way == 0:
            self._busy_since = now
        self.under_way += 1
        return None

    def succeeded(self, size: int, now: float) -> None:
        """A form of so many bytes was taken."""
        self.ended(now)
        self.failures = 0
        self._respite = max(0, self._respite - 1)
        self._forms += 1
        self._work += size + FORM_WORK
        measured = FIRST_MEASURED if self._rising else FORMS_MEASURED
        if self._forms >= measured * self.limit:
            self._adjust(self._work / max(self._busy, 1e-9))
            self._begin_measure()

    def failed(self, now: float, retry_after: float | None = None) -> None:
        """A form met trouble of the server's: all slow down, and pause for as long as it asks."""
        self.ended(now)
        self.failures += 1
        if self.failures == 1:
            if self.limit > 1:
                self._respite, self._next_respite = self._next_respite, self._next_respite * 2
            self.limit = max(1, self.limit // 2)
        pause = retry_after
        if pause is None:
            doubled = FIRST_PAUSE * 2.0 ** min(self.failures - 1, 16)
            pause = min(LONGEST_PAUSE, doubled) * random.uniform(0.5, 1.0)  # noqa: S311
        self._closed_until = max(self._closed_until, now + pause)
        self._slower, self._rising = 0.0, False
        self._begin_measure()

    def ended(self, now: float) -> None:
        """A form was refused for what is in it: that says nothing about the pace."""
        self.under_way -= 1
        self._busy += now - self._busy_since
        self._busy_since = now

    def _begin_measure(self) -> None:
        self._forms, self._work, self._busy = 0, 0, 0.0

    def _adjust(self, throughput: float) -> None:
        """Keeps what was tried if it paid off, and tries more when there is time for it."""
        if self._fixed:
            if not self._respite:
                self.limit = min(self._most, self.limit + 1)
        elif throughput >= self._slower * GAIN:
            if self.limit < self._most and not self._respite:
                is_great = self._slower and throughput >= self._slower * GREAT_GAIN
                self._slower, self._before = throughput, self.limit
                self.limit = min(self._most, self.limit * 2 if is_great else self.limit + 1)
        else:
            self.limit = min(self._before, max(1, self.limit - 1))
            self._slower, self._rising = 0.0, False
            self._respite, self._next_respite = self._next_respite, self._next_respite * 2
