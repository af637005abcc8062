"""``ragflow jobs``: what earlier ingestions did."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ragflow.cli.commands import options
from ragflow.cli.commands.options import EXIT_CODES, Decorator

__all__ = ["jobs"]

job_argument: Decorator = click.argument("job", type=int, required=False, metavar="[JOB]")


@click.group(epilog=EXIT_CODES)
def jobs() -> None:
    """Look at earlier ingestions, and try again what failed.

    They are in the ledger: the one given by --ledger, else the one of the server.
    """


@jobs.command("list", epilog=EXIT_CODES)
@options.ledger_option
@options.base_url_option
@options.json_option
def list_(ledger: Path | None, base_url: str | None, as_json: bool) -> int:
    """List the jobs, the oldest first."""
    from ragflow.cli.bulk.jobs import list_jobs

    return list_jobs(ledger, base_url, as_json=as_json)


@jobs.command(epilog=EXIT_CODES)
@job_argument
@options.ledger_option
@options.base_url_option
@options.json_option
def show(job: int | None, ledger: Path | None, base_url: str | None, as_json: bool) -> int:
    """Show a job, by default the last one, and its files that failed."""
    from ragflow.cli.bulk.jobs import show_job

    return show_job(job, ledger, base_url, as_json=as_json)


@jobs.command(epilog=EXIT_CODES)
@job_argument
@options.pacing
@options.ledger_option
@options.json_option
@options.connecting
def retry(job: int | None, ledger: Path | None, **given: Any) -> int:
    """Run a job again, by default the last one.

    Files that failed or were given up are tried again; what is done stays done.
    """
    from ragflow.cli.bulk.retry import retry_job

    return retry_job(job, ledger=ledger, **given)


@jobs.command(epilog=EXIT_CODES)
@job_argument
@click.option(
    "--format",
    "kind",
    type=click.Choice(["jsonl", "csv"]),
    default="jsonl",
    show_default=True,
    help="JSON lines or comma-separated values.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    metavar="FILE",
    help="The file to write; standard output by default.",
)
@options.ledger_option
@options.base_url_option
def export(
    job: int | None, kind: str, output: Path | None, ledger: Path | None, base_url: str | None
) -> int:
    """Write one line for each file of a job, by default the last one."""
    from ragflow.cli.bulk.export import export_job

    return export_job(job, ledger, base_url, kind=kind, output=output)


@jobs.command(epilog=EXIT_CODES)
@click.option(
    "--keep",
    type=click.IntRange(min=0),
    default=1,
    show_default=True,
    metavar="N",
    help="How many jobs of each dataset to keep.",
)
@options.ledger_option
@options.base_url_option
def clean(keep: int, ledger: Path | None, base_url: str | None) -> int:
    """Forget old jobs, but not what is known of the files."""
    from ragflow.cli.bulk.jobs import clean_jobs

    return clean_jobs(keep, ledger, base_url)
