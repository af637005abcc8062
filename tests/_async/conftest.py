"""Clients for the tests of the async layer; those of the sync layer are made from these."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from ragflow import AsyncRAGFlow
from ragflow.testing import LocalServer


@pytest.fixture
async def async_client(server: LocalServer) -> AsyncIterator[AsyncRAGFlow]:
    """A client of the embedded server, of each generation that the test asks for."""
    async with AsyncRAGFlow(server.api_key, server.base_url) as client:
        yield client
