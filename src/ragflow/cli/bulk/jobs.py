"""``ragflow jobs``: what a ledger tells of its jobs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs
import click

from ragflow import Outcome
from ragflow.cli.bulk.ledgers import find_ledger, opened
from ragflow.cli.bulk.meter import duration
from ragflow.cli.failures import ExitCode, Failure
from ragflow.cli.texts import count, one_line, size
from ragflow.ingest.jobs import JobInfo
from ragflow.ingest.ledger import Ledger

__all__ = ["clean_jobs", "job_of", "list_jobs", "show_job"]

FAILED = frozenset({Outcome.FAILED, Outcome.QUARANTINED})


def job_of(ledger: Ledger, number: int | None) -> JobInfo:
    """A job, by default the last one.

    Raises:
        Failure: There is no such job.
    """
    jobs = ledger.jobs()
    for job in reversed(jobs):
        if number in (None, job.id):
            return job
    known = ", ".join(str(job.id) for job in jobs)
    raise Failure(
        f"the ledger {ledger.path} knows no job" + (f" {number}, only {known}" if known else "")
    )


def list_jobs(ledger: Path | None, base_url: str | None, *, as_json: bool) -> ExitCode:
    """Lists all jobs, the oldest first."""
    with opened(find_ledger(ledger, base_url)) as record:
        jobs = record.jobs()
        if not jobs and not as_json:
            click.echo(f"The ledger {record.path} knows no jobs.")
        for job in jobs:
            if as_json:
                click.echo(json.dumps(_fields(job)))
            else:
                click.echo(
                    f"{job.id:>4}  {job.started.astimezone():%Y-%m-%d %H:%M}  {job.kind:<6}  "
                    f"{job.status:<11}  {one_line(job.dataset_name)}: {_counted(job)}"
                )
    return ExitCode.DONE


def show_job(
    number: int | None, ledger: Path | None, base_url: str | None, *, as_json: bool
) -> ExitCode:
    """Shows a job and its files that failed."""
    with opened(find_ledger(ledger, base_url)) as record:
        job = job_of(record, number)
        if as_json:
            click.echo(json.dumps({"type": "job", **_fields(job)}))
        else:
            click.echo("\n".join(_described(job)))
        for result in record.results(job.id, FAILED):
            if as_json:
                click.echo(json.dumps({"type": "file", **attrs.asdict(result)}))
            else:
                code = "" if result.code is None else f" (code {result.code})"
                reason = one_line(result.reason)
                click.echo(f"{result.outcome}: {one_line(result.path)}: {reason}{code}")
    return ExitCode.DONE


def clean_jobs(keep: int, ledger: Path | None, base_url: str | None) -> ExitCode:
    """Forgets old jobs."""
    with opened(find_ledger(ledger, base_url)) as record:
        forgotten = record.clean(keep)
        click.echo(f"{count(forgotten, 'job')} forgotten, {len(record.jobs()):,} kept.")
    return ExitCode.DONE


def _counted(job: JobInfo) -> str:
    told = [f"{number:,} {outcome}" for outcome, number in job.counts.items() if number]
    open_ones = job.found - sum(job.counts.values())
    if open_ones:
        told.append(f"{open_ones:,} open")
    return f"{count(job.found, 'file')}" + (f" ({', '.join(told)})" if told else "")


def _described(job: JobInfo) -> list[str]:
    """A job for people."""
    lasted = "" if job.ended is None else duration((job.ended - job.started).total_seconds())
    given = {name: value for name, value in job.options.items() if value not in (None, [])}
    sources = given.pop("sources", None)
    return [
        f"job      {job.id}, {job.kind}, {job.status}",
        f"dataset  {one_line(job.dataset_name)} ({job.dataset_id}) on {one_line(job.server)}",
        f"sources  {_sources(sources)}",
        f"options  {one_line(json.dumps(given, ensure_ascii=False))}",
        f"started  {job.started.astimezone():%Y-%m-%d %H:%M:%S} on {one_line(job.host)}"
        + (f", took {lasted}" if lasted else ""),
        f"files    {_counted(job)}; {size(job.bytes_sent)} sent",
    ]


def _sources(sources: Any) -> str:
    if not isinstance(sources, list):
        return "not recorded"
    return ", ".join(one_line(str(source)) for source in sources)


def _fields(job: JobInfo) -> Mapping[str, object]:
    """A job for programs."""
    return {
        **attrs.asdict(job, recurse=False),
        "options": dict(job.options),
        "counts": dict(job.counts),
        "started": job.started.isoformat(),
        "ended": None if job.ended is None else job.ended.isoformat(),
    }
