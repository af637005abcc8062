"""Deleting documents: old servers take any id they find, newer ones all or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ragflow.local.calls import Call
from ragflow.local.routes.deletions import duplicates_reply
from ragflow.local.routing import Reply, RouteTable
from ragflow.local.validation import problem_error
from ragflow.local.wire import data_error

if TYPE_CHECKING:
    from ragflow.local.store.records import Dataset, Document

table: RouteTable = RouteTable("documents")


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
    if call.generation.first_unknown_id_stops:
        return _delete_until_unknown(call, ids)
    unique = list(dict.fromkeys(ids))
    found, missing = [], []
    for id in unique:
        document = _of_tenant(call, id)
        if document is None:
            missing.append(id)
        else:
            found.append(document)
    call.store.documents.delete(found)
    if missing:
        raise data_error(f"Documents not found: {missing}")
    return duplicates_reply(ids, "document", len(found))


def _delete_until_unknown(call: Call, ids: list[str]) -> Reply:
    """The oldest servers delete one by one; what came before an unknown id is gone."""
    for id in ids:
        document = _of_tenant(call, id)
        if document is None:
            raise data_error("Document not found!")
        call.store.documents.delete([document])
    return Reply()


def _of_tenant(call: Call, id: str) -> Document | None:
    """A document of any of the caller's datasets."""
    document = call.store.documents.get(id)
    owner = call.store.datasets.get(document.dataset_id) if document else None
    return document if owner is not None and owner.tenant_id == call.tenant.id else None


def _all_documents(call: Call, dataset: Dataset) -> list[Document]:
    documents, _ = call.store.documents.select(
        dataset.id, filters={}, orderby="create_time", desc=False, limit=-1, offset=0
    )
    return documents
