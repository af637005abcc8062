"""The database of a ledger; a private one keeps in memory what it knows while that is little."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import islice
from pathlib import Path

from attrs import define, field

from .database import Database, insert, storable, text_of
from .items import Job, Row, Settled
from .names import folded_name
from .rows import INSERT, INSERT_OUTCOME, UPDATE, insert_values, update_values
from .schema import TABLES

__all__ = ["Connected", "LedgerDatabase", "Unwritten", "outcome_values"]

KEPT = 4096  # files that have ended and stay in memory

Connected = Callable[[], sqlite3.Connection]  # the transaction begins with the first call


@define
class Unwritten:
    """Files of a job of which only memory knows: those on their way, and some that have ended."""

    job: Job
    last: int = 0  # the highest number given
    rows: dict[int, Row] = field(factory=dict)  # by number, as all but the last three
    places: dict[int, int] = field(factory=dict)  # in the job's input
    folded: dict[int, str] = field(factory=dict)  # names, as they were given
    settled: dict[int, Settled] = field(factory=dict)  # by place, in the order they have ended
    paths: dict[str, Row] = field(factory=dict)
    names: set[str] = field(factory=set)

    def add(self, placed: Iterable[tuple[int, Row]]) -> None:
        """Take in files with their places in the job's input."""
        for seq, row in placed:
            folded = folded_name(row.name)
            self.rows[row.id] = self.paths[row.path] = row
            self.places[row.id], self.folded[row.id] = seq, folded
            self.names.add(folded)
            if row.id > self.last:
                self.last = row.id

    def replace(self, row: Row) -> bool:
        """Take what is known now of a file that is here; false if it is not."""
        was = self.rows.get(row.id)
        if was is None:
            return False
        if row is not was:
            self.rows[row.id] = self.paths[row.path] = row
            end = self.settled.get(self.places[row.id])
            if end is not None:
                end.row = row
        return True

    def settle(self, item: Settled) -> None:
        """Take the end of a file that is on its way here."""
        self.settled[self.places[item.row.id]] = item
        item.row.found = None  # the fewer objects stay, the less a collector looks at

    def is_on_its_way(self, row: Row) -> bool:
        """Whether a file is here and has not ended."""
        place = self.places.get(row.id)
        return place is not None and place not in self.settled

    def has_doubts(self) -> bool:
        """Whether the server may have stored any of them more than once."""
        return any(row.doubted for row in self.rows.values())

    def counted(self, numbers: range) -> Counter[str | None]:
        """How many files at these places have which outcome, or none."""
        return Counter(
            self.settled[seq].outcome if seq in self.settled else None
            for seq in self.places.values()
            if seq in numbers
        )

    def remove(self, ids: Iterable[int]) -> list[tuple[int, Row, Settled | None]]:
        """Forget files that are written now; what there is to write, with their places."""
        removed: list[tuple[int, Row, Settled | None]] = []
        for id in list(ids):
            row, seq = self.rows.pop(id), self.places.pop(id)
            del self.paths[row.path]
            self.names.discard(self.folded.pop(id))
            removed.append((seq, row, self.settled.pop(seq, None)))
        return removed


class LedgerDatabase(Database):
    """A ledger's tables.

    A private ledger serves one job, which tells of each file when it is found, before it is sent,
    and when it has been sent. Nobody else reads that, and after a crash it is gone. So there a
    file is written once, after its end: when there are many, or somebody asks for what memory
    alone does not tell.
    """

    def __init__(self, path: Path | None) -> None:
        self.unwritten: Unwritten = Unwritten(Job(0, 0))
        self.is_blank: bool = path is None  # no file is in the database itself
        self._postponed: dict[str, tuple[str, Sequence[object]]] = {}
        super().__init__(path, TABLES)

    def postpone(self, change: str, statement: str, values: Sequence[object]) -> bool:
        """Put off a change, each of them once, until the database is opened; false if it is."""
        with self._lock:
            is_due = self.path is not None or self._opened is not None or change in self._postponed
            if not is_due:
                self._postponed[change] = (statement, values)
            return not is_due

    def _set_up(self, connection: sqlite3.Connection) -> None:
        super()._set_up(connection)
        for statement, values in self._postponed.values():
            connection.execute(statement, values)

    @contextmanager
    def adding(self, job: Job | None = None) -> Iterator[Connected]:
        """A transaction that looks at `unwritten` itself, which holds files of this job alone."""
        with self._lock, self.errors():
            if job is not None and job != self.unwritten.job:
                self._catch_up()
                self.unwritten = Unwritten(job)
            with ExitStack() as stack:
                begun: list[sqlite3.Connection] = []

                def connected() -> sqlite3.Connection:
                    if not begun:
                        stack.enter_context(self._transaction())
                        begun.append(self._connection)
                    return self._connection

                yield connected

    @contextmanager
    def remembering(self, job_id: int | None = None) -> Iterator[Unwritten | None]:
        """All files of a job, or of the last one, where memory holds all that there are."""
        with self._lock:
            is_here = self.is_blank and job_id in (None, self.unwritten.job.id)
            yield self.unwritten if is_here else None

    def take_over(self, other: Database) -> None:
        """Become a copy of another database."""
        self.is_blank = False
        super().take_over(other)

    def save(self, connected: Connected, rows: Sequence[Row]) -> None:
        """Write down what changed about rows that are not new."""
        known = self.unwritten.rows  # most rows are the very same
        written = [
            row for row in rows if known.get(row.id) is not row and not self.unwritten.replace(row)
        ]
        if written:
            connected().executemany(UPDATE, update_values(written))

    def write_oldest(self, connected: Connected) -> None:
        """Write the files that ended first, if there are more than memory should hold."""
        excess = len(self.unwritten.settled) - KEPT
        if excess > 0:
            oldest = islice(self.unwritten.settled.values(), excess)
            self._write(connected(), [item.row.id for item in oldest])

    def _catch_up(self) -> None:
        if self.unwritten.rows:
            with self._transaction():
                self._write(self._connection, self.unwritten.rows)

    def _write(self, connection: sqlite3.Connection, ids: Iterable[int]) -> None:
        self.is_blank = False
        job = self.unwritten.job
        removed = self.unwritten.remove(ids)
        insert(connection, INSERT, insert_values(job.target, [row for _, row, _ in removed]))
        insert(
            connection,
            INSERT_OUTCOME,
            [(job.id, seq, row.id, 0, None, *outcome_values(end)) for seq, row, end in removed],
        )


def outcome_values(end: Settled | None) -> tuple[object, ...]:
    """The columns of an outcome, settled or not."""
    if end is None:
        return None, None, "", 0
    return text_of(end.outcome), end.code, storable(end.reason), int(end.row.replaced)
