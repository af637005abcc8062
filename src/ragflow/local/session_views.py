"""Sessions on the wire: where their references stand differs between generations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ragflow.local.views import spelt, times

if TYPE_CHECKING:
    from ragflow.local.generations import Generation
    from ragflow.local.store.records import Chat, Session

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
        result["messages"] = _with_references(record, generation)
    return spelt("session" if created else "listed session", result, generation)


def opener(chat: Chat, generation: Generation) -> str | None:
    """The first message of a session."""
    return generation.fixed_opener or chat.prompt_config.get("prologue")


def _with_references(record: Session, generation: Generation) -> list[Wire]:
    """Old lists show the passages inside the assistant's messages, matched by their order."""
    references = record.reference
    if generation.opener_has_reference and not record.made_by_question:
        # A session made by a question has no entry for its opener, and so all are one too early.
        references = [{}, *references]
    shown, number = [], 0
    for position, message in enumerate(record.messages):
        if message["role"] == "assistant" and (position or generation.opener_has_reference):
            chunks = references[number].get("chunks", []) if number < len(references) else []
            number += 1
            message = {**message, "reference": [_short(chunk, generation) for chunk in chunks]}
        shown.append(message)
    return shown


def _short(chunk: Wire, generation: Generation) -> Wire:
    stored = generation.spellings.get("reference", {})
    return {key: chunk.get(stored.get(key) or key) for key in generation.session_reference_keys}
