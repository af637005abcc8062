"""``ragflow sync``."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ragflow import AsyncRAGFlow, FileResult, IngestReport, Outcome
from ragflow.cli.bulk.carrying import carry_out, code_of, make_reporter
from ragflow.cli.bulk.ingest import choose_ledger, pace_of, server_of
from ragflow.cli.bulk.ledgers import opened
from ragflow.cli.bulk.reporting import Reporter
from ragflow.cli.bulk.server import find_dataset
from ragflow.cli.failures import ExitCode, Failure
from ragflow.cli.texts import one_line

__all__ = ["run_sync"]


class _Watch:
    """What is worth telling of a folder that is looked at again and again: what is new.

    Attributes:
        code: How the last look ended; ``None`` while one is under way.
    """

    def __init__(self, reporter: Reporter) -> None:
        self._reporter = reporter
        self._failed: dict[str, str] = {}
        self._failing: dict[str, str] = {}
        self._refused = 0
        self._is_missing = False
        self._looks = 0
        self.code: ExitCode | None = None

    def begin(self) -> None:
        """Looks."""
        self.code = None
        self._failing = {}
        self._reporter.begin()

    def result(self, result: FileResult) -> None:
        """Tells of a file that was sent, or fails for a new reason."""
        if not result.outcome.ok:
            self._failing[result.path] = result.reason
            if self._failed.get(result.path) == result.reason:
                return
        if result.outcome is not Outcome.SKIPPED or not self._looks:
            self._reporter.result(result)

    def end(self, report: IngestReport, *, deleted: bool) -> bool:
        """Tells how a look ended, if anything has happened; gives whether it has."""
        counts = report.counts
        happened = any(
            counts.get(outcome) for outcome in (Outcome.STORED, Outcome.REPLACED, Outcome.PARSED)
        )
        refused = len(report.vanished) if report.refusal else 0
        was_deleted = deleted and not refused and bool(report.vanished)
        is_news = self._failing != self._failed or refused != self._refused or self._is_missing
        is_told = happened or was_deleted or is_news or not self._looks
        if is_told:
            self._reporter.summary(report, deleted=deleted)
        self._failed, self._refused, self._is_missing = self._failing, refused, False
        self._looks += 1
        self.code = code_of(report)
        return is_told

    def can_look(self, folder: str) -> bool:
        """Whether the folder is there; tells, once, that it is gone."""
        if not self._looks or Path(folder).is_dir():
            return True
        if not self._is_missing:
            self._reporter.remark(f"{one_line(folder)} is gone; nothing is done until it is back")
        self._is_missing = True
        self.code = ExitCode.SOME_FAILED
        return False


def run_sync(
    folder: str,
    *,
    dataset: str,
    create: bool,
    dry_run: bool,
    delete: bool,
    max_delete: int | None,
    watch: bool,
    interval: float,
    include: Sequence[str],
    exclude: Sequence[str],
    ledger: Path | None,
    as_json: bool,
    **rest: Any,
) -> ExitCode:
    """Lets a dataset follow a folder; the arguments are the command's.

    Raises:
        Failure: The command cannot be carried out.
    """
    if watch and dry_run:
        raise Failure("--watch and --dry-run exclude each other")
    server, pace = server_of(rest), pace_of(rest)
    record = choose_ledger(ledger, server)
    reporter = make_reporter(as_json=as_json, dry_run=dry_run, ledger=record)
    looks = _Watch(reporter)

    async def work(rag: AsyncRAGFlow) -> ExitCode:
        target = await find_dataset(rag, dataset, create=create, dry_run=dry_run)
        while True:
            if not looks.can_look(folder):
                await asyncio.sleep(interval)
                continue
            looks.begin()
            report = await target.sync(
                folder,
                ledger=record,
                delete=delete,
                max_delete=max_delete,
                dry_run=dry_run,
                include=include,
                exclude=exclude,
                progress=reporter.progress,
                on_result=looks.result,
                **pace,
            )
            if not watch:
                reporter.close()
            is_told = looks.end(report, deleted=delete)
            if not watch:
                return code_of(report)
            if not is_told:
                with opened(record) as book:  # its jobs are those that did something
                    book.drop(report.job)
            reporter.note(f"watching {one_line(folder)}; Ctrl-C ends it")
            await asyncio.sleep(interval)

    return carry_out(server, work, reporter, at_rest=lambda: looks.code)
