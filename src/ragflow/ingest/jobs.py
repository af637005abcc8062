"""The jobs of a ledger: whom they serve, whether they run, what is kept of them."""

from __future__ import annotations

import json
import os
import socket
import sqlite3
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal

from attrs import frozen

from ..errors import LedgerError
from ..models.ingest import Outcome
from .items import Job
from .locks import JobLock, is_alive
from .unwritten import LedgerDatabase

__all__ = ["Job", "JobInfo", "JobKind", "JobStatus", "Jobs"]

JobKind = Literal["ingest", "sync"]
JobStatus = Literal["running", "done", "failed", "aborted", "interrupted"]

JOBS_KEPT = 20
COLUMNS = """jobs.id, target, server, dataset_id, dataset_name, kind, options, status, started,
    ended, host, pid, bytes_sent"""

INSERT_TARGET = """INSERT INTO targets (server, key_fingerprint, dataset_id, dataset_name)
    VALUES (?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET dataset_name = excluded.dataset_name RETURNING id"""
INSERT_JOB = """INSERT INTO jobs (target, kind, options, status, started, host, pid)
    VALUES (?, ?, ?, 'running', ?, ?, ?)"""
END_JOB = "UPDATE jobs SET status = ?, ended = ?, bytes_sent = ? WHERE id = ?"


@frozen
class JobInfo:
    """What the ledger tells of a job.

    Attributes:
        id: Its number in the ledger.
        target: The number of its dataset in the ledger.
        server: The server's address.
        dataset_id: The dataset it was for.
        dataset_name: That dataset's name, as last known.
        kind: What was called: ``ingest`` or ``sync``.
        options: What it was called with.
        status: ``running``, or how it ended; ``interrupted`` also when its process is gone.
        started: When it began.
        ended: When it ended; ``None`` while it runs, and when it was interrupted.
        host: The machine it ran on.
        pid: Its process there.
        bytes_sent: Bytes of the files that it stored; 0 until it has ended.
        found: How many files it saw.
        counts: How many of these have which outcome.
    """

    id: int
    target: int
    server: str
    dataset_id: str
    dataset_name: str
    kind: JobKind
    options: Mapping[str, object]
    status: JobStatus
    started: datetime
    ended: datetime | None
    host: str
    pid: int
    bytes_sent: int
    found: int
    counts: Mapping[Outcome, int]


class Jobs:
    """The part of a ledger that keeps its jobs."""

    _db: LedgerDatabase
    _locks: dict[int, JobLock | None]

    def target(
        self, server: str, key_fingerprint: str, dataset_id: str, dataset_name: str = ""
    ) -> int:
        """Give the number under which the ledger knows a dataset, as seen with one key."""
        values = (server, key_fingerprint, dataset_id, dataset_name)
        if self._db.postpone("target", INSERT_TARGET, values):
            return 1
        with self._db.writing() as connection:
            row = connection.execute(INSERT_TARGET, values).fetchone()
        return int(row[0])

    def begin(self, target: int, kind: JobKind, options: Mapping[str, object]) -> Job:
        """Begin a job, which is alive from now on until ``end``, or until its process dies.

        Of the jobs for the same dataset, the last 20 are kept; jobs whose process is gone are
        marked as interrupted.

        Args:
            target: The number of the dataset.
            kind: What was called.
            options: What it was called with, as JSON-able data.
        """
        id = 0
        now = time.time()
        values = (target, kind, json.dumps(options), now, socket.gethostname(), os.getpid())
        if self._db.postpone("job", INSERT_JOB, values):
            self._locks[1] = None
            return Job(1, target)
        try:
            with self._db.writing() as connection:
                self._mark_dead(connection)
                self._drop_old(connection, JOBS_KEPT - 1, target)
                id = connection.execute(INSERT_JOB, values).lastrowid or 0
                # Before others can see the job, so that it never looks dead to them.
                self._locks[id] = JobLock(self._db.path, id) if self._db.path else None
        except BaseException:
            self._release(id)
            raise
        return Job(id, target)

    def end(self, job: Job, status: JobStatus, bytes_sent: int = 0) -> None:
        """End a job: files that it has claimed and not settled are free for others."""
        try:
            values = (status, time.time(), bytes_sent, job.id)
            if not self._db.postpone("end", END_JOB, values):
                with self._db.adding() as connected:
                    connected().execute(END_JOB, values)
        finally:
            self._release(job.id)

    def jobs(self) -> list[JobInfo]:
        """All jobs the ledger knows, the oldest first."""
        with self._db.reading() as connection:
            rows = connection.execute(
                f"SELECT {COLUMNS} FROM jobs JOIN targets ON targets.id = target ORDER BY jobs.id"
            ).fetchall()
        return [self._info(row) for row in rows]

    def job(self, id: int) -> JobInfo:
        """What the ledger tells of one job.

        Raises:
            LedgerError: There is no such job, or no longer.
        """
        with self._db.reading() as connection:
            row = connection.execute(
                f"SELECT {COLUMNS} FROM jobs JOIN targets ON targets.id = target WHERE jobs.id = ?",
                (id,),
            ).fetchone()
        if row is None:
            raise LedgerError(f"the ledger knows no job {id}")
        return self._info(row)

    def counts(self, job_id: int, numbers: range | None = None) -> dict[Outcome, int]:
        """How many files of a job have which outcome; those not settled are left out.

        Args:
            job_id: The job's number.
            numbers: Only files with these numbers in the job's input; all by default.
        """
        counted = self._counted(job_id, numbers)
        return {Outcome(outcome): count for outcome, count in counted if outcome}

    def found(self, job_id: int) -> int:
        """How many files a job has seen."""
        return sum(count for _, count in self._counted(job_id))

    def retry(self, target: int, job_id: int | None = None) -> int:
        """Let the next run try again what has failed or is quarantined, parsing included.

        Args:
            target: The number of the dataset.
            job_id: Only files that this job has seen; all by default.

        Returns:
            How many files these are.
        """
        seen = "AND id IN (SELECT file FROM outcomes WHERE job = ?)" if job_id is not None else ""
        with self._db.writing() as connection:
            return connection.execute(
                f"""UPDATE files SET attempts = 0, code = NULL, reason = '',
                state = iif(state IN ('failed', 'quarantined'), 'found', state)
                WHERE target = ? {seen} AND
                (state IN ('failed', 'quarantined') OR state = 'stored' AND attempts > 0)""",
                (target,) if job_id is None else (target, job_id),
            ).rowcount

    def clean(self, keep: int = 0) -> int:
        """Forget old jobs and their outcomes, but not what is known of the files.

        Args:
            keep: How many jobs of each dataset are kept; running ones always are.

        Returns:
            How many jobs are forgotten.
        """
        with self._db.writing() as connection:
            targets = connection.execute("SELECT id FROM targets").fetchall()
            return sum(self._drop_old(connection, keep, target) for (target,) in targets)

    def drop(self, id: int) -> None:
        """Forget one job and its outcomes, but not what is known of the files."""
        with self._db.writing() as connection:
            self._drop(connection, [(id,)])

    def _is_alive(self, job_id: int) -> bool:
        """Tell whether a job runs, here or in another process."""
        if job_id in self._locks:
            return True
        if self._db.path is None:
            return False
        with self._db.errors():
            return is_alive(self._db.path, job_id)

    def _release(self, job_id: int) -> None:
        """Give up the lock of a job."""
        lock = self._locks.pop(job_id, None)
        if lock is not None:
            lock.release()

    def _mark_dead(self, connection: sqlite3.Connection) -> None:
        """Mark jobs that ended without saying so."""
        running = connection.execute("SELECT id FROM jobs WHERE status = 'running'").fetchall()
        connection.executemany(
            "UPDATE jobs SET status = 'interrupted' WHERE id = ?",
            [row for row in running if not self._is_alive(*row)],
        )

    def _drop_old(self, connection: sqlite3.Connection, keep: int, target: int) -> int:
        """Forget the jobs of a dataset that are neither among its last nor alive."""
        rows = connection.execute(
            "SELECT id FROM jobs WHERE target = ? ORDER BY id DESC LIMIT -1 OFFSET ?",
            (target, keep),
        ).fetchall()
        old = [row for row in rows if not self._is_alive(*row)]
        self._drop(connection, old)
        return len(old)

    def _drop(self, connection: sqlite3.Connection, jobs: Sequence[tuple[int]]) -> None:
        """Forget jobs, given by their numbers."""
        connection.executemany("DELETE FROM outcomes WHERE job = ?", jobs)
        connection.executemany("DELETE FROM jobs WHERE id = ?", jobs)

    def _counted(self, job_id: int, numbers: range | None = None) -> list[tuple[str | None, int]]:
        """Count a job's outcomes by their text, which is None where one is not settled."""
        numbers = numbers if numbers is not None else range(sys.maxsize)
        with self._db.remembering(job_id) as unwritten:
            if unwritten is not None:
                return list(unwritten.counted(numbers).items())
        with self._db.reading() as connection:
            return connection.execute(
                """SELECT outcome, count(*) FROM outcomes WHERE job = ? AND seq BETWEEN ? AND ?
                GROUP BY outcome""",
                (job_id, numbers.start, numbers.stop - 1),
            ).fetchall()

    def _info(self, row: tuple[Any, ...]) -> JobInfo:
        """Make a job's data of its row."""
        id, target, server, dataset_id, dataset_name, kind, options, status, *rest = row
        started, ended, host, pid, bytes_sent = rest
        if status == "running" and not self._is_alive(id):
            status = "interrupted"
        counted = self._counted(id)
        return JobInfo(
            id,
            target,
            server,
            dataset_id,
            dataset_name,
            kind,
            json.loads(options),
            status,
            datetime.fromtimestamp(started, UTC),
            None if ended is None else datetime.fromtimestamp(ended, UTC),
            host,
            pid,
            bytes_sent,
            sum(count for _, count in counted),
            {Outcome(outcome): count for outcome, count in counted if outcome},
        )
