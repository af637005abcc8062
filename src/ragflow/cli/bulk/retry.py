"""``ragflow jobs retry``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ragflow import AsyncRAGFlow
from ragflow.cli.bulk.carrying import carry_out, code_of, make_reporter
from ragflow.cli.bulk.ingest import pace_of
from ragflow.cli.bulk.jobs import job_of
from ragflow.cli.bulk.ledgers import find_ledger, opened
from ragflow.cli.bulk.server import Server, find_dataset
from ragflow.cli.failures import ExitCode, Failure
from ragflow.ingest.jobs import JobInfo

__all__ = ["retry_job"]


def retry_job(
    number: int | None,
    *,
    ledger: Path | None,
    as_json: bool,
    base_url: str | None,
    api_key_file: Path | None,
    server_version: str | None,
    **rest: Any,
) -> ExitCode:
    """Runs a job again, with all it was called with; what failed is tried again.

    Raises:
        Failure: What it was called with is not known, or it cannot be carried out.
    """
    path = find_ledger(ledger, base_url)
    with opened(path) as record:
        job = job_of(record, number)
        sources = _sources_of(job)
        record.retry(job.target, job.id)
    given: Mapping[str, Any] = job.options
    pace = pace_of(rest) | ({} if given["parse"] else {"parse": False})
    server = Server(job.server, api_key_file, server_version)
    reporter = make_reporter(as_json=as_json, ledger=path)

    async def work(rag: AsyncRAGFlow) -> ExitCode:
        target = await find_dataset(rag, job.dataset_id)
        again: dict[str, Any] = {
            "ledger": path,
            "include": given["include"],
            "exclude": given["exclude"],
            "progress": reporter.progress,
            "on_result": reporter.result,
            **pace,
        }
        if given["mirror"]:
            report = await target.sync(sources[0], **again)
        else:
            shard = given["shard"]
            report = await target.ingest(
                sources,
                on_conflict=given["on_conflict"],
                shard=tuple(shard) if isinstance(shard, list) else None,
                **again,
            )
        reporter.close()
        reporter.summary(report)
        return code_of(report)

    return carry_out(server, work, reporter)


def _sources_of(job: JobInfo) -> list[str]:
    """Where the files of a job were.

    Raises:
        Failure: The ledger does not know.
    """
    sources, functions = job.options.get("sources"), job.options.get("functions")
    if isinstance(functions, list) and functions:
        raise Failure(
            f"job {job.id} was called from Python with {' and '.join(map(str, functions))}, "
            "so only that program can run it again"
        )
    if not isinstance(sources, list):
        raise Failure(
            f"job {job.id} was given its files one by one, and the ledger does not know where "
            "they came from: give them again to ragflow ingest"
        )
    return sources
