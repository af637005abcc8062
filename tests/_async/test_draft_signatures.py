"""The draft API: every parameter of its signatures."""

from __future__ import annotations

import inspect
from collections.abc import Callable

import pytest

from ragflow import (
    AsyncChat,
    AsyncChunk,
    AsyncDataSet,
    AsyncDocument,
    AsyncRAGFlow,
    AsyncSession,
)

PAGED = "page page_size orderby desc id name"


@pytest.mark.parametrize(
    ("method", "parameters"),
    [
        (
            AsyncRAGFlow.create_dataset,
            "name avatar description language permission document_count chunk_count parse_method "
            "parser_config",
        ),
        (AsyncRAGFlow.delete_datasets, "ids"),
        (AsyncRAGFlow.list_datasets, PAGED),
        (AsyncDataSet.update, "update_message"),
        (AsyncDataSet.upload_documents, "document_list"),
        (AsyncDataSet.list_documents, "id keywords offset limit orderby desc order_by"),
        (AsyncDataSet.delete_documents, "ids"),
        (AsyncDataSet.async_parse_documents, "document_ids"),
        (AsyncDataSet.async_cancel_parse_documents, "document_ids"),
        (AsyncDocument.update, "update_message"),
        (AsyncDocument.download, ""),
        (AsyncDocument.list_chunks, "keywords offset limit id"),
        (AsyncDocument.add_chunk, "content important_keywords"),
        (AsyncDocument.delete_chunks, "chunk_ids"),
        (AsyncChunk.update, "update_message"),
        (
            AsyncRAGFlow.retrieve,
            "question datasets document offset limit similarity_threshold vector_similarity_weight "
            "top_k rerank_id keyword highlight higlight documents similarity_threshold_weight",
        ),
        (AsyncRAGFlow.create_chat, "name avatar knowledgebases llm prompt"),
        (AsyncChat.update, "update_message"),
        (AsyncRAGFlow.delete_chats, "ids"),
        (AsyncRAGFlow.list_chats, f"{PAGED} order_by"),
        (AsyncChat.create_session, "name"),
        (AsyncChat.list_sessions, f"{PAGED} order_by"),
        (AsyncChat.delete_sessions, "ids"),
        (AsyncSession.update, "update_message"),
        (AsyncSession.ask, "question stream"),
    ],
)
def test_signatures(method: Callable[..., object], parameters: str) -> None:
    """Every parameter of the draft exists; those of its signatures also stand in its order."""
    known = list(inspect.signature(method).parameters.values())[1:]
    assert set(parameters.split()) <= {each.name for each in known}
    positional = [each.name for each in known if each.kind is each.POSITIONAL_OR_KEYWORD]
    assert positional == [name for name in parameters.split() if name in positional]
