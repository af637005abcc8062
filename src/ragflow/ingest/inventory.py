"""What the server has, kept on disk while a job runs, so that memory stays flat."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePath
from typing import Any

from attrs import frozen

from .._protocol.uploads import is_name, plain_stem
from ..models.documents import DocumentData, RunStatus
from .database import Database, insert, marks, slices, text_of

__all__ = ["Inventory", "Known"]

TABLES = (
    """CREATE TABLE documents (
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        name TEXT NOT NULL,
        size INTEGER NOT NULL,
        run TEXT NOT NULL,
        progress REAL NOT NULL,
        chunk_count INTEGER NOT NULL,
        create_time INTEGER NOT NULL,
        content_hash TEXT NOT NULL
    )""",
    "CREATE INDEX documents_by_name ON documents (name)",
)
COLUMNS = "id, name, size, run, progress, chunk_count, create_time, content_hash"


@frozen
class Known:
    """A document that the server has.

    Attributes:
        id: Its id.
        name: Its name.
        size: Bytes.
        run: How far its parsing is.
        progress: 0 to 1; -1 when parsing failed.
        chunk_count: How many chunks it has.
        create_time: When it was stored, in milliseconds since 1970.
        content_hash: xxh128 of its bytes, in hexadecimal; empty where the server does not tell.
    """

    id: str
    name: str
    size: int
    run: RunStatus
    progress: float
    chunk_count: int
    create_time: int
    content_hash: str


class Inventory:
    """The documents of a dataset, found by id and by name. Any thread may use it."""

    def __init__(self) -> None:
        self._db = Database(None, TABLES)
        self._is_empty = True  # so far; then there is nothing to look for

    def close(self) -> None:
        """Throw the inventory away."""
        self._db.close()

    def add(self, documents: Iterable[DocumentData]) -> None:
        """Add documents; one that is known already is replaced by its newer data."""
        values = [
            (
                item.id,
                item.name,
                item.size,
                text_of(item.run),
                item.progress,
                item.chunk_count,
                item.create_time,
                item.content_hash,
            )
            for item in documents
        ]
        if not values:
            return
        self._is_empty = False
        with self._db.writing() as connection:
            insert(connection, f"INSERT OR REPLACE INTO documents ({COLUMNS})", values)

    def remove(self, ids: Iterable[str]) -> None:
        """Take documents out; unknown ids do no harm."""
        with self._db.writing() as connection:
            connection.executemany("DELETE FROM documents WHERE id = ?", [(id,) for id in ids])

    def hashed(self, id: str, content_hash: str) -> None:
        """Note what a document holds."""
        with self._db.writing() as connection:
            connection.execute(
                "UPDATE documents SET content_hash = ? WHERE id = ?", (content_hash, id)
            )

    def renamed(self, id: str, name: str) -> None:
        """Note that a document got another name."""
        with self._db.writing() as connection:
            connection.execute("UPDATE documents SET name = ? WHERE id = ?", (name, id))

    def named(self, names: Sequence[str]) -> dict[str, list[Known]]:
        """Give the documents with exactly these names; names without one are left out."""
        found: dict[str, list[Known]] = {}
        for known in self._looked_up("name", names):
            found.setdefault(known.name, []).append(known)
        return found

    def by_id(self, ids: Sequence[str]) -> dict[str, Known]:
        """Give the documents with these ids; ids that are not there are left out."""
        return {known.id: known for known in self._looked_up("id", ids)}

    def variants(self, name: str) -> list[Known]:
        """Give the documents that may have been sent under a name, in the order they were added.

        Servers store a file whose name is taken as ``name(1).ext``, ``name(2).ext`` and so on; of
        ``name(1).ext`` they make ``name(2).ext`` or ``name(1)(1).ext``.
        """
        stem, plain = PurePath(name).stem, plain_stem(name)
        with self._db.reading() as connection:
            rows = connection.execute(
                f"""SELECT {COLUMNS} FROM documents WHERE name = ?
                OR (name >= ? AND name < ?) OR (name >= ? AND name < ?) ORDER BY number""",
                (name, f"{stem}(", f"{stem})", f"{plain}(", f"{plain})"),
            ).fetchall()
        return [_known(row) for row in rows if is_name(name, row[1])]

    def all(self) -> Iterator[Known]:
        """All documents in the order they were added, read as they are needed."""
        query = f"SELECT number, {COLUMNS} FROM documents WHERE number > ? ORDER BY number LIMIT ?"
        return (_known(row[1:]) for row in self._db.pages(query, ()))

    def __len__(self) -> int:
        with self._db.reading() as connection:
            return int(connection.execute("SELECT count(*) FROM documents").fetchone()[0])

    def _looked_up(self, column: str, values: Sequence[str]) -> Iterator[Known]:
        """Look documents up by a column, in the order they were added."""
        if self._is_empty:
            return
        for some in slices(values):
            with self._db.reading() as connection:
                rows = connection.execute(
                    f"""SELECT {COLUMNS} FROM documents
                    WHERE {column} IN ({marks(some)}) ORDER BY number""",
                    some,
                ).fetchall()
            yield from map(_known, rows)


def _known(row: Sequence[Any]) -> Known:
    """Make a document of its row."""
    id, name, size, run, *rest = row
    return Known(id, name, size, RunStatus(run), *rest)
