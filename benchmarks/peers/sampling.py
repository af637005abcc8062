"""Looks now and then at what each thread is doing, and at the CPU time it has used since."""

from __future__ import annotations

import sys
import threading
import time
from collections import Counter
from pathlib import PurePath
from types import FrameType

PAUSE = 0.001
LIBRARIES = ("site-packages", "src", "benchmarks", f"python3.{sys.version_info.minor}")


class Sampler(threading.Thread):
    """Attributes CPU time to functions of Python; what they call in C counts as theirs."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.seconds: Counter[str] = Counter()
        self._is_over = False

    def run(self) -> None:
        """Looks until it is stopped."""
        interval = sys.getswitchinterval()
        sys.setswitchinterval(PAUSE / 10)
        clocks: dict[int, float] = {}
        while not self._is_over:
            time.sleep(PAUSE)
            for thread in threading.enumerate():
                frame = sys._current_frames().get(thread.ident or 0)
                if thread is self or thread.ident is None or frame is None:
                    continue
                now = time.clock_gettime(time.pthread_getcpuclockid(thread.ident))
                self.seconds[_name(frame)] += now - clocks.get(thread.ident, now)
                clocks[thread.ident] = now
        sys.setswitchinterval(interval)

    def stop(self) -> dict[str, float]:
        """Seconds of CPU by function."""
        self._is_over = True
        self.join()
        return dict(self.seconds)


def _name(frame: FrameType) -> str:
    """A function with its module, as one finds it in the sources."""
    code = frame.f_code
    parts = PurePath(code.co_filename).with_suffix("").parts
    known = [number for number, part in enumerate(parts) if part in LIBRARIES]
    module = ".".join(parts[known[-1] + 1 :] if known else parts[-1:])
    return f"{module.strip('<>').replace('frozen ', '')}: {code.co_qualname}"
