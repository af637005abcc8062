"""How a file's row is written and read."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from .database import storable
from .items import FileState, Row
from .names import folded_name

__all__ = ["COLUMNS", "INSERT", "UPDATE", "insert_values", "row_of", "update_values"]

COLUMNS = """files.id, files.path, files.root, files.name, files.size, files.stamp, files.digest,
    files.state, files.document_id, files.replaces, files.doubted, files.attempts, files.code,
    files.reason, files.earlier"""
INSERT = """INSERT INTO files (target, path, root, name, folded, size, stamp, state, reason,
    updated) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
UPDATE = """UPDATE files SET root = ?, name = ?, folded = ?, size = ?, stamp = ?, digest = ?,
    state = ?, document_id = ?, replaces = ?, doubted = ?, attempts = ?, code = ?, reason = ?,
    earlier = ?, updated = ? WHERE id = ?"""

_STATES = {state.value: state for state in FileState}


def row_of(columns: Sequence[Any]) -> Row:
    """Make a row of its columns."""
    id, path, root, name, size, stamp, digest, state, *rest = columns
    return Row(id, path, root, name, size, stamp, digest, _STATES[state], *rest)


def insert_values(target: int, row: Row) -> tuple[object, ...]:
    """The parameters that add a row."""
    return (
        target,
        row.path,
        row.root,
        row.name,
        folded_name(row.name),
        row.size,
        row.stamp,
        row.state,
        storable(row.reason),
        time.time(),
    )


def update_values(row: Row) -> tuple[object, ...]:
    """The parameters that change a row."""
    return (
        row.root,
        row.name,
        folded_name(row.name),
        row.size,
        row.stamp,
        row.digest,
        row.state,
        row.document_id,
        row.replaces,
        row.doubted,
        row.attempts,
        row.code,
        storable(row.reason),
        row.earlier,
        time.time(),
        row.id,
    )
