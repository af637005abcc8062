"""``ragflow verify``."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import attrs

from ragflow import AsyncRAGFlow, Comparison, Match, VerifyReport
from ragflow.cli.bulk.carrying import carry_out, make_reporter
from ragflow.cli.bulk.ingest import checked_paths, choose_ledger, server_of
from ragflow.cli.bulk.reporting import Reporter
from ragflow.cli.bulk.server import find_dataset
from ragflow.cli.failures import ExitCode
from ragflow.cli.texts import one_line

__all__ = ["run_verify"]

SIGNS = {
    Match.EQUAL: "=",
    Match.MISSING: "-",
    Match.DIFFERENT: "*",
    Match.EXTRA: "+",
    Match.UNREADABLE: "!",
}


class _Teller:
    """Tells of each comparison that is worth it."""

    def __init__(self, reporter: Reporter, *, as_json: bool, show_all: bool) -> None:
        self._reporter = reporter
        self._as_json = as_json
        self._show_all = show_all
        self._compared = 0
        self._differing = 0

    def result(self, item: Comparison) -> None:
        """Takes a comparison."""
        self._compared += 1
        self._differing += item.kind is not Match.EQUAL
        self._reporter.note(f"{self._compared:,} compared, {self._differing:,} not equal")
        if item.kind is Match.EQUAL and not self._show_all:
            return
        if self._as_json:
            self._reporter.line(json.dumps({"type": "file", **attrs.asdict(item)}))
        else:
            reason = f": {one_line(item.reason)}" if item.reason else ""
            shown = one_line(item.path or item.name)
            self._reporter.line(f"{SIGNS[item.kind]} {shown}{reason}")

    def summary(self, report: VerifyReport) -> None:
        """Tells the end."""
        if self._as_json:
            fields = {"ok": report.ok, "counts": report.counts, "seconds": round(report.seconds, 3)}
            self._reporter.line(json.dumps({"type": "summary", **fields}))
        else:
            self._reporter.line(str(report))


def run_verify(
    paths: Sequence[str],
    *,
    dataset: str,
    deep: bool,
    show_all: bool,
    include: Sequence[str],
    exclude: Sequence[str],
    ledger: Path | None,
    no_ledger: bool,
    as_json: bool,
    **rest: Any,
) -> ExitCode:
    """Compares files with a dataset; the arguments are the command's.

    Raises:
        Failure: The command cannot be carried out.
    """
    sources = checked_paths(paths)
    server = server_of(rest)
    record = None if no_ledger else choose_ledger(ledger, server)
    reporter = make_reporter(as_json=as_json, again="")
    teller = _Teller(reporter, as_json=as_json, show_all=show_all)

    async def work(rag: AsyncRAGFlow) -> ExitCode:
        target = await find_dataset(rag, dataset)
        report = await target.verify(
            sources,
            deep=deep,
            ledger=record,
            include=include,
            exclude=exclude,
            on_result=teller.result,
        )
        reporter.close()
        teller.summary(report)
        return ExitCode.DONE if report.ok else ExitCode.SOME_FAILED

    return carry_out(server, work, reporter)
