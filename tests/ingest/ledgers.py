"""Ledgers with little in them, for tests."""

from __future__ import annotations

from collections.abc import Sequence

from ragflow.ingest.items import FileState, Found, Row, Settled, Unreadable
from ragflow.ingest.jobs import Job
from ragflow.ingest.ledger import Ledger
from ragflow.models import Outcome

ROOT = "/nowhere/tree"


def file(path: str, root: str = ROOT, size: int = 5, stamp: str = "1") -> Found:
    """A file as a scan sees it."""
    return Found(root, path, size, stamp, b"")


def memory(path: str, content: bytes) -> Found:
    """Contents in memory."""
    return Found("", path, len(content), "", content)


def begin(ledger: Ledger, dataset: str = "d1") -> Job:
    """A new job for a dataset."""
    return ledger.begin(ledger.target("http://server", "print", dataset, "Papers"), "ingest", {})


def see(ledger: Ledger, job: Job, *items: Found | Unreadable, first: int = 0) -> list[Row]:
    """Register files, numbered from ``first``."""
    return ledger.register(job, list(enumerate(items, first)))


def result(
    row: Row, outcome: Outcome = Outcome.STORED, code: int | None = None, reason: str = ""
) -> Settled:
    """What became of a file."""
    return Settled(row, outcome, code, reason)


def store(ledger: Ledger, job: Job, rows: Sequence[Row]) -> None:
    """Let files be stored, as the engine would note it."""
    for row in rows:
        assert row.found is not None
        row.size, row.stamp = row.found.size, row.found.stamp
        row.state, row.document_id = FileState.DONE, f"doc-{row.id}"
    ledger.save(rows)
    ledger.settle(job, [result(row) for row in rows])
