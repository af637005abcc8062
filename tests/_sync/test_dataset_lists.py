# Generated from tests/_async/test_dataset_lists.py by tools/generate_sync.py. Do not edit.
"""Datasets: listed, found, iterated."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from ragflow import (
    DataSet,
    InvalidArgumentError,
    InvalidRequestError,
    NotFoundError,
    RAGFlow,
)
from scripted import Script, in_pages

Connect = Callable[..., RAGFlow]
Unique = Callable[[str], str]
PNG = b"\x89PNG\r\n\x1a\n"
PNG_URI = f"data:image/png;base64,{base64.b64encode(PNG).decode()}"


def test_find(client: RAGFlow, dataset: DataSet) -> None:
    """A dataset is found by id, as an object, by name, or by an id where the page stands."""
    for found in (
        client.list_datasets(id=dataset.id),
        client.list_datasets(name=dataset.name),
        client.list_datasets(dataset.id),
        [client.get_dataset(dataset.id)],
        [client.get_dataset(name=dataset.name)],
    ):
        assert [item.id for item in found] == [dataset.id]


def test_find_nothing(client: RAGFlow, dataset: DataSet) -> None:
    """An unknown id or name makes an empty list, and an error where one object is asked for."""
    unknown = "f48fb254e6db11f1aeb502fc00000001"
    assert client.list_datasets(id=unknown) == []
    assert client.list_datasets(name="no such name") == []
    with pytest.raises(NotFoundError, match=unknown):
        client.get_dataset(unknown)
    with pytest.raises(NotFoundError, match="no such name"):
        client.get_dataset(name="no such name")
    with pytest.raises(InvalidRequestError):
        client.list_datasets(id="not-an-id")


def test_get_takes_one_clue(connect: Connect) -> None:
    """Neither or both of id and name are refused."""
    client = connect(Script([]))
    for clues in ({}, {"id": "1", "name": "n"}):
        with pytest.raises(InvalidArgumentError, match="an id or a name"):
            client.get_dataset(**clues)
    with pytest.raises(InvalidArgumentError, match="page and id"):
        client.list_datasets("1", id="2")


def test_order(client: RAGFlow, unique: Unique) -> None:
    """Newest first, or the other way round; by either spelling of the order."""
    first = client.create_dataset(unique("first"))
    second = client.create_dataset(unique("second"))
    first.update({"description": "changed last"})
    mine = {first.id, second.id}

    def listed(**arguments: Any) -> list[str]:
        return [ds.id for ds in client.list_datasets(**arguments) if ds.id in mine]

    assert set(listed()) == mine
    assert listed(order_by="update_time") == [first.id, second.id]
    assert listed(orderby="update_time", desc=False) == [second.id, first.id]


def test_pages(connect: Connect) -> None:
    """Pages are as asked for; what servers do not give at once is fetched in parts."""
    client = connect(script := Script(in_pages(None, [{"id": str(n)} for n in range(250)])))
    page = client.list_datasets(2, 10)
    assert ([item.id for item in page], page.total) == ([str(n) for n in range(10, 20)], 250)
    assert len(client.list_datasets()) == 250
    assert [query["page"] for query in script.queries] == ["2", "1", "2", "3"]
    assert {query["page_size"] for query in script.queries[1:]} == {"100"}


def test_iterate(connect: Connect) -> None:
    """Iteration fetches a page when it is needed, and not before."""
    client = connect(script := Script(in_pages(None, [{"id": str(n)} for n in range(150)])))
    seen = []
    for item in client.iter_datasets(orderby="update_time", desc=False):
        seen.append(item.id)
        assert len(script.sent) == (1 if len(seen) <= 100 else 2)
    assert seen == [str(n) for n in range(150)]
    assert script.queries[0]["orderby"] == "update_time"
    assert script.queries[0]["desc"] == "False"


@pytest.mark.parametrize("paging", [{"page": 0}, {"page": -1}, {"page_size": 0}, {"page": 1.5}])
def test_impossible_pages(connect: Connect, paging: dict[str, Any]) -> None:
    """Pages count from 1; the error comes before anything is sent."""
    script = Script([])
    with pytest.raises(InvalidArgumentError, match="page"):
        connect(script).list_datasets(**paging)
    assert script.sent == []


def test_a_missing_route_is_not_an_empty_list(connect: Connect) -> None:
    """Where the server has no such list at all, that is an error."""
    answer = httpx.Response(404, json={"code": 404, "message": "Not Found", "data": None})
    with pytest.raises(NotFoundError) as missing:
        connect(Script(answer)).list_datasets()
    assert (missing.value.status, missing.value.code) == (404, 404)
