"""Tells how an ingestion goes: to people at a terminal, to a log, or to a program."""

from __future__ import annotations

import json
import sys
import threading
from collections import Counter
from collections.abc import Mapping
from types import TracebackType
from typing import Self

import attrs
import click

from ragflow.cli.bulk.meter import Meter, duration
from ragflow.cli.texts import count, one_line, size
from ragflow.ingest.reconcile import CHANGED, OTHER_FILE
from ragflow.models import FileResult, IngestProgress, IngestReport, Outcome

__all__ = ["AGAIN", "JsonReporter", "Reporter"]

AGAIN = "Run the same command again to go on."
WORTH_TELLING = (CHANGED, OTHER_FILE)  # of what is skipped
INTERVAL = 10.0  # seconds between two lines in a log


class Reporter:
    """Plain lines: what failed, how far it is every ten seconds, and a summary.

    Args:
        dry_run: Whether nothing is done, and each file is told.
        hint: What to do about failed files, with ``{job}`` for the number of the job.
        again: What to do when it was stopped.
    """

    def __init__(self, *, dry_run: bool = False, hint: str = "", again: str = AGAIN) -> None:
        self._dry_run = dry_run
        self._hint = hint
        self._again = again
        self._note = ""
        self._passed_over: Counter[str] = Counter()
        self._ended = threading.Event()
        self._ticker = threading.Thread(target=self._tick, daemon=True)
        self.meter: Meter = Meter()

    def begin(self) -> None:
        """A job begins."""
        self.meter = Meter()
        self._note = ""
        self._passed_over.clear()

    def note(self, text: str) -> None:
        """Has a text told instead of a job's progress."""
        self._note = text

    def progress(self, progress: IngestProgress) -> None:
        """Takes what the job tells."""
        self.meter.update(progress)

    def result(self, result: FileResult) -> None:
        """Tells of a file, unless all went well with it."""
        if self._dry_run:
            self.line(_foreseen(result))
        elif result.reason in WORTH_TELLING:
            self._passed_over[result.reason] += 1
        elif not result.outcome.ok:
            self.line(f"{result.outcome}: {one_line(result.path)}: {one_line(result.reason)}")

    def summary(self, report: IngestReport, *, deleted: bool = False, error: str = "") -> None:
        """Tells how a job ended."""
        text = f"{count(report.total, 'file')}{_counted(report)}"
        if self._dry_run:
            text = f"Nothing was sent. To be expected: {text}"
        self.line(
            f"{text}; {size(report.bytes_sent)} sent in {duration(report.seconds)}"
            if report.bytes_sent
            else text
        )
        for reason, number in self._passed_over.items():
            self.line(f"{number:,} of those skipped: {_in_options(reason)}")
        if report.vanished:
            self.line(_vanished(report, deleted=deleted, dry_run=self._dry_run))
        if self._hint and not self._dry_run and any(report.failed):
            self.line(self._hint.format(job=report.job))

    def remark(self, text: str) -> None:
        """Tells something of the job as a whole."""
        self.line(text)

    def stopped(self) -> None:
        """Tells that the user has stopped the job, and how to go on."""
        state = self.meter.progress
        done = f" after {state.ended:,} of {count(state.found, 'file')}" if state else ""
        click.echo(f"Stopped{done}. {self._again}".rstrip(), err=True)

    def farewell(self) -> None:
        """The same, for a process that ends at once."""
        self.close()
        self.stopped()

    def line(self, text: str) -> None:
        """Shows a line that is safe to be shown."""
        click.echo(text)
        sys.stdout.flush()

    def close(self) -> None:
        """Puts the terminal in order; a second call does nothing."""
        self._ended.set()

    def _tick(self) -> None:
        told = ""
        while not self._ended.wait(INTERVAL):
            text = self._note or "; ".join(filter(None, self.meter.lines()))
            if text != told:
                self.line(text)
                told = text

    def __enter__(self) -> Self:
        self._ticker.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


class JsonReporter(Reporter):
    """One JSON object a line: each file, then a summary."""

    def result(self, result: FileResult) -> None:
        """Tells of a file."""
        self._write({"type": "file", **attrs.asdict(result)})

    def summary(self, report: IngestReport, *, deleted: bool = False, error: str = "") -> None:
        """Tells how a job ended."""
        self._write(
            {
                "type": "summary",
                "job": None if self._dry_run else report.job,
                "dry_run": self._dry_run,
                "ok": report.ok and not error,
                "files": report.total,
                "outcomes": {outcome: report.counts.get(outcome, 0) for outcome in Outcome},
                "bytes_sent": report.bytes_sent,
                "seconds": round(report.seconds, 3),
                "vanished": report.vanished,
                "deleted": deleted and not self._dry_run and not report.refusal,
                "refusal": report.refusal or None,
                "error": error or None,
            }
        )

    def remark(self, text: str) -> None:
        """Tells something of the job as a whole."""
        self._write({"type": "remark", "text": text})

    def stopped(self) -> None:
        """Tells that the user has stopped the job, and how to go on."""
        state = self.meter.progress
        known = attrs.asdict(state) if state else {}
        self._write({"type": "stopped", "ok": False, **known})
        super().stopped()

    def _write(self, fields: Mapping[str, object]) -> None:
        self.line(json.dumps(fields))

    def _tick(self) -> None:
        """Programs ask for no progress."""


def _counted(report: IngestReport) -> str:
    told = [f"{number:,} {outcome}" for outcome, number in report.counts.items() if number]
    return f": {', '.join(told)}" if told else ""


def _vanished(report: IngestReport, *, deleted: bool, dry_run: bool) -> str:
    number = len(report.vanished)
    is_one = number == 1
    gone = f"{count(number, 'file')} of earlier runs {'is' if is_one else 'are'} gone"
    if report.refusal:
        reason = _in_options(report.refusal)
        return f"{gone}; nothing was deleted: {reason} (--max-delete {number} insists)"
    documents = "its document" if is_one else "their documents"
    if deleted:
        were = "would be" if dry_run else "was" if is_one else "were"
        return f"{gone}; {documents} {were} deleted"
    return f"{gone}; {documents} {'stays' if is_one else 'stay'} (see ragflow sync --delete)"


def _in_options(reason: str) -> str:
    """A reason of the library in the words of the command."""
    told = reason.replace('on_conflict="replace"', "--on-conflict replace")
    return told.replace("max_delete", "--max-delete")


def _foreseen(result: FileResult) -> str:
    """A line of a dry run."""
    path, reason = one_line(result.path), one_line(_in_options(result.reason))
    if result.outcome in (Outcome.STORED, Outcome.REPLACED):
        return f"{reason:<9}  {path}"
    if result.outcome is Outcome.PARSED:
        return f"unparsed   {path}"
    if result.outcome is Outcome.SKIPPED and reason in ("unchanged", "the server has it already"):
        return f"unchanged  {path}"
    return f"{result.outcome.value:<9}  {path}: {reason}"
