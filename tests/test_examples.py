"""The examples work, with a client that behaves like a browser."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from types import ModuleType

import httpx
import pytest
from aiohttp import web

from ragflow import RAGFlow
from ragflow.testing import LocalServer
from slow_upstream import SlowUpstream, serving

EXAMPLES = Path(__file__).parents[1] / "examples"


def load(name: str) -> ModuleType:
    """An example as a module."""
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def fastapi_example() -> AbstractContextManager[str]:
    """The FastAPI example, serving."""
    return serving(load("fastapi_app").app)


@contextmanager
def aiohttp_example() -> Iterator[str]:
    """The aiohttp example, serving in a thread with an event loop of its own."""
    ready, loop = threading.Event(), asyncio.new_event_loop()
    runner = web.AppRunner(load("aiohttp_app").make_app())
    addresses: list[str] = []

    async def start() -> None:
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        addresses.append(f"http://127.0.0.1:{runner.addresses[0][1]}")
        ready.set()

    def run() -> None:
        loop.run_until_complete(start())
        loop.run_forever()
        loop.run_until_complete(runner.cleanup())
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert ready.wait(10)
    try:
        yield addresses[0]
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)


EXAMPLE_APPS = [
    pytest.param(fastapi_example, id="fastapi"),
    pytest.param(aiohttp_example, id="aiohttp"),
]


@pytest.mark.parametrize("serve", EXAMPLE_APPS)
def test_answer_is_passed_through(
    serve: Callable[[], AbstractContextManager[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The browser gets the whole answer in pieces, and at the end the names of its sources."""
    with LocalServer() as server, RAGFlow(server.api_key, server.base_url) as rag:
        dataset = rag.create_dataset("capitals")
        dataset.parse_documents(
            dataset.upload_documents([("france.txt", "The capital of France is Paris.")])
        )
        chat = rag.create_chat("Miss R", knowledgebases=[dataset])
        monkeypatch.setenv("RAGFLOW_API_KEY", server.api_key)
        monkeypatch.setenv("RAGFLOW_BASE_URL", server.base_url)
        with serve() as address:
            response = httpx.get(
                f"{address}/chats/{chat.id}/answer",
                params={"question": "What is the capital of France?"},
                timeout=20,
            )
    events = [json.loads(line[5:]) for line in response.text.split("\n") if line]
    assert "The capital of France is Paris." in "".join(e.get("text", "") for e in events)
    assert events[-1] == {"sources": ["france.txt"]}
    assert response.headers["content-type"].startswith("text/event-stream")


@pytest.mark.parametrize("serve", EXAMPLE_APPS)
def test_upstream_stops_when_the_browser_leaves(
    serve: Callable[[], AbstractContextManager[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A browser that goes away midway ends the request to the RAGFlow server, too."""
    upstream = SlowUpstream()
    with serving(upstream.app) as upstream_address:
        monkeypatch.setenv("RAGFLOW_API_KEY", "ragflow-key")
        monkeypatch.setenv("RAGFLOW_BASE_URL", upstream_address)
        with serve() as address:
            url = f"{address}/chats/c1/answer?question=why"
            with httpx.stream("GET", url, timeout=20) as response:
                first = next(response.iter_bytes())
            assert b"word0" in first
            assert upstream.left.wait(5)


@pytest.mark.parametrize("serve", EXAMPLE_APPS)
def test_failure_reaches_the_browser(
    serve: Callable[[], AbstractContextManager[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An answer that breaks off ends with an event that says so."""
    with serving(SlowUpstream(words=3).app) as upstream_address:
        monkeypatch.setenv("RAGFLOW_API_KEY", "ragflow-key")
        monkeypatch.setenv("RAGFLOW_BASE_URL", upstream_address)
        with serve() as address:
            response = httpx.get(f"{address}/chats/c1/answer?question=why", timeout=20)
    events = [json.loads(line[5:]) for line in response.text.split("\n") if line]
    assert [event.get("text") for event in events[:3]] == ["word0 ", "word1 ", "word2 "]
    assert "broke off" in events[-1]["error"]
