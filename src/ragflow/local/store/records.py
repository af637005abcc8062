"""What the store keeps, as values."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from typing import Any, Self

_JSON_COLUMNS = frozenset(
    {
        "parser_config",
        "meta_fields",
        "important_keywords",
        "questions",
        "positions",
        "dataset_ids",
        "llm_setting",
        "prompt_config",
        "meta_data_filter",
        "messages",
        "reference",
    }
)


def _decoded(text: str) -> Any:
    # Most lists of most rows are empty, and many rows are read for a search.
    return [] if text == "[]" else json.loads(text)


@dataclass(frozen=True, slots=True)
class Record:
    """A row of a table; columns the class does not name are left out."""

    @classmethod
    def from_row(cls, row: dict[str, Any]) -> Self:
        """Build the value from a database row."""
        return cls(
            **{
                field.name: _decoded(row[field.name])
                if field.name in _JSON_COLUMNS
                else row[field.name]
                for field in dataclasses.fields(cls)
            }
        )


@dataclass(frozen=True, slots=True)
class Tenant(Record):
    """An account; its key opens its own datasets and chats only."""

    id: str
    api_key: str = dataclasses.field(repr=False)
    nickname: str


@dataclass(frozen=True, slots=True)
class Dataset(Record):
    """A knowledge base with its counters."""

    id: str
    tenant_id: str
    name: str
    avatar: str | None
    description: str | None
    language: str
    permission: str
    embedding_model: str
    chunk_method: str
    parser_config: dict[str, Any]
    pagerank: int
    document_count: int
    chunk_count: int
    token_num: int
    revision: int
    create_time: int
    update_time: int


@dataclass(frozen=True, slots=True)
class Document(Record):
    """A file of a dataset with the state of its parsing."""

    id: str
    dataset_id: str
    created_by: str
    name: str
    location: str
    size: int
    type: str
    suffix: str
    content_hash: str
    chunk_method: str
    parser_config: dict[str, Any]
    run: str
    status: str
    task_id: str | None
    progress: float
    progress_msg: str
    process_begin_at: int | None
    process_duration: float
    chunk_count: int
    token_count: int
    meta_fields: dict[str, Any]
    create_time: int
    update_time: int


@dataclass(frozen=True, slots=True)
class Chunk(Record):
    """A passage of a document that can be found."""

    position: int
    id: str
    document_id: str
    dataset_id: str
    content: str
    tokens: int
    important_keywords: list[str]
    questions: list[str]
    positions: list[list[int]]
    available: int
    by_hand: int
    create_timestamp: float
    vector: bytes = dataclasses.field(repr=False)


@dataclass(frozen=True, slots=True)
class Chat(Record):
    """An assistant: datasets, model settings and prompt, in the newest schema."""

    id: str
    tenant_id: str
    name: str
    description: str | None
    icon: str | None
    language: str
    dataset_ids: list[str]
    llm_id: str | None
    llm_setting: dict[str, Any]
    prompt_config: dict[str, Any]
    similarity_threshold: float
    vector_similarity_weight: float
    top_n: int
    top_k: int
    rerank_id: str
    do_refer: str
    meta_data_filter: dict[str, Any]
    create_time: int
    update_time: int


@dataclass(frozen=True, slots=True)
class Session(Record):
    """A conversation: its messages, and one reference per question."""

    id: str
    chat_id: str
    name: str
    user_id: str
    messages: list[dict[str, Any]]
    reference: list[dict[str, Any]]
    made_by_question: int
    create_time: int
    update_time: int
