"""How files that a scan sees find their rows in the ledger, or get new ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet

from attrs import define, field

from ..errors import InvalidArgumentError
from ..models.ingest import Outcome
from .database import insert, marks, slices, storable, text_of
from .identity import differs, is_moved, mark_of, other_key
from .items import FileState, Found, Job, Row, Unreadable
from .names import MAX_NAME_BYTES, checked_name, document_name, folded_name, qualified_name
from .rows import (
    COLUMNS,
    INSERT,
    INSERT_OUTCOME,
    UPDATE,
    insert_values,
    row_of,
    update_values,
)
from .unwritten import Connected, LedgerDatabase

__all__ = ["NameFor", "Registration"]

NameFor = Callable[[str], str]
Given = tuple[int, Found | Unreadable, str | None]  # its number, the file, its mark if in memory

NEW = 0  # the number of a row that is not written yet
GIVEN_TWICE = "given twice"
UNREADABLE = "unreadable"  # the mark of contents that cannot be told apart


class Registration:
    """The part of a ledger that takes in what a scan finds."""

    _db: LedgerDatabase

    def register(
        self,
        job: Job,
        batch: Sequence[tuple[int, Found | Unreadable]],
        *,
        name_for: NameFor | None = None,
        max_name_bytes: int = MAX_NAME_BYTES,
    ) -> list[Row]:
        """Give each file its row, and note that the job has seen it.

        Settled at once are files that cannot be read or named (failed) and files given before
        (skipped). The others are returned in input order, with ``found``, ``created`` and
        ``changed`` set. Size and stamp of a row stay those of what was sent last.

        Args:
            job: The job.
            batch: Files with their numbers in the job's input, in rising order.
            name_for: Gives the name on the server for a path; by default ``document_name``.
            max_name_bytes: How long names may be in UTF-8.
        """
        given = [(seq, item, None) if item.root else _marked(seq, item) for seq, item in batch]
        with self._db.adding(job) as connected:
            work = _Batch(connected, self._db, job, name_for, max_name_bytes)
            work.assign(given)
            work.name_rows()
            return work.write()


@define
class _Batch:
    """One batch on its way into the ledger."""

    connected: Connected
    db: LedgerDatabase
    job: Job
    name_for: NameFor | None
    max_name_bytes: int
    rows: dict[str, Row] = field(factory=dict)  # by key: all that the batch may be about
    seen: dict[str, str | None] = field(factory=dict)  # by key: what the job has, with its mark
    open: dict[int, Row] = field(factory=dict)  # by number: what is still to be decided
    settled: list[tuple[int, Row, bool, Outcome, str]] = field(factory=list)
    unnamed: list[tuple[int, Row, Found]] = field(factory=list)
    altered: list[Row] = field(factory=list)

    def assign(self, given: Sequence[Given]) -> None:
        """Find or make the row of each file: first those whose row is certain, in one look-up."""
        self._look_up({item.path for _, item, _ in given})
        rest: list[tuple[str, Given]] = []
        for seq, item, mark in given:
            row = self.rows.get(item.path)
            if row is None and self.db.is_blank:  # then nothing has its other key either
                row = self.rows[item.path] = _new_row(item.path, item)
            elif row is None or row.root != item.root or mark is not None:
                rest.append((other_key(item.root, item.path, mark), (seq, item, mark)))
                continue
            self._see(seq, item, mark, row)
        self._look_up({other for other, _ in rest} - self.rows.keys())
        for other, (seq, item, mark) in rest:
            key = self._key(item, mark, other)
            if key not in self.rows:
                self.rows[key] = _new_row(key, item)
            self._see(seq, item, mark, self.rows[key])

    def _look_up(self, keys: AbstractSet[str]) -> None:
        """Read rows by their keys, and whether this job has seen them."""
        for key in self.db.unwritten.paths.keys() & keys:
            self.rows[key] = self.db.unwritten.paths[key]
            self.seen[key] = None
        for some in slices([] if self.db.is_blank else list(keys)):
            found = self.connected().execute(
                f"""SELECT outcomes.file, mark, {COLUMNS} FROM files LEFT JOIN outcomes
                ON outcomes.job = ? AND outcomes.file = files.id AND repeated = 0
                WHERE target = ? AND path IN ({marks(some)})""",
                (self.job.id, self.job.target, *some),
            )
            for seen, mark, *columns in found:
                row = row_of(columns)
                self.rows[row.path] = row
                if seen is not None:
                    self.seen[row.path] = mark

    def _key(self, item: Found | Unreadable, mark: str | None, other: str) -> str:
        """Choose between a file's path and its other key, where the path may be another file's."""
        row = self.rows.get(item.path)
        if other in self.rows:
            return other
        if row is None:
            return item.path
        if row.root == item.root:
            is_another = item.path in self.seen and self.seen[item.path] != mark
            return other if is_another else item.path
        if item.path in self.seen or isinstance(item, Unreadable) or not is_moved(row, item):
            return other
        row.root = item.root
        self.altered.append(row)
        return item.path

    def _see(self, seq: int, item: Found | Unreadable, mark: str | None, row: Row) -> None:
        """Note that the job has a file, and what there is to do about it."""
        again = row.path in self.seen
        if not again:
            self.seen[row.path] = mark
        if isinstance(item, Unreadable):
            self.settled.append((seq, row, again, Outcome.FAILED, item.reason))
        elif again:
            self.settled.append((seq, row, again, Outcome.SKIPPED, GIVEN_TWICE))
        else:
            row.found = item
            row.changed = not row.created and differs(item, row)
            self.open[seq] = row
            if not row.name:
                self.unnamed.append((seq, row, item))

    def name_rows(self) -> None:
        """Give names to files that have none yet, each another one."""
        wanted: list[tuple[int, Row, Found, str]] = []
        for seq, row, found in self.unnamed:
            try:
                wanted.append((seq, row, found, self._wanted_name(found.path)))
            except InvalidArgumentError as error:
                self._refuse(seq, row, str(error))
        taken = self._taken([folded_name(name) for *_, name in wanted])
        for seq, row, found, name in wanted:
            folded = folded_name(name)
            if folded not in taken:
                row.name = name
                taken.add(folded)
            elif not self._rename(seq, row, found, name, taken):
                continue
            if not row.created:  # it could not be read or named before
                row.size, row.stamp, row.changed = found.size, found.stamp, False
                row.state, row.reason = FileState.FOUND, ""
                self.altered.append(row)

    def _wanted_name(self, path: str) -> str:
        """Ask for the name of a path."""
        if self.name_for is None:
            return document_name(path, self.max_name_bytes)
        try:
            name = self.name_for(path)
        except Exception as error:  # whatever the caller's function raises is this file's failure
            raise InvalidArgumentError(f"name_for failed for {path!r}: {error!r}") from error
        return checked_name(name, self.max_name_bytes, path=path)

    def _rename(self, seq: int, row: Row, found: Found, name: str, taken: set[str]) -> bool:
        """Qualify a name that is another file's; false if none is free."""
        path = found.path if row.root else row.path  # contents in memory differ by their key only
        try:
            for digits in (8, 16):
                other = qualified_name(name, row.root, path, self.max_name_bytes, digits=digits)
                folded = folded_name(other)
                if folded not in taken and not self._taken([folded]):
                    row.name = other
                    taken.add(folded)
                    return True
        except InvalidArgumentError as error:
            self._refuse(seq, row, str(error))
            return False
        self._refuse(seq, row, f"the name {name!r} is another file's")
        return False

    def _taken(self, folded: Sequence[str]) -> set[str]:
        """Tell which of these names files of the dataset have already."""
        taken = self.db.unwritten.names.intersection(folded)
        for some in slices([] if self.db.is_blank else folded):
            taken.update(
                name
                for (name,) in self.connected().execute(
                    f"""SELECT folded FROM files
                    WHERE target = ? AND folded != '' AND folded IN ({marks(some)})""",
                    (self.job.target, *some),
                )
            )
        return taken

    def _refuse(self, seq: int, row: Row, reason: str) -> None:
        """Let a file that gets no name fail."""
        del self.open[seq]
        row.state, row.reason = FileState.FAILED, reason
        self.settled.append((seq, row, False, Outcome.FAILED, reason))
        if not row.created:
            self.altered.append(row)

    def write(self) -> list[Row]:
        """Write new and altered rows and the outcomes; give what is still to be decided."""
        if self.altered:
            self.connected().executemany(UPDATE, update_values(self.altered))
        new = [row for row in self.rows.values() if row.id == NEW]
        if new:  # no other process writes meanwhile, so the next numbers are free
            for id, row in enumerate(new, self._last() + 1):
                row.id = id
        given = sorted(self.open.items())
        if self.db.path is None:  # files need not be written before their end
            waiting = [item for item in given if item[1].created and item[1].root]
            self.db.unwritten.add(waiting)
            given = [item for item in given if item[1].id not in self.db.unwritten.rows]
            new = [row for row in new if row.id not in self.db.unwritten.rows]
        if new or given or self.settled:
            self.db.is_blank = False
            insert(self.connected(), INSERT, insert_values(self.job.target, new))
            insert(self.connected(), INSERT_OUTCOME, self._outcomes(given))
        return [row for _, row in sorted(self.open.items())]

    def _last(self) -> int:
        """The highest number that a file has."""
        last = self.db.unwritten.last
        if self.db.is_blank:
            return last
        query = "SELECT coalesce(max(id), 0) FROM files"
        (written,) = self.connected().execute(query).fetchone()
        return max(last, int(written))

    def _outcomes(self, given: Sequence[tuple[int, Row]]) -> Iterator[tuple[object, ...]]:
        """The parameters of outcomes, settled or not."""
        job = self.job.id
        for seq, row in given:
            yield job, seq, row.id, 0, self.seen[row.path], None, None, "", 0
        for seq, row, again, outcome, reason in self.settled:
            yield (
                job,
                seq,
                row.id,
                seq if again else 0,
                self.seen[row.path],
                text_of(outcome),
                None,
                storable(reason),
                0,
            )


def _new_row(key: str, item: Found | Unreadable) -> Row:
    """The row of a file that the ledger does not know."""
    if isinstance(item, Unreadable):
        failed = FileState.FAILED
        return Row(NEW, key, item.root, "", 0, "", state=failed, reason=item.reason, created=True)
    return Row(NEW, key, item.root, "", item.size, item.stamp, created=True)


def _marked(seq: int, item: Found | Unreadable) -> Given:
    """Hash contents in memory, so that two of one path can be told apart."""
    if isinstance(item, Unreadable):
        return seq, item, UNREADABLE
    try:
        return seq, item, mark_of(item)
    except OSError as error:
        return seq, Unreadable(item.root, item.path, str(error)), UNREADABLE
