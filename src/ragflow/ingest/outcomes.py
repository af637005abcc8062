"""What became of the files of a job, in the order they came in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from itertools import count, islice, takewhile
from typing import Any

from ..errors import LedgerError
from ..models.ingest import FileResult, Outcome
from .database import marks, storable
from .items import Job, Row, Settled
from .rows import COLUMNS, row_of
from .unwritten import LedgerDatabase, outcome_values

__all__ = ["Outcomes"]

_OUTCOMES = {outcome.value: outcome for outcome in Outcome}

RESULT = """outcomes.seq, files.path, files.name, outcomes.outcome, files.document_id, files.size,
    outcomes.code, outcomes.reason, outcomes.replaced
    FROM outcomes JOIN files ON files.id = outcomes.file WHERE outcomes.job = ?"""


class Outcomes:
    """The part of a ledger that keeps outcomes."""

    _db: LedgerDatabase

    def settle(self, job: Job, settled: Sequence[Settled], changed: Sequence[Row] = ()) -> None:
        """Write down what became of files: once and for good, after what changed about them.

        A file that is settled is free for other jobs.

        Args:
            job: The job.
            settled: Its files, and what became of them.
            changed: Rows that are saved as well, as `save` does, in the same transaction.

        Raises:
            LedgerError: The job has not seen one of the files, or has settled it before; then
                nothing of all this is kept.
        """
        with self._db.adding(job) as connected:
            self._db.save(connected, changed)
            unwritten = self._db.unwritten
            ended = {item.row.id: item for item in settled if unwritten.is_on_its_way(item.row)}
            written = [item for item in settled if item.row.id not in ended]
            ends = len(ended)
            if written:
                ends += (
                    connected()
                    .executemany(
                        """UPDATE outcomes SET outcome = ?, code = ?, reason = ?, replaced = ?
                        WHERE job = ? AND file = ? AND repeated = 0 AND outcome IS NULL""",
                        [(*outcome_values(item), job.id, item.row.id) for item in written],
                    )
                    .rowcount
                )
            if ends != len(settled):
                raise LedgerError(f"job {job.id} would settle a file twice, or one it never saw")
            for item in ended.values():
                unwritten.settle(item)
            self._db.write_oldest(connected)

    def results(
        self, job_id: int, outcomes: AbstractSet[Outcome] = frozenset()
    ) -> Iterator[FileResult]:
        """The settled files of a job in input order, read as they are needed.

        Names, documents and sizes are what the ledger knows of the files now.

        Args:
            job_id: The job's number.
            outcomes: Only files with one of these outcomes; all by default.
        """
        with self._db.remembering(job_id) as unwritten:
            known = None if unwritten is None else sorted(unwritten.settled.items())
        if known is not None:
            ends = [end for _, end in known if not outcomes or end.outcome in outcomes]
            yield from map(_told, ends)
            return
        wanted = sorted(outcomes)
        chosen = f"IN ({marks(wanted)})" if wanted else "IS NOT NULL"
        query = f"""SELECT {RESULT} AND outcomes.outcome {chosen}
            AND outcomes.seq > ? ORDER BY outcomes.seq LIMIT ?"""
        yield from (_result(row) for row in self._db.pages(query, (job_id, *wanted)))

    def settled_prefix(
        self, job: Job, after_seq: int = -1, limit: int = 256
    ) -> list[tuple[int, FileResult]]:
        """The next results in input order, up to the first file that is not settled.

        Args:
            job: The job; its files are registered in the order of their numbers.
            after_seq: The number of the last result that was taken.
            limit: How many to give at most.
        """
        with self._db.remembering(job.id) as unwritten:
            if unwritten is not None:
                ends = map(unwritten.settled.get, count(after_seq + 1))
                known = takewhile(lambda end: end is not None, islice(ends, limit))
                return [(seq, _told(end)) for seq, end in enumerate(known, after_seq + 1) if end]
        with self._db.reading() as connection:
            rows = connection.execute(
                f"SELECT {RESULT} AND outcomes.seq > ? ORDER BY outcomes.seq LIMIT ?",
                (job.id, after_seq, limit),
            ).fetchall()
        return [(row[0], _result(row)) for row in takewhile(lambda row: row[3] is not None, rows)]

    def unsettled(self, job: Job) -> Iterator[Row]:
        """The files that this job has seen and not settled, in input order.

        They are left to another job that is at them, or the job was interrupted.
        """
        query = f"""SELECT outcomes.seq, {COLUMNS} FROM outcomes
            JOIN files ON files.id = outcomes.file
            WHERE outcomes.job = ? AND outcome IS NULL AND seq > ? ORDER BY seq LIMIT ?"""
        return (row_of(row[1:]) for row in self._db.pages(query, (job.id,)))


def _told(end: Settled) -> FileResult:
    """Make a result of what memory knows."""
    row = end.row
    return FileResult(
        path=row.path,
        name=row.name,
        outcome=end.outcome,
        document_id=row.document_id,
        size=row.size,
        code=end.code,
        reason=storable(end.reason) if end.reason else "",
        replaced=row.replaced,
    )


def _result(row: tuple[Any, ...]) -> FileResult:
    """Make a result of its row."""
    _, path, name, outcome, document_id, size, code, reason, replaced = row
    return FileResult(
        path=path,
        name=name,
        outcome=_OUTCOMES[outcome],
        document_id=document_id,
        size=size,
        code=code,
        reason=reason,
        replaced=bool(replaced),
    )
