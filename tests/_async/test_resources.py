"""What all objects of a server have in common."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from ragflow import (
    AsyncChat,
    AsyncChunk,
    AsyncDataSet,
    AsyncDocument,
    AsyncRAGFlow,
    AsyncSession,
    AuthenticationError,
    ConfigurationError,
    ConnectionFailedError,
)
from ragflow.testing import LocalServer
from scripted import Script

Connect = Callable[..., AsyncRAGFlow]
KINDS = [AsyncDataSet, AsyncDocument, AsyncChunk, AsyncChat, AsyncSession]
each_kind = pytest.mark.parametrize("kind", KINDS)


@each_kind
def test_equal_by_their_data(kind: type[Any]) -> None:
    """Two objects are equal when their data are."""
    assert kind(id="1") == kind(id="1")
    assert kind(id="1") != kind(id="2")
    assert kind(id="1", extra={"new": 1}) != kind(id="1")


@each_kind
async def test_pickled_without_the_key(connect: Connect, kind: type[Any]) -> None:
    """A pickle holds the data and no client; a client can take the object up again."""
    client = connect(Script({}))
    parents = ("dataset_id", "document_id", "chat_id")
    known = {name: "2" for name in parents if hasattr(kind, name)}
    original = client.bind(kind(id="1", extra={"new": [1]}, **known))
    text = pickle.dumps(original)
    assert b"secret" not in text
    restored = pickle.loads(text)
    assert restored == original
    assert restored.extra == {"new": [1]}
    with pytest.raises(ConfigurationError, match="bind"):
        await restored.update({"name": "x"})
    assert client.bind(restored) is restored
    await restored.update({"name": "x"})


@each_kind
def test_copied(kind: type[Any]) -> None:
    """A copy is equal, and a deep one is independent."""
    original = kind(id="1", extra={"new": [1]})
    assert copy.copy(original) == original
    deep = copy.deepcopy(original)
    deep.extra["new"].append(2)
    assert original.extra == {"new": [1]}


@each_kind
def test_misspelt_attributes(kind: type[Any]) -> None:
    """An attribute that does not exist can neither be read nor set."""
    thing = kind(id="1")
    with pytest.raises(AttributeError):
        thing.nmae = "x"
    with pytest.raises(AttributeError):
        print(thing.nmae)
    with pytest.raises(TypeError):
        kind(id="1", nmae="x")


@each_kind
def test_shown_briefly(kind: type[Any]) -> None:
    """An object shows its kind and its id, and no long texts."""
    shown = repr(kind(id="1", extra={"long": "text" * 1000}))
    assert shown.startswith(f"{kind.__name__}(id='1'")
    assert len(shown) < 500


@each_kind
async def test_without_a_client(kind: type[Any]) -> None:
    """An object that a user made by hand says what it lacks."""
    with pytest.raises(ConfigurationError, match=f"{kind.__name__} belongs to no client"):
        await kind(id="1").update({"name": "x"})


async def test_bad_ids(connect: Connect) -> None:
    """An id that would lead to another path is not sent."""
    script = Script({})
    client = connect(script)
    for id in ("", " ", "a/b", "..", "a\\b"):
        with pytest.raises(ValueError, match="id"):
            await client.bind(AsyncDataSet(id=id)).update({"name": "x"})
    assert script.sent == []


async def test_ids_are_quoted(connect: Connect) -> None:
    """Whatever an id holds, it stays one part of the path."""
    script = Script({})
    await connect(script).bind(AsyncDataSet(id="a?b#c d")).update({"name": "x"})
    assert script.sent[0].url.raw_path == b"/api/v1/datasets/a%3Fb%23c%20d"


async def test_a_wrong_key(server: LocalServer) -> None:
    """A key that the server does not know is told as that, whatever the generation's disguise."""
    async with AsyncRAGFlow("wrong-key", server.base_url) as client:
        with pytest.raises(AuthenticationError):
            await client.list_datasets()
        with pytest.raises(AuthenticationError):
            await client.create_dataset("x")


async def test_version(async_client: AsyncRAGFlow, server: LocalServer) -> None:
    """The server's version is found out, or a version that behaves alike."""
    told = (await async_client.server_version()).removeprefix("v")
    assert told == {"0.22.1": "0.21.0"}.get(server.version, server.version)
    assert async_client.base_url == server.base_url
    assert repr(async_client) == f"{type(async_client).__name__}(base_url={server.base_url!r})"
    assert server.api_key not in repr(vars(async_client))


async def test_a_client_is_not_pickled(async_client: AsyncRAGFlow) -> None:
    """A client holds a key and connections: it says so instead of handing them on."""
    with pytest.raises(TypeError, match="create one where it is used"):
        pickle.dumps(async_client)


@pytest.mark.parametrize("version", ["0.27.0", "0.22.1"])
async def test_local(version: str, tmp_path: Any) -> None:
    """A client with a server of its own closes it, and finds the data again next time."""
    path = tmp_path / "data.db"
    async with AsyncRAGFlow.local(path, version=version) as client:
        created = await client.create_dataset("mine")
        assert await client.server_version() == version
        address = client.base_url
    async with AsyncRAGFlow("key", address, max_retries=0) as client:
        with pytest.raises(ConnectionFailedError):
            await client.list_datasets()
    async with AsyncRAGFlow.local(path, version=version) as client:
        assert [ds.id for ds in await client.list_datasets()] == [created.id]
