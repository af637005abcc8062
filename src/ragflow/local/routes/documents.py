"""Documents: list, update, delete."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ragflow.local import filetypes, metadata, schemas, views
from ragflow.local.calls import Call
from ragflow.local.parser_defaults import merged
from ragflow.local.routing import Reply, RouteTable
from ragflow.local.validation import problem_error, validate
from ragflow.local.wire import argument_error, data_error, uncaught

if TYPE_CHECKING:
    from ragflow.local.store.records import Dataset, Document

table: RouteTable = RouteTable("documents")
_COLUMNS = [
    "id",
    "name",
    "create_time",
    "create_date",
    "update_time",
    "update_date",
    "size",
    "type",
    "suffix",
    "run",
    "status",
    "progress",
    "chunk_count",
    "token_count",
    "chunk_method",
    "location",
    "created_by",
    "process_begin_at",
]
_RUNS = ("UNSTART", "RUNNING", "CANCEL", "DONE", "FAIL")
_MAX_NAME_BYTES = 255
_FIXED_METHODS = ("picture", "presentation")


@table.add("GET", "/datasets/{dataset_id}/documents", family="document-list")
def list_all(call: Call) -> Reply:
    """List documents, the newest first."""
    generation = call.generation
    dataset = call.owned_dataset(ending=". ")
    orderby = _order(call)
    limit, offset = call.window()
    filters: dict[str, Any] = {
        "keywords": call.query("keywords"),
        "id": call.query_list("id")[:1] or None,
        "name": call.query_list("name")[:1] or None,
        "suffix": call.query_list("suffix") or None,
        "run": _runs(call, "run"),
    }
    if "restful" in generation.features:
        filters["id"] = filters["id"] or call.query_list("ids") or None
        filters["run"] = filters["run"] or _runs(call, "run_status")
        filters["type"] = call.query_list("types") or None
        _narrow_by_metadata(call, dataset, filters)
    documents, total = call.store.documents.select(
        dataset.id, filters=filters, orderby=orderby, desc=call.desc(), limit=limit, offset=offset
    )
    for key in ("id", "name"):
        if call.query(key) and not total and not _exists(call, dataset, key):
            raise data_error(f"You don't own the document {call.query(key)}.")
    lowest, highest = _number(call, "create_time_from"), _number(call, "create_time_to")
    shown = [
        views.document(document, generation, generation.list_keys, call.tenant)
        for document in documents
        if document.create_time >= lowest and (not highest or document.create_time <= highest)
    ]
    return Reply({"docs": shown, "total": total})


def _order(call: Call) -> str:
    orderby = call.query("orderby") or "create_time"
    allowed = call.generation.document_orders
    if allowed is not None and orderby not in allowed:
        raise argument_error(f"invalid orderby field: {orderby}")
    if orderby not in _COLUMNS:
        raise uncaught(AttributeError(f"type object 'Document' has no attribute '{orderby}'"))
    return orderby.replace("_date", "_time")


def _runs(call: Call, name: str) -> list[str] | None:
    """The states to narrow a list to, given as words or as numbers; None for all."""
    return [
        _RUNS[int(value)] if value in ("0", "1", "2", "3", "4") else value.upper()
        for value in call.query_list(name)
    ] or None


def _number(call: Call, name: str) -> int:
    try:
        return int(call.query(name) or 0)
    except ValueError as error:
        raise uncaught(error) from None


def _exists(call: Call, dataset: Dataset, key: str) -> bool:
    """Whether the dataset has the document asked for, whatever the other filters say."""
    filters = {key: [call.query(key)]}
    _, total = call.store.documents.select(
        dataset.id, filters=filters, orderby="create_time", desc=True, limit=1, offset=0
    )
    return total > 0


def _narrow_by_metadata(call: Call, dataset: Dataset, filters: dict[str, Any]) -> None:
    text = call.query("metadata_condition")
    if not text:
        return
    fields = call.store.documents.metadata([dataset.id])
    matching = metadata.matching(metadata.parse(text), fields)
    asked = filters["id"]
    filters["id"] = matching if asked is None else [id for id in asked if id in matching]


@table.add("PUT", "/datasets/{dataset_id}/documents/{document_id}")
@table.add("PATCH", "/datasets/{dataset_id}/documents/{document_id}", feature="restful")
def update(call: Call) -> Reply:
    """Rename, switch or reconfigure a document."""
    generation = call.generation
    dataset = call.owned_dataset()
    document = call.store.documents.get(call.params["document_id"])
    if document is None or document.dataset_id != dataset.id:
        raise data_error("The dataset doesn't own the document.")
    body = call.json()
    if generation.document_schema_code is not None:
        schema = schemas.document_update(generation)
        known = {key: value for key, value in body.items() if key in schema}
        validate(schema, known, code=generation.document_schema_code)
    for key, current in (
        ("chunk_count", document.chunk_count),
        ("token_count", document.token_count),
        ("progress", document.progress),
    ):
        if key in body and body[key] != current:
            raise data_error(f"Can't change `{key}`.")
    if "restful" in generation.features and body.get("pipeline_id"):
        raise data_error("pipelines are not supported by the embedded server")
    if body.get("meta_fields") is not None and not isinstance(body["meta_fields"], dict):
        raise data_error("meta_fields must be a dictionary")
    document = _renamed(call, document, body)
    document = _reconfigured(call, document, body)
    if body.get("meta_fields") is not None:
        document = _changed(call, document, {"meta_fields": body["meta_fields"]})
    if body.get("enabled") is not None:
        document = _switched(call, document, body["enabled"])
        if generation.document_update_answers == "enabled-true":
            return Reply(data=True)
    return Reply(views.document(document, generation, generation.update_keys, call.tenant))


def _changed(call: Call, document: Document, values: dict[str, Any]) -> Document:
    changed = call.store.documents.update(document, values)
    if changed is None:
        raise data_error("Duplicated document name in the same dataset.")
    return changed


def _renamed(call: Call, document: Document, body: dict[str, Any]) -> Document:
    name = body.get("name")
    if name is None or name == document.name:
        return document
    if not isinstance(name, str):
        kind = type(name).__name__
        raise uncaught(AttributeError(f"'{kind}' object has no attribute 'encode'"))
    if len(name.encode()) > _MAX_NAME_BYTES:
        raise argument_error(f"File name must be {_MAX_NAME_BYTES} bytes or less.")
    if filetypes.suffix_of(name) != filetypes.suffix_of(document.name):
        raise argument_error("The extension of file can't be changed")
    return _changed(call, document, {"name": name})


def _reconfigured(call: Call, document: Document, body: dict[str, Any]) -> Document:
    config, method = body.get("parser_config"), body.get("chunk_method")
    if method:
        if method not in schemas.DOCUMENT_METHODS:
            raise data_error(f"`chunk_method` {method} doesn't exist")
        if document.type == "visual" or document.chunk_method in _FIXED_METHODS:
            raise data_error("Not supported yet!")
        if method != document.chunk_method:
            values = {
                "chunk_method": method,
                "parser_config": call.generation.parser_config.for_method(method),
            }
            document = call.store.jobs.reset(document, values) or document
    if config:
        if not isinstance(config, dict):
            raise data_error("`parser_config` should be an object")
        merged_config = merged(document.parser_config, config)
        document = _changed(call, document, {"parser_config": merged_config})
    return document


def _switched(call: Call, document: Document, enabled: Any) -> Document:
    if not isinstance(enabled, int):
        raise uncaught(ValueError(f"invalid literal for int() with base 10: {enabled!r}"))
    if call.generation.document_schema_code is not None and enabled not in (0, 1):
        message = "Input should be 0 or 1"
        raise problem_error("enabled", message, enabled, code=102)
    return _changed(call, document, {"status": str(int(bool(enabled)))})


@table.add("DELETE", "/datasets/{dataset_id}/documents")
def delete(call: Call) -> Reply:
    """Delete documents with their chunks."""
    dataset = call.owned_dataset(ending=". ")
    if call.generation.empty_ids_delete_all:
        return _delete_old(call, dataset)
    body = call.json(strict=True)
    ids, everything = body.get("ids") or [], body.get("delete_all")
    if bool(ids) == bool(everything):
        message = f"should either provide doc ids or set delete_all(true), dataset: {dataset.id}. "
        raise data_error(message)
    if not isinstance(ids, list) or not all(isinstance(id, str) for id in ids):
        raise problem_error("ids", "Input should be a valid list", ids)
    repeated = sorted({id for id in ids if ids.count(id) > 1})
    if repeated:
        listed = ", ".join(f"'{id}'" for id in repeated)
        raise problem_error("ids", f"Duplicate ids: {listed}", ids)
    documents = _all_documents(call, dataset) if everything else []
    documents = documents or call.store.documents.within(dataset.id, ids)
    missing = set(ids) - {document.id for document in documents}
    if missing:
        listed = ", ".join(id for id in ids if id in missing)
        raise data_error(
            f"These documents do not belong to dataset {dataset.id} or Document not found: {listed}"
        )
    call.store.documents.delete(documents)
    return Reply({"deleted": len(documents)})


def _delete_old(call: Call, dataset: Dataset) -> Reply:
    """Old servers take "no ids" for all, and any id of the tenant, in whichever dataset."""
    ids = call.json(needed=False).get("ids")
    if not ids:
        call.store.documents.delete(_all_documents(call, dataset))
        return Reply()
    unique = list(dict.fromkeys(ids))
    found, missing = [], []
    for id in unique:
        document = call.store.documents.get(id)
        owner = call.store.datasets.get(document.dataset_id) if document else None
        if document is None or owner is None or owner.tenant_id != call.tenant.id:
            missing.append(id)
        else:
            found.append(document)
    call.store.documents.delete(found)
    if missing:
        raise data_error(f"Documents not found: {missing}")
    return duplicates_reply(ids, "document", len(found))


def duplicates_reply(ids: list[str], noun: str, count: int) -> Reply:
    """The answer to a list of ids that all were right: repeated ones are told."""
    repeated = [id for id in dict.fromkeys(ids) if ids.count(id) > 1]
    if not repeated:
        return Reply()
    errors = [f"Duplicate {noun} ids: {id}" for id in repeated]
    return Reply({"success_count": count, "errors": errors})


def _all_documents(call: Call, dataset: Dataset) -> list[Document]:
    documents, _ = call.store.documents.select(
        dataset.id, filters={}, orderby="create_time", desc=False, limit=-1, offset=0
    )
    return documents
