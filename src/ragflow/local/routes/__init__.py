"""The HTTP routes, one module for each kind of thing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ragflow.local.routes import (
    chats,
    chunks,
    completions,
    datasets,
    document_deletes,
    documents,
    lax_datasets,
    parsing,
    search,
    sessions,
    system,
    uploads,
)

if TYPE_CHECKING:
    from ragflow.local.generations import Generation
    from ragflow.local.routing import Route

_TABLES = (
    system.table,
    datasets.table,
    lax_datasets.table,
    uploads.table,
    parsing.table,
    documents.table,
    document_deletes.table,
    chunks.table,
    search.table,
    chats.table,
    sessions.table,
    completions.table,
)


def all_routes(generation: Generation) -> list[Route]:
    """The routes that a generation has."""
    present = generation.features | generation.aliases | {None}
    return [route for table in _TABLES for route in table.routes if route.feature in present]
