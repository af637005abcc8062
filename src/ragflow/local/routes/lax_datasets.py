"""Datasets of old servers, which look at values one by one and ignore what they don't know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ragflow.local import views
from ragflow.local.calls import Call
from ragflow.local.routing import Reply, RouteTable
from ragflow.local.wire import data_error, uncaught

if TYPE_CHECKING:
    from ragflow.local.store.records import Dataset

table: RouteTable = RouteTable("datasets")
_COLUMNS = {
    "id": "id",
    "name": "name",
    "description": "description",
    "language": "language",
    "permission": "permission",
    "embd_id": "embedding_model",
    "parser_id": "chunk_method",
    "doc_num": "document_count",
    "chunk_num": "chunk_count",
    "token_num": "token_num",
    "create_time": "create_time",
    "create_date": "create_time",
    "update_time": "update_time",
    "update_date": "update_time",
}
_COUNTED = ("tenant_id", "chunk_count", "document_count")
_NEVER_SET = frozenset(
    {
        "id",
        "embd_id",
        "chunk_num",
        "doc_num",
        "parser_id",
        "create_date",
        "create_time",
        "created_by",
        "status",
        "token_num",
        "update_date",
        "update_time",
    }
)
_CONFIG_KEYS = frozenset(
    {
        "chunk_token_num",
        "delimiter",
        "raptor",
        "graphrag",
        "layout_recognize",
        "task_page_size",
        "pages",
        "html4excel",
        "auto_keywords",
        "auto_questions",
        "tag_kb_ids",
        "topn_tags",
        "filename_embd_weight",
    }
)
_CONFIG_RANGES = {
    "chunk_token_num": (1, 100_000_000),
    "task_page_size": (1, 100_000_000),
    "auto_keywords": (0, 32),
    "auto_questions": (0, 10),
    "topn_tags": (0, 10),
}


@table.add("POST", "/datasets", feature="lax")
def create(call: Call) -> Reply:
    """Make a dataset."""
    generation = call.generation
    body = call.json()
    _check_choices(call, body)
    for key in _COUNTED:
        if key in body:
            raise data_error(f"`{key}` must not be provided")
    name = _free_name(call, body.get("name", ""))
    _check_embedding(body)
    method = body.get("chunk_method") or "naive"
    values = _settable(call, body)
    values = {
        "permission": "me",
        "embedding_model": generation.default_embedding,
        **{key: value for key, value in values.items() if value is not None},
        "chunk_method": method,
        "parser_config": body.get("parser_config") or generation.parser_config.for_method(method),
    }
    dataset = call.store.datasets.create(call.tenant.id, name, values)
    return Reply(views.dataset(dataset, generation))


@table.add("GET", "/datasets", feature="lax")
def list_all(call: Call) -> Reply:
    """List datasets, the newest first."""
    generation = call.generation
    id, name = call.query("id"), call.query("name")
    if id and not call.store.datasets.owned(call.tenant.id, [id]):
        raise data_error(f"You don't own the dataset {id}")
    if name and not call.store.datasets.select(call.tenant.id, name=name)[1]:
        raise data_error(f"You don't own the dataset {name}")
    desc = (call.query("desc") or "true").lower()
    if generation.bad_desc_refused and desc not in ("true", "false"):
        raise data_error("desc should be true or false")
    orderby = call.query("orderby") or "create_time"
    if orderby not in _COLUMNS:
        raise uncaught(AttributeError(f"type object 'Knowledgebase' has no attribute '{orderby}'"))
    number, _ = call.page()
    limit, _ = call.window()
    datasets, total = call.store.datasets.select(
        call.tenant.id,
        ids=[id] if id else (),
        name=name,
        orderby=_COLUMNS[orderby],
        desc=desc != "false",
        page=number,
        page_size=limit,
    )
    if generation.no_datasets_is_error and not total:
        raise data_error("The dataset doesn't exist")
    return Reply([views.dataset(dataset, generation) for dataset in datasets])


@table.add("PUT", "/datasets/{dataset_id}", feature="lax")
def update(call: Call) -> Reply:
    """Change a dataset; nothing is told about the outcome."""
    found = call.store.datasets.owned(call.tenant.id, [call.params["dataset_id"]])
    if not found:
        raise data_error("You don't own the dataset")
    dataset, body = found[0], call.json()
    if _NEVER_SET & body.keys():
        raise data_error("The input parameters are invalid.")
    _check_choices(call, body)
    for key in _COUNTED:
        if key in body and body[key] != getattr(dataset, key):
            raise data_error(f"Can't change `{key}`.")
    _check_embedding(body)
    for key in ("chunk_method", "embedding_model"):
        if dataset.chunk_count and body.get(key) not in (None, getattr(dataset, key)):
            raise data_error(f"If `chunk_count` is not 0, `{key}` is not changeable.")
    for key in body.keys() - call.generation.settable_dataset_keys - set(_COUNTED):
        raise uncaught(ValueError(f'Unrecognized field name: "{key}"'))
    values = {**_settable(call, body), **_changed_config(call, dataset, body)}
    if "name" in body:
        values["name"] = _free_name(call, body["name"], dataset)
    call.store.datasets.update(dataset, values)
    return Reply()


@table.add("DELETE", "/datasets", feature="lax")
def delete(call: Call) -> Reply:
    """Delete datasets with everything in them; without ids all that there are."""
    ids = call.json(needed=False).get("ids")
    if not ids:
        every, _ = call.store.datasets.select(call.tenant.id, page_size=-1)
        call.store.datasets.delete([dataset.id for dataset in every])
        return Reply()
    deleted, errors = 0, []
    for id in map(str, ids):
        complaint = f"You don't own the dataset {id}"
        if call.store.datasets.owned(call.tenant.id, [id]):
            call.store.datasets.delete([id])
            deleted += 1
        elif call.generation.first_foreign_dataset_stops:
            raise data_error(complaint)
        else:
            errors.append(complaint)
    if not errors:
        return Reply()
    if not deleted:
        raise data_error("; ".join(errors))
    return Reply({"success_count": deleted, "errors": errors})


def _settable(call: Call, body: dict[str, Any]) -> dict[str, Any]:
    """What is written as it is; the rest is looked at on its own."""
    apart = {"name", "chunk_method", "parser_config"}
    return {key: body[key] for key in call.generation.settable_dataset_keys - apart if key in body}


def _check_choices(call: Call, body: dict[str, Any]) -> None:
    generation = call.generation
    for key, allowed in (
        ("permission", ("me", "team")),
        ("language", generation.dataset_languages),
        ("chunk_method", generation.dataset_methods),
    ):
        if allowed is not None and body.get(key) and body[key] not in allowed:
            raise data_error(f"'{body[key]}' is not in {list(allowed)}")
    if generation.parser_config_checked:
        _check_config(body.get("parser_config") or {})


def _check_config(config: dict[str, Any]) -> None:
    for key in config.keys() - _CONFIG_KEYS:
        raise uncaught(AssertionError(f"Abnormal 'parser_config'. Invalid key: {key}"))
    for key, (lowest, end) in _CONFIG_RANGES.items():
        if not lowest <= config.get(key, lowest) < end:
            raise uncaught(AssertionError(f"{key} should be in range from {lowest} to {end}"))


def _free_name(call: Call, value: Any, dataset: Dataset | None = None) -> str:
    if not isinstance(value, str):
        kind = type(value).__name__
        raise uncaught(AttributeError(f"'{kind}' object has no attribute 'strip'"))
    name, longest = value.strip(), call.generation.longest_dataset_name
    if not name:
        raise data_error("`name` is not empty string!")
    if longest is not None and len(name) > longest:
        raise data_error(f"Dataset name should not be longer than {longest} characters.")
    others, _ = call.store.datasets.select(call.tenant.id, name=name)
    if any(dataset is None or other.id != dataset.id for other in others):
        verb = "updating" if dataset else "creating"
        raise data_error(f"Duplicated dataset name in {verb} dataset.")
    return name


def _check_embedding(body: dict[str, Any]) -> None:
    """Built-in models are the ones this server has, whatever they are called."""
    model = body.get("embedding_model")
    if model and model != "hashing" and not str(model).endswith("@Builtin"):
        raise data_error(f"`embedding_model` {model} doesn't exist")


def _changed_config(call: Call, dataset: Dataset, body: dict[str, Any]) -> dict[str, Any]:
    """The method and its configuration after an update; a method alone brings its default."""
    given, method = body.get("parser_config"), body.get("chunk_method")
    values: dict[str, Any] = {"chunk_method": method} if method else {}
    if given:
        values["parser_config"] = {**dataset.parser_config, **given}
    elif method and method != dataset.chunk_method:
        values["parser_config"] = call.generation.parser_config.for_method(method)
    return values
