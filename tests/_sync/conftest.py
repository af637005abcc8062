# Generated from tests/_async/conftest.py by tools/generate_sync.py. Do not edit.
"""Clients for the tests of the sync layer; those of the sync layer are made from these."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ragflow import RAGFlow
from ragflow.testing import LocalServer


@pytest.fixture
def client(server: LocalServer) -> Iterator[RAGFlow]:
    """A client of the embedded server, of each generation that the test asks for."""
    with RAGFlow(server.api_key, server.base_url) as client:
        yield client
