"""Chunks in the store: rows, their terms for full-text search, and their vectors."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import xxhash

from ragflow.local import embedding, terms
from ragflow.local.chunking import count_tokens
from ragflow.local.store.counters import count, is_wanted, touch_chunks
from ragflow.local.store.database import encoded, insert, marks
from ragflow.local.store.records import Chunk

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from ragflow.local.chunking import Piece
    from ragflow.local.store.database import Database
    from ragflow.local.store.records import Document


class Chunks:
    """Passages of documents. The id of a chunk follows from its text and its document."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def append(self, document: Document, task: str, pieces: Sequence[Piece], vectors: Any) -> bool:
        """Give a document that is being parsed more chunks; False when its task was given up.

        A text that the document has already is left out.
        """
        now = time.time()
        with self._database.write(durable=False) as connection:
            if not is_wanted(connection, document.id, task):
                return False
            added, tokens = 0, 0
            for piece, vector in zip(pieces, vectors, strict=True):
                values = {
                    "id": _chunk_id(piece.text, document.id),
                    "content": piece.text,
                    "tokens": piece.tokens,
                    "positions": piece.positions,
                    "create_timestamp": now,
                    "vector": vector.tobytes(),
                }
                if _get(connection, document.id, values["id"]) is None:
                    _add(connection, document, values)
                    added += 1
                    tokens += piece.tokens
            count(connection, document.id, document.dataset_id, added, tokens)
            return True

    def add(
        self,
        document: Document,
        content: str,
        important_keywords: list[str],
        questions: list[str],
    ) -> Chunk:
        """Write a chunk by hand; the same text again takes the place of the earlier one."""
        tokens = count_tokens(content)
        values = {
            "id": _chunk_id(content, document.id),
            "content": content,
            "tokens": tokens,
            "important_keywords": important_keywords,
            "questions": questions,
            "by_hand": 1,
            "create_timestamp": time.time(),
            "vector": embedding.embed([content])[0].tobytes(),
        }
        with self._database.write() as connection:
            connection.execute(
                "DELETE FROM chunks WHERE document_id = ? AND id = ?", (document.id, values["id"])
            )
            _add(connection, document, values)
            count(connection, document.id, document.dataset_id, 1, tokens)
            row = _get(connection, document.id, values["id"])
        return Chunk.from_row(row or {})

    def get(self, document_id: str, id: str) -> Chunk | None:
        """A chunk of a document."""
        with self._database.read() as connection:
            row = _get(connection, document_id, id)
        return Chunk.from_row(row) if row else None

    def select(
        self,
        document_id: str,
        *,
        keywords: str = "",
        ids: Sequence[str] = (),
        available: bool | None = None,
        limit: int,
        offset: int,
    ) -> tuple[list[Chunk], int]:
        """A page of a document's chunks in reading order, and the number of all that match."""
        where, values = "document_id = ?", [document_id]
        match = terms.match_query(keywords) if keywords else ""
        if keywords and not match:
            return [], 0
        if match:
            where += " AND position IN (SELECT rowid FROM chunk_terms WHERE chunk_terms MATCH ?)"
            values.append(match)
        if ids:
            where += f" AND id IN ({marks(ids)})"
            values.extend(ids)
        if available is not None:
            where += f" AND available = {int(available)}"
        with self._database.read() as connection:
            total: int = connection.execute(
                f"SELECT count(*) AS n FROM chunks WHERE {where}",  # noqa: S608
                values,
            ).fetchone()["n"]
            rows = connection.execute(
                f"SELECT * FROM chunks WHERE {where} ORDER BY position LIMIT ? OFFSET ?",  # noqa: S608
                (*values, limit, offset),
            ).fetchall()
        return [Chunk.from_row(row) for row in rows], total

    def update(self, chunk: Chunk, values: dict[str, Any]) -> None:
        """Change a chunk; new text is counted, indexed and embedded again."""
        changes = dict(values)
        if "content" in changes:
            changes["tokens"] = count_tokens(changes["content"])
            changes["vector"] = embedding.embed([changes["content"]])[0].tobytes()
        with self._database.write() as connection:
            for column, value in encoded(changes).items():
                connection.execute(
                    f"UPDATE chunks SET {column} = ? WHERE position = ?",  # noqa: S608
                    (value, chunk.position),
                )
            row = connection.execute(
                "SELECT * FROM chunks WHERE position = ?", (chunk.position,)
            ).fetchone()
            if row is not None:
                _index(connection, chunk.position, Chunk.from_row(row))
            count(
                connection,
                chunk.document_id,
                chunk.dataset_id,
                0,
                changes.get("tokens", chunk.tokens) - chunk.tokens,
            )

    def switch(self, document_id: str, ids: Sequence[str], *, available: bool) -> int:
        """Let chunks be found or not; returns how many there are."""
        with self._database.write() as connection:
            changed = connection.execute(
                f"UPDATE chunks SET available = ? WHERE document_id = ? AND id IN ({marks(ids)})",  # noqa: S608
                (int(available), document_id, *ids),
            ).rowcount
            connection.execute(
                "UPDATE datasets SET revision = revision + 1 WHERE id ="
                " (SELECT dataset_id FROM documents WHERE id = ?)",
                (document_id,),
            )
        return changed

    def delete(self, document: Document, ids: Sequence[str]) -> int:
        """Remove chunks of a document; returns how many there were."""
        with self._database.write() as connection:
            rows = connection.execute(
                "SELECT position, tokens FROM chunks"  # noqa: S608
                f" WHERE document_id = ? AND id IN ({marks(ids)})",
                (document.id, *ids),
            ).fetchall()
            connection.executemany(
                "DELETE FROM chunks WHERE position = ?", [(row["position"],) for row in rows]
            )
            tokens = sum(row["tokens"] for row in rows)
            count(connection, document.id, document.dataset_id, -len(rows), -tokens)
        return len(rows)

    def wipe(self, document: Document) -> None:
        """Remove all chunks of a document and leave its counters as they are."""
        with self._database.write() as connection:
            connection.execute("DELETE FROM chunks WHERE document_id = ?", (document.id,))
            touch_chunks(connection, document.dataset_id)


def _chunk_id(content: str, document_id: str) -> str:
    return xxhash.xxh64((content + document_id).encode("utf-8", "surrogatepass")).hexdigest()


def _get(connection: sqlite3.Connection, document_id: str, id: str) -> dict[str, Any] | None:
    row: dict[str, Any] | None = connection.execute(
        "SELECT * FROM chunks WHERE document_id = ? AND id = ?", (document_id, id)
    ).fetchone()
    return row


def _add(connection: sqlite3.Connection, document: Document, values: dict[str, Any]) -> None:
    position = insert(
        connection,
        "chunks",
        {**values, "document_id": document.id, "dataset_id": document.dataset_id},
    )
    row = connection.execute("SELECT * FROM chunks WHERE position = ?", (position,)).fetchone()
    _index(connection, position, Chunk.from_row(row))


def _index(connection: sqlite3.Connection, position: int, chunk: Chunk) -> None:
    """Store the words a chunk is found by: its text, its keywords and its questions."""
    text = "\n".join([chunk.content, *chunk.important_keywords, *chunk.questions])
    connection.execute("DELETE FROM chunk_terms WHERE rowid = ?", (position,))
    connection.execute(
        "INSERT INTO chunk_terms (rowid, terms) VALUES (?, ?)",
        (position, " ".join(terms.terms(text))),
    )
