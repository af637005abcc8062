"""Parsing of documents: start and stop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ragflow.local.calls import Call
from ragflow.local.routes.deletions import duplicates_reply
from ragflow.local.routing import Reply, RouteTable
from ragflow.local.wire import WireError, clock, data_error

if TYPE_CHECKING:
    from ragflow.local.store.records import Dataset, Document

table: RouteTable = RouteTable("documents")


def _ids(call: Call) -> list[str]:
    ids = call.json().get("document_ids")
    if not ids:
        raise data_error("`document_ids` is required")
    if not isinstance(ids, list) or not all(isinstance(id, str) for id in ids):
        raise data_error("`document_ids` should be a list")
    return ids


def _is_running(call: Call, document: Document) -> bool:
    if call.generation.running_by_progress:
        return 0 < document.progress < 1
    return document.run == "RUNNING"


@table.add("POST", "/datasets/{dataset_id}/chunks")
def parse(call: Call) -> Reply:
    """Queue documents for parsing, unless one of them is being parsed."""
    dataset = call.owned_dataset()
    ids = _ids(call)
    if call.generation.first_unknown_id_stops:
        return _parse_until_refused(call, dataset, ids)
    documents = call.store.documents.within(dataset.id, ids)
    if any(_is_running(call, document) for document in documents):
        raise data_error("Can't parse document that is currently being processed")
    call.services.worker.submit(documents)
    found = {document.id for document in documents}
    missing = [id for id in dict.fromkeys(ids) if id not in found]
    if missing:
        raise data_error(f"Documents not found: {missing}")
    return duplicates_reply(ids, "document", len(documents))


def _parse_until_refused(call: Call, dataset: Dataset, ids: list[str]) -> Reply:
    """The oldest servers start one by one; what came before a refused document is started."""
    for id in ids:
        document = _documents(call, dataset, [id])[0]
        if call.generation.parse_needs_zero_progress and document.progress != 0:
            raise data_error("Can't stop parsing document with progress at 0 or 100")
        call.services.worker.submit([document])
    return Reply()


@table.add("POST", "/datasets/{dataset_id}/documents/parse", feature="restful")
def parse_many(call: Call) -> Reply:
    """Queue documents for parsing, also such as are being parsed."""
    dataset = call.owned_dataset()
    ids = _ids(call)
    documents = call.store.documents.within(dataset.id, ids)
    call.services.worker.submit(documents)
    found = {document.id for document in documents}
    missing = [id for id in dict.fromkeys(ids) if id not in found]
    if missing:
        raise data_error(f"Documents not found: {missing}")
    reply = duplicates_reply(ids, "document", len(documents))
    return Reply({"success_count": len(documents), **(reply.data if _has_data(reply) else {})})


def _has_data(reply: Reply) -> bool:
    return isinstance(reply.data, dict)


@table.add("DELETE", "/datasets/{dataset_id}/chunks")
def stop(call: Call) -> Reply:
    """Cancel the parsing of documents, one after the other."""
    dataset = call.owned_dataset()
    ids = _ids(call)
    repeated_ids = call.generation.repeated_ids_reported
    unique = list(dict.fromkeys(ids)) if repeated_ids else ids
    for id in unique:
        document = _documents(call, dataset, [id])[0]
        refused = (
            document.progress in call.generation.stop_refused_at
            if call.generation.running_by_progress
            else document.run != "RUNNING"
        )
        if refused:
            message = "Can't stop parsing document with progress at 0 or 1"
            state = call.generation.stop_invalid_state
            raise (
                WireError(102, message, data={"error_code": state})
                if state
                else data_error(message)
            )
        call.store.jobs.stop(document)
    return duplicates_reply(ids, "document", len(unique)) if repeated_ids else Reply()


@table.add("POST", "/datasets/{dataset_id}/documents/stop", feature="restful")
def stop_many(call: Call) -> Reply:
    """Cancel the parsing of those documents that are being parsed."""
    dataset = call.owned_dataset()
    ids = _ids(call)
    errors, stopped = [], 0
    for document in _documents(call, dataset, ids):
        if document.run == "RUNNING":
            call.store.jobs.stop(document, f"\n{clock()} Task was stopped by user.")
            stopped += 1
        else:
            errors.append(f"Can't stop document {document.id}: not started or completed")
    result: dict[str, object] = {"success_count": stopped}
    if errors:
        result["errors"] = errors
    return Reply(result)


def _documents(call: Call, dataset: Dataset, ids: list[str]) -> list[Document]:
    documents = call.store.documents.within(dataset.id, ids)
    found = {document.id for document in documents}
    for id in ids:
        if id not in found:
            raise data_error(f"You don't own the document {id}.")
    return documents
