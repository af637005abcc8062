"""Chats and their sessions in the store."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ragflow.local.store.database import insert, marks, update
from ragflow.local.store.records import Chat, Session
from ragflow.local.wire import new_id, now_ms

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from ragflow.local.store.database import Database


class Chats:
    """Assistants. Names are compared without regard to case within a tenant."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, tenant_id: str, values: dict[str, Any]) -> Chat | None:
        """Add a chat; None when its name is taken."""
        id, now = new_id(), now_ms()
        with self._database.write() as connection:
            if _named(connection, tenant_id, values["name"]):
                return None
            insert(
                connection,
                "chats",
                {
                    **values,
                    "id": id,
                    "tenant_id": tenant_id,
                    "create_time": now,
                    "update_time": now,
                },
            )
            return _chat(connection, id)

    def get(self, id: str, tenant_id: str) -> Chat | None:
        """A chat of a tenant."""
        with self._database.read() as connection:
            chat = _chat(connection, id)
        return chat if chat and chat.tenant_id == tenant_id else None

    def select(
        self,
        tenant_id: str,
        *,
        filters: dict[str, str | None],
        keywords: str = "",
        orderby: str = "create_time",
        desc: bool = True,
        limit: int,
        offset: int,
    ) -> tuple[list[Chat], int]:
        """A page of a tenant's chats and the number of all that match."""
        where, values = "tenant_id = ?", [tenant_id]
        if keywords:
            where += " AND instr(lower(name), lower(?))"
            values.append(keywords)
        where, values = _filtered(where, values, filters)
        rows, total = _page(
            self._database, "chats", where, values, orderby, desc=desc, limit=limit, offset=offset
        )
        return [Chat.from_row(row) for row in rows], total

    def update(self, chat: Chat, values: dict[str, Any]) -> Chat | None:
        """Change columns of a chat; None when its new name is taken by another."""
        with self._database.write() as connection:
            if "name" in values:
                other = _named(connection, chat.tenant_id, values["name"])
                if other and other != chat.id:
                    return None
            update(connection, "chats", chat.id, {**values, "update_time": now_ms()})
            return _chat(connection, chat.id)

    def owned(self, tenant_id: str, ids: Sequence[str] | None) -> list[str]:
        """Those of the ids that are chats of the tenant; all of its chats for None."""
        return _owned(self._database, "chats", "tenant_id", tenant_id, ids)

    def delete(self, ids: Sequence[str]) -> None:
        """Remove chats with their sessions."""
        with self._database.write() as connection:
            connection.executemany("DELETE FROM chats WHERE id = ?", [(id,) for id in ids])


class Sessions:
    """Conversations of chats."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(
        self,
        chat: Chat,
        *,
        name: str,
        user_id: str,
        opener: str | None,
        made_by_question: bool = False,
    ) -> Session:
        """Begin a conversation with the chat's opener."""
        id, now = new_id(), now_ms()
        with self._database.write() as connection:
            insert(
                connection,
                "sessions",
                {
                    "id": id,
                    "chat_id": chat.id,
                    "name": name,
                    "user_id": user_id,
                    "messages": [{"role": "assistant", "content": opener}],
                    "reference": [],
                    "made_by_question": int(made_by_question),
                    "create_time": now,
                    "update_time": now,
                },
            )
            row = connection.execute("SELECT * FROM sessions WHERE id = ?", (id,)).fetchone()
        return Session.from_row(row)

    def get(self, id: str) -> Session | None:
        """The session with an id, of whichever chat."""
        with self._database.read() as connection:
            row = connection.execute("SELECT * FROM sessions WHERE id = ?", (id,)).fetchone()
        return Session.from_row(row) if row else None

    def select(
        self,
        chat_id: str,
        *,
        filters: dict[str, str | None],
        orderby: str = "create_time",
        desc: bool = True,
        limit: int,
        offset: int,
    ) -> list[Session]:
        """A page of a chat's sessions."""
        where, values = _filtered("chat_id = ?", [chat_id], filters)
        rows, _ = _page(
            self._database,
            "sessions",
            where,
            values,
            orderby,
            desc=desc,
            limit=limit,
            offset=offset,
        )
        return [Session.from_row(row) for row in rows]

    def update(self, session: Session, values: dict[str, Any]) -> Session | None:
        """Change columns of a session; None when it is gone."""
        with self._database.write() as connection:
            update(connection, "sessions", session.id, {**values, "update_time": now_ms()})
            row = connection.execute(
                "SELECT * FROM sessions WHERE id = ?", (session.id,)
            ).fetchone()
        return Session.from_row(row) if row else None

    def add_turn(
        self, id: str, messages: Sequence[dict[str, Any]], reference: dict[str, Any]
    ) -> None:
        """Append one question with its answer."""
        with self._database.write() as connection:
            row = connection.execute("SELECT * FROM sessions WHERE id = ?", (id,)).fetchone()
            if row is not None:
                update(
                    connection,
                    "sessions",
                    id,
                    {
                        "messages": [*json.loads(row["messages"]), *messages],
                        "reference": [*json.loads(row["reference"]), reference],
                        "update_time": now_ms(),
                    },
                )

    def owned(self, chat_id: str, ids: Sequence[str] | None) -> list[str]:
        """Those of the ids that are sessions of the chat; all of its sessions for None."""
        return _owned(self._database, "sessions", "chat_id", chat_id, ids)

    def delete(self, ids: Sequence[str]) -> None:
        """Remove sessions."""
        with self._database.write() as connection:
            connection.executemany("DELETE FROM sessions WHERE id = ?", [(id,) for id in ids])


def _chat(connection: sqlite3.Connection, id: str) -> Chat | None:
    row = connection.execute("SELECT * FROM chats WHERE id = ?", (id,)).fetchone()
    return Chat.from_row(row) if row else None


def _named(connection: sqlite3.Connection, tenant_id: str, name: str) -> str | None:
    row = connection.execute(
        "SELECT id FROM chats WHERE tenant_id = ? AND name = ?", (tenant_id, name)
    ).fetchone()
    return row["id"] if row else None


def _filtered(
    where: str, values: list[str], filters: dict[str, str | None]
) -> tuple[str, list[str]]:
    for column, value in filters.items():
        if value:
            where += f" AND {column} = ?"
            values.append(value)
    return where, values


def _page(
    database: Database,
    table: str,
    where: str,
    values: Sequence[object],
    orderby: str,
    *,
    desc: bool,
    limit: int,
    offset: int,
) -> tuple[list[dict[str, Any]], int]:
    direction = "DESC" if desc else "ASC"
    with database.read() as connection:
        total = connection.execute(
            f"SELECT count(*) AS n FROM {table} WHERE {where}",  # noqa: S608
            tuple(values),
        ).fetchone()["n"]
        rows = connection.execute(
            f"SELECT * FROM {table} WHERE {where}"  # noqa: S608
            f" ORDER BY {orderby} {direction}, position {direction} LIMIT ? OFFSET ?",
            (*values, limit, offset),
        ).fetchall()
    return rows, total


def _owned(
    database: Database, table: str, column: str, owner: str, ids: Sequence[str] | None
) -> list[str]:
    condition = f"{column} = ?"
    if ids is not None:
        condition += f" AND id IN ({marks(ids)})"
    with database.read() as connection:
        rows = connection.execute(
            f"SELECT id FROM {table} WHERE {condition} ORDER BY position",  # noqa: S608
            (owner, *(ids or ())),
        ).fetchall()
    return [row["id"] for row in rows]
