"""Sessions on the wire: where their references stand differs between generations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ragflow.local.views import times

if TYPE_CHECKING:
    from ragflow.local.generations import Generation
    from ragflow.local.store.records import Session

    Wire = dict[str, Any]


def session(record: Session, generation: Generation, *, created: bool = False) -> Wire:
    """A session in an answer."""
    result = {
        "id": record.id,
        "chat_id": record.chat_id,
        "name": record.name,
        "user_id": record.user_id,
        "messages": record.messages,
        **times(record, generation),
    }
    if generation.chat_schema == "new":
        result["reference"] = record.reference
    elif not created:
        result["messages"] = _with_references(record)
    return result


def _with_references(record: Session) -> list[Wire]:
    """Old lists show the passages inside the assistant's messages, matched by their order."""
    # A session made by a question has no entry for its opener, and so all are one too early.
    references = record.reference if record.made_by_question else [{}, *record.reference]
    shown, number = [], 0
    for message in record.messages:
        if message["role"] == "assistant":
            chunks = references[number].get("chunks", []) if number < len(references) else []
            number += 1
            message = {**message, "reference": [_short(chunk) for chunk in chunks]}
        shown.append(message)
    return shown


def _short(chunk: Wire) -> Wire:
    keys = ("id", "content", "document_id", "document_name", "dataset_id", "image_id", "positions")
    return {key: chunk.get(key) for key in keys}
