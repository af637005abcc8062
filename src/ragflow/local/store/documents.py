"""Documents in the store: rows and file contents."""

from __future__ import annotations

import json
from typing import IO, TYPE_CHECKING, Any

import xxhash

from ragflow.local.store.counters import reset_chunks, touch_chunks
from ragflow.local.store.database import insert, marks, update
from ragflow.local.store.records import Document
from ragflow.local.wire import new_id, now_ms

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Sequence

    from ragflow.local.store.database import Database
    from ragflow.local.store.records import Dataset

PIECE = 1024 * 1024


class Documents:
    """Files of datasets. Names are compared without regard to case within a dataset."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(
        self,
        dataset: Dataset,
        *,
        created_by: str,
        name: str,
        type: str,
        suffix: str,
        chunk_method: str,
        file: IO[bytes],
    ) -> Document | None:
        """Store a file; a name that is taken gets a number before its extension.

        Returns None when the dataset is gone by now.
        """
        now, id, digest = now_ms(), new_id(), xxhash.xxh128()
        stem, dot, extension = name.rpartition(".")
        with self._database.write() as connection:
            if not _exists(connection, "datasets", dataset.id):
                return None
            free, number = name, 0
            while _named(connection, dataset.id, free):
                number += 1
                free = f"{stem}({number}).{extension}" if dot else f"{name}({number})"
            insert(
                connection,
                "documents",
                {
                    "id": id,
                    "dataset_id": dataset.id,
                    "created_by": created_by,
                    "name": free,
                    "location": free,
                    "size": 0,
                    "type": type,
                    "suffix": suffix,
                    "content_hash": "",
                    "chunk_method": chunk_method,
                    "parser_config": dataset.parser_config,
                    "create_time": now,
                    "update_time": now,
                },
            )
            size = 0
            for part, data in enumerate(iter(lambda: file.read(PIECE), b"")):
                connection.execute("INSERT INTO blobs VALUES (?, ?, ?)", (id, part, data))
                digest.update(data)
                size += len(data)
            update(connection, "documents", id, {"size": size, "content_hash": digest.hexdigest()})
            connection.execute(
                "UPDATE datasets SET document_count = document_count + 1, update_time = ?"
                " WHERE id = ?",
                (now, dataset.id),
            )
            return _get(connection, id)

    def get(self, id: str) -> Document | None:
        """The document with an id, in whichever dataset."""
        with self._database.read() as connection:
            return _get(connection, id)

    def within(self, dataset_id: str, ids: Sequence[str]) -> list[Document]:
        """Those of the ids that are documents of the dataset, in the order of the ids."""
        with self._database.read() as connection:
            rows = connection.execute(
                f"SELECT * FROM documents WHERE dataset_id = ? AND id IN ({marks(ids)})",  # noqa: S608
                (dataset_id, *ids),
            ).fetchall()
        found = {row["id"]: Document.from_row(row) for row in rows}
        return [found[id] for id in dict.fromkeys(ids) if id in found]

    def select(
        self,
        dataset_id: str,
        *,
        filters: dict[str, Any],
        orderby: str,
        desc: bool,
        limit: int,
        offset: int,
    ) -> tuple[list[Document], int]:
        """A page of a dataset's documents and the number of all that match.

        Args:
            dataset_id: The dataset.
            filters: ``keywords`` (part of the name), and for each of ``id``, ``name``,
                ``suffix``, ``run``, ``type`` the values allowed; None or nothing for all.
            orderby: A column.
            desc: Whether the highest comes first.
            limit: The most documents to return; -1 for all.
            offset: How many to skip.
        """
        where, values = "dataset_id = ?", [dataset_id]
        if filters.get("keywords"):
            where += " AND instr(lower(name), lower(?))"
            values.append(filters["keywords"])
        for column in ("id", "name", "suffix", "run", "type"):
            if filters.get(column) is not None:
                where += f" AND {column} IN ({marks(filters[column])})"
                values.extend(filters[column])
        direction = "DESC" if desc else "ASC"
        with self._database.read() as connection:
            total: int = connection.execute(
                f"SELECT count(*) AS n FROM documents WHERE {where}",  # noqa: S608
                values,
            ).fetchone()["n"]
            order = f"ORDER BY {orderby} {direction}, position {direction}"
            rows = connection.execute(  # what is skipped is not read
                f"SELECT * FROM documents WHERE position IN (SELECT position FROM documents"  # noqa: S608
                f" WHERE {where} {order} LIMIT ? OFFSET ?) {order}",
                (*values, limit, offset),
            ).fetchall()
        return [Document.from_row(row) for row in rows], total

    def update(self, document: Document, values: dict[str, Any]) -> Document | None:
        """Change columns of a document; None when its new name is taken or it is gone."""
        with self._database.write() as connection:
            if "name" in values:
                other = _named(connection, document.dataset_id, values["name"])
                if other and other != document.id:
                    return None
            update(connection, "documents", document.id, {**values, "update_time": now_ms()})
            if "status" in values:
                touch_chunks(connection, document.dataset_id)
            return _get(connection, document.id)

    def delete(self, documents: Sequence[Document]) -> None:
        """Remove documents with their chunks and contents, and take them off the counters."""
        with self._database.write() as connection:
            for document in documents:
                reset_chunks(connection, document.id, document.dataset_id)
                gone = connection.execute(
                    "DELETE FROM documents WHERE id = ?", (document.id,)
                ).rowcount
                connection.execute(
                    "UPDATE datasets SET document_count = document_count - ?, update_time = ?"
                    " WHERE id = ?",
                    (gone, now_ms(), document.dataset_id),
                )

    def content(self, id: str) -> Iterator[bytes]:
        """The stored file, piece by piece."""
        part = 0
        while True:
            with self._database.read() as connection:
                row = connection.execute(
                    "SELECT data FROM blobs WHERE document_id = ? AND part = ?", (id, part)
                ).fetchone()
            if row is None:
                return
            yield row["data"]
            part += 1

    def metadata(self, dataset_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
        """The metadata of every document of some datasets, by document id."""
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT id, meta_fields FROM documents"  # noqa: S608
                f" WHERE dataset_id IN ({marks(dataset_ids)})",
                tuple(dataset_ids),
            ).fetchall()
        return {row["id"]: json.loads(row["meta_fields"]) for row in rows}

    def count_by_run(self, dataset_id: str) -> dict[str, int]:
        """How many documents of a dataset are in each state of parsing."""
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT run, count(*) AS n FROM documents WHERE dataset_id = ? GROUP BY run",
                (dataset_id,),
            ).fetchall()
        counts = {row["run"]: row["n"] for row in rows}
        states = ("UNSTART", "RUNNING", "CANCEL", "DONE", "FAIL")
        return {f"{state.lower()}_count": counts.get(state, 0) for state in states}


def _get(connection: sqlite3.Connection, id: str) -> Document | None:
    row = connection.execute("SELECT * FROM documents WHERE id = ?", (id,)).fetchone()
    return Document.from_row(row) if row else None


def _named(connection: sqlite3.Connection, dataset_id: str, name: str) -> str | None:
    row = connection.execute(
        "SELECT id FROM documents WHERE dataset_id = ? AND name = ?", (dataset_id, name)
    ).fetchone()
    return row["id"] if row else None


def _exists(connection: sqlite3.Connection, table: str, id: str) -> bool:
    return (
        connection.execute(f"SELECT 1 FROM {table} WHERE id = ?", (id,)).fetchone()  # noqa: S608
        is not None
    )
