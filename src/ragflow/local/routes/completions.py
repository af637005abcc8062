"""Questions to chats, answered as a stream or as JSON."""

from __future__ import annotations

import uuid
from functools import partial
from typing import TYPE_CHECKING, Any

import anyio.to_thread

from ragflow.local import session_views
from ragflow.local.events import EventStream, fixed_events
from ragflow.local.frames import Frames, opener
from ragflow.local.routes.chats import chat_datasets, find_chat
from ragflow.local.routing import Reply, RouteTable
from ragflow.local.turns import Turn
from ragflow.local.wire import WireError, data_error, frame, new_id, uncaught
from ragflow.local.writing import Question, model_settings

if TYPE_CHECKING:
    from ragflow.local.calls import Call
    from ragflow.local.store.records import Chat, Session

table: RouteTable = RouteTable("completions")
_NOT_VARIABLES = frozenset(
    {"question", "session_id", "stream", "messages", "chat_id", "doc_ids", "quote", "legacy"}
)


@table.add_async("POST", "/chats/{chat_id}/completions")
async def ask_chat(call: Call) -> Reply | EventStream:
    """Answer a question to the chat of the path."""
    await call.read_body()
    body = call.json(broken_is_error=True, needed=False)
    if call.generation.chat_schema == "old":
        return await _ask_old(call, body)
    return await _ask_new(call, {**body, "chat_id": call.params["chat_id"]})


@table.add_async("POST", "/chat/completions", feature="restful")
async def ask(call: Call) -> Reply | EventStream:
    """Answer a question to the chat of the body, or to the plain model."""
    await call.read_body()
    return await _ask_new(call, call.json(broken_is_error=True))


async def _ask_old(call: Call, body: dict[str, Any]) -> Reply | EventStream:
    message = f"You don't own the chat {call.params['chat_id']}"
    chat = await anyio.to_thread.run_sync(find_chat, call, call.params["chat_id"], message)
    session_id = body.get("session_id")
    if call.generation.empty_question_refused and not body.get("question"):
        raise data_error("Please input your question.")
    if session_id:
        session = await anyio.to_thread.run_sync(call.store.sessions.get, str(session_id))
        if session is None or session.chat_id != chat.id:
            raise data_error(f"You don't own the session {session_id}")
    else:
        session = await _new_session(call, chat, str(body.get("user_id") or ""))
        if call.generation.question_needs_session:
            # Without a session the question is lost, and an empty one is answered.
            frames = opener(session_views.opener(chat, call.generation), session.id)
            if _is_streamed(body):
                return EventStream(fixed_events(frames))
            if call.generation.opener_is_text:
                return Reply(frame(frames[0]).decode())
            body = {**body, "question": ""}
    if "question" not in body:
        raise uncaught(TypeError("completion() missing 1 required argument: 'question'"))
    return await _respond(call, chat, session, str(body["question"]), body)


async def _ask_new(call: Call, body: dict[str, Any]) -> Reply | EventStream:
    messages = body.get("messages")
    if "question" not in body and not messages:
        raise WireError(101, "required argument are missing: messages")
    chat_id, session_id = body.get("chat_id"), body.get("session_id")
    question = str(body["question"]) if "question" in body else _last_question(messages)
    if not chat_id:
        return await _respond(call, None, None, question, body)
    chat = await anyio.to_thread.run_sync(find_chat, call, str(chat_id))
    if session_id:
        session = await anyio.to_thread.run_sync(call.store.sessions.get, str(session_id))
        if session is None:
            raise data_error("Session not found!")
        if session.chat_id != chat.id:
            raise data_error("Session does not belong to this chat!")
    else:
        session = await _new_session(call, chat, call.tenant.id)
    return await _respond(call, chat, session, question, body)


def _is_streamed(body: dict[str, Any]) -> bool:
    """Any true value streams, even the text ``"false"``."""
    return bool(body.get("stream", True))


def _last_question(messages: Any) -> str:
    if not isinstance(messages, list) or not all(isinstance(item, dict) for item in messages):
        raise WireError(101, "`messages` should be a list of objects")
    asked = [item for item in messages if item.get("role") == "user"]
    if not asked:
        raise data_error("The last content of this conversation is not from user.")
    return str(asked[-1].get("content") or "")


async def _new_session(call: Call, chat: Chat, user_id: str) -> Session:
    create = partial(
        call.store.sessions.create,
        chat,
        name="New session",
        user_id=user_id,
        opener=session_views.opener(chat, call.generation),
        made_by_question=True,
    )
    return await anyio.to_thread.run_sync(create)


async def _respond(
    call: Call, chat: Chat | None, session: Session | None, text: str, body: dict[str, Any]
) -> Reply | EventStream:
    turn = await _turn(call, chat, session, text, body)
    missing = _missing_variable(turn.question)
    if _is_streamed(body):
        if missing is None:
            return EventStream(turn.stream())
        frames = [turn.frames.failure(f"Miss parameter: {missing}"), turn.frames.end()]
        return EventStream(fixed_events(frames))
    if missing is not None:
        raise uncaught(KeyError(f"Miss parameter: {missing}"))
    return Reply(await turn.whole())


async def _turn(
    call: Call, chat: Chat | None, session: Session | None, text: str, body: dict[str, Any]
) -> Turn:
    generation = call.generation
    datasets = await anyio.to_thread.run_sync(chat_datasets, call, chat) if chat else []
    message_id = str(uuid.uuid4()) if generation.hyphenated_message_ids else new_id()
    ids: dict[str, Any] = {"id": message_id, "session_id": session.id if session else ""}
    if chat is not None and generation.chat_schema == "new":
        ids["chat_id"] = chat.id
    earlier = session.messages[1:] if session else []
    if body.get("pass_all_history_messages") and isinstance(body.get("messages"), list):
        earlier = body["messages"][:-1]
        if body.get("store_history_messages") is False:
            session = None
    question = Question(
        text=text,
        chat=chat,
        datasets=datasets,
        history=_history(earlier),
        document_ids=_document_ids(body.get("doc_ids")),
        variables={key: str(value) for key, value in body.items() if key not in _NOT_VARIABLES},
        quote=bool(body.get("quote", True) and (not chat or chat.prompt_config.get("quote", True))),
        settings=model_settings(body),
    )
    frames = Frames(generation, ids, legacy=bool(body.get("legacy")))
    return Turn(call.services, question, session, frames, message_id)


def _history(messages: list[dict[str, Any]]) -> list[dict[str, str]]:
    return [
        {"role": str(message["role"]), "content": str(message["content"])}
        for message in messages
        if message.get("role") in ("user", "assistant") and message.get("content")
    ]


def _document_ids(value: Any) -> list[str] | None:
    """The documents to look into: old clients join their ids with commas."""
    ids = value.split(",") if isinstance(value, str) else value
    return [str(id).strip() for id in ids if str(id).strip()] or None if ids else None


def _missing_variable(question: Question) -> str | None:
    for item in question.prompt_config.get("parameters") or []:
        given = item["key"] in question.variables or item["key"] == "knowledge"
        if not given and not item.get("optional"):
            return str(item["key"])
    return None
