"""What delete requests of chats, sessions, documents and chunks have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ragflow.local.routing import Reply
from ragflow.local.wire import data_error, uncaught

if TYPE_CHECKING:
    from collections.abc import Callable

    from ragflow.local.calls import Call


def ids_to_delete(call: Call) -> list[str] | None:
    """The ids a delete request names; None stands for all there are."""
    body = call.json(needed=False)
    ids = body.get("ids")
    if not ids:
        return None if call.generation.empty_ids_delete_all or body.get("delete_all") else []
    if not isinstance(ids, list):
        raise uncaught(TypeError("`ids` should be a list"))
    return [str(id) for id in ids]


def delete_until_unknown(
    ids: list[str],
    owned: Callable[[list[str]], list[str]],
    delete: Callable[[list[str]], None],
    complaint: str,
) -> Reply:
    """The oldest servers delete one by one; what came before an unknown id is gone."""
    for id in ids:
        if not owned([id]):
            raise data_error(f"{complaint} {id}")
        delete([id])
    return Reply()


def deletion_reply(
    ids: list[str] | None,
    deleted: list[str],
    unknown: list[str],
    noun: str,
    plural: str,
    success: Any,
    call: Call,
) -> Reply:
    """The answer to a delete request: what went wrong is told beside what was done."""
    ids = ids or []
    if ids and not deleted:
        raise data_error("; ".join(dict.fromkeys(unknown)))
    repeated = [id for id in dict.fromkeys(ids) if ids.count(id) > 1]
    errors = [*dict.fromkeys(unknown), *(f"Duplicate {noun} ids: {id}" for id in repeated)]
    if errors:
        message = f"Partially deleted {len(deleted)} {plural} with {len(errors)} errors"
        return Reply({"success_count": len(deleted), "errors": errors}, message)
    return Reply() if call.generation.chat_schema == "old" else Reply(success)


def duplicates_reply(ids: list[str], noun: str, count: int) -> Reply:
    """The answer to a list of ids that all were right: repeated ones are told."""
    repeated = [id for id in dict.fromkeys(ids) if ids.count(id) > 1]
    if not repeated:
        return Reply()
    errors = [f"Duplicate {noun} ids: {id}" for id in repeated]
    return Reply({"success_count": count, "errors": errors})
