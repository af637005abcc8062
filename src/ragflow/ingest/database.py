"""A SQLite database: one connection for all threads, whole transactions, clear errors."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from itertools import chain, islice
from pathlib import Path
from typing import Any

from ..errors import LedgerError
from .schema import prepare

__all__ = ["Database", "insert", "marks", "slices", "storable", "text_of"]

BUSY_SECONDS = 30.0
PAGE = 256  # rows read, or looked up, by one statement
ROWS = 32  # added by one statement; older SQLite takes 999 values at the most


class Database:
    """One SQLite file in WAL mode, or a private temporary one that goes with its connection."""

    def __init__(self, path: Path | None, tables: Sequence[str]) -> None:
        """Open a database, or make it with its tables; a private one when it is first used.

        Raises:
            LedgerError: It cannot be opened, or has other tables.
        """
        self.path = path
        self._tables = tables
        self._lock = threading.Lock()
        self._opened: sqlite3.Connection | None = None
        self._is_closed = False
        if path is not None:
            with self.errors():
                path.parent.mkdir(parents=True, exist_ok=True)
                self._opened = self._open()

    @property
    def _connection(self) -> sqlite3.Connection:
        if self._opened is None:
            if self._is_closed:
                raise sqlite3.ProgrammingError("it is closed")
            self._opened = self._open()
        return self._opened

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.path or "", timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        try:
            prepare(connection, self._tables, str(self.path))
            self._set_up(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _set_up(self, connection: sqlite3.Connection) -> None:
        """Choose how safely to write: a private database is gone after a crash anyway."""
        if self.path is None:
            connection.execute("PRAGMA journal_mode = MEMORY")
            connection.execute("PRAGMA synchronous = OFF")
        else:
            _use_wal(connection)
            connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA cache_size = -16000")

    def close(self) -> None:
        """Close the connection; a second call does nothing."""
        with self._lock, self.errors():
            self._is_closed = True
            if self._opened is not None:
                self._opened.close()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The connection for single queries, whose rows are fetched before it is given back."""
        with self._lock, self.errors():
            self._catch_up()
            yield self._connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction that no other process writes in; an error undoes all of it."""
        with self._lock, self.errors():
            self._catch_up()
            with self._transaction():
                yield self._connection

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise

    def _catch_up(self) -> None:
        """Write what must be there before anybody looks; nothing by default."""

    def take_over(self, other: Database) -> None:
        """Become a copy of another database."""
        with self._lock, self.errors(), other.reading() as connection:
            connection.backup(self._connection)

    def pages(self, query: str, values: Sequence[object]) -> Iterator[tuple[Any, ...]]:
        """Rows of a query, a page at a time, so that others may write in between.

        Args:
            query: Sorted by its first column, which is unique; that column must be greater than
                its last but one parameter, and the last one limits the number of rows.
            values: The other parameters.
        """
        after = -1
        while True:
            with self.reading() as connection:
                rows = connection.execute(query, (*values, after, PAGE)).fetchall()
            yield from rows
            if len(rows) < PAGE:
                return
            after = rows[-1][0]

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Tell what SQLite says in the words of this library."""
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            where = self.path or "a temporary file"
            raise LedgerError(f"{where} cannot be read or written: {_cause(error)}") from error


def _use_wal(connection: sqlite3.Connection) -> None:
    """Change to WAL mode, for which SQLite itself does not wait while others are there."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if _code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return


def _code(error: Exception) -> int:
    """The primary code of an error of SQLite."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def _cause(error: Exception) -> str:
    """Put what SQLite says in words that tell what to do."""
    code = _code(error)
    causes = {
        sqlite3.SQLITE_FULL: "the disk is full",
        sqlite3.SQLITE_NOTADB: "it is not a ledger",
        sqlite3.SQLITE_CORRUPT: "the file is damaged",
        sqlite3.SQLITE_BUSY: f"another process has kept it locked for {BUSY_SECONDS:.0f} seconds",
    }
    return f"{causes[code]} ({error})" if code in causes else str(error)


def slices(items: Sequence[Any]) -> Iterable[Sequence[Any]]:
    """Cut a sequence into pieces that one statement can look up."""
    return (items[start : start + PAGE] for start in range(0, len(items), PAGE))


def insert(connection: sqlite3.Connection, into: str, rows: Iterable[tuple[object, ...]]) -> None:
    """Add rows, many by one statement.

    Python's lock is given away at each, and where other threads are at work it takes longer to get
    it back than to add a row.

    Args:
        connection: Where.
        into: The statement up to its values.
        rows: The values of each row.
    """
    left = iter(rows)
    while some := list(islice(left, ROWS)):
        values = ",".join([f"({marks(some[0])})"] * len(some))
        connection.execute(f"{into} VALUES {values}", list(chain.from_iterable(some)))


def marks(values: Sequence[object]) -> str:
    """Give as many parameter marks as there are values."""
    return ",".join("?" * len(values))


def text_of(member: StrEnum) -> str:
    """Give the bare text of an enumeration's member, which SQLite takes without asking around."""
    return member._value_


def storable(text: str) -> str:
    """Give a text of others, such as an error's, in a form that UTF-8 can hold."""
    if text.isascii():
        return text
    return text.encode(errors="backslashreplace").decode()
