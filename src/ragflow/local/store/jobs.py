"""The parsing of documents in the store: its states, its progress, its end."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from ragflow.local.store.counters import reset_chunks
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

    def report(self, id: str, task: str, line: str, **values: Any) -> bool:
        """Add a line to a running document's progress; False when its task was given up."""
        with self._database.write(durable=False) as connection:
            document = _get(connection, id)
            if document is None or document.task_id != task or document.run != "RUNNING":
                return False
            before = document.progress_msg
            before = "" if before == QUEUED else before
            now = now_ms()
            begun = document.process_begin_at or now
            update(
                connection,
                "documents",
                id,
                {
                    **values,
                    "progress_msg": f"{before}\n{clock(now)} {line}",
                    "process_duration": (now - begun) / 1000,
                    "update_time": now,
                },
            )
            return True


def _get(connection: sqlite3.Connection, id: str) -> Document | None:
    row = connection.execute("SELECT * FROM documents WHERE id = ?", (id,)).fetchone()
    return Document.from_row(row) if row else None
