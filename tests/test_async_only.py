"""What only the async client does: event loops, trio, cancellation, awaiting a stream."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Iterator

import anyio
import httpx
import pytest
import trio

from ragflow import (
    AsyncDataSet,
    AsyncRAGFlow,
    AsyncSession,
    AuthenticationError,
    InvalidSourceError,
    Message,
    Outcome,
)
from ragflow.testing import LocalServer
from slow_upstream import SlowUpstream, serving


@pytest.fixture(scope="module")
def newest() -> Iterator[LocalServer]:
    """An embedded server of the newest generation."""
    with LocalServer() as server:
        yield server


@pytest.fixture
def upstream() -> Iterator[tuple[SlowUpstream, str]]:
    """A server whose answers never end, and its address."""
    slow = SlowUpstream()
    with serving(slow.app) as address:
        yield slow, address


def test_one_client_in_two_event_loops(newest: LocalServer) -> None:
    """A client made once works in one ``asyncio.run`` after the other, and leaks no socket."""
    rag = AsyncRAGFlow(newest.api_key, newest.base_url)

    async def names() -> list[str]:
        return [dataset.name for dataset in await rag.list_datasets()]

    assert asyncio.run(names()) == asyncio.run(names())
    assert len(rag._api._sender._links) == 1
    gc.collect()  # an unclosed socket would warn here, and warnings are errors
    asyncio.run(rag.aclose())


def test_one_client_in_asyncio_and_trio(newest: LocalServer) -> None:
    """The same client serves both kinds of event loop."""
    rag = AsyncRAGFlow(newest.api_key, newest.base_url)
    assert asyncio.run(rag.server_version()) == trio.run(rag.server_version)


def test_whole_loop_under_trio(newest: LocalServer) -> None:
    """Upload, parse, retrieve and a streamed answer work under trio."""

    async def main() -> Message:
        async with AsyncRAGFlow(newest.api_key, newest.base_url) as rag:
            dataset = await rag.create_dataset("trio")
            files = [("rome.txt", "The capital of Italy is Rome."), ("x.txt", "Cats sleep a lot.")]
            documents = await dataset.upload_documents(files)
            await dataset.parse_documents(documents, timeout=30)
            found = await rag.retrieve("capital of Italy", datasets=dataset)
            assert found[0].document_name == "rome.txt"
            chat = await rag.create_chat("trio", knowledgebases=dataset)
            session = await chat.create_session()
            async with session.ask("What is the capital of Italy?", stream=True) as stream:
                async for message in stream:
                    last = message
            return last

    assert "Rome" in trio.run(main).content


async def test_stream_can_be_awaited(newest: LocalServer) -> None:
    """``await`` opens a stream, so that a refusal comes before the first message."""
    async with AsyncRAGFlow("wrong", newest.base_url, server_version="0.27.0") as rag:
        session = rag.bind(AsyncSession(id="s1", chat_id="c1"))
        with pytest.raises(AuthenticationError):
            await session.ask("?", stream=True)


async def test_awaited_stream_gives_all_messages(newest: LocalServer) -> None:
    """A stream that was awaited is iterated like any other."""
    async with AsyncRAGFlow(newest.api_key, newest.base_url) as rag:
        session = await (await rag.create_chat("awaited")).create_session()
        stream = await session.ask("Hello?", stream=True)
        messages = [message async for message in stream]
    assert messages[-1].final


async def test_cancelled_answer_stops_the_server(upstream: tuple[SlowUpstream, str]) -> None:
    """A task that is cancelled while it waits for the next message ends the request."""
    slow, address = upstream
    async with AsyncRAGFlow("key", address) as rag:
        session = await (await rag.get_chat("c1")).create_session()
        with anyio.move_on_after(0.3) as scope:
            async for _ in session.ask("?", stream=True):
                pass
        assert scope.cancelled_caught
    assert await asyncio.to_thread(slow.left.wait, 5)


async def test_loop_left_early_stops_the_server(upstream: tuple[SlowUpstream, str]) -> None:
    """A ``break`` without ``async with`` ends the request as soon as the stream is let go."""
    slow, address = upstream
    async with AsyncRAGFlow("key", address) as rag:
        session = await (await rag.get_chat("c1")).create_session()
        async for message in session.ask("?", stream=True):
            if message.content:
                break
        gc.collect()
        assert await asyncio.to_thread(slow.left.wait, 5)


async def test_many_tasks_ask_for_the_version_once(newest: LocalServer) -> None:
    """Tasks that start together share one look at the server's version."""
    async with AsyncRAGFlow(newest.api_key, newest.base_url) as rag:
        detections = 0
        detect = rag._api._detect

        async def counted() -> str:
            nonlocal detections
            detections += 1
            return await detect()

        rag._api._detect = counted  # type: ignore[method-assign]
        async with anyio.create_task_group() as tasks:
            for _ in range(10):
                tasks.start_soon(rag.server_version)
        assert detections == 1


async def test_calls_share_one_look_at_the_server() -> None:
    """The generation is asked for once, and once more when all find a route gone together."""
    asked: list[str] = []
    gone = {"code": 404, "data": None, "error": "Not Found", "message": "no route"}

    async def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path.removeprefix("/api/v1"))
        await asyncio.sleep(0.01)
        if asked.count("/system/version") == 1 and asked[-1] == "/system/version":
            return httpx.Response(200, json={"code": 0, "data": "v0.27.0"})
        if request.url.path.endswith(("/system/version", "/documents/parse")):
            return httpx.Response(404, json=gone)
        return httpx.Response(200, json={"code": 0, "data": {"success_count": 1}})

    transport = httpx.MockTransport(answer)
    async with AsyncRAGFlow("key", "http://server", transport=transport) as rag:
        dataset = rag.bind(AsyncDataSet(id="d"))
        calls = [dataset.async_parse_documents([str(number)]) for number in range(5)]
        results = await asyncio.gather(*calls)
    assert [result.success_count for result in results] == [1] * 5
    assert asked.count("/system/version") == 2
    assert asked.count("/datasets/d/documents/parse") == asked.count("/datasets/d/chunks") == 5


async def test_a_queue_of_files_is_sent_as_it_fills(newest: LocalServer) -> None:
    """A file of an async iterator is stored and parsed while the next one is waited for."""
    parsed = anyio.Event()

    async def source() -> AsyncIterator[tuple[str, bytes]]:
        yield "first.txt", b"The first file."
        await parsed.wait()
        yield "second.txt", b"The second file."

    async with AsyncRAGFlow(newest.api_key, newest.base_url) as rag:
        dataset = await rag.create_dataset("queue")
        with anyio.fail_after(60):
            report = await dataset.ingest(source(), on_result=lambda _: parsed.set())
    assert report.counts == {Outcome.PARSED: 2}


async def test_files_before_a_bad_one_of_a_queue_are_done(newest: LocalServer) -> None:
    """What an async iterator gives before something that is no source is stored."""

    async def source() -> AsyncIterator[object]:
        yield "good.txt", b"A good file."
        yield 42

    async with AsyncRAGFlow(newest.api_key, newest.base_url) as rag:
        dataset = await rag.create_dataset("bad queue")
        with pytest.raises(InvalidSourceError, match=r"not int \(it came after 1 file\)") as raised:
            await dataset.ingest(source(), parse=False)  # type: ignore[arg-type]
        assert raised.value.report.counts == {Outcome.STORED: 1}
