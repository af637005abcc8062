# Generated from tests/_async/test_chat_lists.py by tools/generate_sync.py. Do not edit.
"""Chat assistants: listed, found, deleted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ragflow import (
    Chat,
    Document,
    InvalidArgumentError,
    InvalidRequestError,
    NotFoundError,
    RAGFlow,
)
from scripted import Script, in_pages, stored

Connect = Callable[..., RAGFlow]
Unique = Callable[[str], str]
UNKNOWN = "f48fb254e6db11f1aeb502fc00000001"
SETTINGS: dict[str, Any] = {
    "temperature": 0.5,
    "top_p": 0.6,
    "presence_penalty": 0.1,
    "frequency_penalty": 0.2,
    "max_tokens": 99,
}


@pytest.fixture
def chat(client: RAGFlow, parsed: Document, unique: Unique) -> Chat:
    """A chat of the embedded server, over one dataset."""
    return client.create_chat(unique("chat"), knowledgebases=parsed.dataset_id)


def test_find(client: RAGFlow, chat: Chat) -> None:
    """A chat is found by id, by name, or by an id where the page stands."""
    for found in (
        client.list_chats(id=chat.id),
        client.list_chats(name=chat.name),
        client.list_chats(chat.id),
        [client.get_chat(chat.id)],
        [client.get_chat(name=chat.name)],
    ):
        assert [(item.id, item.dataset_ids) for item in found] == [(chat.id, chat.dataset_ids)]


def test_find_nothing(client: RAGFlow) -> None:
    """An unknown id or name makes an empty list, and an error where one object is asked for."""
    assert client.list_chats(id=UNKNOWN) == []
    assert client.list_chats(name="no such name") == []
    with pytest.raises(NotFoundError, match="no such name"):
        client.get_chat(name="no such name")
    for clues in ({}, {"id": "1", "name": "n"}):
        with pytest.raises(InvalidArgumentError):
            client.get_chat(**clues)


@pytest.mark.parametrize(("version", "key"), [("0.27.0", "chats"), ("0.22.1", None)])
def test_pages(connect: Connect, version: str, key: str | None) -> None:
    """Lists come bare or under a key; more than a page is fetched as it is needed."""
    script = Script(in_pages(key, [{"id": str(n)} for n in range(120)]))
    client = connect(script, version)
    page = client.list_chats(3, 10, order_by="update_time", desc=False)
    assert [chat.id for chat in page] == [str(n) for n in range(20, 30)]
    assert script.queries[0] | {"orderby": "update_time", "desc": "False"} == script.queries[0]
    seen = []
    for chat in client.iter_chats():
        seen.append(chat.id)
        assert len(script.sent) == 1 + (1 if len(seen) <= 100 else 2)
    assert seen == [str(n) for n in range(120)]


def test_delete(client: RAGFlow, chat: Chat, unique: Unique) -> None:
    """Chats are deleted by id or as objects; what the server does not know it tells."""
    other = client.create_chat(unique("other"))
    result = client.delete_chats([chat, UNKNOWN])
    assert (result.success_count, len(result.errors)) == (1, 1)
    client.delete_chats(other.id)
    assert client.list_chats(id=other.id) == []
    with pytest.raises(InvalidRequestError):
        client.delete_chats(other)


@pytest.mark.parametrize("nothing", [None, "", [], [""]])
def test_nothing_is_not_everything(connect: Connect, nothing: Any) -> None:
    """No ids is never taken for all ids: nothing is sent."""
    script = Script({})
    client = connect(script)
    chat = client.bind(Chat(id="1"))
    for call in (client.delete_chats, chat.delete_sessions):
        with pytest.raises(InvalidArgumentError):
            call(nothing)
    assert script.sent == []


def test_delete_all(connect: Connect) -> None:
    """All chats are listed first and then deleted by id, a hundred at a time."""
    ids = [str(n) for n in range(101)]
    batches: list[list[str]] = []
    assert connect(Script(stored("chats", ids, batches))).delete_all_chats() == 101
    assert batches == [ids[:100], ids[100:]]
