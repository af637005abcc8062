"""Chunks and tokens are counted on documents and datasets; this keeps the counts right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ragflow.local.wire import now_ms

if TYPE_CHECKING:
    import sqlite3


def count(
    connection: sqlite3.Connection, document_id: str, dataset_id: str, chunks: int, tokens: int
) -> None:
    """Add to the counts of a document and its dataset, and note that the chunks changed."""
    connection.execute(
        "UPDATE documents SET chunk_count = max(chunk_count + ?, 0),"
        " token_count = max(token_count + ?, 0), update_time = ? WHERE id = ?",
        (chunks, tokens, now_ms(), document_id),
    )
    connection.execute(
        "UPDATE datasets SET chunk_count = max(chunk_count + ?, 0),"
        " token_num = max(token_num + ?, 0), revision = revision + 1, update_time = ?"
        " WHERE id = ?",
        (chunks, tokens, now_ms(), dataset_id),
    )
    if chunks > 0:
        connection.execute(
            "UPDATE tenants SET indexed = 1 WHERE indexed = 0"
            " AND id = (SELECT tenant_id FROM datasets WHERE id = ?)",
            (dataset_id,),
        )


def reset_chunks(connection: sqlite3.Connection, document_id: str, dataset_id: str) -> None:
    """Drop a document's chunks and take its counts off its dataset."""
    connection.execute("DELETE FROM chunks WHERE document_id = ?", (document_id,))
    connection.execute(
        "UPDATE datasets SET revision = revision + 1,"
        " chunk_count = chunk_count - (SELECT chunk_count FROM documents WHERE id = :document),"
        " token_num = token_num - (SELECT token_count FROM documents WHERE id = :document)"
        " WHERE id = :dataset AND EXISTS (SELECT 1 FROM documents WHERE id = :document)",
        {"document": document_id, "dataset": dataset_id},
    )
    connection.execute(
        "UPDATE documents SET chunk_count = 0, token_count = 0 WHERE id = ?", (document_id,)
    )


def is_wanted(connection: sqlite3.Connection, document_id: str, task: str) -> bool:
    """Whether a task is still the one that parses a document."""
    wanted = connection.execute(
        "SELECT 1 FROM documents WHERE id = ? AND task_id = ? AND run = 'RUNNING'",
        (document_id, task),
    )
    return wanted.fetchone() is not None


def touch_chunks(connection: sqlite3.Connection, dataset_id: str) -> None:
    """Tell readers that keep vectors in memory that the chunks of a dataset changed."""
    connection.execute("UPDATE datasets SET revision = revision + 1 WHERE id = ?", (dataset_id,))
