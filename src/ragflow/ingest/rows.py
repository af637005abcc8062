"""How a file's row is written and read."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from .database import storable, text_of
from .items import FileState, Row
from .names import folded_name

__all__ = [
    "COLUMNS",
    "INSERT",
    "INSERT_OUTCOME",
    "UPDATE",
    "insert_values",
    "row_of",
    "update_values",
]

COLUMNS = """files.id, files.path, files.root, files.name, files.size, files.stamp, files.digest,
    files.state, files.document_id, files.replaces, files.doubted, files.attempts, files.code,
    files.reason, files.earlier"""
INSERT = """INSERT INTO files (id, target, path, root, name, folded, size, stamp, digest, state,
    document_id, replaces, doubted, attempts, code, reason, earlier, updated)"""
INSERT_OUTCOME = """INSERT INTO outcomes (job, seq, file, repeated, mark, outcome, code, reason,
    replaced)"""
UPDATE = """UPDATE files SET root = ?, name = ?, folded = ?, size = ?, stamp = ?, digest = ?,
    state = ?, document_id = ?, replaces = ?, doubted = ?, attempts = ?, code = ?, reason = ?,
    earlier = ?, updated = ? WHERE id = ?"""

_STATES = {state.value: state for state in FileState}


def row_of(columns: Sequence[Any]) -> Row:
    """Make a row of its columns."""
    id, path, root, name, size, stamp, digest, state, *rest = columns
    return Row(id, path, root, name, size, stamp, digest, _STATES[state], *rest)


def insert_values(target: int, rows: Sequence[Row]) -> list[tuple[object, ...]]:
    """The parameters that add rows, under the numbers they have been given."""
    now = time.time()
    return [
        (
            row.id,
            target,
            row.path,
            row.root,
            row.name,
            folded_name(row.name),
            row.size,
            row.stamp,
            row.digest,
            text_of(row.state),
            row.document_id,
            row.replaces,
            row.doubted,
            row.attempts,
            row.code,
            storable(row.reason),
            row.earlier,
            now,
        )
        for row in rows
    ]


def update_values(rows: Sequence[Row]) -> list[tuple[object, ...]]:
    """The parameters that change rows."""
    now = time.time()
    return [
        (
            row.root,
            row.name,
            folded_name(row.name),
            row.size,
            row.stamp,
            row.digest,
            text_of(row.state),
            row.document_id,
            row.replaces,
            row.doubted,
            row.attempts,
            row.code,
            storable(row.reason),
            row.earlier,
            now,
            row.id,
        )
        for row in rows
    ]
