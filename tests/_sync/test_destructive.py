# Generated from tests/_async/test_destructive.py by tools/generate_sync.py. Do not edit.
"""What can never be sent: a deletion that does not say of what."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from ragflow import (
    Chat,
    ConfigurationError,
    DataSet,
    Document,
    InvalidArgumentError,
    RAGFlow,
)
from ragflow._protocol.dialects import DIALECTS
from scripted import Script, in_pages

Connect = Callable[..., RAGFlow]
VERSIONS = [row.name for row in DIALECTS]
NOTHINGS: list[Any] = [None, [], (), "", " ", [""], [None], {}, iter(())]


def dataset(client: RAGFlow) -> DataSet:
    """A dataset."""
    return client.bind(DataSet(id="d"))


def document(client: RAGFlow) -> Document:
    """A document."""
    return client.bind(Document(id="x", dataset_id="d"))


def chat(client: RAGFlow) -> Chat:
    """A chat."""
    return client.bind(Chat(id="c"))


DELETIONS: dict[str, Callable[[RAGFlow, Any], object]] = {
    "datasets": lambda client, ids: client.delete_datasets(ids),
    "datasets by name": lambda client, ids: client.delete_datasets(names=ids or []),
    "documents": lambda client, ids: dataset(client).delete_documents(ids),
    "chunks": lambda client, ids: document(client).delete_chunks(ids),
    "chats": lambda client, ids: client.delete_chats(ids),
    "sessions": lambda client, ids: chat(client).delete_sessions(ids),
    "stopped parsing": lambda client, ids: dataset(client).async_cancel_parse_documents(ids),
}
CLEARINGS: dict[str, Callable[[RAGFlow], int]] = {
    "datasets": lambda client: client.delete_all_datasets(),
    "documents": lambda client: dataset(client).delete_all_documents(),
    "chunks": lambda client: document(client).delete_all_chunks(),
    "chats": lambda client: client.delete_all_chats(),
    "sessions": lambda client: chat(client).delete_all_sessions(),
}
KEYS = {"datasets": None, "sessions": None, "documents": "docs", "chunks": "chunks"}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("what", DELETIONS)
def test_nothing_is_never_sent(connect: Connect, version: str, what: str) -> None:
    """None, empty and blank ids are refused before anything reaches any server."""
    script = Script({})
    client = connect(script, version)
    for nothing in NOTHINGS:
        with pytest.raises(InvalidArgumentError):
            DELETIONS[what](client, nothing)
    assert script.sent == []


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("what", CLEARINGS)
def test_clearing_what_is_empty(connect: Connect, version: str, what: str) -> None:
    """Where nothing is listed nothing is deleted; the oldest servers refuse such a list."""
    empty: Any = {"docs": [], "chunks": [], "chats": [], "total": 0}
    if KEYS.get(what, "chats") is None:
        empty = []
    if version == "v0.13.0" and what in ("datasets", "documents", "chats"):
        empty = {"code": 102, "message": "nothing there"}
    script = Script(empty)
    assert CLEARINGS[what](connect(script, version)) == 0
    assert {request.method for request in script.sent} == {"GET"}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("what", CLEARINGS)
def test_clearing_names_each_id(connect: Connect, version: str, what: str) -> None:
    """Everything is deleted by the ids that were listed, in batches, never as "all"."""
    ids = [f"id{number}" for number in range(250)]
    key = KEYS.get(what, "chats" if version >= "v0.25" else None)
    show = in_pages(key, [{"id": id} for id in ids])
    deleted: list[str] = []

    def answer(request: httpx.Request) -> Any:
        if request.method == "GET":
            renamed = {"offset": "page", "limit": "page_size"}
            params = {renamed.get(k, k): v for k, v in request.url.params.items()}
            return show(httpx.Request("GET", "http://server", params=params))
        assert request.method == "DELETE"
        assert request.headers["content-type"] == "application/json"
        ((name, named),) = json.loads(request.content).items()
        assert name == ("chunk_ids" if what == "chunks" else "ids")
        assert 0 < len(named) <= 100
        deleted.extend(named)
        return {}

    assert CLEARINGS[what](connect(Script(answer), version)) == 250
    assert deleted == ids


@pytest.mark.parametrize("what", DELETIONS)
def test_deletions_are_never_redirected(connect: Connect, what: str) -> None:
    """A redirect may lose the body, and a deletion without one would be of everything."""
    moved = httpx.Response(307, headers={"location": "http://server/api/v1/elsewhere"})
    script = Script([{"id": "x"}], moved) if "name" in what else Script(moved)
    with pytest.raises(ConfigurationError, match="base_url"):
        DELETIONS[what](connect(script, "0.22.1"), ["x"])
    assert len(script.sent) == (2 if "name" in what else 1)


def test_many_ids_in_a_body_are_one_request(connect: Connect) -> None:
    """Servers limit ids in queries, not in bodies; one request is one answer about all of them."""
    ids = [f"id{number}" for number in range(250)]
    script = Script({"success_count": 250})
    client = connect(script)
    client.delete_datasets(ids)
    dataset(client).async_parse_documents(ids)
    assert [list(body.values()) for body in script.bodies] == [[ids], [ids]]


def test_a_name_is_not_its_letters(connect: Connect) -> None:
    """One name alone is a list of one."""
    script = Script([{"id": "x", "name": "ab"}], {})
    connect(script).delete_datasets(names="ab")
    assert script.queries[0]["name"] == "ab"
    assert script.bodies == [{"ids": ["x"]}]
