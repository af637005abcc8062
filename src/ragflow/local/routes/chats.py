"""Chats: create, list, get, update, delete."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from ragflow.local import chat_schemas, chat_views, metadata
from ragflow.local.calls import Call
from ragflow.local.parser_defaults import merged
from ragflow.local.routes.deletions import delete_until_unknown, deletion_reply, ids_to_delete
from ragflow.local.routing import Reply, RouteTable
from ragflow.local.wire import MISSING, WireError, data_error, uncaught

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ragflow.local.store.records import Chat, Dataset

table: RouteTable = RouteTable("chats")
_MAX_NAME = 255
_NOT_SUPPORTED = ("use_kg", "cross_languages", "tavily_api_key", "tts", "reasoning")
_ORDERS = ("create_time", "update_time", "name")
_OLD_ORDERS = (*_ORDERS, "id", "create_date", "update_date", "description", "status")


def owned_chat(call: Call, message: str = "") -> Chat:
    """The chat of the path, which must belong to the caller."""
    return find_chat(call, call.params["chat_id"], message)


def find_chat(call: Call, id: str, message: str = "") -> Chat:
    """A chat by its id, which must belong to the caller."""
    chat = call.store.chats.get(id, call.tenant.id)
    if chat is None:
        raise denied(call, message or "You do not own the chat")
    return chat


def denied(call: Call, message: str) -> WireError:
    """The failure that tells that a chat is not the caller's."""
    generation = call.generation
    data = False if generation.denied_has_data else MISSING
    text = "no authorization" if generation.denied_has_data else message
    return WireError(generation.not_yours_code, text, data=data)


def _columns(call: Call, body: dict[str, Any]) -> dict[str, Any]:
    if body.get("tenant_id"):
        raise data_error("`tenant_id` must not be provided.")
    old = call.generation.chat_schema == "old"
    columns = chat_schemas.from_old(body, call.generation) if old else chat_schemas.from_new(body)
    metadata.manual_conditions(columns.get("meta_data_filter") or {})
    for key in _NOT_SUPPORTED:
        if (columns.get("prompt_config") or {}).get(key):
            raise data_error(f"`{key}` is not supported by the embedded server")
    return columns


def _name(call: Call, value: Any) -> str:
    if call.generation.numbers_are_names and isinstance(value, int | float):
        value = str(value)
    if not isinstance(value, str) or not value.strip():
        raise data_error("`name` is required.")
    name = value.strip()
    if call.generation.numbers_are_names:
        return name[:_MAX_NAME]
    size = len(name.encode())
    if size > _MAX_NAME:
        raise data_error(f"chat name length is {size} which is larger than {_MAX_NAME}")
    return name


def _check_datasets(call: Call, ids: Any) -> list[str]:
    if ids is None and call.generation.chat_schema == "old":
        raise uncaught(TypeError("'NoneType' object is not iterable"))
    checked = []
    for id in ids or []:
        if not id:
            continue
        owned = call.store.datasets.owned(call.tenant.id, [str(id)])
        if not owned:
            raise data_error(f"You don't own the dataset {id}")
        if not owned[0].chunk_count:
            raise data_error(f"The dataset {id} doesn't own parsed file")
        if call.generation.unparsed_documents_refuse_chats:
            _check_all_parsed(call, owned[0])
        checked.append(owned[0])
    if len({dataset.embedding_model for dataset in checked}) > 1:
        message = "Datasets use different embedding models."
        raise WireError(call.generation.mixed_models_code, message)
    return [dataset.id for dataset in checked]


def _check_all_parsed(call: Call, dataset: Dataset) -> None:
    counts = call.store.documents.count_by_run(dataset.id)
    if sum(counts.values()) != counts["done_count"]:
        raise data_error(f"A document of dataset {dataset.name!r} is still being parsed.")


@table.add("POST", "/chats")
def create(call: Call) -> Reply:
    """Make a chat."""
    generation = call.generation
    body = call.json()
    if generation.chat_dataset_ids == "required" and not body.get("dataset_ids"):
        raise data_error("`dataset_ids` is required")
    dataset_ids = _check_datasets(call, body["dataset_ids"]) if "dataset_ids" in body else []
    old = generation.chat_schema == "old"
    name = "" if old else _name(call, body.get("name"))
    columns = {**_columns(call, body), "dataset_ids": dataset_ids}
    values = {**chat_schemas.defaults(generation), **columns}
    values["name"] = name or _name(call, body.get("name"))
    prompt = {
        **chat_schemas.defaults(generation)["prompt_config"],
        **(columns.get("prompt_config") or {}),
    }
    prompt["system"] = prompt["system"] or chat_schemas.DEFAULT_PROMPT
    values["prompt_config"] = prompt
    _check_parameters(call, prompt)
    chat = call.store.chats.create(call.tenant.id, values)
    if chat is None:
        raise data_error("Duplicated chat name in creating chat.")
    if generation.chat_dataset_ids == "echoed" and "dataset_ids" not in body:
        raise uncaught(KeyError("dataset_ids"))
    return Reply(_view(call, chat))


def _check_parameters(call: Call, prompt: dict[str, Any]) -> None:
    parameters = prompt.get("parameters") or []
    if not all(isinstance(item, dict) and "key" in item for item in parameters):
        raise uncaught(KeyError("key"))
    if call.generation.chat_schema == "new":
        keys = [item["key"] for item in parameters]
        if len(set(keys)) != len(keys):
            raise data_error("Duplicated key in `parameters`")
        return
    for item in parameters:
        if "optional" not in item:
            raise uncaught(KeyError("optional"))
        if not item["optional"] and f"{{{item['key']}}}" not in str(prompt.get("system")):
            raise data_error(f"Parameter '{item['key']}' is not used")


@table.add("GET", "/chats")
def list_all(call: Call) -> Reply:
    """List chats, the newest first."""
    generation = call.generation
    old = generation.chat_schema == "old"
    orderby = call.query("orderby") or "create_time"
    if orderby not in (_OLD_ORDERS if old else _ORDERS):
        if old:
            raise uncaught(AttributeError(f"type object 'Dialog' has no attribute '{orderby}'"))
        raise WireError(101, f"invalid orderby field: {orderby}", data=None)
    limit, offset = call.window()
    filters = {"id": call.query("id"), "name": call.query("name")}
    chats, total = call.store.chats.select(
        call.tenant.id,
        filters=filters,
        keywords="" if old else call.query("keywords") or "",
        orderby={"create_date": "create_time", "update_date": "update_time"}.get(orderby, orderby),
        desc=call.desc(),
        limit=limit,
        offset=offset,
    )
    if old and not total and any(filters.values()):
        raise data_error("The chat doesn't exist")
    if generation.no_chats_is_error and not call.store.chats.owned(call.tenant.id, None):
        raise data_error("The chat doesn't exist")
    if generation.lost_dataset_breaks_chats:
        _check_datasets_exist(call, chats)
    shown = [_view(call, chat, listed=True) for chat in chats]
    if generation.prompts_pile_up:
        prompt = {key: value for item in shown for key, value in item["prompt"].items()}
        shown = [{**item, "prompt": prompt} for item in shown]
    return Reply(shown if old else {"chats": shown, "total": total})


def _check_datasets_exist(call: Call, chats: Sequence[Chat]) -> None:
    for chat in chats:
        if len(chat_datasets(call, chat)) < len(chat.dataset_ids):
            raise data_error("Don't exist the kb")


@table.add("GET", "/chats/{chat_id}", feature="restful")
def get(call: Call) -> Reply:
    """Show one chat."""
    return Reply(_view(call, owned_chat(call)))


@table.add("PUT", "/chats/{chat_id}")
def update(call: Call) -> Reply:
    """Change a chat; newer servers replace its settings wholesale, older ones merge them."""
    return _update(call, merge=call.generation.chat_schema == "old")


@table.add("PATCH", "/chats/{chat_id}", feature="restful")
def patch(call: Call) -> Reply:
    """Change a chat and merge its settings."""
    return _update(call, merge=True)


def _update(call: Call, *, merge: bool) -> Reply:
    generation = call.generation
    chat = owned_chat(call)
    body = call.json()
    if generation.chat_schema == "old":
        chat_schemas.check_columns(body)
    values = _columns(call, body)
    if body.get("dataset_ids") == [] and generation.chat_without_datasets_code is not None:
        raise WireError(generation.chat_without_datasets_code, "`dataset_ids` can't be empty")
    if "dataset_ids" in body:
        values["dataset_ids"] = _check_datasets(call, body["dataset_ids"])
    elif generation.update_without_datasets_clears:
        values["dataset_ids"] = []
    if "name" in body:
        values["name"] = _name(call, body["name"])
    if merge:
        for key in ("llm_setting", "prompt_config"):
            if key in values:
                values[key] = merged(getattr(chat, key), values[key])
    if "prompt_config" in values:
        _check_parameters(call, values["prompt_config"])
    changed = call.store.chats.update(chat, values)
    if changed is None:
        raise data_error("Duplicated chat name in updating chat.")
    return Reply() if generation.chat_schema == "old" else Reply(_view(call, changed))


@table.add("DELETE", "/chats")
def delete(call: Call) -> Reply:
    """Delete chats with their sessions."""
    noun = call.generation.chat_noun
    ids = ids_to_delete(call)
    if ids and call.generation.first_unknown_id_stops:
        find = partial(call.store.chats.owned, call.tenant.id)
        return delete_until_unknown(ids, find, call.store.chats.delete, "You don't own the chat")
    owned = call.store.chats.owned(call.tenant.id, ids)
    call.store.chats.delete(owned)
    unknown = [f"{noun.capitalize()}({id}) not found." for id in ids or () if id not in owned]
    success = {"success_count": len(owned)}
    return deletion_reply(ids, owned, unknown, noun, "chats", success if ids else {}, call)


@table.add("DELETE", "/chats/{chat_id}", feature="restful")
def delete_one(call: Call) -> Reply:
    """Delete one chat."""
    call.store.chats.delete([owned_chat(call).id])
    return Reply(data=True)


def chat_datasets(call: Call, chat: Chat) -> list[Dataset]:
    """The datasets of a chat that still exist."""
    return call.store.datasets.owned(chat.tenant_id, chat.dataset_ids)


def _view(call: Call, chat: Chat, *, listed: bool = False) -> dict[str, Any]:
    datasets = chat_datasets(call, chat)
    return chat_views.chat(chat, call.generation, datasets, call.tenant, listed=listed)
