"""Sessions of a chat: create, list, get, update, delete."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from ragflow.local import session_views
from ragflow.local.calls import Call
from ragflow.local.routes.chats import denied, owned_chat
from ragflow.local.routes.deletions import delete_until_unknown, deletion_reply, ids_to_delete
from ragflow.local.routing import Reply, RouteTable
from ragflow.local.wire import data_error, uncaught

if TYPE_CHECKING:
    from ragflow.local.store.records import Session

table: RouteTable = RouteTable("sessions")
_MAX_NAME = 255
_ORDERS = ("create_time", "update_time", "name", "id")
_CHANGEABLE = ("name", "user_id")
_PATH = "/chats/{chat_id}/sessions"


@table.add("POST", _PATH)
def create(call: Call) -> Reply:
    """Begin a conversation."""
    generation = call.generation
    chat = owned_chat(call, "You do not own the assistant.")
    body = call.json()
    name = _name(call, body.get("name", "New session"))
    user = str(body.get("user_id") or "") if generation.session_user_kept else call.tenant.id
    session = call.store.sessions.create(
        chat, name=name, user_id=user, opener=session_views.opener(chat, generation)
    )
    return Reply(session_views.session(session, generation, created=True))


def _name(call: Call, value: Any) -> str:
    if call.generation.numbers_are_names and isinstance(value, int | float):
        value = str(value)
    if not isinstance(value, str) or not value.strip():
        raise data_error("`name` can not be empty.")
    return value.strip()[:_MAX_NAME]


@table.add("GET", _PATH)
def list_all(call: Call) -> Reply:
    """List conversations, the newest first."""
    generation = call.generation
    chat = owned_chat(call, f"You don't own the assistant {call.params['chat_id']}.")
    orderby = call.query("orderby") or "create_time"
    orderby = orderby.replace("_date", "_time")
    if orderby not in _ORDERS:
        raise uncaught(AttributeError(f"type object 'Conversation' has no attribute '{orderby}'"))
    limit, offset = call.window()
    sessions = call.store.sessions.select(
        chat.id,
        filters={key: call.query(key) for key in ("id", "name", "user_id")},
        orderby=orderby,
        desc=call.desc(),
        limit=limit,
        offset=offset,
    )
    return Reply([session_views.session(session, generation) for session in sessions])


@table.add("GET", f"{_PATH}/{{session_id}}", feature="restful")
def get(call: Call) -> Reply:
    """Show one conversation."""
    owned_chat(call)
    session = _session(call)
    return Reply({**session_views.session(session, call.generation), "avatar": ""})


def _session(call: Call) -> Session:
    session = call.store.sessions.get(call.params["session_id"])
    if session is None or session.chat_id != call.params["chat_id"]:
        raise data_error("Session not found!")
    return session


@table.add("PUT", f"{_PATH}/{{session_id}}")
@table.add("PATCH", f"{_PATH}/{{session_id}}", feature="restful")
def update(call: Call) -> Reply:
    """Rename a conversation."""
    generation = call.generation
    owned_chat(call, "You do not own the session")
    session = _session(call)
    body = call.json()
    for key in ("message", "messages", "reference"):
        if key in body:
            raise data_error(f"`{key}` can not be changed")
    if "name" in body:
        body["name"] = _name(call, body["name"])
    for key in body:
        if key not in _CHANGEABLE:
            raise uncaught(AttributeError(f"type object 'Conversation' has no attribute '{key}'"))
    changed = call.store.sessions.update(session, body)
    if changed is None:
        raise data_error("Session not found!")
    if generation.chat_schema == "old":
        return Reply()
    return Reply(session_views.session(changed, generation))


@table.add("DELETE", _PATH)
def delete(call: Call) -> Reply:
    """Delete conversations."""
    chat = call.store.chats.get(call.params["chat_id"], call.tenant.id)
    if chat is None:
        raise denied(call, "You don't own the chat")
    ids = ids_to_delete(call)
    if ids and call.generation.first_unknown_id_stops:
        find, complaint = partial(call.store.sessions.owned, chat.id), "The chat doesn't own"
        return delete_until_unknown(ids, find, call.store.sessions.delete, complaint)
    owned = call.store.sessions.owned(chat.id, ids)
    call.store.sessions.delete(owned)
    unknown = [f"The chat doesn't own the session {id}" for id in ids or () if id not in owned]
    success: Any = True if ids or ids is None else {}
    return deletion_reply(ids, owned, unknown, "session", "sessions", success, call)
