"""The storage of the embedded server: everything in one SQLite file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ragflow.local.store.chats import Chats, Sessions
from ragflow.local.store.chunks import Chunks
from ragflow.local.store.database import Database, StoreClosedError
from ragflow.local.store.datasets import Datasets, Tenants
from ragflow.local.store.documents import Documents
from ragflow.local.store.index import Index
from ragflow.local.store.jobs import Jobs

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Store", "StoreClosedError"]


class Store:
    """All that the server remembers. Its methods block; call them from worker threads.

    Args:
        path: The data file, made when missing; None for a temporary one.
    """

    def __init__(self, path: Path | None) -> None:
        self._database = Database(path)
        self.tenants: Tenants = Tenants(self._database)
        self.datasets: Datasets = Datasets(self._database)
        self.documents: Documents = Documents(self._database)
        self.jobs: Jobs = Jobs(self._database)
        self.chunks: Chunks = Chunks(self._database)
        self.index: Index = Index(self._database)
        self.chats: Chats = Chats(self._database)
        self.sessions: Sessions = Sessions(self._database)

    @property
    def path(self) -> Path:
        """The data file."""
        return self._database.path

    def close(self) -> None:
        """Let go of the file; a temporary one is removed."""
        self._database.close()
