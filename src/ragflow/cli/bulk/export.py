"""``ragflow jobs export``."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import IO

import attrs

from ragflow import FileResult
from ragflow.cli.bulk.jobs import job_of
from ragflow.cli.bulk.ledgers import find_ledger, opened
from ragflow.cli.failures import ExitCode

__all__ = ["export_job"]


def export_job(
    number: int | None,
    ledger: Path | None,
    base_url: str | None,
    *,
    kind: str,
    output: Path | None,
) -> ExitCode:
    """Writes one line for each file of a job."""
    write = _csv if kind == "csv" else _jsonl
    with opened(find_ledger(ledger, base_url)) as record:
        results = record.results(job_of(record, number).id)
        if output is None:
            write(results, sys.stdout)
        else:
            with output.open("w", encoding="utf-8", newline="") as file:
                write(results, file)
    return ExitCode.DONE


def _jsonl(results: Iterable[FileResult], file: IO[str]) -> None:
    for result in results:
        file.write(json.dumps(attrs.asdict(result)) + "\n")


def _csv(results: Iterable[FileResult], file: IO[str]) -> None:
    names = [field.name for field in attrs.fields(FileResult)]
    rows = csv.writer(file, lineterminator="\n")
    rows.writerow(names)
    for result in results:
        rows.writerow(attrs.astuple(result))
