# Generated from tests/_async/test_draft_signatures.py by tools/generate_sync.py. Do not edit.
"""The draft API: every parameter of its signatures."""

from __future__ import annotations

import inspect
from collections.abc import Callable

import pytest

from ragflow import (
    Chat,
    Chunk,
    DataSet,
    Document,
    RAGFlow,
    Session,
)

PAGED = "page page_size orderby desc id name"


@pytest.mark.parametrize(
    ("method", "parameters"),
    [
        (
            RAGFlow.create_dataset,
            "name avatar description language permission document_count chunk_count parse_method "
            "parser_config",
        ),
        (RAGFlow.delete_datasets, "ids"),
        (RAGFlow.list_datasets, PAGED),
        (DataSet.update, "update_message"),
        (DataSet.upload_documents, "document_list"),
        (DataSet.list_documents, "id keywords offset limit orderby desc order_by"),
        (DataSet.delete_documents, "ids"),
        (DataSet.async_parse_documents, "document_ids"),
        (DataSet.async_cancel_parse_documents, "document_ids"),
        (Document.update, "update_message"),
        (Document.download, ""),
        (Document.list_chunks, "keywords offset limit id"),
        (Document.add_chunk, "content important_keywords"),
        (Document.delete_chunks, "chunk_ids"),
        (Chunk.update, "update_message"),
        (
            RAGFlow.retrieve,
            "question datasets document offset limit similarity_threshold vector_similarity_weight "
            "top_k rerank_id keyword highlight higlight documents similarity_threshold_weight",
        ),
        (RAGFlow.create_chat, "name avatar knowledgebases llm prompt"),
        (Chat.update, "update_message"),
        (RAGFlow.delete_chats, "ids"),
        (RAGFlow.list_chats, f"{PAGED} order_by"),
        (Chat.create_session, "name"),
        (Chat.list_sessions, f"{PAGED} order_by"),
        (Chat.delete_sessions, "ids"),
        (Session.update, "update_message"),
        (Session.ask, "question stream"),
    ],
)
def test_signatures(method: Callable[..., object], parameters: str) -> None:
    """Every parameter of the draft exists; those of its signatures also stand in its order."""
    known = list(inspect.signature(method).parameters.values())[1:]
    assert set(parameters.split()) <= {each.name for each in known}
    positional = [each.name for each in known if each.kind is each.POSITIONAL_OR_KEYWORD]
    assert positional == [name for name in parameters.split() if name in positional]
