"""Rates, shares and times of an ingestion, and the lines of a log."""

from __future__ import annotations

import pytest

from ragflow import IngestProgress
from ragflow.cli.bulk import reporting
from ragflow.cli.bulk.meter import Meter, duration
from ragflow.cli.bulk.reporting import Reporter


def state(ended: int, found: int, *, sent: int = 0, scanned: bool = True) -> IngestProgress:
    """How far a job is, of 1,000 bytes a file."""
    return IngestProgress(
        found=found,
        scanned=scanned,
        ended=ended,
        failed=1,
        skipped=2,
        parsing=3,
        bytes_found=found * 1000,
        bytes_sent=sent,
        forms=1,
        seconds=1.0,
    )


class Clock:
    """A time that is set."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_rates_and_the_time_left() -> None:
    """Both are those of the last seconds; the slower of files and bytes tells the time left."""
    clock = Clock()
    meter = Meter(clock)
    assert meter.lines() == ("looking for files", "", "")
    clock.now += 10
    meter.update(state(50, 100, sent=20_000))
    assert meter.rates == (5.0, 2000.0)
    assert meter.seconds_left == 40.0
    assert meter.lines() == (
        "50 of 100 files (50 %)",
        "20.0 kB of 100.0 kB sent, 2.0 kB/s, 5 files/s, about 40 s left",
        "1 failed, 2 skipped, 3 being parsed",
    )


def test_nothing_is_left_of_a_job_that_has_ended() -> None:
    """Bytes of files that failed are never sent, and not waited for."""
    clock = Clock()
    meter = Meter(clock)
    clock.now += 10
    meter.update(state(100, 100, sent=20_000))
    assert meter.seconds_left is None


def test_old_rates_are_forgotten() -> None:
    """A job that has become slow is not told to be fast."""
    clock = Clock()
    meter = Meter(clock)
    clock.now += 1
    meter.update(state(1000, 2000))
    for _ in range(40):
        clock.now += 1
        meter.update(state(1000, 2000))
    assert meter.rates[0] == 0.0
    assert meter.seconds_left is None


def test_never_more_than_all() -> None:
    """Whatever a job tells, the share is at most one, and nothing is said before all is found."""
    clock = Clock()
    meter = Meter(clock)
    assert meter.share == 0.0
    clock.now += 1
    meter.update(state(11, 10, sent=20_000))
    assert meter.share == 1.0
    assert meter.lines()[0] == "11 of 10 files (100 %)"
    assert "20.0 kB of 20.0 kB sent" in meter.lines()[1]
    meter.update(state(5, 10, scanned=False))
    assert meter.lines()[0] == "5 of 10 files, looking for more"
    assert meter.seconds_left is None


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (0.25, "0.2 s"),
        (59.4, "59 s"),
        (60, "1 min"),
        (125, "2 min 5 s"),
        (3600, "1 h"),
        (7260, "2 h 1 min"),
    ],
)
def test_durations(seconds: float, text: str) -> None:
    """Times are told in the units that suit them."""
    assert duration(seconds) == text


def test_a_log_gets_a_line_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    """Progress is told in one line, and once as long as it is the same."""
    monkeypatch.setattr(reporting, "INTERVAL", 0.01)
    lines: list[str] = []
    reporter = Reporter()
    monkeypatch.setattr(reporter, "line", lines.append)
    reporter.note("comparing")
    with reporter:
        while len(lines) < 1:
            pass
        reporter.note("done")
        while len(lines) < 2:
            pass
    assert lines == ["comparing", "done"]
