"""Chunks: the passages that documents are cut into."""

from __future__ import annotations

from typing import ClassVar

from attrs import define, field

from ._base import Model, ResourceData

__all__ = ["ChunkData", "Reference"]

_RAW_NAMES = {
    "chunk_id": "id",
    "content_with_weight": "content",
    "doc_id": "document_id",
    "doc_name": "document_name",
    "docnm_kwd": "document_name",
    "document_keyword": "document_name",
    "kb_id": "dataset_id",
    "knowledgebase_id": "dataset_id",
    "img_id": "image_id",
    "position": "positions",
}


@define(kw_only=True, getstate_setstate=False)
class ChunkData(ResourceData):
    """A chunk's data; which fields are filled depends on where it came from.

    Attributes:
        content: Its text. In a list with ``keywords`` it is a highlighted excerpt: do not write
            it back.
        highlight: The text with the matches in ``<em>`` marks, where a retrieval asked for it.
        important_keywords: Words that count more in retrieval.
        questions: Questions that the chunk answers.
        available: Whether retrieval may find it.
        positions: Where it stands in the document: page, left, right, top, bottom.
        similarity: The score of a retrieval; a dataset's pagerank may lift it above 1.
        vector_similarity: Its part from the embedding, 0 to 1.
        term_similarity: Its part from the words, 0 to 1.
        dataset_id: The dataset it is in; also ``knowledgebase_id``.
        create_timestamp: Epoch seconds.
    """

    wire_names: ClassVar[dict[str, str]] = {
        **_RAW_NAMES,
        "important_kwd": "important_keywords",
        "question_kwd": "questions",
        "available_int": "available",
        "create_timestamp_flt": "create_timestamp",
    }

    content: str = ""
    document_id: str = ""
    document_name: str = ""
    dataset_id: str = ""
    important_keywords: list[str] = field(factory=list)
    questions: list[str] = field(factory=list, repr=False)
    available: bool = True
    similarity: float | None = None
    vector_similarity: float | None = None
    term_similarity: float | None = None
    highlight: str = field(default="", repr=False)
    image_id: str = field(default="", repr=False)
    positions: list[object] = field(factory=list, repr=False)
    create_time: str = field(default="", repr=False)
    create_timestamp: float = field(default=0.0, repr=False)

    @property
    def knowledgebase_id(self) -> str:
        """The draft's name for ``dataset_id``."""
        return self.dataset_id

    @property
    def position(self) -> list[object]:
        """The draft's name for ``positions``."""
        return self.positions


@define(kw_only=True, frozen=True, getstate_setstate=False)
class Reference(Model):
    """A chunk that an answer cites; ``[ID:n]`` in the text is the n-th of the message's list.

    Attributes:
        content: The chunk's text.
        document_name: The file it is from.
        similarity: Its score for the question; not told by every server generation.
        url: Where the document came from, for documents fetched from the web.
    """

    wire_names: ClassVar[dict[str, str]] = _RAW_NAMES

    id: str = ""
    content: str = ""
    document_id: str = ""
    document_name: str = ""
    dataset_id: str = ""
    image_id: str = field(default="", repr=False)
    similarity: float | None = None
    vector_similarity: float | None = None
    term_similarity: float | None = None
    positions: list[object] = field(factory=list, repr=False)
    url: str | None = field(default=None, repr=False)
    doc_type: str = field(default="", repr=False)
    document_metadata: dict[str, object] = field(factory=dict, repr=False)

    @property
    def knowledgebase_id(self) -> str:
        """The draft's name for ``dataset_id``."""
        return self.dataset_id

    @property
    def position(self) -> list[object]:
        """The draft's name for ``positions``."""
        return self.positions
