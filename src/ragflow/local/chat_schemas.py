"""Requests about chats, in the old schema (to v0.24) and in the new one.

The store keeps the new names; the old ones are translated here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ragflow.local.wire import data_error, uncaught
from ragflow.local.writing import model_from_environment

if TYPE_CHECKING:
    from ragflow.local.generations import Generation

    Wire = dict[str, Any]

DEFAULT_PROMPT = (
    "You answer questions from the passages below. Use nothing else, say where each statement "
    "comes from, and say so when the passages do not hold the answer.\n\n"
    "The passages:\n{knowledge}\nEnd of the passages."
)
DEFAULT_DESCRIPTION = "A helpful Assistant"
DEFAULT_PROLOGUE = "Hi! I'm your assistant. What can I do for you?"
DEFAULT_EMPTY_RESPONSE = "Sorry! No relevant content was found in the knowledge base!"
BUILT_IN_MODEL = "extractive@Builtin"
MODEL_ID = "00000000000011f0aaaa000000000001"
_BUILT_IN_RERANKERS = ("BAAI/bge-reranker-v2-m3", "maidalun1020/bce-reranker-base_v1")

_KINDS: dict[str, type | tuple[type, ...]] = {
    "description": str,
    "icon": str,
    "llm": dict,
    "prompt": dict,
    "llm_setting": dict,
    "prompt_config": dict,
    "meta_data_filter": dict,
    "similarity_threshold": (int, float),
    "vector_similarity_weight": (int, float),
    "top_n": int,
    "top_k": int,
}
PROMPT_NAMES = {
    "variables": "parameters",
    "opener": "prologue",
    "show_quote": "quote",
    "prompt": "system",
}
_COLUMNS = frozenset(
    {
        "name",
        "avatar",
        "description",
        "language",
        "dataset_ids",
        "llm",
        "prompt",
        "show_quotation",
        "meta_data_filter",
        "tenant_id",
        "prompt_type",
        "do_refer",
        "status",
    }
)
_TOP_LEVEL_NAMES = {
    "similarity_threshold": "similarity_threshold",
    "keywords_similarity_weight": "vector_similarity_weight",
    "top_n": "top_n",
    "top_k": "top_k",
    "rerank_model": "rerank_id",
}


def defaults(generation: Generation) -> Wire:
    """The columns of a chat that was made with nothing but a name."""
    return {
        "description": DEFAULT_DESCRIPTION,
        "icon": "",
        "language": "English",
        "dataset_ids": [],
        "llm_id": None,
        "llm_setting": dict(generation.default_llm_setting),
        "prompt_config": {
            "system": DEFAULT_PROMPT,
            "prologue": DEFAULT_PROLOGUE,
            "parameters": [dict(item) for item in generation.default_parameters],
            "empty_response": DEFAULT_EMPTY_RESPONSE,
            **generation.default_switches,
        },
        "similarity_threshold": generation.similarity_threshold,
        "vector_similarity_weight": 0.3,
        "top_n": 6,
        "top_k": 1024,
        "rerank_id": "",
        "do_refer": "1",
        "meta_data_filter": {},
    }


def from_old(body: Wire, generation: Generation) -> Wire:
    """The columns that a request of the old schema sets."""
    columns: Wire = {
        key: body[key]
        for key in ("name", "description", "dataset_ids", "meta_data_filter")
        if key in body
    }
    if "avatar" in body:
        columns["icon"] = body["avatar"]
    if "show_quotation" in body:
        columns["do_refer"] = "1" if body["show_quotation"] else "0"
    checked({key: body.get(key) for key in ("llm", "prompt")})
    setting = dict(body.get("llm") or {})
    if "model_name" in setting:
        known = _known_bare_model if generation.bare_model_names else known_model
        columns["llm_id"] = known(setting.pop("model_name"))
    if body.get("llm"):
        columns["llm_setting"] = setting
    prompt = dict(body.get("prompt") or {})
    for old, new in _TOP_LEVEL_NAMES.items():
        if old in prompt:
            columns[new] = prompt.pop(old)
    if prompt:
        columns["prompt_config"] = {
            PROMPT_NAMES.get(key, key): value for key, value in prompt.items()
        }
    if columns.get("rerank_id") and columns["rerank_id"] not in _BUILT_IN_RERANKERS:
        raise data_error(f"`rerank_model` {columns['rerank_id']} doesn't exist")
    return checked(columns)


def check_columns(body: Wire) -> None:
    """Stumble over what no column of an old server has; creations ignore it instead."""
    for key in body.keys() - _COLUMNS:
        raise uncaught(ValueError(f'Unrecognized field name: "{key}"'))


def from_new(body: Wire) -> Wire:
    """The columns that a request of the new schema sets."""
    columns: Wire = {
        key: body[key]
        for key in (
            "name",
            "description",
            "icon",
            "dataset_ids",
            "llm_setting",
            "prompt_config",
            "similarity_threshold",
            "vector_similarity_weight",
            "top_n",
            "top_k",
            "do_refer",
            "meta_data_filter",
        )
        if key in body and body[key] is not None
    }
    if body.get("llm_id"):
        columns["llm_id"] = known_model(body["llm_id"])
    if body.get("rerank_id"):
        raise data_error(f"`rerank_id` {body['rerank_id']} doesn't exist")
    return checked(columns)


def checked(columns: Wire) -> Wire:
    """The same columns, when their values are of the right kinds.

    Raises:
        WireError: If one is not.
    """
    for key, kinds in _KINDS.items():
        value = columns.get(key)
        if value is not None and (not isinstance(value, kinds) or isinstance(value, bool)):
            raise data_error(f"`{key}` has the wrong type")
    return columns


def known_model(name: Any) -> str:
    """A model name of the form the protocol wants; which one answers is the server's matter."""
    if isinstance(name, str) and (name == MODEL_ID or "@" in name.strip("@")):
        return name
    raise data_error(f"`model_name` {name} doesn't exist")


def _known_bare_model(name: Any) -> str:
    """The oldest servers compare models by their names alone."""
    names = (BUILT_IN_MODEL.partition("@")[0], model_from_environment())
    return name if name in names else known_model(name)
