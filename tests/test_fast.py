"""The extra ``fast``: when it is chosen, and that it behaves like what it stands in for."""

from __future__ import annotations

import asyncio
import gzip
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
import trio

from ragflow import (
    AsyncRAGFlow,
    ConfigurationError,
    ConnectionFailedError,
    RAGFlow,
    RequestTimeoutError,
    settings,
)
from ragflow._async.links import AsyncLink
from wire import HANG_UP, OK, reply, serving

pytest.importorskip("aiohttp")
msgspec = pytest.importorskip("msgspec")

from ragflow._aiohttp import AiohttpLink  # noqa: E402
from ragflow._msgspec import decode  # noqa: E402

URL = "http://ragflow.test"
Client = Callable[..., AsyncRAGFlow]


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Starts from an environment that says nothing."""
    monkeypatch.delenv("RAGFLOW_FAST", raising=False)
    for name in ("http_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture(params=[False, True], ids=["plain", "fast"])
def client(request: pytest.FixtureRequest) -> Client:
    """Make clients without the extra, and with it."""

    def make(url: str, **options: object) -> AsyncRAGFlow:
        return AsyncRAGFlow("the-key", url, server_version="0.27.0", fast=request.param, **options)

    return make


async def link_of(rag: AsyncRAGFlow) -> AsyncLink:
    """What a client sends with."""
    async with rag:
        return (await rag._api._sender.scoped()).link


def pretend_missing(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """Makes packages look as if they were not installed."""
    monkeypatch.setattr(settings, "find_spec", lambda name: None if name in names else name)


async def test_chosen_when_installed() -> None:
    """Nobody has to ask for it."""
    assert isinstance(await link_of(AsyncRAGFlow("key", URL)), AiohttpLink)


async def test_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """An argument switches it off, and so does the environment, unless an argument asks for it."""
    assert not isinstance(await link_of(AsyncRAGFlow("key", URL, fast=False)), AiohttpLink)
    monkeypatch.setenv("RAGFLOW_FAST", "0")
    assert not isinstance(await link_of(AsyncRAGFlow("key", URL)), AiohttpLink)
    assert isinstance(await link_of(AsyncRAGFlow("key", URL, fast=True)), AiohttpLink)


@pytest.mark.parametrize("make", [RAGFlow, AsyncRAGFlow])
async def test_not_installed(
    make: type[RAGFlow | AsyncRAGFlow], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without its packages there is none, and whoever insists is told what to install."""
    pretend_missing(monkeypatch, "msgspec")
    assert not make("key", URL)._api.settings.fast
    with pytest.raises(ConfigurationError, match=r"needs msgspec: pip install 'ragflow\[fast\]'"):
        make("key", URL, fast=True)


async def test_what_the_user_brings_comes_first() -> None:
    """A client or a transport of the user's own is used in any case."""

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=OK, request=request)

    mock = httpx.MockTransport(answer)
    async with AsyncRAGFlow("key", URL, transport=mock, fast=True) as rag:
        assert await rag.list_datasets() == []
    async with (
        httpx.AsyncClient(transport=mock) as own,
        AsyncRAGFlow("key", URL, http_client=own, fast=True) as rag,
    ):
        assert await rag.list_datasets() == []


async def test_proxies_go_the_plain_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a proxy in between, httpcore makes the connections."""
    monkeypatch.setenv("http_proxy", "http://proxy.test:1")
    assert not isinstance(await link_of(AsyncRAGFlow("key", URL, fast=True)), AiohttpLink)


def test_trio_goes_the_plain_way() -> None:
    """The same client works in an event loop that aiohttp does not know."""
    assert not isinstance(trio.run(link_of, AsyncRAGFlow("key", URL, fast=True)), AiohttpLink)


async def test_connection_is_kept(client: Client) -> None:
    """Calls one after the other need one connection, and each carries the key."""
    async with serving(*[reply()] * 5) as wire, client(wire.url) as rag:
        for _ in range(5):
            assert await rag.list_datasets() == []
    assert wire.connections == 1
    for head, _ in wire.requests:
        assert "\r\nauthorization: bearer the-key\r\n" in head.lower()
        assert head.lower().count("\r\nuser-agent: ragflow-python/") == 1


async def test_cookies_are_not_kept(client: Client) -> None:
    """What a server wants to be told again is not told."""
    answers = [reply(headers=["Set-Cookie: a=b; Path=/"]), reply()]
    async with serving(*answers) as wire, client(wire.url) as rag:
        await rag.list_datasets()
        await rag.list_datasets()
    assert not any("cookie" in head.lower() for head, _ in wire.requests)


async def test_redirects_are_looked_at(client: Client) -> None:
    """A read follows on the same server, and nowhere else."""
    moved = reply(status=301, headers=["Location: /elsewhere"])
    away = reply(status=302, headers=["Location: http://ragflow.test/"])
    async with serving(moved, reply(), away) as wire, client(wire.url) as rag:
        assert await rag.list_datasets() == []
        with pytest.raises(ConfigurationError, match=URL):
            await rag.list_datasets()
    assert wire.requests[1][0].startswith("GET /elsewhere HTTP/1.1\r\n")


async def test_compressed_answers_are_read(client: Client) -> None:
    """A proxy may compress what a server says."""
    packed = reply(gzip.compress(OK), headers=["Content-Encoding: gzip"])
    async with serving(packed, packed) as wire, client(wire.url) as rag:
        assert await rag.list_datasets() == []
        assert await rag.list_datasets() == []
    assert wire.connections == 1


@pytest.mark.parametrize("call", ["create", "delete"])
async def test_nothing_is_sent_twice(client: Client, call: str) -> None:
    """A write that a server hangs up on is in doubt: neither this library nor those below it may
    send it again, least of all because the connection had been used before.
    """
    async with serving(reply(), HANG_UP, reply()) as wire, client(wire.url) as rag:
        await rag.list_datasets()
        calls = {
            "create": lambda: rag.create_dataset("x"),
            "delete": lambda: rag.delete_datasets(["d"]),
        }
        with pytest.raises(ConnectionFailedError, match="broke"):
            await calls[call]()
    assert len(wire.requests) == 2


async def test_read_is_sent_again(client: Client) -> None:
    """A read that a server hangs up on is repeated as often as the user allows, not more."""
    answers = [reply(), HANG_UP, HANG_UP, HANG_UP]
    async with serving(*answers) as wire, client(wire.url, max_retries=1) as rag:
        await rag.list_datasets()
        with pytest.raises(ConnectionFailedError):
            await rag.list_datasets()
    assert len(wire.requests) == 3


async def test_connection_that_the_server_closed(client: Client) -> None:
    """A write after the server closed an idle connection goes over a new one."""
    created = reply(b'{"code":0,"data":{"id":"d","name":"x"}}')
    async with serving(reply(), created, closes=True) as wire, client(wire.url) as rag:
        await rag.list_datasets()
        await asyncio.sleep(0.05)
        assert (await rag.create_dataset("x")).id == "d"
    assert wire.connections == 2


async def test_loop_that_stood_still(client: Client) -> None:
    """The server's farewell counts even where the event loop had no time to hear of it."""
    created = reply(b'{"code":0,"data":{"id":"d","name":"x"}}')
    async with serving(reply(), created, closes=True) as wire, client(wire.url) as rag:
        await rag.list_datasets()
        time.sleep(0.05)
        assert (await rag.create_dataset("x")).id == "d"


async def test_nobody_there(client: Client) -> None:
    """A refused connection says that nothing was sent."""
    async with serving() as wire:
        url = wire.url
    async with client(url, max_retries=0) as rag:
        with pytest.raises(ConnectionFailedError, match="no connection to the server"):
            await rag.create_dataset("x")


@pytest.mark.parametrize("answer", [b"nonsense\r\n\r\n", reply(b"x" * 90)[:-50]])
async def test_broken_answers(client: Client, answer: bytes) -> None:
    """What is no HTTP, or ends too early, is a broken connection."""
    async with serving(answer, closes=True) as wire, client(wire.url, max_retries=0) as rag:
        with pytest.raises(ConnectionFailedError):
            await rag.list_datasets()


async def test_large_upload_has_an_exact_length(client: Client, tmp_path: Path) -> None:
    """A file goes out under its length, not in pieces whose end is marked."""
    file = tmp_path / "large.bin"
    file.write_bytes(b"0123456789abcdef" * (3 << 16))
    uploaded = reply(b'{"code":0,"data":[{"id":"1","name":"large.bin"}]}')
    async with serving(uploaded) as wire, client(wire.url) as rag:
        await rag.bind(_dataset()).upload_documents([file])
    ((head, body),) = wire.requests
    assert "transfer-encoding" not in head.lower()
    assert file.read_bytes() in body


async def test_large_json_is_sent(client: Client) -> None:
    """A text of megabytes is a body like any other."""
    text = "x" * (2 << 20)
    created = reply(b'{"code":0,"data":{"id":"d","name":"x"}}')
    async with serving(created) as wire, client(wire.url) as rag:
        await rag.create_dataset("x", description=text)
    assert text.encode() in wire.requests[0][1]


async def test_server_that_takes_nothing(client: Client, tmp_path: Path) -> None:
    """An upload that the server does not read is given up."""
    file = tmp_path / "large.bin"
    file.write_bytes(bytes(48 << 20))
    stop, stopped = asyncio.Event(), asyncio.Event()

    async def deaf(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await stop.wait()
        writer.transport.abort()
        stopped.set()

    async with await asyncio.start_server(deaf, "127.0.0.1", 0, limit=1) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with client(url, stream_timeout=0.3) as rag:
            with pytest.raises(RequestTimeoutError):
                await rag.bind(_dataset()).upload_documents([file])
        stop.set()
        await stopped.wait()
        await asyncio.sleep(0.05)  # until the client has heard of it


async def test_cancelled_call_gives_its_place_back(client: Client) -> None:
    """Calls that were cancelled do not use up the connections."""
    async with serving(*[reply()] * 3) as wire, client(wire.url) as rag:
        await rag.list_datasets()
        slots = (await rag._api._sender.scoped()).link._slots  # type: ignore[attr-defined]
        before = slots._semaphore.value
        for _ in range(3):
            task = asyncio.create_task(rag.list_datasets())
            await asyncio.sleep(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        assert slots._semaphore.value == before


@pytest.mark.parametrize(
    "body", [b'{"a": [1, 2.5, null, "\xc3\xa4"]}', b'{"a": NaN}', b'{"a": 1e999}', b'"\\ud83d"']
)
def test_json_means_the_same(body: bytes) -> None:
    """Whatever servers write is read, also what the stricter reader refuses."""
    import json

    assert repr(decode(body)) == repr(json.loads(body))


@pytest.mark.parametrize("body", [b"{", b"<html>", b"\xff"])
def test_what_is_no_json(body: bytes) -> None:
    """What nobody can read is a ``ValueError``, as from the standard library."""
    with pytest.raises(ValueError):
        decode(body)


def _dataset():  # type: ignore[no-untyped-def]
    """Any dataset."""
    from ragflow import AsyncDataSet

    return AsyncDataSet(id="d")
