"""The files of a ledger that a server may have stored more than once."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from pathlib import PurePath
from typing import Any

from attrs import frozen

from .database import PAGE, marks, slices
from .items import Job, Row
from .jobs import Jobs
from .names import folded_name
from .rows import COLUMNS, row_of

__all__ = ["Doubts", "DoubtsOfJob"]

_NUMBER = re.compile(r"\(\d+\)\Z")
# The plus keeps SQLite from going through all files in doubt where it is to look up a few.
_IN_DOUBT = "+files.doubted > 0"
_OF_JOB = """files.document_id != '' AND files.state != 'sending'
    AND (owner IS NULL OR (owner <= ? AND owner NOT IN ({others})))"""


@frozen
class DoubtsOfJob:
    """The files in doubt that one job looks at when it ends: its own, and those of dead jobs.

    Attributes:
        target: The number of the dataset.
        newest: The last job that had begun; what later ones take is theirs.
        others: Other jobs that were alive.
        count: How many files these are.
        earliest: The least creation time after which one of them was sent, in milliseconds.
    """

    target: int
    newest: int
    others: tuple[int, ...]
    count: int = 0
    earliest: int = 0

    @property
    def condition(self) -> str:
        """What tells these files among those in doubt of the dataset."""
        return _OF_JOB.format(others=marks(self.others))

    @property
    def values(self) -> tuple[int, ...]:
        """The parameters of the condition."""
        return self.newest, *self.others


class Doubts(Jobs):
    """The part of a ledger that knows what is in doubt."""

    def doubts(self, job: Job) -> DoubtsOfJob:
        """Tell which files in doubt a job has to look at."""
        with self._db.remembering(job.id) as unwritten:
            if unwritten is not None and not unwritten.has_doubts():
                return DoubtsOfJob(job.target, job.id, ())
        with self._db.reading() as connection:
            # In this order, so that no job that begins meanwhile is taken for a dead one.
            (newest,) = connection.execute("SELECT coalesce(max(id), 0) FROM jobs").fetchone()
            running = connection.execute(
                "SELECT id FROM jobs WHERE status = 'running' AND id != ?", (job.id,)
            ).fetchall()
            others = tuple(id for (id,) in running if self._is_alive(id))
            scope = DoubtsOfJob(job.target, newest, others)
            count, earliest = connection.execute(
                f"""SELECT count(*), coalesce(min(doubted), 0) FROM files
                WHERE target = ? AND doubted > 0 AND {scope.condition}""",
                (job.target, *scope.values),
            ).fetchone()
        return DoubtsOfJob(job.target, newest, others, count, earliest)

    def doubted(self, doubts: DoubtsOfJob) -> Iterator[Row]:
        """All these files, read as they are needed."""
        query = f"""SELECT {COLUMNS} FROM files
            WHERE target = ? AND doubted > 0 AND {doubts.condition}
            AND id > ? ORDER BY id LIMIT ?"""
        return map(row_of, self._db.pages(query, (doubts.target, *doubts.values)))

    def doubted_named(self, doubts: DoubtsOfJob, names: Sequence[str]) -> list[Row]:
        """Those of them of which a server may have made documents with these names."""
        return self._named(doubts.target, names, doubts.condition, doubts.values)

    def doubted_with(self, doubts: DoubtsOfJob, ids: Sequence[str]) -> list[Row]:
        """Those of them that have these documents."""
        found: list[Row] = []
        with self._db.reading() as connection:
            for some in slices(ids):
                rows = connection.execute(
                    f"""SELECT {COLUMNS} FROM files
                    WHERE target = ? AND document_id != '' AND document_id IN ({marks(some)})
                    AND {_IN_DOUBT} AND {doubts.condition}""",
                    (doubts.target, *some, *doubts.values),
                )
                found += map(row_of, rows)
        return found

    def in_doubt(self, target: int, names: Sequence[str]) -> list[Row]:
        """Files in doubt, whose ever, of which a server may have made documents of these names."""
        return self._named(target, names)

    def clear_doubts(self, doubts: DoubtsOfJob, left: AbstractSet[int]) -> None:
        """Note that nothing more of these files will come, but for some."""
        after = -1
        while True:
            with self._db.writing() as connection:
                rows = connection.execute(
                    f"""SELECT id FROM files WHERE target = ? AND doubted > 0
                    AND {doubts.condition} AND id > ? ORDER BY id LIMIT ?""",
                    (doubts.target, *doubts.values, after, PAGE),
                ).fetchall()
                ids = [id for (id,) in rows if id not in left]
                connection.execute(
                    f"""UPDATE files SET doubted = 0, earlier = '', updated = ?
                    WHERE id IN ({marks(ids)})""",
                    (time.time(), *ids),
                )
            if len(rows) < PAGE:
                return
            (after,) = rows[-1]

    def _named(
        self, target: int, names: Sequence[str], condition: str = "true", values: Sequence[int] = ()
    ) -> list[Row]:
        found: dict[int, Row] = {}
        with self._db.reading() as connection:
            for name in dict.fromkeys(names):
                chosen, parameters = _senders(target, name)
                rows = connection.execute(
                    f"""SELECT {COLUMNS} FROM files
                    WHERE id IN ({chosen}) AND {_IN_DOUBT} AND {condition}""",
                    (*parameters, *values),
                )
                found.update((row.id, row) for row in map(row_of, rows))
        return [found[id] for id in sorted(found)]


def _senders(target: int, stored: str) -> tuple[str, list[Any]]:
    """A query for the files that may have been sent under a name of which servers make this one.

    It may give others too, whose names differ in no more than case and accents.
    """
    alike = "SELECT id FROM files WHERE target = ? AND folded != '' AND"
    parts, parameters = [f"{alike} folded = ?"], [target, folded_name(stored)]
    for suffix in {"", PurePath(stored).suffix}:
        base = stored.removesuffix(suffix)
        number = _NUMBER.search(base)
        if number is None:
            continue
        stem, end = folded_name(base[: number.start()]), folded_name(suffix)
        parts.append(f"{alike} folded = ?")
        parameters += [target, stem + end]
        # A name that had a number itself, with a space before it or none, may have got the next.
        for space in ("", " "):
            parts.append(
                f"{alike} folded >= ? AND folded < ? AND substr(folded, 1 - ? + length(folded)) = ?"
            )
            parameters += [target, f"{stem}{space}(", f"{stem}{space})", len(end) + 1, f"){end}"]
    return " UNION ALL ".join(parts), parameters
