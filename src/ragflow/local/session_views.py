"""Sessions on the wire: where their references stand differs between generations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ragflow.local import chunk_views, citations
from ragflow.local.views import spelt, times

if TYPE_CHECKING:
    from ragflow.local.generations import Generation
    from ragflow.local.store.records import Chat, Session

    Wire = dict[str, Any]


def session(record: Session, generation: Generation, *, created: bool = False) -> Wire:
    """A session in an answer."""
    messages = [_message(message, generation) for message in record.messages]
    result = {
        "id": record.id,
        "chat_id": record.chat_id,
        "name": record.name,
        "user_id": record.user_id,
        "messages": messages,
        **times(record, generation),
    }
    if generation.chat_schema == "new":
        result["reference"] = [chunk_views.reference(item, generation) for item in record.reference]
    elif not created:
        result["messages"] = _with_references(record, messages, generation)
    return spelt("session" if created else "listed session", result, generation)


def opener(chat: Chat, generation: Generation) -> str | None:
    """The first message of a session."""
    return generation.fixed_opener or chat.prompt_config.get("prologue")


def _message(kept: Wire, generation: Generation) -> Wire:
    """A message with the citations of a generation, and without a time if there is none."""
    shown = dict(kept)
    if "created_at" in shown:
        shown["content"] = citations.finished(shown["content"], generation)
        if not generation.answers_tell_time:
            del shown["created_at"]
    return shown


def _with_references(record: Session, messages: list[Wire], generation: Generation) -> list[Wire]:
    """Old lists show the passages inside the assistant's messages, matched by their order."""
    references, kept = record.reference, generation.session_reference_keys
    if generation.opener_has_reference and not record.made_by_question:
        # A session made by a question has no entry for its opener, and so all are one too early.
        references = [{}, *references]
    shown, number = [], 0
    for position, message in enumerate(messages):
        if message["role"] == "assistant" and (position or generation.opener_has_reference):
            chunks = references[number].get("chunks", []) if number < len(references) else []
            number += 1
            short = [{key: item.get(key) for key in kept} for item in chunks]
            message = {**message, "reference": short}
        shown.append(message)
    return shown
