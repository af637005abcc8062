# Generated from tests/_async/test_connections.py by tools/generate_sync.py. Do not edit.
"""Connections as a stack."""

from __future__ import annotations

import httpx
import pytest

from ragflow._sync import connections as connections_module
from ragflow._sync.connections import Connections, new_connection
from ragflow._twins import Slots


class Recorder:
    """Makes transports that answer at once, and counts them and their ends."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.failure = failure
        self.made = 0
        self.closed = 0

    def make(self) -> httpx.BaseTransport:
        self.made += 1
        return Transport(self)


class Transport(httpx.BaseTransport):
    """One connection of a recorder."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if self.recorder.failure is not None:
            raise self.recorder.failure
        return httpx.Response(200, content=b"hello")

    def close(self) -> None:
        self.recorder.closed += 1


def request(pool: float = 1.0) -> httpx.Request:
    """Any request."""
    return httpx.Request("GET", "http://x.test", extensions={"timeout": {"pool": pool}})


def test_connection_is_used_again() -> None:
    """Requests one after the other need one connection."""
    recorder = Recorder()
    transport = Connections(recorder.make, 4)
    for _ in range(5):
        response = transport.handle_request(request())
        response.close()
    assert recorder.made == 1


def test_open_answers_have_connections_of_their_own() -> None:
    """A connection whose answer is still being read serves nobody else."""
    recorder = Recorder()
    transport = Connections(recorder.make, 4)
    answers = [transport.handle_request(request()) for _ in range(3)]
    assert recorder.made == 3
    for answer in answers:
        answer.close()
    transport.close()
    assert recorder.closed == 3


def test_all_in_use_is_a_time_out() -> None:
    """A request that finds no connection free in time fails before it is sent."""
    transport = Connections(Recorder().make, 1)
    answer = transport.handle_request(request())
    with pytest.raises(httpx.PoolTimeout):
        transport.handle_request(request(pool=0.01))
    answer.close()
    answer.close()  # closing twice frees the connection once
    (transport.handle_request(request())).close()


def test_failed_request_gives_its_place_back() -> None:
    """A failure does not use up the connections."""
    recorder = Recorder(httpx.ReadError("cut"))
    transport = Connections(recorder.make, 1)
    for _ in range(3):
        with pytest.raises(httpx.ReadError):
            transport.handle_request(request(pool=0.01))


def test_connections_idle_for_long_are_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a burst of requests left behind is closed when later ones do not need it."""
    recorder = Recorder()
    transport = Connections(recorder.make, 8)
    answers = [transport.handle_request(request()) for _ in range(4)]
    for answer in answers:
        answer.close()
    monkeypatch.setattr(connections_module, "KEEP_IDLE", -1.0)
    (transport.handle_request(request())).close()
    assert recorder.closed == 3


def test_slots_without_a_limit_in_time() -> None:
    """No time-out means to wait as long as it takes."""
    slots = Slots(1)
    slots.take(None)
    slots.free()
    slots.take(None)


def test_new_connection_is_one_of_httpx() -> None:
    """TLS and proxies stay the business of httpx."""
    for address in ("http://x.test", "https://x.test"):
        connection = new_connection(address)
        assert isinstance(connection, httpx.HTTPTransport)
        connection.close()
