"""Tenants and datasets in the store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ragflow.local.store.database import insert, marks, update
from ragflow.local.store.records import Dataset, Tenant
from ragflow.local.wire import new_id, now_ms

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from ragflow.local.store.database import Database


class Tenants:
    """Accounts and their keys."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def register(self, position: int, api_key: str | None, fresh_key: str) -> Tenant:
        """Return the tenant at a position, made when missing, with the key it shall have."""
        with self._database.write() as connection:
            row = connection.execute(
                "SELECT * FROM tenants WHERE position = ?", (position,)
            ).fetchone()
            if row is None:
                row = {
                    "id": new_id(),
                    "api_key": api_key or fresh_key,
                    "nickname": "local" if position == 0 else f"local {position}",
                    "indexed": 0,
                    "position": position,
                }
                insert(connection, "tenants", row)
            elif api_key and api_key != row["api_key"]:
                update(connection, "tenants", row["id"], {"api_key": api_key})
                row["api_key"] = api_key
        return Tenant.from_row(row)

    def has_index(self, id: str) -> bool:
        """Whether a tenant has ever had a chunk."""
        with self._database.read() as connection:
            row = connection.execute("SELECT indexed FROM tenants WHERE id = ?", (id,)).fetchone()
        return bool(row and row["indexed"])


class Datasets:
    """Knowledge bases. Names are compared without regard to case within a tenant."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, tenant_id: str, name: str, values: dict[str, Any]) -> Dataset:
        """Add a dataset; a name that is taken gets the next free number."""
        now = now_ms()
        with self._database.write() as connection:
            free, number = name, 0
            while _named(connection, tenant_id, free):
                number += 1
                free = f"{name}({number})"
            id = new_id()
            insert(
                connection,
                "datasets",
                {
                    "language": "English",
                    **values,
                    "id": id,
                    "tenant_id": tenant_id,
                    "name": free,
                    "create_time": now,
                    "update_time": now,
                },
            )
            return Dataset.from_row(_get(connection, id) or {})

    def get(self, id: str) -> Dataset | None:
        """The dataset with an id, whoever owns it."""
        with self._database.read() as connection:
            row = _get(connection, id)
        return Dataset.from_row(row) if row else None

    def owned(self, tenant_id: str, ids: Sequence[str]) -> list[Dataset]:
        """Those of the ids that are datasets of the tenant, in the order of the ids."""
        with self._database.read() as connection:
            rows = connection.execute(
                f"SELECT * FROM datasets WHERE tenant_id = ? AND id IN ({marks(ids)})",  # noqa: S608
                (tenant_id, *ids),
            ).fetchall()
        found = {row["id"]: Dataset.from_row(row) for row in rows}
        return [found[id] for id in dict.fromkeys(ids) if id in found]

    def select(
        self,
        tenant_id: str,
        *,
        ids: Sequence[str] = (),
        name: str | None = None,
        orderby: str = "create_time",
        desc: bool = True,
        page: int = 1,
        page_size: int = 30,
    ) -> tuple[list[Dataset], int]:
        """A page of a tenant's datasets and the number of all that match."""
        where, values = "tenant_id = ?", [tenant_id]
        if ids:
            where += f" AND id IN ({marks(ids)})"
            values.extend(ids)
        if name:
            where += " AND name = ?"
            values.append(name)
        direction = "DESC" if desc else "ASC"
        with self._database.read() as connection:
            total: int = connection.execute(
                f"SELECT count(*) AS n FROM datasets WHERE {where}",  # noqa: S608
                values,
            ).fetchone()["n"]
            rows = connection.execute(
                f"SELECT * FROM datasets WHERE {where}"  # noqa: S608
                f" ORDER BY {orderby} {direction}, position {direction} LIMIT ? OFFSET ?",
                (*values, page_size, (page - 1) * page_size),
            ).fetchall()
        return [Dataset.from_row(row) for row in rows], total

    def update(self, dataset: Dataset, values: dict[str, Any]) -> Dataset | None:
        """Change columns of a dataset; None when its new name is taken by another."""
        with self._database.write() as connection:
            if "name" in values:
                other = _named(connection, dataset.tenant_id, values["name"])
                if other and other["id"] != dataset.id:
                    return None
            update(connection, "datasets", dataset.id, {**values, "update_time": now_ms()})
            return Dataset.from_row(_get(connection, dataset.id) or {})

    def delete(self, ids: Sequence[str]) -> None:
        """Remove datasets with everything in them; chats forget them when they are read."""
        with self._database.write() as connection:
            for id in ids:
                connection.execute("DELETE FROM datasets WHERE id = ?", (id,))

    def size(self, id: str) -> int:
        """The bytes of all documents of a dataset."""
        with self._database.read() as connection:
            row = connection.execute(
                "SELECT coalesce(sum(size), 0) AS size FROM documents WHERE dataset_id = ?", (id,)
            ).fetchone()
        size: int = row["size"]
        return size


def _get(connection: sqlite3.Connection, id: str) -> dict[str, Any] | None:
    row: dict[str, Any] | None = connection.execute(
        "SELECT * FROM datasets WHERE id = ?", (id,)
    ).fetchone()
    return row


def _named(connection: sqlite3.Connection, tenant_id: str, name: str) -> dict[str, Any] | None:
    row: dict[str, Any] | None = connection.execute(
        "SELECT * FROM datasets WHERE tenant_id = ? AND name = ?", (tenant_id, name)
    ).fetchone()
    return row
