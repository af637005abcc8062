"""The parsing of documents in the store: its states, its progress, its end."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from ragflow.local.store.counters import is_wanted, reset_chunks
from ragflow.local.store.database import update
from ragflow.local.store.records import Document
from ragflow.local.wire import clock, new_id, now_ms

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from ragflow.local.store.database import Database


QUEUED = "Task is queued..."


class Jobs:
    """States of documents: UNSTART, RUNNING, then DONE, FAIL or CANCEL.

    Each start makes a new task; what an older task still wants to write is refused.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def start(self, documents: Sequence[Document]) -> list[tuple[str, str]]:
        """Mark documents as queued, without their old chunks; returns their ids and tasks."""
        started = [(document.id, new_id()) for document in documents]
        now = now_ms()
        with self._database.write() as connection:
            for document, (id, task) in zip(documents, started, strict=True):
                reset_chunks(connection, id, document.dataset_id)
                values = {
                    "run": "RUNNING",
                    "task_id": task,
                    # Real servers put a little progress on a queued document at once.
                    "progress": random.uniform(0.0001, 0.0099),  # noqa: S311
                    "progress_msg": QUEUED,
                    "process_begin_at": now,
                    "process_duration": 0.0,
                    "update_time": now,
                }
                update(connection, "documents", id, values)
        return started

    def stop(self, document: Document, note: str = "") -> None:
        """Cancel the parsing of a document and drop what it has produced."""
        with self._database.write() as connection:
            reset_chunks(connection, document.id, document.dataset_id)
            update(
                connection,
                "documents",
                document.id,
                {
                    "run": "CANCEL",
                    "task_id": None,
                    "progress": 0.0,
                    "progress_msg": document.progress_msg + note,
                    "update_time": now_ms(),
                },
            )

    def reset(self, document: Document, values: dict[str, Any]) -> Document | None:
        """Bring a document back to the state after its upload."""
        with self._database.write() as connection:
            reset_chunks(connection, document.id, document.dataset_id)
            fresh = {"run": "UNSTART", "task_id": None, "progress": 0.0, "progress_msg": ""}
            update(
                connection,
                "documents",
                document.id,
                {**fresh, **values, "update_time": now_ms()},
            )
            return _get(connection, document.id)

    def running(self) -> list[tuple[str, str]]:
        """Ids and tasks of the documents that were being parsed, oldest first."""
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT id, task_id FROM documents WHERE run = 'RUNNING'"
                " ORDER BY process_begin_at, position"
            ).fetchall()
        return [(row["id"], row["task_id"]) for row in rows]

    def receive(self, id: str, task: str) -> bool:
        """Begin a task, without what an earlier attempt left; False when it was given up."""
        with self._database.write(durable=False) as connection:
            if not is_wanted(connection, id, task):
                return False
            _drop_chunks(connection, id)
            _add_line(connection, id, "Task has been received.", {})
            return True

    def report(self, id: str, task: str, line: str, **values: Any) -> bool:
        """Add a line to a running document's progress; False when its task was given up."""
        with self._database.write(durable=False) as connection:
            if not is_wanted(connection, id, task):
                return False
            _add_line(connection, id, line, values)
            return True

    def advance(self, id: str, task: str, progress: float) -> None:
        """Note how far a task is, without a line about it."""
        with self._database.write(durable=False) as connection:
            if is_wanted(connection, id, task):
                update(connection, "documents", id, {"progress": progress})

    def fail(self, id: str, task: str, line: str) -> None:
        """End a task that could not be done; the document keeps no chunks."""
        with self._database.write() as connection:
            if is_wanted(connection, id, task):
                _drop_chunks(connection, id)
                _add_line(connection, id, line, {"run": "FAIL", "progress": -1.0})

    def finish(self, id: str, task: str, line: str) -> None:
        """End a task that is done."""
        with self._database.write() as connection:
            if is_wanted(connection, id, task):
                _add_line(connection, id, line, {"run": "DONE", "progress": 1.0})


def _drop_chunks(connection: sqlite3.Connection, id: str) -> None:
    row = connection.execute("SELECT dataset_id FROM documents WHERE id = ?", (id,)).fetchone()
    reset_chunks(connection, id, row["dataset_id"])


def _add_line(connection: sqlite3.Connection, id: str, line: str, values: dict[str, Any]) -> None:
    row = connection.execute(
        "SELECT progress_msg, process_begin_at FROM documents WHERE id = ?", (id,)
    ).fetchone()
    before, now = row["progress_msg"], now_ms()
    before = "" if before == QUEUED else before
    progress = {
        **values,
        "progress_msg": f"{before}\n{clock(now)} {line}",
        "process_duration": (now - row["process_begin_at"]) / 1000,
        "update_time": now,
    }
    update(connection, "documents", id, progress)


def _get(connection: sqlite3.Connection, id: str) -> Document | None:
    row = connection.execute("SELECT * FROM documents WHERE id = ?", (id,)).fetchone()
    return Document.from_row(row) if row else None
