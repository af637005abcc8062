# Generated from src/ragflow/_async/ingestion/running.py by tools/generate_sync.py. Do not edit.
"""Where a job runs: in a thread of its own, if nothing ties it to the caller's event loop."""

from __future__ import annotations

from ...ingest.options import IngestOptions
from ...models import DatasetData, IngestReport
from ..transport import Transport
from .job import Ingest


def run_job(
    api: Transport, dataset: DatasetData, options: IngestOptions, sources: object
) -> IngestReport:
    """Does a job.

    Raises:
        RAGFlowError: As `Ingest.run`.
    """
    job = Ingest(api, dataset, options)

    return job.run(sources)
