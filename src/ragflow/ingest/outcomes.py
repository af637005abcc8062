"""What became of the files of a job, in the order they came in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from itertools import takewhile
from typing import Any

from attrs import define

from ..errors import LedgerError
from ..models.ingest import FileResult, Outcome
from .database import insert, marks, storable, text_of
from .items import Job, Row
from .rows import COLUMNS, INSERT, INSERT_OUTCOME, insert_values, row_of
from .unwritten import LedgerDatabase

__all__ = ["Outcomes", "Settled"]

_OUTCOMES = {outcome.value: outcome for outcome in Outcome}

RESULT = """outcomes.seq, files.path, files.name, outcomes.outcome, files.document_id, files.size,
    outcomes.code, outcomes.reason, outcomes.replaced
    FROM outcomes JOIN files ON files.id = outcomes.file WHERE outcomes.job = ?"""


@define  # and not frozen: there is one for each of many files
class Settled:
    """What became of a file."""

    row: Row
    outcome: Outcome
    code: int | None = None
    reason: str = ""


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
        with self._db.adding(job) as connection:
            self._db.save(connection, changed)
            unwritten = self._db.unwritten
            new = {item.row.id: item for item in settled if item.row.id in unwritten.rows}
            old = [item for item in settled if item.row.id not in new]
            count = (
                0
                if not old
                else connection.executemany(
                    """UPDATE outcomes SET outcome = ?, code = ?, reason = ?, replaced = ?
                WHERE job = ? AND file = ? AND repeated = 0 AND outcome IS NULL""",
                    [(*_values(item), job.id, item.row.id) for item in old],
                ).rowcount
            )
            if len(new) + count != len(settled):
                raise LedgerError(f"job {job.id} would settle a file twice, or one it never saw")
            rows = [item.row for item in new.values()]
            insert(connection, INSERT, insert_values(job.target, rows))
            insert(
                connection,
                INSERT_OUTCOME,
                [
                    (job.id, unwritten.rows[id][0], id, 0, None, *_values(item))
                    for id, item in new.items()
                ],
            )
            unwritten.remove(rows)

    def results(
        self, job_id: int, outcomes: AbstractSet[Outcome] = frozenset()
    ) -> Iterator[FileResult]:
        """The settled files of a job in input order, read as they are needed.

        Names, documents and sizes are what the ledger knows of the files now.

        Args:
            job_id: The job's number.
            outcomes: Only files with one of these outcomes; all by default.
        """
        wanted = sorted(outcomes)
        chosen = f"IN ({marks(wanted)})" if wanted else "IS NOT NULL"
        query = f"""SELECT {RESULT} AND outcomes.outcome {chosen}
            AND outcomes.seq > ? ORDER BY outcomes.seq LIMIT ?"""
        return (_result(row) for row in self._db.pages(query, (job_id, *wanted)))

    def settled_prefix(
        self, job: Job, after_seq: int = -1, limit: int = 256
    ) -> list[tuple[int, FileResult]]:
        """The next results in input order, up to the first file that is not settled.

        Args:
            job: The job; its files are registered in the order of their numbers.
            after_seq: The number of the last result that was taken.
            limit: How many to give at most.
        """
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


def _values(item: Settled) -> tuple[object, ...]:
    """The columns of an outcome that is settled."""
    replaced = int(item.row.replaced)
    return text_of(item.outcome), item.code, storable(item.reason), replaced


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
