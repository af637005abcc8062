"""The embedded server answers recorded requests as the real servers did."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from local.replay import OTHER_KEY, Recording, Replay, answers, compare, load
from ragflow.local import answering
from ragflow.local.app import create_app
from ragflow.local.config import ServerConfig

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ALPHA = {"0.22.1": "8379723ee6e111f1bb5302fc00000001", "0.27.0": "0477a582e6e111f18af102fc00000001"}
GAMMA = {"0.22.1": "838188dee6e111f1bb5302fc00000001", "0.27.0": "047cea42e6e111f18af102fc00000001"}
HELPER = {"0.22.1": "97b81b06e6e111f18af102fc00000001"}


async def stub_model(url: str, *, messages: list[dict[str, str]], **_: Any) -> AsyncIterator[str]:
    """The stand-in model of the recordings, as far as its questions tell what it did."""
    question = messages[-1]["content"]
    if "STUB-EMPTY" in question:
        return
    if "STUB-500" in question or "STUB-QUOTA" in question:
        raise answering.ModelError("stub says internal server error")
    for piece in answering.deltas("This is a deterministic answer of a stub that says little. "):
        yield piece


async def replay(version: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """Replay all recordings of a version; returns what differs, by operation."""
    monkeypatch.setenv("RAGFLOW_LOCAL_LLM_URL", "http://model.invalid")
    monkeypatch.setattr(answering, "stream_model", stub_model)
    app = create_app(ServerConfig(version=version, other_keys=(OTHER_KEY,)))
    transport = httpx.ASGITransport(app)
    found: dict[str, list[str]] = {}
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://test", timeout=60) as client,
    ):
        run = Replay(app, client)
        for recording in load(version):
            if recording.abandoned:
                continue
            response = await run.send(recording)
            if different := compare(recording, response):
                found[f"{recording.n} {recording.operation}"] = different
            if response.headers.get("content-type") == "application/json" and recording.response:
                run.learn(answers(recording.response["body"]), answers(response.text))
    return found
