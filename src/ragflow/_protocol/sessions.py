"""Requests about sessions and questions, and what servers store of a conversation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..errors import InvalidArgumentError
from ..models import Message
from .dialects import Dialect
from .frames import cited, split_thinking
from .paging import PageCall
from .requests import Pace, Param, Request, listing, path


def create(chat_id: str, name: str) -> Request:
    """Opens a session."""
    if not isinstance(name, str) or not name.strip():
        raise InvalidArgumentError("a session needs a name")
    return Request.json("POST", path("chats", chat_id, "sessions"), {"name": name})


def list_page(chat_id: str, call: PageCall, **filters: Param) -> Request:
    """One page of a chat's sessions, by ``orderby``, ``desc``, ``id`` and ``name``."""
    return listing(path("chats", chat_id, "sessions"), call, filters)


def update(
    dialect: Dialect, chat_id: str, session_id: str, message: Mapping[str, object]
) -> Request:
    """Renames a session."""
    where = path("chats", chat_id, "sessions", session_id)
    return Request.json(dialect.session_update, where, message, idempotent=True)


def delete(chat_id: str, ids: Sequence[str]) -> Request:
    """Deletes the named sessions of a chat."""
    return Request.json("DELETE", path("chats", chat_id, "sessions"), {"ids": list(ids)})


def ask(
    dialect: Dialect,
    chat_id: str,
    session_id: str,
    question: str,
    *,
    history: Sequence[Message] = (),
    options: Mapping[str, object] | None = None,
) -> Request:
    """Asks a question; always as a stream, since a plain answer blocks some servers for others.

    Args:
        dialect: The server's generation.
        chat_id: The chat.
        session_id: The session.
        question: What to ask.
        history: What was said before, for servers that want to be told.
        options: Further fields of the request.
    """
    if not isinstance(question, str):
        raise InvalidArgumentError(f"a question is a text, not {question!r:.80}")
    body: dict[str, object] = {"session_id": session_id, "stream": True}
    if dialect.completion_names_chat:
        body["chat_id"] = chat_id
    if dialect.completion_sends_history:
        said = [{"role": message.role, "content": message.content} for message in history]
        body["messages"] = [*said, {"role": "user", "content": question}]
    else:
        body["question"] = question
    body.update(options or {})
    where = path(*(part.format(chat=chat_id) for part in dialect.completion_route))
    return Request.json("POST", where, body, pace=Pace.STREAM)


def from_wire(data: object) -> object:
    """A session whose answers carry what they cite, wherever the server keeps it."""
    if not isinstance(data, Mapping) or not isinstance(data.get("messages"), list):
        return data
    messages = [_message(item) for item in data["messages"]]
    per_question = data.get("reference")
    if isinstance(per_question, list):
        _give_references(messages, per_question)
    else:
        _realign_references(messages)
    for message in messages:
        if "reference" in message:
            message["reference"], beside = cited(message["reference"])
            message.update(beside)
    return {**data, "messages": messages}


def _message(item: object) -> dict[str, object]:
    message = dict(item) if isinstance(item, Mapping) else {"content": item}
    content = message.get("content")
    if isinstance(content, str) and message.get("role") != "user":
        message["thinking"], message["content"] = split_thinking(content)
    return message


def _give_references(messages: Sequence[dict[str, object]], per_question: list[object]) -> None:
    """From v0.25 on references stand apart, one per question, answered or not."""
    asked = 0
    for message in messages:
        if message.get("role") == "user":
            asked += 1
        elif 0 < asked <= len(per_question):
            message.setdefault("reference", per_question[asked - 1])


def _realign_references(messages: Sequence[dict[str, object]]) -> None:
    """Up to v0.24 a session that a question opened has each reference one answer too early.

    It shows in the chat's opener, which cannot cite anything.
    """
    answers = [message for message in messages if message.get("role") != "user"]
    if not answers or messages[0] is not answers[0] or not answers[0].get("reference"):
        return
    references = [[], *(answer.get("reference", []) for answer in answers)]
    for answer, reference in zip(answers, references, strict=False):
        answer["reference"] = reference
