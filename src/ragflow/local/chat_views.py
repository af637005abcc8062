"""Chats in answers, in the old schema (to v0.24) and in the new one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ragflow.local.chat_schemas import BUILT_IN_MODEL, MODEL_ID, PROMPT_NAMES
from ragflow.local.views import raw_dataset, spelt, times

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ragflow.local.generations import Generation
    from ragflow.local.store.records import Chat, Dataset, Tenant

    Wire = dict[str, Any]


def chat(
    record: Chat,
    generation: Generation,
    datasets: Sequence[Dataset],
    tenant: Tenant,
    *,
    listed: bool,
) -> Wire:
    """A chat in an answer; lists show other keys than single answers do."""
    build = _old_chat if generation.chat_schema == "old" else _new_chat
    return build(record, generation, datasets, tenant, listed=listed)


def _shared(record: Chat, generation: Generation) -> Wire:
    return {
        "id": record.id,
        "name": record.name,
        "description": record.description,
        "language": record.language,
        "prompt_type": "simple",
        "status": "1",
        "tenant_id": record.tenant_id,
        "do_refer": record.do_refer,
        **times(record, generation),
    }


def _old_chat(
    record: Chat,
    generation: Generation,
    datasets: Sequence[Dataset],
    tenant: Tenant,
    *,
    listed: bool,
) -> Wire:
    names = {new: old for old, new in PROMPT_NAMES.items()}
    prompt = {names.get(key, key): value for key, value in record.prompt_config.items()}
    vectors = record.vector_similarity_weight
    result = {
        **_shared(record, generation),
        "avatar": record.icon,
        "llm": {"model_name": record.llm_id or BUILT_IN_MODEL, **record.llm_setting},
        "prompt": {
            **prompt,
            "similarity_threshold": record.similarity_threshold,
            # Requests set the weight of the vectors under this name, most answers show the other.
            "keywords_similarity_weight": vectors
            if generation.shows_vector_weight
            else round(1 - vectors, 10),
            "top_n": record.top_n,
            "rerank_model": record.rerank_id,
        },
        "meta_data_filter": record.meta_data_filter,
    }
    if listed or generation.top_k_created:
        result["top_k"] = record.top_k
    if listed:
        result["datasets"] = [raw_dataset(dataset, generation) for dataset in datasets]
    else:
        result["dataset_ids"] = [dataset.id for dataset in datasets]
    return spelt("chat", result, generation)


def _new_chat(
    record: Chat,
    generation: Generation,
    datasets: Sequence[Dataset],
    tenant: Tenant,
    *,
    listed: bool,
) -> Wire:
    model = record.llm_id or MODEL_ID
    result = {
        **_shared(record, generation),
        "icon": record.icon,
        "dataset_ids": [dataset.id for dataset in datasets],
        "kb_names": [dataset.name for dataset in datasets],
        "llm_id": model,
        "llm_setting": record.llm_setting,
        "prompt_config": record.prompt_config,
        "similarity_threshold": record.similarity_threshold,
        "vector_similarity_weight": record.vector_similarity_weight,
        "top_n": record.top_n,
        "top_k": record.top_k,
        "rerank_id": record.rerank_id,
    }
    if listed:
        result |= {"nickname": tenant.nickname, "tenant_avatar": None}
        del result["create_date"], result["update_date"]
    else:
        result |= {
            "meta_data_filter": record.meta_data_filter,
            "tenant_llm_id": MODEL_ID if model == MODEL_ID else None,
            "tenant_rerank_id": None,
        }
    return result
