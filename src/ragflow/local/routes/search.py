"""Retrieval: passages for a question."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ragflow.local import chunk_views, metadata
from ragflow.local.calls import Call
from ragflow.local.retrieval import Settings, count_by_document
from ragflow.local.routing import Reply, RouteTable
from ragflow.local.wire import WireError, data_error, refusal, uncaught

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ragflow.local.retrieval import Found
    from ragflow.local.store.records import Dataset

table: RouteTable = RouteTable("retrieval")


@table.add("POST", "/retrieval")
def retrieve(call: Call) -> Reply:
    """Find passages in datasets."""
    generation = call.generation
    body = call.json(broken_is_error=True)
    datasets = _datasets(call, body)
    if "question" not in body:
        raise data_error("`question` is required.")
    number, size = call.body_page(body)
    highlight = _highlight(call, body.get("highlight"))
    documents = _documents(call, datasets, body.get("document_ids") or [])
    settings = _settings(call, body, 0.2)
    question = body["question"]
    if not isinstance(question, str):
        kind = type(question).__name__
        raise uncaught(TypeError(f"expected string or bytes-like object, got '{kind}'"))
    nothing = Reply({"total": 0, "chunks": [], "doc_aggs": {}})
    if question == "":
        return nothing
    if not question.strip():
        if generation.blank_question == "error":
            raise uncaught(AssertionError())
        return nothing
    condition = body.get("metadata_condition")
    if condition and generation.filters_metadata:
        documents = _narrowed(call, datasets, documents, condition)
        if documents == []:
            return nothing
    _refuse_unsupported(body)
    if not call.store.tenants.has_index(call.tenant.id):
        raise data_error("No chunk found! Check the chunk status please!")
    if number * size > generation.result_window:
        raise uncaught("BadRequestError('the window of results is too large')")
    found = call.services.retriever.search(question, datasets, settings, document_ids=documents)
    shown = [
        chunk_views.retrieved(item, generation, question if highlight else "")
        for item in found[(number - 1) * size : number * size]
    ]
    return Reply({"total": len(found), "chunks": shown, "doc_aggs": count_by_document(found)})


@table.add("POST", "/datasets/search", feature="restful")
@table.add("POST", "/datasets/{dataset_id}/search", feature="restful")
def search(call: Call) -> Reply:
    """Find passages in datasets, told with the names of index fields."""
    body = call.json()
    by_path = "dataset_id" in call.params
    datasets = [call.owned_dataset()] if by_path else _datasets(call, body)
    question = body.get("question")
    if not isinstance(question, str):
        raise WireError(101, "required argument are missing: question")
    number, size = call.body_page(body)
    documents = _documents(call, datasets, body.get("doc_ids") or [])
    _refuse_unsupported(body)
    found = call.services.retriever.search(
        question, datasets, _settings(call, body, 0.0), document_ids=documents
    )
    shown = [chunk_views.searched(item, call.generation) for item in _page(found, number, size)]
    aggregates = count_by_document(found)
    return Reply({"total": len(found), "chunks": shown, "doc_aggs": aggregates, "labels": None})


def _page(found: Sequence[Found], number: int, size: int) -> Sequence[Found]:
    return found[(number - 1) * size : number * size]


def _datasets(call: Call, body: dict[str, Any]) -> list[Dataset]:
    ids = body.get("dataset_ids")
    if not ids:
        raise data_error("`dataset_ids` is required.")
    if not isinstance(ids, list):
        raise data_error("`dataset_ids` should be a list")
    datasets = [call.owned_dataset(str(id)) for id in dict.fromkeys(map(str, ids))]
    if len({dataset.embedding_model for dataset in datasets}) > 1:
        message = "Datasets use different embedding models."
        raise WireError(call.generation.mixed_retrieval_code, message)
    return datasets


def _documents(call: Call, datasets: Sequence[Dataset], ids: Any) -> list[str] | None:
    if not isinstance(ids, list):
        raise data_error("`documents` should be a list")
    for id in ids:
        document = call.store.documents.get(str(id))
        if document is None or document.dataset_id not in {item.id for item in datasets}:
            raise data_error(f"The datasets don't own the document {id}")
    return ids or None


def _highlight(call: Call, value: Any) -> bool:
    if value is None:
        return call.generation.highlight_default
    if not call.generation.highlight_strict:
        return value not in ("false", "False")
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    raise data_error("`highlight` should be a boolean")


def _settings(call: Call, body: dict[str, Any], threshold: float) -> Settings:
    try:
        settings = Settings(
            float(body.get("similarity_threshold", threshold)),
            float(body.get("vector_similarity_weight", 0.3)),
            int(body.get("top_k", 1024)),
        )
    except (TypeError, ValueError) as error:
        raise uncaught(error) from None
    if settings.top_k <= 0:
        raise refusal(call.generation.bad_top_k_code, "`top_k` must be greater than 0")
    return settings


def _narrowed(
    call: Call, datasets: Sequence[Dataset], documents: list[str] | None, condition: Any
) -> list[str] | None:
    """The documents that fulfil a metadata condition, as far as the generation minds it."""
    if not isinstance(condition, dict):
        raise data_error("`metadata_condition` should be an object")
    fields = call.store.documents.metadata([dataset.id for dataset in datasets])
    matching = metadata.matching(condition, fields)
    if documents is not None:
        matching = [id for id in matching if id in documents]
    if not matching and call.generation.unmatched_metadata == "everything":
        return documents
    return matching


def _refuse_unsupported(body: dict[str, Any]) -> None:
    """Say what this server does not have instead of ignoring that it was asked for."""
    if body.get("rerank_id"):
        raise uncaught(LookupError(f"Model({body['rerank_id']}) not authorized"))
    for key in ("use_kg", "cross_languages"):
        if body.get(key):
            raise data_error(f"`{key}` is not supported by the embedded server")
