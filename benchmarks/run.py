"""All benchmarks, or those named: ``python benchmarks/run.py [--quick] [--write] [calls ...]``."""

from __future__ import annotations

import contextlib
import datetime as dt
import importlib
import io
import shlex
import sys
import time
from pathlib import Path

from harness import bench_of, machine, options

HERE = Path(__file__).parent
NAMES = ("calls", "uploads", "ingest", "scale", "transfers", "streams", "decoding", "start")
NAMES += ("profile",)
INTRODUCTION = """\
# Results

What `nox -s bench -- {arguments}` printed on {date}: {rounds} rounds, of which the tables show the
medians. Microseconds depend on the machine; compare ratios. `README.md` says how they are measured
and how to read a table.

{machine}
"""


class Tee(io.TextIOBase):
    """Keeps what goes to standard output."""

    def __init__(self) -> None:
        self.kept = io.StringIO()
        self._shown = sys.stdout

    def write(self, text: str) -> int:
        """Writes to both."""
        self._shown.write(text)
        return self.kept.write(text)

    def flush(self) -> None:
        """Shows what was written."""
        self._shown.flush()


def run() -> None:
    """Runs the benchmarks one after the other."""
    chosen = options(__doc__ or "", *NAMES)
    bench = bench_of(chosen)
    tee = Tee()
    begun = time.monotonic()
    print(f"{machine()}\n", flush=True)
    with contextlib.redirect_stdout(tee):
        for name in chosen.names or NAMES:
            module = importlib.import_module(f"bench_{name}")
            print(f"## {module.QUESTION}\n", flush=True)
            module.run(bench)
    print(f"{time.monotonic() - begun:.0f} seconds")
    if chosen.write:
        introduction = INTRODUCTION.format(
            arguments=shlex.join(sys.argv[1:]),
            date=dt.datetime.now(dt.UTC).date(),
            rounds=bench.rounds,
            machine=machine(),
        )
        text = f"{introduction}\n{tee.kept.getvalue().strip()}\n"
        (HERE / "results.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    run()
