"""The database of a ledger; a private one writes what it knows of a file once, and not thrice."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from attrs import define, field

from .database import Database, insert
from .items import Job, Row
from .names import folded_name
from .rows import INSERT, INSERT_OUTCOME, UPDATE, insert_values, update_values
from .schema import TABLES

__all__ = ["LedgerDatabase", "Unwritten"]


@define
class Unwritten:
    """Files that a job has seen and not settled, of which only memory knows.

    They are few: as many as are on their way through the stages of the job.
    """

    job: Job
    last: int = 0  # the highest number given
    rows: dict[int, tuple[int, Row, str]] = field(factory=dict)  # with place and folded name
    paths: dict[str, Row] = field(factory=dict)
    names: set[str] = field(factory=set)

    def add(self, placed: Iterable[tuple[int, Row]]) -> None:
        """Take in files with their places in the job's input."""
        for seq, row in placed:
            folded = folded_name(row.name)
            self.rows[row.id] = seq, row, folded
            self.paths[row.path] = row
            self.names.add(folded)
            self.last = max(self.last, row.id)

    def replace(self, row: Row) -> bool:
        """Take what is known now of a file that is here; false if it is not."""
        known = self.rows.get(row.id)
        if known is None:
            return False
        seq, _, folded = known
        self.rows[row.id] = seq, row, folded
        self.paths[row.path] = row
        return True

    def remove(self, rows: Iterable[Row]) -> None:
        """Forget files that are written now."""
        for row in rows:
            _, _, folded = self.rows.pop(row.id)
            del self.paths[row.path]
            self.names.discard(folded)


class LedgerDatabase(Database):
    """A ledger's tables.

    A private ledger serves one job, which tells of each file when it is found, before it is sent,
    and when it has been sent. Nobody else reads that, and after a crash it is gone. So there only
    the end of a file is written, unless somebody asks earlier.
    """

    def __init__(self, path: Path | None) -> None:
        self.unwritten: Unwritten = Unwritten(Job(0, 0))
        super().__init__(path, TABLES)

    @contextmanager
    def adding(self, job: Job | None = None) -> Iterator[sqlite3.Connection]:
        """A transaction that looks at `unwritten` itself, which holds files of this job alone."""
        with self._lock, self.errors():
            if job is not None and job != self.unwritten.job:
                self._catch_up()
                self.unwritten = Unwritten(job)
            with self._transaction():
                yield self._connection

    def save(self, connection: sqlite3.Connection, rows: Sequence[Row]) -> None:
        """Write down what changed about rows that are not new."""
        written = [row for row in rows if not self.unwritten.replace(row)]
        connection.executemany(UPDATE, update_values(written))

    def _catch_up(self) -> None:
        placed = list(self.unwritten.rows.values())
        if not placed:
            return
        with self._transaction():
            rows = [row for _, row, _ in placed]
            values = insert_values(self.unwritten.job.target, rows)
            insert(self._connection, INSERT, values)
            insert(
                self._connection,
                INSERT_OUTCOME,
                [
                    (self.unwritten.job.id, seq, row.id, 0, None, None, None, "", 0)
                    for seq, row, _ in placed
                ],
            )
            self.unwritten.remove(rows)
