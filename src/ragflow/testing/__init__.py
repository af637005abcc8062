"""Help for tests: a real RAGFlow-compatible server, ready in a moment."""

from __future__ import annotations

from ragflow.testing.server import LocalServer

__all__ = ["LocalServer"]
