"""Jobs of a ledger: their life, what is kept of them, another try."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest.ledgers import begin, file, result, see
from ragflow.errors import LedgerError
from ragflow.ingest.items import FileState
from ragflow.ingest.ledger import Ledger
from ragflow.models import Outcome


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the ledger is."""
    return tmp_path / "ledger.db"


@pytest.fixture
def ledger(path: Path) -> Iterator[Ledger]:
    """A ledger."""
    ledger = Ledger(path)
    yield ledger
    ledger.close()


def test_what_is_told_of_a_job(ledger: Ledger) -> None:
    """Its call, its place, its times and its counts."""
    before = datetime.now(UTC)
    target = ledger.target("http://server", "print", "d1", "Papers")
    job = ledger.begin(target, "sync", {"parse": True, "include": ["*.pdf"]})
    rows = see(ledger, job, file("a"), file("b"))
    ledger.settle(job, [result(rows[0])])
    info = ledger.job(job.id)
    assert (info.server, info.dataset_id, info.dataset_name) == ("http://server", "d1", "Papers")
    assert (info.kind, info.options) == ("sync", {"parse": True, "include": ["*.pdf"]})
    assert (info.status, info.pid, info.ended) == ("running", os.getpid(), None)
    assert (info.found, info.counts) == (2, {Outcome.STORED: 1})
    ledger.end(job, "done", 77)
    info = ledger.job(job.id)
    assert (info.status, info.bytes_sent) == ("done", 77)
    assert info.ended is not None
    assert before <= info.started <= info.ended
    assert ledger.jobs() == [info]


def test_an_unknown_job(ledger: Ledger) -> None:
    """Asking for a job that is not there is an error."""
    with pytest.raises(LedgerError, match="no job 7"):
        ledger.job(7)


def test_an_interrupted_job(ledger: Ledger, path: Path) -> None:
    """A job whose ledger was closed is told as interrupted, now and for good."""
    other = Ledger(path)
    job = begin(other)
    assert ledger.job(job.id).status == "running"
    other.close()
    assert ledger.job(job.id).status == "interrupted"
    begin(ledger)
    with ledger._db.reading() as connection:
        stored = connection.execute("SELECT status FROM jobs ORDER BY id").fetchall()
    assert stored == [("interrupted",), ("running",)]


def test_locks_are_cleared_away(ledger: Ledger, path: Path) -> None:
    """A job has a file next to the ledger while it lives."""
    job = begin(ledger)
    lock = path.with_name(f"ledger.db.job-{job.id}")
    assert lock.exists()
    ledger.end(job, "done")
    assert not lock.exists()


def test_a_job_that_cannot_begin(ledger: Ledger, path: Path) -> None:
    """Without its lock there is no job, and nothing of it is left."""
    begin(ledger)
    in_the_way = path.with_name("ledger.db.job-2")
    in_the_way.mkdir()
    with pytest.raises(LedgerError, match="cannot be read or written"):
        begin(ledger)
    in_the_way.rmdir()
    assert [info.id for info in ledger.jobs()] == [1]
    assert begin(ledger).id == 2


def test_only_the_last_jobs_are_kept(ledger: Ledger) -> None:
    """Of each dataset 20; older ones go with their outcomes unless they are alive."""
    alive = begin(ledger)
    see(ledger, alive, file("a"))
    other = begin(ledger, "d2")
    ledger.end(other, "done")
    ids = []
    for _ in range(25):
        job = begin(ledger)
        see(ledger, job, file("a"))
        ledger.end(job, "done")
        ids.append(job.id)
    assert [info.id for info in ledger.jobs()] == [alive.id, other.id, *ids[-20:]]
    with ledger._db.reading() as connection:
        (outcomes,) = connection.execute("SELECT count(*) FROM outcomes").fetchone()
    assert outcomes == 21


def test_jobs_are_cleaned_away(ledger: Ledger) -> None:
    """Running jobs stay, and so does what is known of the files; numbers are not used again."""
    running = begin(ledger)
    rows = see(ledger, running, file("a"))
    for _ in range(3):
        ledger.end(begin(ledger), "done")
    assert ledger.clean(keep=2) == 1
    assert ledger.clean() == 2
    assert [info.id for info in ledger.jobs()] == [running.id]
    assert ledger.get(rows[0].id).path == "a"
    assert begin(ledger).id == 5


def test_a_job_is_dropped(ledger: Ledger) -> None:
    """One job goes with its outcomes; others, and what is known of the files, stay."""
    first, second = begin(ledger), begin(ledger)
    (row,) = see(ledger, first, file("a"))
    see(ledger, second, file("a"))
    ledger.end(second, "done")
    ledger.drop(second.id)
    assert [info.id for info in ledger.jobs()] == [first.id]
    assert (ledger.found(first.id), ledger.found(second.id)) == (1, 0)
    assert ledger.get(row.id).path == "a"


def test_another_try_at_parsing(ledger: Ledger) -> None:
    """A file that is stored and could not be parsed stays stored and is tried again."""
    job = begin(ledger)
    (row,) = see(ledger, job, file("a"))
    row.state, row.document_id, row.attempts = FileState.STORED, "d1", 3
    ledger.save([row])
    assert ledger.retry(job.target, job.id) == 1
    fresh = ledger.get(row.id)
    assert (fresh.state, fresh.document_id, fresh.attempts) == (FileState.STORED, "d1", 0)


def test_another_try(ledger: Ledger) -> None:
    """What has failed or is quarantined is found again, of one job or of all."""
    job, other = begin(ledger), begin(ledger)
    rows = see(ledger, job, *(file(path) for path in "abc"))
    rows += see(ledger, other, file("d"))
    states = (FileState.FAILED, FileState.QUARANTINED, FileState.DONE, FileState.FAILED)
    for row, state in zip(rows, states, strict=True):
        row.state, row.attempts, row.code, row.reason = state, 3, 102, "no"
    ledger.save(rows)
    assert ledger.retry(job.target, job.id) == 2
    assert ledger.retry(job.target) == 1
    fresh = [ledger.get(row.id) for row in rows]
    assert [row.state for row in fresh] == [*[FileState.FOUND] * 2, FileState.DONE, FileState.FOUND]
    assert [(row.attempts, row.code, row.reason) for row in fresh[:2]] == [(0, None, "")] * 2
    assert fresh[2].attempts == 3
