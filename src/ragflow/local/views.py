"""How stored values look on the wire, in the words of a server generation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ragflow.local.wire import date

if TYPE_CHECKING:
    from ragflow.local.generations import Generation
    from ragflow.local.store.records import Dataset, Document, Tenant

    Wire = dict[str, Any]

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
