"""How fast an ingestion is, and how long it will take."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

from ragflow.cli.texts import count, size
from ragflow.models import IngestProgress

__all__ = ["Meter", "duration"]

WINDOW = 15.0  # seconds over which rates are taken
STEP = 0.2
LONGEST = 99 * 3600


class Meter:
    """The last progress of a job, and its speed over the last seconds.

    Args:
        clock: Tells the time in seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._marks: deque[tuple[float, int, int]] = deque([(clock(), 0, 0)])
        self.progress: IngestProgress | None = None

    def update(self, progress: IngestProgress) -> None:
        """Takes what the job tells."""
        self.progress = progress
        now = self._clock()
        if now - self._marks[-1][0] >= STEP:
            self._marks.append((now, progress.ended, progress.bytes_sent))
            while len(self._marks) > 2 and now - self._marks[1][0] >= WINDOW:
                self._marks.popleft()

    @property
    def share(self) -> float:
        """How much is done, from 0 to 1; 0 as long as nothing is known."""
        if self.progress is None or not self.progress.found:
            return 0.0
        return min(self.progress.ended / self.progress.found, 1.0)

    @property
    def rates(self) -> tuple[float, float]:
        """Files and bytes in a second."""
        begun, files, octets = self._marks[0]
        seconds = self._clock() - begun
        if self.progress is None or seconds <= 0:
            return 0.0, 0.0
        ended, sent = self.progress.ended - files, self.progress.bytes_sent - octets
        return max(ended, 0) / seconds, max(sent, 0) / seconds

    @property
    def seconds_left(self) -> float | None:
        """An estimate; ``None`` as long as there is nothing to base it on."""
        if self.progress is None or not self.progress.scanned or self.share == 1:
            return None
        pairs = (
            (self.progress.found - self.progress.ended, self.rates[0]),
            (self.progress.bytes_found - self.progress.bytes_sent, self.rates[1]),
        )
        known = [left / rate for left, rate in pairs if left > 0 and rate > 0]
        longest = max(known, default=None)
        return None if longest is None or longest > LONGEST else longest

    def lines(self) -> tuple[str, str, str]:
        """What people want to know, in three lines."""
        state = self.progress
        if state is None:
            return "looking for files", "", ""
        files, octets = self.rates
        total = max(state.bytes_found, state.bytes_sent)
        left = self.seconds_left
        return (
            f"{state.ended:,} of {count(state.found, 'file')}"
            + (f" ({int(self.share * 100)} %)" if state.scanned else ", looking for more"),
            f"{size(state.bytes_sent)} of {size(total)} sent, {size(round(octets))}/s, "
            f"{files:,.0f} files/s" + ("" if left is None else f", about {duration(left)} left"),
            f"{state.failed:,} failed, {state.skipped:,} skipped, {state.parsing:,} being parsed",
        )


def duration(seconds: float) -> str:
    """A time for people, such as ``2 min 5 s``."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s" if seconds >= 1 or not seconds else f"{seconds:.1f} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"
