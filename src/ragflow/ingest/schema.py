"""The tables of a ledger, and how to know one."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from ..errors import LedgerError

__all__ = ["TABLES", "prepare"]

APPLICATION_ID = 0x52464C47  # "RFLG"
VERSION = 2
# What brings a ledger from a version to the next.
UPGRADES = {1: ("ALTER TABLE files ADD COLUMN earlier TEXT NOT NULL DEFAULT ''",)}

# An outcome is written when a job sees a file and stays NULL until it is settled. So a run over
# unchanged files adds outcomes and changes nothing else. `repeated` is 0, or the outcome's own
# number where the job was given the file before. `mark` tells contents in memory apart.
TABLES = (
    """CREATE TABLE targets (
        id INTEGER PRIMARY KEY,
        server TEXT NOT NULL,
        key_fingerprint TEXT NOT NULL,
        dataset_id TEXT NOT NULL,
        dataset_name TEXT NOT NULL,
        UNIQUE (server, key_fingerprint, dataset_id)
    )""",
    """CREATE TABLE jobs (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        target INTEGER NOT NULL REFERENCES targets,
        kind TEXT NOT NULL,
        options TEXT NOT NULL,
        status TEXT NOT NULL,
        started REAL NOT NULL,
        ended REAL,
        host TEXT NOT NULL,
        pid INTEGER NOT NULL,
        bytes_sent INTEGER NOT NULL DEFAULT 0
    )""",
    """CREATE TABLE files (
        id INTEGER PRIMARY KEY,
        target INTEGER NOT NULL REFERENCES targets,
        path TEXT NOT NULL,
        root TEXT NOT NULL,
        name TEXT NOT NULL,
        folded TEXT NOT NULL,
        size INTEGER NOT NULL,
        stamp TEXT NOT NULL,
        digest TEXT NOT NULL DEFAULT '',
        state TEXT NOT NULL,
        document_id TEXT NOT NULL DEFAULT '',
        replaces TEXT NOT NULL DEFAULT '',
        doubted INTEGER NOT NULL DEFAULT 0,
        attempts INTEGER NOT NULL DEFAULT 0,
        code INTEGER,
        reason TEXT NOT NULL DEFAULT '',
        earlier TEXT NOT NULL DEFAULT '',
        owner INTEGER,
        updated REAL NOT NULL,
        UNIQUE (target, path)
    )""",
    "CREATE INDEX files_by_name ON files (target, folded) WHERE folded != ''",
    "CREATE INDEX files_by_document ON files (target, document_id) WHERE document_id != ''",
    "CREATE INDEX files_in_doubt ON files (target) WHERE doubted > 0",
    """CREATE TABLE outcomes (
        job INTEGER NOT NULL REFERENCES jobs,
        seq INTEGER NOT NULL,
        file INTEGER NOT NULL REFERENCES files,
        repeated INTEGER NOT NULL DEFAULT 0,
        mark TEXT,
        outcome TEXT,
        code INTEGER,
        reason TEXT NOT NULL DEFAULT '',
        replaced INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (job, seq)
    ) WITHOUT ROWID""",
    "CREATE UNIQUE INDEX outcomes_by_file ON outcomes (job, file, repeated)",
)


def prepare(connection: sqlite3.Connection, tables: Sequence[str], where: str) -> None:
    """Make the tables in an empty database, or bring older ones up to date; refuse any other.

    Raises:
        LedgerError: The file belongs to another program, or to a newer version of this one.
    """
    connection.execute("BEGIN")  # all that is looked at is of one moment
    ready = _is_ready(connection, where)
    connection.execute("COMMIT")
    if ready:
        return
    connection.execute("BEGIN IMMEDIATE")
    if not _is_ready(connection, where):  # another process may have been first
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        for statement in UPGRADES.get(version, tables):
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {VERSION}")
    connection.execute("COMMIT")


def _is_ready(connection: sqlite3.Connection, where: str) -> bool:
    """Tell whether the tables are there; False where there is nothing at all, or older ones."""
    # In one statement, so that all three are as they were at one moment.
    application, version, tables = connection.execute(
        """SELECT application_id, user_version, (SELECT count(*) FROM sqlite_master)
        FROM pragma_application_id, pragma_user_version"""
    ).fetchone()
    if application == APPLICATION_ID and version == VERSION:
        return True
    if application == APPLICATION_ID and version in UPGRADES:
        return False
    if application == APPLICATION_ID:
        raise LedgerError(
            f"{where} was written by another version of this library (its schema is {version}, "
            f"this one reads {VERSION})"
        )
    if application or tables:
        raise LedgerError(f"{where} is a database of another program, not a ledger")
    return False
