"""Documents: list, update, delete."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ragflow.local import filetypes, metadata, schemas, views
from ragflow.local.calls import Call
from ragflow.local.parser_defaults import merged
from ragflow.local.routes.uploads import check_file_names
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
_FIXED_METHODS = ("picture", "presentation")


@table.add("GET", "/datasets/{dataset_id}/documents", family="document-list")
def list_all(call: Call) -> Reply:
    """List documents, the newest first."""
    generation = call.generation
    dataset = call.owned_dataset(ending=". ")
    orderby = _order(call)
    limit, offset = call.window(generation.page_parameters)
    if generation.no_documents_is_error and not dataset.document_count:
        raise data_error(f"You don't own the document {call.query('id')}.")
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
    known = generation.document_filters
    filters = {key: values for key, values in filters.items() if key in known}
    documents, total = call.store.documents.select(
        dataset.id, filters=filters, orderby=orderby, desc=_desc(call), limit=limit, offset=offset
    )
    for key in known & {"id", "name"}:
        if call.query(key) and not total and not _exists(call, dataset, key):
            raise data_error(f"You don't own the document {call.query(key)}.")
    lowest = highest = 0
    if "create_time" in known:
        lowest, highest = _number(call, "create_time_from"), _number(call, "create_time_to")
    shown = [
        views.document(document, generation, generation.list_keys, call.tenant)
        for document in documents
        if document.create_time >= lowest and (not highest or document.create_time <= highest)
    ]
    return Reply({"docs": shown, "total": len(shown) if generation.total_counts_page else total})


def _desc(call: Call) -> bool:
    return call.query("desc") != "False" if call.generation.only_false_ascends else call.desc()


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
    if generation.document_update_answers == "nothing":
        return Reply()
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
    if call.generation.long_file_name_refuses == "request":
        check_file_names(call.generation, [name])
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
