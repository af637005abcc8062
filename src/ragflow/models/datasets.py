"""Datasets (knowledge bases) and the settings of their parser."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, TypeAlias

from attrs import define, field

from ._base import Model, ResourceData, alias_of, fold_aliases

__all__ = ["DatasetData", "ParserConfig"]


@define(kw_only=True, frozen=True, getstate_setstate=False)
class ParserConfig(Model):
    """How documents are cut into chunks. What is ``None`` is left to the server.

    Attributes:
        chunk_token_num: Tokens per chunk at most (servers default to 128 up to v0.18, then 512).
        chunk_token_count: The draft's name for ``chunk_token_num``; either may be given.
        delimiter: Characters at which text may be cut.
        layout_recognize: Layout model for PDFs (``"DeepDOC"``, ``"Plain Text"``), or a switch.
        task_page_size: PDF pages per parsing task.
        html4excel: Whether spreadsheets become HTML tables.
        auto_keywords: Keywords that a model adds to each chunk, 0 to 32.
        auto_questions: Questions that a model adds to each chunk, 0 to 10.
        topn_tags: Tags per chunk, 1 to 10.
        pages: Page ranges to parse.
        entity_types: Kinds of entities for a knowledge graph.
        raptor: Settings of RAPTOR summaries.
        graphrag: Settings of the knowledge graph.
    """

    chunk_token_num: int | None = None
    chunk_token_count: int | None = alias_of("chunk_token_num")
    delimiter: str | None = None
    layout_recognize: bool | str | None = None
    task_page_size: int | None = None
    html4excel: bool | None = None
    auto_keywords: int | None = None
    auto_questions: int | None = None
    topn_tags: int | None = None
    pages: list[object] | None = None
    entity_types: list[str] | None = None
    raptor: dict[str, object] | None = field(default=None, repr=False)
    graphrag: dict[str, object] | None = field(default=None, repr=False)

    def __attrs_post_init__(self) -> None:
        fold_aliases(self)


_ParserConfig: TypeAlias = ParserConfig


@define(kw_only=True, getstate_setstate=False)
class DatasetData(ResourceData):
    """A dataset's data.

    Attributes:
        id: 32 hexadecimal digits.
        name: Its name; servers from v0.22 on append ``(1)`` to a name that is taken.
        chunk_method: The parser's name (``"naive"``, ``"qa"``, …); also ``parse_method`` and
            ``parser_method``.
        document_count: Documents in it.
        chunk_count: Chunks in it.
        token_num: Tokens in its chunks.
        create_time: Epoch milliseconds.
        create_date: The same as the server's local time, without a zone.
    """

    wire_names: ClassVar[dict[str, str]] = {
        "parser_id": "chunk_method",
        "embd_id": "embedding_model",
        "doc_num": "document_count",
        "chunk_num": "chunk_count",
    }

    ParserConfig: ClassVar[type[_ParserConfig]] = ParserConfig

    name: str = ""
    avatar: str = field(default="", repr=False)
    description: str = ""
    language: str = ""
    permission: str = "me"
    embedding_model: str = ""
    chunk_method: str = "naive"
    parser_config: _ParserConfig = field(factory=_ParserConfig, repr=False)
    document_count: int = 0
    chunk_count: int = 0
    token_num: int = 0
    similarity_threshold: float = field(default=0.2, repr=False)
    vector_similarity_weight: float = field(default=0.3, repr=False)
    pagerank: int = field(default=0, repr=False)
    status: str = field(default="", repr=False)
    tenant_id: str = field(default="", repr=False)
    created_by: str = field(default="", repr=False)
    create_time: int = field(default=0, repr=False)
    create_date: datetime | None = field(default=None, repr=False)
    update_time: int = field(default=0, repr=False)
    update_date: datetime | None = field(default=None, repr=False)

    @property
    def parse_method(self) -> str:
        """The draft's name for ``chunk_method``."""
        return self.chunk_method

    @property
    def parser_method(self) -> str:
        """Another name of the draft for ``chunk_method``."""
        return self.chunk_method
