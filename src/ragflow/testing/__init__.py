"""Help for tests: a real RAGFlow-compatible server, ready in a moment, with faults on request."""

from __future__ import annotations

from ragflow.local.faults import FaultReport, Faults
from ragflow.testing.server import LocalServer

__all__ = ["FaultReport", "Faults", "LocalServer"]
