"""Connections as a stack."""

from __future__ import annotations

import httpx
import pytest

from ragflow._async import connections as connections_module
from ragflow._async.connections import AsyncConnections, new_connection
from ragflow._twins import AsyncSlots


class Recorder:
    """Makes transports that answer at once, and counts them and their ends."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.failure = failure
        self.made = 0
        self.closed = 0

    def make(self) -> httpx.AsyncBaseTransport:
        self.made += 1
        return Transport(self)


class Transport(httpx.AsyncBaseTransport):
    """One connection of a recorder."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self.recorder.failure is not None:
            raise self.recorder.failure
        return httpx.Response(200, content=b"hello")

    async def aclose(self) -> None:
        self.recorder.closed += 1


def request(pool: float = 1.0) -> httpx.Request:
    """Any request."""
    return httpx.Request("GET", "http://x.test", extensions={"timeout": {"pool": pool}})


async def test_connection_is_used_again() -> None:
    """Requests one after the other need one connection."""
    recorder = Recorder()
    transport = AsyncConnections(recorder.make, 4)
    for _ in range(5):
        response = await transport.handle_async_request(request())
        await response.aclose()
    assert recorder.made == 1


async def test_open_answers_have_connections_of_their_own() -> None:
    """A connection whose answer is still being read serves nobody else."""
    recorder = Recorder()
    transport = AsyncConnections(recorder.make, 4)
    answers = [await transport.handle_async_request(request()) for _ in range(3)]
    assert recorder.made == 3
    for answer in answers:
        await answer.aclose()
    await transport.aclose()
    assert recorder.closed == 3


async def test_all_in_use_is_a_time_out() -> None:
    """A request that finds no connection free in time fails before it is sent."""
    transport = AsyncConnections(Recorder().make, 1)
    answer = await transport.handle_async_request(request())
    with pytest.raises(httpx.PoolTimeout):
        await transport.handle_async_request(request(pool=0.01))
    await answer.aclose()
    await answer.aclose()  # closing twice frees the connection once
    await (await transport.handle_async_request(request())).aclose()


async def test_failed_request_gives_its_place_back() -> None:
    """A failure does not use up the connections."""
    recorder = Recorder(httpx.ReadError("cut"))
    transport = AsyncConnections(recorder.make, 1)
    for _ in range(3):
        with pytest.raises(httpx.ReadError):
            await transport.handle_async_request(request(pool=0.01))


async def test_connections_idle_for_long_are_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a burst of requests left behind is closed when later ones do not need it."""
    recorder = Recorder()
    transport = AsyncConnections(recorder.make, 8)
    answers = [await transport.handle_async_request(request()) for _ in range(4)]
    for answer in answers:
        await answer.aclose()
    monkeypatch.setattr(connections_module, "KEEP_IDLE", -1.0)
    await (await transport.handle_async_request(request())).aclose()
    assert recorder.closed == 3


async def test_slots_without_a_limit_in_time() -> None:
    """No time-out means to wait as long as it takes."""
    slots = AsyncSlots(1)
    await slots.take(None)
    slots.free()
    await slots.take(None)


async def test_new_connection_is_one_of_httpx() -> None:
    """TLS and proxies stay the business of httpx."""
    for address in ("http://x.test", "https://x.test"):
        connection = new_connection(address)
        assert isinstance(connection, httpx.AsyncHTTPTransport)
        await connection.aclose()
