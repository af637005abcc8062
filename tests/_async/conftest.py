"""Clients for the tests of the async layer; those of the sync layer are made from these."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

from ragflow import AsyncDataSet, AsyncDocument, AsyncRAGFlow
from ragflow.testing import LocalServer
from scripted import Script

DRAFT_TEXT = (
    "RAGFlow is an open engine for retrieval-augmented generation.\nIt reads many kinds of files."
)


@pytest.fixture
async def async_client(server: LocalServer) -> AsyncIterator[AsyncRAGFlow]:
    """A client of the embedded server, of each generation that the test asks for."""
    async with AsyncRAGFlow(server.api_key, server.base_url) as client:
        yield client


@pytest.fixture
async def connect() -> AsyncIterator[Callable[..., AsyncRAGFlow]]:
    """Make clients of scripted servers; a client is of v0.27.0 unless it is told otherwise."""
    clients = []

    def to(script: Script, version: str | None = "0.27.0", **options: Any) -> AsyncRAGFlow:
        transport = httpx.MockTransport(script)
        client = AsyncRAGFlow(
            "the-secret", "http://server", transport=transport, server_version=version, **options
        )
        clients.append(client)
        return client

    yield to
    for client in clients:
        await client.aclose()


@pytest.fixture
async def dataset(async_client: AsyncRAGFlow, unique: Callable[[str], str]) -> AsyncDataSet:
    """An empty dataset of the embedded server."""
    return await async_client.create_dataset(unique("dataset"))


@pytest.fixture
async def parsed(dataset: AsyncDataSet) -> AsyncDocument:
    """A document about three capitals, parsed to three chunks."""
    text = "Paris is the capital of France.\nTokyo is the capital of Japan.\nRome is in Italy."
    (document,) = await dataset.upload_documents([("capitals.txt", text)])
    await document.update({"parser_config": {"chunk_token_num": 8, "delimiter": "\n"}})
    return (await dataset.parse_documents(document))[0]


@pytest.fixture
def rag(async_client: AsyncRAGFlow) -> AsyncRAGFlow:
    """The client, under the name that most examples of the draft give it."""
    return async_client


@pytest.fixture
async def ds(rag: AsyncRAGFlow, unique: Callable[[str], str]) -> AsyncDataSet:
    """The draft's dataset, with a document that is parsed."""
    dataset = await rag.create_dataset(name=unique("kb_1"))
    documents = await dataset.upload_documents([{"name": "ragflow.txt", "blob": DRAFT_TEXT}])
    await dataset.parse_documents(documents)
    return dataset


@pytest.fixture
async def doc(ds: AsyncDataSet) -> AsyncDocument:
    """The draft's document."""
    return (await ds.list_documents())[0]
