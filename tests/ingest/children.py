"""What other processes do to a ledger in tests."""

from __future__ import annotations

import time
from multiprocessing.connection import Connection
from pathlib import Path

from ingest.ledgers import begin, file, result, see
from ragflow.errors import LedgerError
from ragflow.ingest.items import FileState, Row
from ragflow.ingest.jobs import Job
from ragflow.ingest.ledger import Ledger
from ragflow.ingest.locks import JobLock
from ragflow.models import Outcome

FOREVER = 600.0


def hold(path: Path, job: int, parent: Connection) -> None:
    """Hold the lock of a job until killed."""
    lock = JobLock(path, job)
    parent.send(str(lock.path))
    time.sleep(FOREVER)


def die_while_sending(path: Path, parent: Connection) -> None:
    """Be about to send two of three files until killed."""
    ledger = Ledger(path)
    job = begin(ledger)
    rows = ledger.claim(job, see(ledger, job, file("a"), file("b"), file("c")))
    for row in rows[:2]:
        row.state = FileState.SENDING
    ledger.save(rows)
    ledger.settle(job, [result(rows[2])])
    parent.send(job.id)
    time.sleep(FOREVER)


def die_while_writing(path: Path, parent: Connection) -> None:
    """Stand in the middle of a large transaction until killed."""
    ledger = Ledger(path)
    job = begin(ledger)
    see(ledger, job, file("a"))
    with ledger._db.writing() as connection:
        connection.execute("PRAGMA cache_size = 10")  # pages that do not fit are in the file
        connection.executemany(
            "INSERT INTO outcomes (job, seq, file) VALUES (?, ?, ?)",
            [(job.id, number, number) for number in range(2, 20_000)],
        )
        connection.execute("UPDATE files SET state = 'done'")
        parent.send(job.id)
        time.sleep(FOREVER)


def fill_the_disk(path: Path, limit: int, parent: Connection) -> None:
    """Register files until the ledger may not grow; tell how many fit, and the error."""
    import resource

    ledger = Ledger(path)
    job = begin(ledger)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    fit = 0
    try:
        while True:
            see(ledger, job, *(file(f"{n:0100}") for n in range(fit, fit + 100)), first=fit)
            fit += 100
    except LedgerError as error:
        parent.send((job.id, fit, str(error)))


def work(path: Path, number: int, files: int, parent: Connection) -> None:
    """Send, as a job among others, all files that no other job has."""
    ledger = Ledger(path)
    job = begin(ledger)
    parent.send(job.id)
    starts = range(0, files, 20)
    for start in [*starts[number:], *starts[:number]]:
        names = [f"{each:04}" for each in range(start, start + 20)]
        _take(ledger, job, see(ledger, job, *map(file, names), first=start))
    while left := list(ledger.unsettled(job)):
        _take(ledger, job, left)
        time.sleep(0.01)
    counts = ledger.counts(job.id)
    ledger.end(job, "done")
    ledger.close()
    parent.send(counts)


def _take(ledger: Ledger, job: Job, rows: list[Row]) -> None:
    """Count what is sent in the rows themselves."""
    mine = ledger.claim(job, rows)
    new = [row for row in mine if row.state is not FileState.DONE]
    for row in new:
        row.state = FileState.SENDING
        row.attempts += 1
    ledger.save(new)
    for row in new:
        row.state = FileState.DONE
    ledger.save(new)
    ledger.settle(
        job, [result(row, Outcome.STORED if row in new else Outcome.SKIPPED) for row in mine]
    )
