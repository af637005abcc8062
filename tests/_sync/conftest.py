# Generated from tests/_async/conftest.py by tools/generate_sync.py. Do not edit.
"""Clients for the tests of the sync layer; those of the sync layer are made from these."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from ragflow import DataSet, Document, RAGFlow
from ragflow.testing import LocalServer
from scripted import Script

DRAFT_TEXT = (
    "RAGFlow is an open engine for retrieval-augmented generation.\nIt reads many kinds of files."
)


@pytest.fixture
def client(server: LocalServer) -> Iterator[RAGFlow]:
    """A client of the embedded server, of each generation that the test asks for."""
    with RAGFlow(server.api_key, server.base_url) as client:
        yield client


@pytest.fixture
def connect() -> Iterator[Callable[..., RAGFlow]]:
    """Make clients of scripted servers; a client is of v0.27.0 unless it is told otherwise."""
    clients = []

    def to(script: Script, version: str | None = "0.27.0", **options: Any) -> RAGFlow:
        transport = httpx.MockTransport(script)
        client = RAGFlow(
            "the-secret", "http://server", transport=transport, server_version=version, **options
        )
        clients.append(client)
        return client

    yield to
    for client in clients:
        client.close()


@pytest.fixture
def dataset(client: RAGFlow, unique: Callable[[str], str]) -> DataSet:
    """An empty dataset of the embedded server."""
    return client.create_dataset(unique("dataset"))


@pytest.fixture
def parsed(dataset: DataSet) -> Document:
    """A document about three capitals, parsed to three chunks."""
    text = "Paris is the capital of France.\nTokyo is the capital of Japan.\nRome is in Italy."
    (document,) = dataset.upload_documents([("capitals.txt", text)])
    document.update({"parser_config": {"chunk_token_num": 8, "delimiter": "\n"}})
    return dataset.parse_documents(document)[0]


@pytest.fixture
def rag(client: RAGFlow) -> RAGFlow:
    """The client, under the name that most examples of the draft give it."""
    return client


@pytest.fixture
def ds(rag: RAGFlow, unique: Callable[[str], str]) -> DataSet:
    """The draft's dataset, with a document that is parsed."""
    dataset = rag.create_dataset(name=unique("kb_1"))
    documents = dataset.upload_documents([{"name": "ragflow.txt", "blob": DRAFT_TEXT}])
    dataset.parse_documents(documents)
    return dataset


@pytest.fixture
def doc(ds: DataSet) -> Document:
    """The draft's document."""
    return ds.list_documents()[0]
