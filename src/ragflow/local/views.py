"""How stored values look on the wire, in the words of a server generation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ragflow.local import terms
from ragflow.local.retrieval import count_by_document
from ragflow.local.wire import date, timestamp

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ragflow.local.generations import Generation
    from ragflow.local.retrieval import Found
    from ragflow.local.store.records import Chunk, Dataset, Document, Tenant

    Wire = dict[str, Any]

_REFERENCE_EXTRAS = frozenset(
    {"url", "row_id", "doc_type", "document_metadata", "content_ltks", "important_kwd"}
)
_RAW_DATASET_KEYS = {
    "chunk_count": "chunk_num",
    "document_count": "doc_num",
    "chunk_method": "parser_id",
    "embedding_model": "embd_id",
}


def spelt(kind: str, wire: Wire, generation: Generation) -> Wire:
    """An object with the keys that a generation has for its kind."""
    names = generation.spellings.get(kind)
    if not names:
        return wire
    named = {names.get(key, key): value for key, value in wire.items()}
    return {key: value for key, value in named.items() if key is not None}


def times(record: Any, generation: Generation) -> Wire:
    """The four creation and change times of a record."""
    return {
        "create_time": record.create_time,
        "create_date": date(record.create_time, iso=generation.iso_dates),
        "update_time": record.update_time,
        "update_date": date(record.update_time, iso=generation.iso_dates),
    }


def dataset(record: Dataset, generation: Generation) -> Wire:
    """A dataset."""
    result = {
        "id": record.id,
        "tenant_id": record.tenant_id,
        "created_by": record.tenant_id,
        "name": record.name,
        "avatar": record.avatar,
        "description": record.description,
        "language": record.language,
        "permission": record.permission,
        "embedding_model": record.embedding_model,
        "chunk_method": record.chunk_method,
        "parser_config": record.parser_config,
        "document_count": record.document_count,
        "chunk_count": record.chunk_count,
        "token_num": record.token_num,
        "similarity_threshold": 0.2,
        "vector_similarity_weight": 0.3,
        "pagerank": record.pagerank,
        "status": "1",
        "pipeline_id": None,
        **{
            f"{task}_task_{part}": None
            for task in ("graphrag", "mindmap", "raptor")
            for part in ("id", "finish_at")
        },
        **dict.fromkeys(generation.extra_dataset_keys),
        **times(record, generation),
    }
    return spelt("dataset", result, generation)


def listed_dataset(record: Dataset, generation: Generation, tenant: Tenant) -> Wire:
    """A dataset in a list."""
    known = {"embedding_model_name": "", "nickname": tenant.nickname, "tenant_avatar": None}
    listed = {key: known[key] for key in generation.listed_dataset_keys}
    return {**dataset(record, generation), **listed}


def raw_dataset(record: Dataset, generation: Generation) -> Wire:
    """A dataset inside a chat of the old schema: with the names of database columns."""
    return {
        _RAW_DATASET_KEYS.get(key, key): value for key, value in dataset(record, generation).items()
    }


def document(
    record: Document, generation: Generation, extra: frozenset[str], tenant: Tenant
) -> Wire:
    """A document; which keys it has depends on the kind of answer."""
    known = {
        "meta_fields": record.meta_fields,
        "content_hash": record.content_hash,
        "title": None,
        "pipeline_name": None,
        "nickname": tenant.nickname,
    }
    result = {
        **_unparsed_document(record),
        "run": record.run,
        "status": record.status,
        "progress": record.progress,
        "progress_msg": record.progress_msg,
        "process_begin_at": date(record.process_begin_at, iso=generation.iso_dates),
        "process_duration": record.process_duration,
        "chunk_count": record.chunk_count,
        "token_count": record.token_count,
        **{key: known[key] for key in extra},
        **times(record, generation),
    }
    return spelt("document", result, generation)


def uploaded_document(record: Document, generation: Generation) -> Wire:
    """A document in the answer to its upload: without what changes later."""
    result = _unparsed_document(record)
    if "content_hash" in generation.upload_keys:
        result["content_hash"] = record.content_hash
    return spelt("uploaded document", result, generation)


def _unparsed_document(record: Document) -> Wire:
    return {
        "id": record.id,
        "dataset_id": record.dataset_id,
        "created_by": record.created_by,
        "name": record.name,
        "location": record.location,
        "size": record.size,
        "type": record.type,
        "suffix": record.suffix,
        "thumbnail": "",
        "source_type": "local",
        "chunk_method": record.chunk_method,
        "parser_config": record.parser_config,
        "pipeline_id": None,
        "run": "UNSTART",
    }


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


def cited(found: Found, generation: Generation) -> Wire:
    """A passage in the reference of an answer."""
    passage: Wire = {
        "id": found.chunk.id,
        "content": found.chunk.content,
        "document_id": found.chunk.document_id,
        "document_name": found.document_name,
        "dataset_id": found.chunk.dataset_id,
        "image_id": "",
        "positions": _positions(found.chunk, generation),
        "url": None,
        "similarity": found.similarity,
        "vector_similarity": found.vector_similarity,
        "term_similarity": found.term_similarity,
        "row_id": None,
        "doc_type": "text" if found.chunk.by_hand else "",
        "document_metadata": None,
        "content_ltks": " ".join(terms.terms(found.chunk.content)),
        "important_kwd": found.chunk.important_keywords,
    }
    absent = _REFERENCE_EXTRAS - generation.reference_keys
    present = {key: value for key, value in passage.items() if key not in absent}
    return spelt("reference", present, generation)


def reference(found: Sequence[Found], total: int, generation: Generation) -> Wire:
    """The passages an answer rests on."""
    return {
        "total": total,
        "chunks": [cited(item, generation) for item in found],
        "doc_aggs": count_by_document(found),
    }
