# Generated from tests/_async/test_draft_api.py by tools/generate_sync.py. Do not edit.
"""Every example of the draft API about datasets, against an embedded server of each generation.

The examples stand as the draft writes them. Changed is only what is no valid Python, what waits on
a keyboard, and what names the author's own files, ids and addresses.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ragflow import (
    Chunk,
    DataSet,
    Document,
    ParserConfig,
    RAGFlow,
)
from ragflow.testing import LocalServer

from .conftest import DRAFT_TEXT

Unique = Callable[[str], str]


@pytest.fixture
def test_data(tmp_path: Path) -> Path:
    """The folder of files that the examples read."""
    for name in ("ragflow.txt", "ragflow_test.txt", "test1.txt", "test2.txt", "test3.txt"):
        (tmp_path / name).write_text(DRAFT_TEXT, encoding="utf-8")
    return tmp_path


def test_create_dataset(server: LocalServer, unique: Unique) -> None:
    """Create knowledge base: the example, with a client of its own."""
    rag_object = RAGFlow(api_key=server.api_key, base_url=server.base_url)
    ds = rag_object.create_dataset(name=unique("kb_1"))
    assert isinstance(ds, DataSet)
    assert ds.name == rag_object.get_dataset(id=ds.id).name
    rag_object.close()


def test_create_dataset_with_every_parameter(rag: RAGFlow, unique: Unique) -> None:
    """Create knowledge base: the signature, each parameter given by its name."""
    ds = rag.create_dataset(
        name=unique("kb_1"),
        avatar="",
        description="What we know",
        language="English",
        permission="me",
        document_count=0,
        chunk_count=0,
        parse_method="naive",
        parser_config=DataSet.ParserConfig(
            chunk_token_count=128,
            layout_recognize=True,
            delimiter="\n!?。；！？",
            task_page_size=12,
        ),
    )
    assert (ds.description, ds.language, ds.permission) == ("What we know", "English", "me")
    assert (ds.document_count, ds.chunk_count, ds.parse_method) == (0, 0, "naive")
    assert isinstance(ds.parser_config, ParserConfig)
    assert ds.parser_config.chunk_token_count == 128
    assert ds.parser_config.delimiter == "\n!?。；！？"
    assert ds.parser_config.task_page_size == 12
    assert ds.tenant_id


def test_delete_datasets(rag: RAGFlow, unique: Unique) -> None:
    """Delete knowledge bases: the example, with ids that exist."""
    id_1, id_2 = [rag.create_dataset(unique("kb")).id for _ in range(2)]
    rag.delete_datasets(ids=[id_1, id_2])
    assert rag.list_datasets(id=id_1) == []


def test_list_datasets(rag: RAGFlow, unique: Unique) -> None:
    """List all knowledge bases: the example, with a list in the place of a screen."""
    created = rag.create_dataset(unique("kb_1"))
    printed = []
    for ds in rag.list_datasets():
        printed.append(ds)
    assert created.id in [ds.id for ds in printed]


def test_retrieve_dataset_by_id(rag: RAGFlow, unique: Unique) -> None:
    """Retrieve a knowledge base by ID: the example."""
    created = rag.create_dataset(unique("kb_1"))
    dataset = rag.list_datasets(id=created.id)
    assert dataset[0].name == created.name


def test_update_dataset(rag: RAGFlow, unique: Unique) -> None:
    """Update knowledge base: the example, on the list's one item and with a model that exists."""
    created = rag.create_dataset(unique("kb_1"))
    ds = rag.list_datasets(name=created.name)[0]
    ds.update({"embedding_model": created.embedding_model, "parse_method": "manual"})
    assert ds.parse_method == "manual"
    assert rag.get_dataset(id=ds.id).parser_method == "manual"


def test_upload_documents(rag: RAGFlow, unique: Unique) -> None:
    """Upload document: the example, its dicts written as Python."""
    ds = rag.create_dataset(name=unique("kb_1"))
    ds.upload_documents([{"name": "1.txt", "blob": "123"}, {"name": "2.txt", "blob": b"4"}])
    assert {doc.name for doc in ds.list_documents()} == {"1.txt", "2.txt"}


def test_update_document(rag: RAGFlow, doc: Document) -> None:
    """Update document: the example, the list of one dict included."""
    ds = rag.list_datasets(id=doc.dataset_id)
    ds = ds[0]
    doc = ds.list_documents(id=doc.id)[0]
    doc.update([{"parser_method": "manual"}])
    assert doc.parser_method == "manual"
    assert ds.list_documents(id=doc.id)[0].parser_method == "manual"


def test_download_document(doc: Document, tmp_path: Path) -> None:
    """Download document: the example, into a folder of the test."""
    with (tmp_path / "ragflow.txt").open("wb+") as file:
        file.write(doc.download())
    assert (tmp_path / "ragflow.txt").read_text("utf-8") == DRAFT_TEXT
    assert "ragflow.txt" in str(doc)


def test_list_documents(rag: RAGFlow, test_data: Path, unique: Unique) -> None:
    """List documents: the example; the whole path as a name becomes the file's name."""
    ds = rag.create_dataset(name=unique("kb_1"))
    filename1 = str(test_data / "ragflow.txt")
    blob = Path(filename1).read_bytes()
    list_files = [{"name": filename1, "blob": blob}]
    ds.upload_documents(list_files)
    (d,) = ds.list_documents(keywords="rag", offset=0, limit=12)
    assert (d.name, d.size, d.type, d.source_type) == (
        "ragflow.txt",
        len(DRAFT_TEXT),
        "doc",
        "local",
    )
    assert (d.knowledgebase_id, d.parser_method, d.created_by) == (ds.id, "naive", ds.tenant_id)
    assert (d.token_count, d.chunk_count, d.progress, d.progress_msg) == (0, 0, 0.0, "")
    assert (d.thumbnail, d.process_begin_at, d.process_duation) == ("", None, 0.0)
    assert isinstance(d.parser_config, ParserConfig)


def test_delete_documents(rag: RAGFlow, ds: DataSet) -> None:
    """Delete documents: the example, with ids that exist."""
    id_1, id_2 = [doc.id for doc in ds.upload_documents([("a.txt", "a"), ("b.txt", "b")])]
    ds = rag.list_datasets(name=ds.name)[0]
    ds.delete_documents(ids=[id_1, id_2])
    assert [doc.name for doc in ds.list_documents()] == ["ragflow.txt"]


def test_parse_and_stop(server: LocalServer, test_data: Path, unique: Unique) -> None:
    """Parse and stop parsing document: the example, with a longer third file.

    A small document may be done before it can be stopped; the server says so then.
    """
    big = "\n".join(f"Line {number} speaks of something else." for number in range(100_000))
    (test_data / "test3.txt").write_text(big, encoding="utf-8")
    with RAGFlow(server.api_key, server.base_url) as rag:
        ds = rag.create_dataset(name=unique("God5"))
        documents = [
            {"name": name, "blob": (test_data / name).read_bytes()}
            for name in ("test1.txt", "test2.txt", "test3.txt")
        ]
        ds.upload_documents(documents)
        found = ds.list_documents(keywords="test")
        ids = []
        for document in found:
            ids.append(document.id)
        ds.async_parse_documents(ids)
        third = ds.list_documents(name="test3.txt")
        ds.async_cancel_parse_documents([third[0].id])
        assert ds.list_documents(id=third[0].id)[0].run == "CANCEL"


def test_list_chunks(rag: RAGFlow, doc: Document) -> None:
    """List chunks: the example, with an id where the page stands, on a document that is parsed."""
    ds = rag.list_datasets(doc.dataset_id)
    ds = ds[0]
    ds.parse_documents([doc.id])
    chunks = doc.list_chunks(keywords="rag", offset=0, limit=12)
    assert all(isinstance(c, Chunk) for c in chunks)
    assert [c.document_id for c in doc.list_chunks()] == [doc.id]


def test_add_chunk(rag: RAGFlow, ds: DataSet, doc: Document) -> None:
    """Add chunk: the example, and the keywords of the text above it."""
    ds = rag.list_datasets(id=ds.id)[0]
    doc = ds.list_documents(id=doc.id)[0]
    chunk = doc.add_chunk(content="xxxxxxx")
    assert (chunk.content, chunk.document_id, chunk.knowledgebase_id) == ("xxxxxxx", doc.id, ds.id)
    keyed = doc.add_chunk(content="yyyyyyy", important_keywords=["why"])
    assert keyed.important_keywords == ["why"]


def test_delete_chunks(doc: Document) -> None:
    """Delete chunk: the example, with ids that exist."""
    chunk = doc.add_chunk(content="xxxxxxx")
    (other,) = [c for c in doc.list_chunks() if c.id != chunk.id]
    doc.delete_chunks([chunk.id, other.id])
    assert doc.list_chunks() == []


def test_update_chunk(doc: Document) -> None:
    """Update chunk: the example, with every field of the text above it."""
    chunk = doc.add_chunk(content="xxxxxxx")
    chunk.update({"content": "sdfx...", "important_keywords": ["s"], "available": 0})
    assert (chunk.content, chunk.important_keywords, chunk.available) == ("sdfx...", ["s"], False)
    (stored,) = doc.list_chunks(id=chunk.id)
    assert (stored.content, stored.available) == ("sdfx...", False)


def test_retrieve(rag: RAGFlow, ds: DataSet, test_data: Path) -> None:
    """Retrieval: the example, which also creates a document through the client."""
    ds = rag.list_datasets(name=ds.name)[0]
    name = "ragflow_test.txt"
    path = test_data / name
    rag.create_document(ds, name=name, blob=path.read_bytes())
    doc = ds.list_documents(name=name)
    doc = doc[0]
    ds.parse_documents([doc.id])
    found = rag.retrieve(
        question="What's ragflow?",
        datasets=[ds.id],
        documents=[doc.id],
        offset=1,
        limit=30,
        similarity_threshold=0.2,
        vector_similarity_weight=0.3,
        top_k=1024,
    )
    assert [c.document_id for c in found] == [doc.id]
    assert found[0].similarity > 0.2


PAGED = "page page_size orderby desc id name"
