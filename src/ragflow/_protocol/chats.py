"""Requests about chats, and the two schemas that servers have for them.

The models speak one vocabulary, that of the draft API and of servers up to v0.24. From v0.25 on
the same settings have other names and places: the tables below say which.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..errors import InvalidArgumentError
from ..models import LLM, ChatData, Prompt
from .arguments import optional_ids, update_fields
from .avatars import Avatar, avatar_uri
from .datasets import drop_unchanged
from .dialects import Dialect
from .paging import PageCall
from .requests import Param, Request, listing, path

MISSING = (102,)
READ_ONLY = ("id", "tenant_id")
WEIGHT = "keywords_similarity_weight"

# Prompt settings with another name inside `prompt_config` …
IN_PROMPT_CONFIG = {
    "prompt": "system",
    "opener": "prologue",
    "show_quote": "quote",
    "variables": "parameters",
}
# … and those that stand beside it.
BESIDE_PROMPT_CONFIG = {
    "similarity_threshold": "similarity_threshold",
    "top_n": "top_n",
    "top_k": "top_k",
    "rerank_model": "rerank_id",
}


def create(
    dialect: Dialect,
    *,
    name: str,
    avatar: Avatar,
    description: str,
    dataset_ids: Sequence[str],
    llm: object,
    prompt: object,
) -> Request:
    """Creates a chat; what is not given is left to the server."""
    if not isinstance(name, str) or not name.strip():
        raise InvalidArgumentError("a chat needs a name")
    fields: dict[str, object] = {"name": name, "dataset_ids": list(dataset_ids)}
    if avatar:
        fields["avatar"] = avatar
    if description:
        fields["description"] = description
    if llm is not None:
        fields["llm"] = llm
    if prompt is not None:
        fields["prompt"] = prompt
    return Request.json("POST", "/chats", to_wire(dialect, fields))


def list_page(call: PageCall, **filters: Param) -> Request:
    """One page of the chats, by ``orderby``, ``desc``, ``id`` and ``name``."""
    return listing("/chats", call, filters, missing=MISSING, empty=MISSING)


def update(dialect: Dialect, chat: ChatData, fields: Mapping[str, object]) -> Request:
    """Changes a chat and leaves what is not named as it is."""
    body = drop_unchanged(fields, chat, READ_ONLY)
    if dialect.chat_update_resends_datasets and chat.dataset_ids:
        body.setdefault("dataset_ids", chat.dataset_ids)
    where = path("chats", chat.id)
    return Request.json(dialect.chat_update, where, to_wire(dialect, body), idempotent=True)


def delete(ids: Sequence[str]) -> Request:
    """Deletes the named chats."""
    return Request.json("DELETE", "/chats", {"ids": list(ids)})


def to_wire(dialect: Dialect, fields: Mapping[str, object]) -> dict[str, object]:
    """A chat's fields in the server's own vocabulary."""
    body = dict(fields)
    if body.get("avatar"):
        body["avatar"] = avatar_uri(body["avatar"])  # type: ignore[arg-type]
    if "dataset_ids" in body:
        body["dataset_ids"] = optional_ids(body["dataset_ids"], "dataset")  # type: ignore[arg-type]
    llm = llm_fields(body.pop("llm", None))
    prompt = prompt_fields(body.pop("prompt", None))
    if WEIGHT in prompt:
        # Whatever they call it, servers store the number they are sent as the vector's weight.
        prompt[WEIGHT] = _complement(prompt[WEIGHT])
    if not dialect.new_chat_schema:
        body.update({key: value for key, value in (("llm", llm), ("prompt", prompt)) if value})
        return body
    if "avatar" in body:
        body["icon"] = body.pop("avatar")
    if "model_name" in llm:
        body["llm_id"] = llm.pop("model_name")
    if llm:
        body["llm_setting"] = llm
    if WEIGHT in prompt:
        body["vector_similarity_weight"] = prompt.pop(WEIGHT)
    for ours, theirs in BESIDE_PROMPT_CONFIG.items():
        if ours in prompt:
            body[theirs] = prompt.pop(ours)
    if prompt:
        body["prompt_config"] = {IN_PROMPT_CONFIG.get(k, k): v for k, v in prompt.items()}
    return body


def from_wire(dialect: Dialect | None, data: object) -> object:
    """A chat of either schema in the models' vocabulary; other JSON passes through."""
    if not isinstance(data, Mapping):
        return data
    if "prompt_config" in data or "llm_id" in data:
        return _from_new(data)
    chat = dict(data)
    prompt = chat.get("prompt")
    if isinstance(prompt, Mapping):
        prompt = dict(prompt)
        if dialect is not None and dialect.keyword_weight_read_is_vector and WEIGHT in prompt:
            prompt[WEIGHT] = _complement(prompt[WEIGHT])
        if "top_k" in chat and "top_k" not in prompt:
            prompt["top_k"] = chat.pop("top_k")
        chat["prompt"] = prompt
    datasets = chat.get("datasets")
    if isinstance(datasets, Sequence):
        members = [item.get("id") for item in datasets if isinstance(item, Mapping)]
        chat.setdefault("dataset_ids", members)
    return chat


def _from_new(data: Mapping[str, object]) -> dict[str, object]:
    chat = dict(data)
    if "icon" in chat:
        chat["avatar"] = chat.pop("icon")
    llm = _taken(chat, "llm_setting")
    if "llm_id" in chat:
        llm["model_name"] = chat.pop("llm_id")
    ours = {theirs: name for name, theirs in IN_PROMPT_CONFIG.items()}
    config = _taken(chat, "prompt_config")
    prompt = {ours.get(key, key): value for key, value in config.items()}
    for name, theirs in BESIDE_PROMPT_CONFIG.items():
        if theirs in chat:
            prompt[name] = chat.pop(theirs)
    if "vector_similarity_weight" in chat:
        prompt[WEIGHT] = _complement(chat.pop("vector_similarity_weight"))
    return {**chat, "llm": llm, "prompt": prompt}


def _taken(chat: dict[str, object], key: str) -> dict[str, object]:
    """A part of a chat, taken out of it; what is no object stays where it is."""
    part = chat.get(key)
    if not isinstance(part, Mapping):
        return {}
    del chat[key]
    return dict(part)


def merged(chat: ChatData, fields: Mapping[str, object]) -> dict[str, object]:
    """What a chat is after an update that the server did not describe in its answer."""
    result = dict(fields)
    if result.get("avatar"):
        result["avatar"] = avatar_uri(result["avatar"])  # type: ignore[arg-type]
    if "llm" in result:
        result["llm"] = {**chat.llm.to_dict(), **llm_fields(result["llm"])}
    if "prompt" in result:
        result["prompt"] = {**chat.prompt.to_dict(), **prompt_fields(result["prompt"])}
    if "dataset_ids" in result:
        result["dataset_ids"] = optional_ids(result["dataset_ids"], "dataset")  # type: ignore[arg-type]
    return result


def llm_fields(llm: object) -> dict[str, object]:
    """Model settings given as an ``LLM``, as a dict, or as the model's name alone."""
    if llm is None:
        return {}
    if isinstance(llm, LLM):
        return llm.to_dict()
    if isinstance(llm, str):
        return {"model_name": llm}
    if isinstance(llm, Mapping):
        return update_fields(llm)
    raise InvalidArgumentError(f"llm is an LLM, a dict or a model's name, not {llm!r:.80}")


def prompt_fields(prompt: object) -> dict[str, object]:
    """Prompt settings given as a ``Prompt``, as a dict, or as the system prompt alone."""
    if prompt is None:
        return {}
    if isinstance(prompt, Prompt):
        fields = prompt.to_dict()
    elif isinstance(prompt, str):
        fields = {"prompt": prompt}
    elif isinstance(prompt, Mapping):
        fields = dict(prompt)
    else:
        raise InvalidArgumentError(f"prompt is a Prompt, a dict or a text, not {prompt!r:.80}")
    variables = fields.get("variables")
    if isinstance(variables, list | tuple):
        # Servers fail on a variable that does not say whether it is optional.
        fields["variables"] = [
            {"optional": False, **item} if isinstance(item, Mapping) else item for item in variables
        ]
    return fields


def _complement(weight: object) -> object:
    """The vector's weight from the words' weight, and back."""
    if isinstance(weight, bool) or not isinstance(weight, int | float):
        return weight
    return round(1 - weight, 10)
