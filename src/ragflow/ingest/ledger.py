"""The record of an ingestion: what is sent is written down first, so that nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path, PurePath
from typing import Any, Self

from .._protocol.uploads import root_stem
from ..errors import LedgerError
from .database import marks, slices
from .doubts import Doubts
from .identity import differs
from .items import FileState, Row
from .jobs import Job
from .locks import JobLock
from .names import folded_name
from .outcomes import Outcomes
from .register import Registration
from .rows import COLUMNS, row_of
from .unwritten import LedgerDatabase

__all__ = ["Ledger"]


class Ledger(Registration, Doubts, Outcomes):
    """A SQLite file that knows each file of each dataset, each job, and what became of it.

    It may be used by several threads and several processes at once. Each call is one transaction.
    Every failure of SQLite or of the disk is a ``LedgerError``.
    """

    def __init__(self, path: Path | None) -> None:
        """Open a ledger, or make a new one.

        Args:
            path: Its file; ``None`` for a private one that is gone when it is closed.

        Raises:
            LedgerError: It cannot be opened, is another kind of file, or of a newer version.
        """
        self._locks: dict[int, JobLock | None] = {}
        self._db = LedgerDatabase(path)

    @classmethod
    def copy_of(cls, path: Path | None) -> Self:
        """Give a private ledger with what a file holds, if there is one; the file stays as it is.

        Raises:
            LedgerError: The file cannot be read, or is no ledger.
        """
        copy = cls(None)
        if path is not None and path.exists():
            source = LedgerDatabase(path)
            try:
                copy._db.take_over(source)
            finally:
                source.close()
        return copy

    @property
    def path(self) -> Path | None:
        """The file, or ``None`` where the ledger is a private one."""
        return self._db.path

    def close(self) -> None:
        """Close the ledger; jobs that have not ended count as interrupted."""
        for job_id in list(self._locks):
            self._release(job_id)
        self._db.close()

    def save(self, rows: Sequence[Row]) -> None:
        """Write down all that may change of these rows; the path, their key, does not."""
        with self._db.adding() as connected:
            self._db.save(connected, rows)

    def claim(self, job: Job, rows: Sequence[Row]) -> list[Row]:
        """Take files for this job alone, and give those it got, as they are in the ledger now.

        A file is this job's until it is settled or the job ends. One that another living job has
        claimed and not settled is left out; one of a dead job is taken over. What another job did
        since the row was read is in the row that is given: look at its state again.
        """
        claimed: list[Row] = []
        if not rows:
            return claimed
        with self._db.writing() as connection:
            alive: dict[int, bool] = {}
            for some in slices(rows):
                by_id = {row.id: row for row in some}
                now: list[tuple[Any, ...]] = connection.execute(
                    f"""SELECT owner, owner IS NOT NULL AND outcomes.outcome IS NULL, {COLUMNS}
                    FROM files LEFT JOIN outcomes
                    ON outcomes.job = owner AND outcomes.file = files.id AND repeated = 0
                    WHERE files.id IN ({marks(some)})""",
                    list(by_id),
                ).fetchall()
                for owner, is_held, *columns in now:
                    if is_held and owner != job.id:
                        if owner not in alive:
                            alive[owner] = self._is_alive(owner)
                        if alive[owner]:
                            continue
                    was = by_id[columns[0]]
                    fresh = row_of(tuple(columns))
                    fresh.created, fresh.replaced = was.created, was.replaced
                    fresh.found = was.found
                    fresh.changed = was.found is not None and differs(was.found, fresh)
                    claimed.append(fresh)
            for some in slices([row.id for row in claimed]):
                connection.execute(
                    f"UPDATE files SET owner = ? WHERE id IN ({marks(some)})", (job.id, *some)
                )
        order = {row.id: number for number, row in enumerate(rows)}
        return sorted(claimed, key=lambda row: order[row.id])

    def get(self, row_id: int) -> Row:
        """One row by its number.

        Raises:
            LedgerError: There is no such row, or no longer.
        """
        with self._db.reading() as connection:
            columns = connection.execute(
                f"SELECT {COLUMNS} FROM files WHERE id = ?", (row_id,)
            ).fetchone()
        if columns is None:
            raise LedgerError(f"the ledger knows no file {row_id}")
        return row_of(columns)

    def rows(self, target: int, states: AbstractSet[FileState] = frozenset()) -> Iterator[Row]:
        """All files of a dataset that are in one of these states, or in any."""
        wanted = sorted(states or FileState)
        query = f"""SELECT {COLUMNS} FROM files
            WHERE target = ? AND state IN ({marks(wanted)}) AND id > ? ORDER BY id LIMIT ?"""
        return map(row_of, self._db.pages(query, (target, *wanted)))

    def documents(self, target: int, ids: Sequence[str]) -> dict[str, Row]:
        """Give the rows of a dataset whose documents these are, by the documents' ids."""
        found: dict[str, Row] = {}
        with self._db.reading() as connection:
            for some in slices(ids):
                rows = connection.execute(
                    f"""SELECT {COLUMNS} FROM files
                    WHERE target = ? AND document_id != '' AND document_id IN ({marks(some)})""",
                    (target, *some),
                )
                found.update((row.document_id, row) for row in map(row_of, rows))
        return found

    def names(self, target: int, names: Sequence[str]) -> set[str]:
        """Give those of some names that are names of files of a dataset."""
        found: set[str] = set()
        with self._db.reading() as connection:
            for some in slices(names):
                rows = connection.execute(
                    f"""SELECT name FROM files WHERE target = ? AND folded != ''
                    AND folded IN ({marks(some)}) AND name IN ({marks(some)})""",
                    (target, *map(folded_name, some), *some),
                )
                found.update(name for (name,) in rows)
        return found

    def has_relatives(self, target: int, row: Row) -> bool:
        """Whether another file's name differs from a file's by numbers at most."""
        stem, suffix = folded_name(root_stem(row.name)), folded_name(PurePath(row.name).suffix)
        end = f"){suffix}"
        alike = "SELECT id FROM files WHERE target = ? AND folded != '' AND"
        between = (
            f"{alike} folded >= ? AND folded < ? AND substr(folded, 1 - ? + length(folded)) = ?"
        )
        names = [(f"{stem}{space}(", f"{stem}{space})") for space in ("", " ")]
        with self._db.reading() as connection:
            found = connection.execute(
                f"""SELECT 1 FROM ({alike} folded = ? UNION ALL {between} UNION ALL {between})
                WHERE id != ? LIMIT 1""",
                (
                    *(target, stem + suffix),
                    *(target, *names[0], len(end), end),
                    *(target, *names[1], len(end), end),
                    row.id,
                ),
            ).fetchone()
        return found is not None

    def vanished(self, job: Job, roots: AbstractSet[str]) -> Iterator[Row]:
        """Files with a document that earlier jobs saw under these roots, and this one did not."""
        wanted = sorted(roots)
        query = f"""SELECT {COLUMNS} FROM files
            WHERE target = ? AND root IN ({marks(wanted)}) AND document_id != '' AND NOT EXISTS
            (SELECT 1 FROM outcomes WHERE job = ? AND file = files.id)
            AND id > ? ORDER BY id LIMIT ?"""
        return map(row_of, self._db.pages(query, (job.target, *wanted, job.id)))

    def newest(self) -> int:
        """The highest number that a file has."""
        with self._db.remembering() as unwritten:
            if unwritten is not None:
                return unwritten.last
        with self._db.reading() as connection:
            (id,) = connection.execute("SELECT coalesce(max(id), 0) FROM files").fetchone()
        return int(id)

    def kept(self, job: Job, newest: int) -> int:
        """How many files with a document, numbered so high at most, this job has seen."""
        with self._db.reading() as connection:
            (count,) = connection.execute(
                """SELECT count(*) FROM outcomes JOIN files ON files.id = outcomes.file
                WHERE job = ? AND repeated = 0 AND document_id != '' AND files.id <= ?""",
                (job.id, newest),
            ).fetchone()
        return int(count)

    def forget(self, rows: Sequence[Row]) -> None:
        """Forget files for good, with all that jobs tell of them."""
        ids = [{"id": row.id} for row in rows]
        with self._db.writing() as connection:
            connection.executemany(
                """DELETE FROM outcomes WHERE file = :id AND job IN (SELECT jobs.id FROM jobs
                JOIN files ON files.target = jobs.target WHERE files.id = :id)""",
                ids,
            )
            connection.executemany("DELETE FROM files WHERE id = :id", ids)
