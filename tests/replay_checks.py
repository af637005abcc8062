"""What a client should make of recorded answers, with no field lost."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any


def check_model(model: Any, data: object) -> None:
    """A model holds every value of the JSON it was made of, and plain ones under their own name.

    An answer without data, or with a mere `true`, leaves nothing to check.
    """
    if not isinstance(data, Mapping):
        return
    for key, value in data.items():
        name = model.wire_names.get(key, key)
        if hasattr(model, name) and isinstance(value, str | int | float) and not _date(value):
            assert getattr(model, name) == value, name
    assert lost(data, model.to_dict()) == Counter()


def check_chunk(chunk: Any, data: object) -> None:
    """A chunk that was added stands one level deeper."""
    check_model(chunk, data.get("chunk", data) if isinstance(data, Mapping) else None)


def check_chat(chat: Any, data: object) -> None:
    """Newer servers tell a chat's weight of vectors, the model that of words."""
    if isinstance(data, Mapping) and "prompt_config" in data:
        data = dict(data)
        vectors = data.pop("vector_similarity_weight")
        assert chat.prompt.keywords_similarity_weight == round(1 - vectors, 10)
    check_model(chat, data)


def check_session(session: Any, data: object) -> None:
    """Newer servers keep the citations beside the messages, an entry for each question."""
    if isinstance(data, Mapping):
        assert lost(data, session.to_dict()) == Counter()
        roles = [message["role"] for message in data["messages"]]
        assert [message.role for message in session.messages] == roles


Check = Callable[[Any, Any], None]


def check_items(check: Check) -> Check:
    """A check of lists: all items in their order, and what is told about the whole."""

    def check_list(items: Any, data: Any) -> None:
        rows, told = data, {}
        if isinstance(data, Mapping):
            told = data
            rows = next(data[name] for name in ("docs", "chunks", "chats") if name in data)
        assert len(items) == len(rows)
        for item, row in zip(items, rows, strict=True):
            check(item, row)
        if "total" in told:
            assert items.total == told["total"]
        counts = [count.to_dict() for count in getattr(items, "documents", [])]
        assert counts == list(told.get("doc_aggs") or [])

    return check_list


def check_batch(result: Any, data: object) -> None:
    """The counts and complaints of an answer about many objects are kept."""
    told = data if isinstance(data, Mapping) else {}
    assert result.success_count == told.get("success_count", told.get("deleted"))
    assert list(result.errors) == told.get("errors", [])


def check_same(result: object, data: object) -> None:
    """Bytes and texts come as they are."""
    assert result == data


def check_message(message: Any, data: Any) -> None:
    """An answer is kept with all that stands beside it, whether it was streamed or not."""
    frames = data if isinstance(data, list) else [{**data, "final": None}]
    text, thinking, thinks, told = "", "", False, {}
    for piece in frames:
        if piece is True:
            continue
        told |= {key: value for key, value in piece.items() if value}
        thinks = piece.get("start_to_think") or (thinks and not piece.get("end_to_think"))
        if thinks:
            thinking += piece["answer"]
        elif piece.get("final") is False:
            text += piece["answer"]
        elif piece["answer"] or "final" not in piece:
            text = piece["answer"]
    if text.startswith("<think>"):
        thinking, text = text.removeprefix("<think>").split("</think>")
    assert (message.thinking, message.content) == (thinking, _cited(text))
    marks = ("answer", "final", "start_to_think", "end_to_think")
    told = {key: value for key, value in told.items() if key not in marks}
    for name in told.keys() & {"id", "session_id", "created_at", "prompt"}:
        assert getattr(message, name) == told[name]
    cited = told.get("reference", {}).get("chunks", [])
    ids = [chunk.get("id", chunk.get("chunk_id")) for chunk in cited]
    assert [reference.id for reference in message.reference] == ids
    assert lost(told, message.to_dict()) == Counter()


def lost(data: Any, model: Any) -> Counter[Hashable]:
    """The values of some JSON that a model made of it does not hold."""
    return Counter(_leaves(data)) - Counter(_leaves(model))


def _leaves(value: Any) -> Iterator[Hashable]:
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _leaves(item)
    elif value is not None:
        yield _date(value) or (_cited(value) if isinstance(value, str) else value)


def _cited(text: str) -> str:
    """Citations have two forms, too; the models have the newer one."""
    return re.sub(r"##(\d+)\$\$", r"[ID:\1]", text)


def _date(value: Any) -> datetime | None:
    """Dates come in two forms, which are one and the same in a model."""
    if not isinstance(value, str):
        return None
    if re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT", value):
        return parsedate_to_datetime(value).replace(tzinfo=None)
    if re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:]{8}", value):
        return datetime.fromisoformat(value)
    return None
