"""One SQLite file: connections, short transactions and the steps of its schema."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import tempfile
import threading
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    Row = dict[str, Any]

MIGRATIONS = (
    """
    CREATE TABLE tenants (
        id TEXT PRIMARY KEY, api_key TEXT NOT NULL UNIQUE, nickname TEXT NOT NULL,
        position INTEGER NOT NULL, indexed INTEGER NOT NULL DEFAULT 0
    );
    CREATE TABLE datasets (
        position INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE, tenant_id TEXT NOT NULL REFERENCES tenants (id),
        name TEXT NOT NULL COLLATE NOCASE, avatar TEXT, description TEXT, language TEXT NOT NULL,
        permission TEXT NOT NULL, embedding_model TEXT NOT NULL, chunk_method TEXT NOT NULL,
        parser_config TEXT NOT NULL, pagerank INTEGER NOT NULL DEFAULT 0,
        document_count INTEGER NOT NULL DEFAULT 0, chunk_count INTEGER NOT NULL DEFAULT 0,
        token_num INTEGER NOT NULL DEFAULT 0, revision INTEGER NOT NULL DEFAULT 0,
        create_time INTEGER NOT NULL, update_time INTEGER NOT NULL,
        UNIQUE (tenant_id, name)
    );
    CREATE TABLE documents (
        position INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        dataset_id TEXT NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
        created_by TEXT NOT NULL, name TEXT NOT NULL COLLATE NOCASE, location TEXT NOT NULL,
        size INTEGER NOT NULL, type TEXT NOT NULL, suffix TEXT NOT NULL,
        content_hash TEXT NOT NULL, chunk_method TEXT NOT NULL, parser_config TEXT NOT NULL,
        run TEXT NOT NULL DEFAULT 'UNSTART', status TEXT NOT NULL DEFAULT '1', task_id TEXT,
        progress REAL NOT NULL DEFAULT 0, progress_msg TEXT NOT NULL DEFAULT '',
        process_begin_at INTEGER, process_duration REAL NOT NULL DEFAULT 0,
        chunk_count INTEGER NOT NULL DEFAULT 0, token_count INTEGER NOT NULL DEFAULT 0,
        meta_fields TEXT NOT NULL DEFAULT '{}',
        create_time INTEGER NOT NULL, update_time INTEGER NOT NULL,
        UNIQUE (dataset_id, name)
    );
    CREATE TABLE blobs (
        document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
        part INTEGER NOT NULL, data BLOB NOT NULL, PRIMARY KEY (document_id, part)
    );
    CREATE TABLE chunks (
        position INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL,
        document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
        dataset_id TEXT NOT NULL, content TEXT NOT NULL, tokens INTEGER NOT NULL,
        important_keywords TEXT NOT NULL DEFAULT '[]', questions TEXT NOT NULL DEFAULT '[]',
        positions TEXT NOT NULL DEFAULT '[]', available INTEGER NOT NULL DEFAULT 1,
        by_hand INTEGER NOT NULL DEFAULT 0, create_timestamp REAL NOT NULL, vector BLOB NOT NULL,
        UNIQUE (document_id, id)
    );
    CREATE INDEX chunks_of_dataset ON chunks (dataset_id);
    CREATE VIRTUAL TABLE chunk_terms USING fts5 (
        terms, tokenize = "unicode61 remove_diacritics 0 categories 'L* N* Co Mn Mc'"
    );
    CREATE TRIGGER chunk_gone AFTER DELETE ON chunks BEGIN
        DELETE FROM chunk_terms WHERE rowid = old.position;
    END;
    CREATE TABLE chats (
        position INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE, tenant_id TEXT NOT NULL REFERENCES tenants (id),
        name TEXT NOT NULL COLLATE NOCASE, description TEXT, icon TEXT,
        language TEXT NOT NULL, dataset_ids TEXT NOT NULL, llm_id TEXT, llm_setting TEXT NOT NULL,
        prompt_config TEXT NOT NULL, similarity_threshold REAL NOT NULL,
        vector_similarity_weight REAL NOT NULL, top_n INTEGER NOT NULL, top_k INTEGER NOT NULL,
        rerank_id TEXT NOT NULL, do_refer TEXT NOT NULL, meta_data_filter TEXT NOT NULL,
        create_time INTEGER NOT NULL, update_time INTEGER NOT NULL,
        UNIQUE (tenant_id, name)
    );
    CREATE TABLE sessions (
        position INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE, chat_id TEXT NOT NULL REFERENCES chats (id) ON DELETE CASCADE,
        name TEXT NOT NULL, user_id TEXT NOT NULL, messages TEXT NOT NULL,
        reference TEXT NOT NULL, made_by_question INTEGER NOT NULL DEFAULT 0,
        create_time INTEGER NOT NULL, update_time INTEGER NOT NULL
    );
    CREATE INDEX sessions_of_chat ON sessions (chat_id);
    """,
    "CREATE INDEX documents_by_time ON documents (dataset_id, create_time);",
)


class StoreClosedError(RuntimeError):
    """The store was closed while something still wanted to use it."""


class Database:
    """Connections to one SQLite file: many readers, one writer at a time.

    Args:
        path: The file; None makes a temporary one that :meth:`close` removes.

    Raises:
        ValueError: If the file was written by a newer version of this library.
        sqlite3.DatabaseError: If the file is something else than a database.
    """

    def __init__(self, path: Path | None) -> None:
        self._temporary = None
        if path is None:
            self._temporary = tempfile.TemporaryDirectory(
                prefix="ragflow-", ignore_cleanup_errors=True
            )
            path = Path(self._temporary.name) / "data.db"
        self.path = path
        # Nobody reads a temporary file after a crash, so only real files pay for syncing.
        self._synchronous = "OFF" if self._temporary else "FULL"
        self._readers: SimpleQueue[sqlite3.Connection] = SimpleQueue()
        self._write_lock = threading.Lock()
        self._closed = False
        self._writer = self._connect()
        try:
            self._migrate()
        except BaseException:
            self.close()
            raise

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.path, timeout=30, isolation_level=None, check_same_thread=False
        )
        connection.row_factory = _row
        try:
            for pragma in ("journal_mode = WAL", "foreign_keys = ON", "recursive_triggers = ON"):
                connection.execute(f"PRAGMA {pragma}")
        except BaseException:
            connection.close()
            raise
        return connection

    def _migrate(self) -> None:
        with self.write() as connection:
            done: int = connection.execute("PRAGMA user_version").fetchone()["user_version"]
            if done > len(MIGRATIONS):
                raise ValueError(f"{self.path} was written by a newer version of ragflow")
            for number, step in enumerate(MIGRATIONS[done:], start=done + 1):
                for statement in _statements(step):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {number}")

    @contextlib.contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """A connection that sees one consistent state of the file."""
        if self._closed:
            raise StoreClosedError("the data file is closed")
        try:
            connection = self._readers.get_nowait()
        except Empty:
            connection = self._connect()
        try:
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                connection.execute("ROLLBACK")
        finally:
            if self._closed:
                connection.close()
            else:
                self._readers.put(connection)

    @contextlib.contextmanager
    def write(self, *, durable: bool = True) -> Iterator[sqlite3.Connection]:
        """A transaction; it is kept when the block ends, and undone when it raises.

        One that need not be durable outlives the process, but perhaps not a power failure.
        """
        with self._write_lock:
            if self._closed:
                raise StoreClosedError("the data file is closed")
            synchronous = self._synchronous if durable else "OFF"
            self._writer.execute(f"PRAGMA synchronous = {synchronous}")
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield self._writer
            except BaseException:
                self._writer.execute("ROLLBACK")
                raise
            self._writer.execute("COMMIT")

    def close(self) -> None:
        """Close all connections and remove a temporary file. Harmless when repeated."""
        with self._write_lock:
            if self._closed:
                return
            self._closed = True
            self._writer.close()
        with contextlib.suppress(Empty):
            while True:
                self._readers.get_nowait().close()
        if self._temporary is not None:
            self._temporary.cleanup()


def _row(cursor: sqlite3.Cursor, values: tuple[Any, ...]) -> Row:
    return {column[0]: value for column, value in zip(cursor.description, values, strict=True)}


def _statements(script: str) -> Iterator[str]:
    """Split a script so that its statements can run inside one transaction."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def encoded(values: dict[str, Any]) -> Row:
    """Turn lists and objects into JSON text so that they fit into columns."""
    return {
        key: json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list)) else value
        for key, value in values.items()
    }


def insert(connection: sqlite3.Connection, table: str, values: dict[str, Any]) -> int:
    """Add a row and return its position."""
    row = encoded(values)
    columns, marks = ", ".join(row), ", ".join("?" * len(row))
    cursor = connection.execute(
        f"INSERT INTO {table} ({columns}) VALUES ({marks})",  # noqa: S608 - names of our own
        tuple(row.values()),
    )
    return cursor.lastrowid or 0


def update(connection: sqlite3.Connection, table: str, id: str, values: dict[str, Any]) -> None:
    """Change columns of the row with an id."""
    row = encoded(values)
    if row:
        changes = ", ".join(f"{column} = ?" for column in row)
        connection.execute(
            f"UPDATE {table} SET {changes} WHERE id = ?",  # noqa: S608 - names of our own
            (*row.values(), id),
        )


def marks(values: Sequence[object]) -> str:
    """As many question marks as there are values, for an ``IN`` list."""
    return ", ".join("?" * len(values))
