"""Datasets: create, list, get, update, delete."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ragflow.local import schemas, views
from ragflow.local.calls import Call
from ragflow.local.parser_defaults import merged
from ragflow.local.routing import Reply, RouteTable
from ragflow.local.validation import validate
from ragflow.local.wire import WireError, data_error

if TYPE_CHECKING:
    from ragflow.local.store.records import Dataset

table: RouteTable = RouteTable("datasets")
_STORED = ("name", "avatar", "description", "permission", "embedding_model", "chunk_method")
_MAX_NAME_BYTES = 128


@table.add("POST", "/datasets", feature="strict")
def create(call: Call) -> Reply:
    """Make a dataset."""
    generation = call.generation
    body = validate(schemas.dataset_create(generation), call.json(strict=True))
    name = body.pop("name")
    if len(name.encode()) > _MAX_NAME_BYTES:
        raise data_error(f"Dataset name is longer than {_MAX_NAME_BYTES} bytes")
    _check_supported(call, body)
    method = body.get("chunk_method") or "naive"
    given = body.get("parser_config")
    defaults = generation.parser_config
    values = {key: body[key] for key in _STORED if body.get(key) is not None}
    values = {
        "permission": "me",
        "embedding_model": generation.default_embedding,
        "chunk_method": "naive",
        **values,
        "parser_config": defaults.completed(method, given)
        if given
        else defaults.for_method(method),
    }
    language = (body.get("ext") or {}).get("language")
    if language:
        values["language"] = str(language)
    dataset = call.store.datasets.create(call.tenant.id, name, values)
    return Reply(views.dataset(dataset, generation))


@table.add("GET", "/datasets", feature="strict")
def list_all(call: Call) -> Reply:
    """List datasets, the newest first."""
    generation = call.generation
    parameters: dict[str, Any] = dict(call.request.query_params)
    if "ids" in parameters:
        parameters["ids"] = [id for text in call.query_list("ids") for id in text.split(",")]
    query = validate(schemas.dataset_list(generation), parameters)
    ids = [query["id"]] if "id" in query else query.get("ids", [])
    owned = call.store.datasets.owned(call.tenant.id, ids)
    for id in ids:
        if id not in {dataset.id for dataset in owned}:
            raise _denied(call, id)
    datasets, total = call.store.datasets.select(
        call.tenant.id,
        ids=ids,
        name=query.get("name"),
        orderby=query.get("orderby", "create_time"),
        desc=query.get("desc", True),
        page=query.get("page", 1),
        page_size=query.get("page_size", 30),
    )
    if query.get("name") and not total:
        raise WireError(
            generation.foreign_dataset_code,
            f"User '{call.tenant.id}' lacks permission for dataset '{query['name']}'",
        )
    shown = [views.listed_dataset(dataset, generation, call.tenant) for dataset in datasets]
    if query.get("include_parsing_status"):
        for item in shown:
            item["parsing_status"] = call.store.documents.count_by_run(item["id"])
    return Reply(shown, extra={"total_datasets": total})


@table.add("GET", "/datasets/{dataset_id}", feature="restful")
def get(call: Call) -> Reply:
    """Show one dataset."""
    dataset = _owned(call)
    size = call.store.datasets.size(dataset.id)
    return Reply({**views.dataset(dataset, call.generation), "size": size, "connectors": []})


@table.add("PUT", "/datasets/{dataset_id}", feature="strict")
def update(call: Call) -> Reply:
    """Change a dataset."""
    generation = call.generation
    sent = call.json(strict=True)
    schema = schemas.dataset_list(generation)
    id = validate({"dataset_id": schema["id"]}, {"dataset_id": call.params["dataset_id"]})
    body = validate(schemas.dataset_update(generation), sent)
    if not body:
        raise WireError(generation.empty_update_code, "No properties were modified")
    dataset = _owned(call, id["dataset_id"])
    _check_supported(call, body)
    fixed = generation.chunks_fix_embedding and dataset.chunk_count
    if fixed and body.get("embedding_model") not in (None, dataset.embedding_model):
        raise data_error("The embedding model can't change while the dataset has chunks")
    values = {key: body[key] for key in (*_STORED, "pagerank", "language") if key in body}
    for key in ("embedding_model", "language", "chunk_method"):
        if key in values and not values[key]:
            del values[key]
    config = _changed_config(call, dataset, body)
    if config is not None:
        values["parser_config"] = config
    changed = call.store.datasets.update(dataset, values)
    if changed is None:
        raise data_error(f"Dataset name '{body['name']}' already exists")
    result = views.dataset(changed, generation)
    if "restful" in generation.features:
        result["connectors"] = []
    return Reply(result)


@table.add("DELETE", "/datasets", feature="strict")
def delete(call: Call) -> Reply:
    """Delete datasets with everything in them."""
    generation = call.generation
    body = validate(schemas.dataset_delete(generation), call.json(strict=True))
    ids = body.get("ids")
    everything = body.get("delete_all") and not ids
    if everything or (ids is None and generation.null_dataset_ids == "all"):
        every, _ = call.store.datasets.select(call.tenant.id, page_size=-1)
        ids = [dataset.id for dataset in every]
    ids = ids or []
    owned = {dataset.id for dataset in call.store.datasets.owned(call.tenant.id, ids)}
    foreign = [id for id in ids if id not in owned]
    if foreign:
        listed = ", ".join(f"'{id}'" for id in foreign)
        raise WireError(
            generation.foreign_dataset_code,
            f"User '{call.tenant.id}' lacks permission for datasets: {listed}",
        )
    call.store.datasets.delete(ids)
    return Reply({"success_count": len(ids)}) if generation.counts_deleted_datasets else Reply()


def _owned(call: Call, id: str | None = None) -> Dataset:
    id = id or call.params["dataset_id"]
    owned = call.store.datasets.owned(call.tenant.id, [id])
    if not owned:
        raise _denied(call, id)
    return owned[0]


def _denied(call: Call, id: str) -> WireError:
    message = f"User '{call.tenant.id}' lacks permission for dataset '{id}'"
    return WireError(call.generation.foreign_dataset_code, message)


def _check_supported(call: Call, body: dict[str, Any]) -> None:
    """Refuse pipelines, and models of providers; built-in ones have any name one likes."""
    if body.get("pipeline_id"):
        raise data_error("pipelines are not supported by the embedded server")
    model = body.get("embedding_model")
    if model and not model.endswith("@Builtin"):
        message = f"Unsupported model: <{model}>; the embedded server has built-in models only"
        raise WireError(call.generation.unknown_embedding_code, message)


def _changed_config(call: Call, dataset: Dataset, body: dict[str, Any]) -> dict[str, Any] | None:
    """The configuration after an update; a new method alone brings its own default."""
    given, method = body.get("parser_config"), body.get("chunk_method")
    if given:
        return merged(dataset.parser_config, given)
    if method and method != dataset.chunk_method:
        return call.generation.parser_config.for_method(method)
    return None
