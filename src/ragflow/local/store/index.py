"""Searching the store: chunks by their words, and their vectors for search in memory."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ragflow.local import terms
from ragflow.local.store.database import marks
from ragflow.local.store.records import Chunk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ragflow.local.store.database import Database


@dataclass(frozen=True, slots=True)
class Vectors:
    """The vectors of a dataset's chunks, one behind the other, and whose they are."""

    positions: list[int]
    document_ids: list[str]
    data: bytearray


class Index:
    """Finds chunks that may be found: available ones of documents that are switched on."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def vectors(self, dataset_id: str) -> Vectors:
        """The vectors of all chunks of a dataset that can be found."""
        found = Vectors([], [], bytearray())
        with self._database.read() as connection:
            for row in connection.execute(
                "SELECT chunks.position, document_id, vector FROM chunks"
                " JOIN documents ON documents.id = document_id"
                " WHERE chunks.dataset_id = ? AND available = 1 AND status = '1'"
                " ORDER BY chunks.position",
                (dataset_id,),
            ):
                found.positions.append(row["position"])
                found.document_ids.append(row["document_id"])
                found.data.extend(row["vector"])
        return found

    def matching(
        self,
        question: str,
        dataset_ids: Sequence[str],
        document_ids: Sequence[str] | None,
        limit: int,
    ) -> list[int]:
        """Positions of the chunks that share words with a question, best first."""
        match = terms.match_query(question)
        if not match:
            return []
        narrowed = ""
        if document_ids is not None:
            narrowed = " AND document_id IN (SELECT value FROM json_each(?))"
        values: list[Any] = [match, *dataset_ids]
        if document_ids is not None:
            values.append(json.dumps(list(document_ids)))
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT chunks.position FROM chunk_terms"  # noqa: S608
                " JOIN chunks ON chunks.position = chunk_terms.rowid"
                " JOIN documents ON documents.id = document_id"
                f" WHERE chunk_terms MATCH ? AND chunks.dataset_id IN ({marks(dataset_ids)})"
                f" AND available = 1 AND status = '1'{narrowed} ORDER BY rank LIMIT ?",
                (*values, limit),
            ).fetchall()
        return [row["position"] for row in rows]

    def at(self, positions: Sequence[int]) -> list[tuple[Chunk, str]]:
        """The chunks at some positions, each with the name of its document."""
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT chunks.*, documents.name FROM chunks"
                " JOIN documents ON documents.id = document_id"
                " WHERE chunks.position IN (SELECT value FROM json_each(?))",
                (json.dumps(list(positions)),),
            ).fetchall()
        return [(Chunk.from_row(row), row["name"]) for row in rows]
