"""Chunks on the wire: listed, added, retrieved and cited."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ragflow.local import terms
from ragflow.local.retrieval import count_by_document
from ragflow.local.views import spelt
from ragflow.local.wire import timestamp

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ragflow.local.generations import Generation
    from ragflow.local.retrieval import Found
    from ragflow.local.store.records import Chunk

    Wire = dict[str, Any]

_REFERENCE_EXTRAS = frozenset(
    {"url", "row_id", "doc_type", "document_metadata", "content_ltks", "important_kwd"}
)


def chunk(record: Chunk, document_name: str, generation: Generation, keywords: str = "") -> Wire:
    """A chunk in a list; with keywords its text carries marks."""
    known: Wire = {"doc_type_kwd": "text", "tag_kwd": []}
    content = terms.highlight(record.content, keywords) if keywords else record.content
    result = {
        "id": record.id,
        "content": content,
        "document_id": record.document_id,
        "docnm_kwd": document_name,
        "dataset_id": record.dataset_id,
        "important_keywords": record.important_keywords,
        "questions": record.questions,
        "image_id": "",
        "available": (int if generation.chunk_flag_is_number else bool)(record.available),
        "positions": _positions(record, generation),
        **{key: known[key] for key in generation.chunk_keys},
    }
    return spelt("chunk", result, generation)


def _positions(record: Chunk, generation: Generation) -> list[Any]:
    return record.positions or list(generation.no_positions)


def added_chunk(record: Chunk, generation: Generation) -> Wire:
    """A chunk in the answer to its creation."""
    result: Wire = {
        "id": record.id,
        "content": record.content,
        "document_id": record.document_id,
        "dataset_id": [record.dataset_id] if generation.dataset_id_is_list else record.dataset_id,
        "important_keywords": record.important_keywords,
        "questions": record.questions,
        "create_time": timestamp(record.create_timestamp),
        "create_timestamp": record.create_timestamp,
    }
    if "doc_type_kwd" in generation.chunk_keys:
        result["doc_type_kwd"] = "text"
    return spelt("added chunk", result, generation)


def indexed_chunk(record: Chunk, document_name: str) -> Wire:
    """A single chunk with the names of index fields."""
    return {
        "id": record.id,
        "content_with_weight": record.content,
        "doc_id": record.document_id,
        "docnm_kwd": document_name,
        "kb_id": record.dataset_id,
        "important_kwd": record.important_keywords,
        "question_kwd": record.questions,
        "doc_type_kwd": "text",
        "available_int": record.available,
        "create_time": timestamp(record.create_timestamp),
        "create_timestamp_flt": record.create_timestamp,
    }


def retrieved(found: Found, generation: Generation, highlight: str = "") -> Wire:
    """A passage in the answer of a retrieval."""
    result: Wire = {
        "id": found.chunk.id,
        "content": found.chunk.content,
        "document_id": found.chunk.document_id,
        "document_keyword": found.document_name,
        "dataset_id": found.chunk.dataset_id,
        "important_keywords": found.chunk.important_keywords,
        **_common_scores(found, generation),
    }
    known: Wire = {"mom_id": "", "row_id": None, "tag_kwd": []}
    result |= {key: known[key] for key in generation.retrieved_keys}
    if highlight:
        result["highlight"] = terms.highlight(found.chunk.content, highlight)
    return spelt("retrieved chunk", result, generation)


def searched(found: Found, generation: Generation) -> Wire:
    """A passage in the answer of a dataset search: with the names of index fields."""
    return {
        "chunk_id": found.chunk.id,
        "content_with_weight": found.chunk.content,
        "doc_id": found.chunk.document_id,
        "docnm_kwd": found.document_name,
        "kb_id": found.chunk.dataset_id,
        "important_kwd": found.chunk.important_keywords,
        "mom_id": "",
        "row_id": None,
        "tag_kwd": [],
        **_common_scores(found, generation),
    }


def _common_scores(found: Found, generation: Generation) -> Wire:
    return {
        "content_ltks": " ".join(terms.terms(found.chunk.content)),
        "doc_type_kwd": "text" if found.chunk.by_hand else "",
        "image_id": "",
        "positions": _positions(found.chunk, generation),
        "similarity": found.similarity,
        "vector_similarity": found.vector_similarity,
        "term_similarity": found.term_similarity,
    }


def reference(record: Wire, generation: Generation) -> Wire:
    """The passages an answer rests on, from how they are kept."""
    if not record.get("chunks"):
        return record
    return {**record, "chunks": [_cited(passage, generation) for passage in record["chunks"]]}


def _cited(passage: Wire, generation: Generation) -> Wire:
    known = {**passage, "positions": passage["positions"] or list(generation.no_positions)}
    if "content_ltks" in generation.reference_keys:
        known["content_ltks"] = " ".join(terms.terms(passage["content"]))
    absent = _REFERENCE_EXTRAS - generation.reference_keys
    present = {key: value for key, value in known.items() if key not in absent}
    return spelt("reference", present, generation)


def kept_reference(found: Sequence[Found]) -> Wire:
    """The passages an answer rests on as sessions keep them: with all that any generation tells."""
    chunks = [
        {
            "id": item.chunk.id,
            "content": item.chunk.content,
            "document_id": item.chunk.document_id,
            "document_name": item.document_name,
            "dataset_id": item.chunk.dataset_id,
            "image_id": "",
            "positions": item.chunk.positions,
            "url": None,
            "similarity": item.similarity,
            "vector_similarity": item.vector_similarity,
            "term_similarity": item.term_similarity,
            "row_id": None,
            "doc_type": "text" if item.chunk.by_hand else "",
            "document_metadata": None,
            "important_kwd": item.chunk.important_keywords,
        }
        for item in found
    ]
    return {"total": len(found), "chunks": chunks, "doc_aggs": count_by_document(found)}
