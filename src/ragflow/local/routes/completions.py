"""Questions to chats, answered as a stream or as JSON."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import anyio
import anyio.to_thread
from starlette.responses import StreamingResponse

from ragflow.local.conversation import Answer, Piece, Question, model_settings
from ragflow.local.frames import Frames, opener
from ragflow.local.routes.chats import chat_datasets, find_chat
from ragflow.local.routing import Call, Reply, RouteTable
from ragflow.local.wire import Fault, data_error, frame, new_id, uncaught

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from starlette.types import Receive, Scope, Send

    from ragflow.local.store.records import Chat, Session

table = RouteTable("completions")
_NOT_VARIABLES = frozenset(
    {"question", "session_id", "stream", "messages", "chat_id", "doc_ids", "quote", "legacy"}
)


@dataclass(frozen=True, slots=True)
class Turn:
    """A question with everything that is needed to answer it and to remember the answer."""

    question: Question
    session: Session | None
    frames: Frames
    message_id: str
    remembered: bool = True


class EventStream(StreamingResponse):
    """A stream of server-sent events that ends its work when the client goes away."""

    def __init__(self, content: AsyncIterator[bytes]) -> None:
        super().__init__(content, media_type="text/event-stream")
        self.headers["cache-control"] = "no-cache"
        self.headers["connection"] = "keep-alive"
        self.headers["x-accel-buffering"] = "no"
        # Real servers send the content type twice, and clients have to bear it.
        content_type = (b"content-type", b"text/event-stream; charset=utf-8")
        self.raw_headers.append(content_type)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the stream until it ends or the client leaves."""
        async with anyio.create_task_group() as tasks:

            async def watch() -> None:
                await self.listen_for_disconnect(receive)
                tasks.cancel_scope.cancel()

            tasks.start_soon(watch)
            await self.stream_response(send)
            tasks.cancel_scope.cancel()


@table.add_async("POST", "/chats/{chat_id}/completions")
async def ask_chat(call: Call) -> Reply | EventStream:
    """Answer a question to the chat of the path."""
    await call.read_body()
    body = call.json(broken_is_error=True)
    if call.generation.question_needs_session:
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
    streamed, session_id = bool(body.get("stream", True)), body.get("session_id")
    if not session_id:
        session = await _new_session(call, chat, str(body.get("user_id") or ""))
        if streamed:
            return EventStream(_fixed(opener(chat.prompt_config.get("prologue"), session.id)))
        # Without a session the question is lost, and the model gets an empty one.
        body = {**body, "question": ""}
    else:
        found = await anyio.to_thread.run_sync(call.store.sessions.get, str(session_id))
        if found is None or found.chat_id != chat.id:
            raise data_error(f"You don't own the session {session_id}")
        session = found
    if "question" not in body:
        raise uncaught(TypeError("completion() missing 1 required argument: 'question'"))
    return await _respond(call, chat, session, str(body["question"]), body, streamed=streamed)


async def _ask_new(call: Call, body: dict[str, Any]) -> Reply | EventStream:
    messages = body.get("messages")
    if "question" not in body and not messages:
        raise Fault(101, "required argument are missing: messages")
    chat_id, session_id = body.get("chat_id"), body.get("session_id")
    chat = None
    if chat_id:
        chat = await anyio.to_thread.run_sync(find_chat, call, str(chat_id))
    question = str(body["question"]) if "question" in body else _last_question(messages)
    session = None
    if chat is not None:
        if session_id:
            session = await anyio.to_thread.run_sync(call.store.sessions.get, str(session_id))
            if session is None:
                raise data_error("Session not found!")
            if session.chat_id != chat.id:
                raise data_error("Session does not belong to this chat!")
        else:
            session = await _new_session(call, chat, call.tenant.id)
    streamed = bool(body.get("stream", True))
    return await _respond(call, chat, session, question, body, streamed=streamed)


def _last_question(messages: Any) -> str:
    if not isinstance(messages, list) or not all(isinstance(item, dict) for item in messages):
        raise Fault(101, "`messages` should be a list of objects")
    asked = [item for item in messages if item.get("role") == "user"]
    if not asked:
        raise data_error("The last content of this conversation is not from user.")
    return str(asked[-1].get("content") or "")


async def _new_session(call: Call, chat: Chat, user_id: str) -> Session:
    return await anyio.to_thread.run_sync(
        partial(
            call.store.sessions.create,
            chat,
            name="New session",
            user_id=user_id,
            opener=chat.prompt_config.get("prologue"),
            made_by_question=True,
        )
    )


async def _respond(
    call: Call,
    chat: Chat | None,
    session: Session | None,
    text: str,
    body: dict[str, Any],
    *,
    streamed: bool,
) -> Reply | EventStream:
    datasets = await anyio.to_thread.run_sync(chat_datasets, call, chat) if chat else []
    generation = call.generation
    message_id = str(uuid.uuid4()) if generation.hyphenated_message_ids else new_id()
    ids: dict[str, Any] = {"id": message_id, "session_id": session.id if session else ""}
    if chat is not None and generation.chat_schema == "new":
        ids["chat_id"] = chat.id
    replaced = body.get("pass_all_history_messages") and isinstance(body.get("messages"), list)
    turn = Turn(
        question=Question(
            text=text,
            chat=chat,
            datasets=datasets,
            history=_history(body["messages"][:-1] if replaced else session.messages[1:] if session else []),
            document_ids=_document_ids(body.get("doc_ids")),
            variables=_variables(body),
            quote=bool(body.get("quote", True)) and bool(_prompt(chat).get("quote", True)),
            settings=model_settings(body),
        ),
        session=session,
        frames=Frames(generation, ids, legacy=bool(body.get("legacy"))),
        message_id=message_id,
        remembered=not replaced or body.get("store_history_messages", True) is not False,
    )
    missing = _missing_variable(turn.question)
    if streamed:
        if missing:
            failed = turn.frames.failure(f"Miss parameter: {missing}")
            return EventStream(_fixed([failed, turn.frames.end()]))
        return EventStream(_stream(call, turn))
    if missing:
        raise uncaught(KeyError(f"Miss parameter: {missing}"))
    answer = Answer("", "bare", {}, "")
    async for item in call.services.conversation.answer(turn.question):
        if isinstance(item, Answer):
            answer = item
    await anyio.to_thread.run_sync(_remember, call, turn, answer, answer.reference)
    return Reply(turn.frames.whole(answer))


async def _stream(call: Call, turn: Turn) -> AsyncIterator[bytes]:
    """The frames of an answer; the turn is remembered just before the last one."""
    text = ""
    async for item in call.services.conversation.answer(turn.question):
        if isinstance(item, Piece):
            text += item.text
            # Older servers tell that nothing was found in a single frame, the last one.
            if not (item.kind == "empty" and call.generation.cumulative):
                yield frame(turn.frames.piece(item.text, text, item.kind))
            continue
        last = turn.frames.last(item)
        if last is not None:
            yield frame(last)
        reference = item.reference
        if item.kind == "bare":
            reference = {"chunks": [], "doc_aggs": []}
        await anyio.to_thread.run_sync(_remember, call, turn, item, reference)
    yield frame(turn.frames.end())


def _remember(call: Call, turn: Turn, answer: Answer, reference: dict[str, Any]) -> None:
    if turn.session is None or not turn.remembered:
        return
    messages: list[dict[str, Any]] = [
        {"role": "user", "content": turn.question.text, "id": turn.message_id}
    ]
    if answer.text or call.generation.cumulative:
        messages.append(
            {
                "role": "assistant",
                "content": answer.text,
                "id": turn.message_id,
                "created_at": time.time(),
            }
        )
    call.store.sessions.add_turn(turn.session.id, messages, reference)


async def _fixed(frames: Iterable[dict[str, Any]]) -> AsyncIterator[bytes]:
    for item in frames:
        yield frame(item)


def _prompt(chat: Chat | None) -> dict[str, Any]:
    return chat.prompt_config if chat else {}


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


def _variables(body: dict[str, Any]) -> dict[str, str]:
    return {key: str(value) for key, value in body.items() if key not in _NOT_VARIABLES}


def _missing_variable(question: Question) -> str | None:
    for item in _prompt(question.chat).get("parameters") or []:
        given = item["key"] in question.variables or item["key"] == "knowledge"
        if not given and not item.get("optional"):
            return str(item["key"])
    return None
