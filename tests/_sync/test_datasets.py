# Generated from tests/_async/test_datasets.py by tools/generate_sync.py. Do not edit.
"""Datasets: created, listed, changed and deleted."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ragflow import (
    DataSet,
    InvalidArgumentError,
    InvalidRequestError,
    NotFoundError,
    PermissionDeniedError,
    RAGFlow,
)
from scripted import Script, stored

Connect = Callable[..., RAGFlow]
Unique = Callable[[str], str]
PNG = b"\x89PNG\r\n\x1a\n"
PNG_URI = f"data:image/png;base64,{base64.b64encode(PNG).decode()}"


@pytest.mark.parametrize("spelling", ["parse_method", "parser_method", "chunk_method"])
def test_every_spelling_of_the_parser(client: RAGFlow, unique: Unique, spelling: str) -> None:
    """A parser can be chosen, and read, under each of its names."""
    created = client.create_dataset(unique("qa"), **{spelling: "qa"})
    assert created.chunk_method == created.parse_method == created.parser_method == "qa"
    created.update({spelling: "manual"})
    assert client.get_dataset(id=created.id).chunk_method == "manual"


@pytest.mark.parametrize(
    "arguments",
    [
        {"name": ""},
        {"name": "  "},
        {"name": 7},
        {"name": "x", "parse_method": "qa", "chunk_method": "naive"},
        {"name": "x", "document_count": 3},
        {"name": "x", "chunk_count": 3},
        {"name": "x", "tenant_id": "t"},
        {"name": "x", "avatar": "no-such-picture.png"},
        {"name": "x", "avatar": b"p" * 65_535},
        {"name": "x", "parser_config": "naive"},
        {"name": "x", "parser_config": {"chunk_token_num": 1, "chunk_token_count": 2}},
    ],
)
def test_create_refuses(connect: Connect, arguments: dict[str, Any]) -> None:
    """What cannot be right is an error before anything is sent."""
    script = Script({})
    with pytest.raises(InvalidArgumentError):
        connect(script).create_dataset(**arguments)
    assert script.sent == []


def test_create_sends_what_is_given(connect: Connect, tmp_path: Path) -> None:
    """Defaults are left to the server; the rest goes out in the server's own words."""
    (tmp_path / "logo.png").write_bytes(PNG)
    script = Script({"id": "1"})
    client = connect(script)
    client.create_dataset("a", permission="team", description="d", language="Chinese")
    client.create_dataset("b", tmp_path / "logo.png", embedding_model="bge@Local")
    client.create_dataset("c", base64.b64encode(PNG).decode())
    client.create_dataset("d", PNG, parser_config={"layout_recognize": False})
    assert script.bodies == [
        {"name": "a", "permission": "team", "description": "d", "ext": {"language": "Chinese"}},
        {"name": "b", "avatar": PNG_URI, "embedding_model": "bge@Local"},
        {"name": "c", "avatar": PNG_URI},
        {"name": "d", "avatar": PNG_URI, "parser_config": {"layout_recognize": "Plain Text"}},
    ]


def test_language_is_left_out_where_servers_refuse_it(connect: Connect) -> None:
    """v0.22 servers have no field for it."""
    script = Script({"id": "1"})
    connect(script, "0.22.1").create_dataset("a", language="English")
    assert script.bodies == [{"name": "a"}]


def test_a_taken_name_gets_a_number(client: RAGFlow, unique: Unique) -> None:
    """The name that comes back is the one that counts."""
    name = unique("twin")
    client.create_dataset(name)
    assert client.create_dataset(name).name == f"{name}(1)"


def test_update(client: RAGFlow, dataset: DataSet) -> None:
    """An update changes the object and the server, and leaves alone what it does not name."""
    dataset.update({"description": "words", "permission": "team", "avatar": PNG})
    dataset.update([{"parser_config": {"chunk_token_count": 77}}])
    stored = client.get_dataset(dataset.id)
    for each in (dataset, stored):
        assert (each.description, each.permission, each.avatar) == ("words", "team", PNG_URI)
        assert each.parser_config.chunk_token_num == 77


def test_update_may_repeat_what_is(client: RAGFlow, dataset: DataSet) -> None:
    """Fields that cannot be changed are no error as long as they stay the same."""
    dataset.update({"tenant_id": dataset.tenant_id, "description": "new"})
    assert client.get_dataset(dataset.id).description == "new"


@pytest.mark.parametrize(
    "message",
    [
        {},
        [],
        [{}],
        "name",
        [{"name": "a"}, {"name": "b"}],
        {"tenant_id": "other"},
        {"chunk_count": 9},
        {1: 2},
    ],
)
def test_update_refuses(connect: Connect, message: Any) -> None:
    """An update that says nothing, or what cannot be, is an error before anything is sent."""
    script = Script({})
    dataset = connect(script).bind(DataSet(id="1", tenant_id="mine"))
    with pytest.raises(InvalidArgumentError):
        dataset.update(message)
    assert script.sent == []


def test_update_without_an_answer(connect: Connect) -> None:
    """Where the server does not describe the result, the object takes what was sent."""
    dataset = connect(Script({"code": 0})).bind(DataSet(id="1", name="a", description="d"))
    dataset.update({"name": "b", "parser_method": "qa"})
    assert (dataset.name, dataset.description, dataset.chunk_method) == ("b", "d", "qa")


def test_update_to_a_taken_name(client: RAGFlow, dataset: DataSet, unique: Unique) -> None:
    """Other than at creation this is an error, and the object stays as it was."""
    other = client.create_dataset(unique("other"))
    with pytest.raises(InvalidRequestError) as refusal:
        other.update({"name": dataset.name})
    assert (refusal.value.code, refusal.value.method) == (102, "PUT")
    assert other.name != dataset.name


def test_delete(client: RAGFlow, unique: Unique) -> None:
    """Ids, objects, one of them or names: all are deleted with what they hold."""
    for each in (
        lambda ds: {"ids": [ds.id]},
        lambda ds: {"ids": ds},
        lambda ds: {"ids": (ds, ds.id)},
        lambda ds: {"names": [ds.name]},
    ):
        created = client.create_dataset(unique("doomed"))
        client.delete_datasets(**each(created))
        assert client.list_datasets(id=created.id) == []


@pytest.mark.parametrize(
    "nothing",
    [{}, {"ids": None}, {"ids": ""}, {"ids": []}, {"ids": [""]}, {"ids": [None]}, {"names": []}],
)
def test_delete_nothing(connect: Connect, nothing: dict[str, Any]) -> None:
    """No ids is never taken for all ids: nothing is sent."""
    script = Script({})
    with pytest.raises(InvalidArgumentError):
        connect(script).delete_datasets(**nothing)
    assert script.sent == []


def test_delete_unknown(client: RAGFlow, dataset: DataSet) -> None:
    """An unknown id or name spoils the call; the other datasets stay."""
    with pytest.raises((InvalidRequestError, PermissionDeniedError)):
        client.delete_datasets([dataset.id, "f48fb254e6db11f1aeb502fc00000001"])
    with pytest.raises(NotFoundError):
        client.delete_datasets(names=[dataset.name, "no such name"])
    assert client.list_datasets(id=dataset.id) != []


def test_delete_all(connect: Connect) -> None:
    """Everything is listed first and then deleted by id, a hundred at a time."""
    ids = [str(n) for n in range(250)]
    batches: list[list[str]] = []
    script = Script(stored(None, ids, batches))
    assert connect(script).delete_all_datasets() == 250
    assert batches == [ids[:100], ids[100:200], ids[200:]]


def test_delete_all_of_nothing(connect: Connect) -> None:
    """Where nothing is listed nothing is deleted."""
    script = Script([])
    assert connect(script).delete_all_datasets() == 0
    assert [request.method for request in script.sent] == ["GET"]
