# Generated from tests/_async/test_connections.py by tools/generate_sync.py. Do not edit.
"""Connections as a stack."""

from __future__ import annotations

import gzip
from collections.abc import Iterator

import httpcore
import httpx
import pytest

from ragflow._network import Origin
from ragflow._sync import connections as connections_module
from ragflow._sync.connections import Connections, Proxied, new_connection
from ragflow._sync.responses import Answer
from ragflow._sync.wires import Reply, Sent, Wire
from ragflow._twins import Slots
from ragflow.settings import Secret

ORIGIN = Origin.of(httpx.URL("http://x.test"))


class Pieces:
    """A body that is there."""

    def __init__(self, *pieces: bytes) -> None:
        self.pieces = pieces

    def __iter__(self) -> Iterator[bytes]:
        for piece in self.pieces:
            yield piece

    def close(self) -> None:
        """Nothing to close."""


class Recorder:
    """Makes connections that answer at once, and counts them and their ends."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.failure = failure
        self.answer = Reply(200, [], Pieces(b"hello"))
        self.requests: list[Sent] = []
        self.made = 0
        self.closed = 0
        self.available = True

    def connections(self, limit: int = 4) -> Connections:
        return Connections(ORIGIN, Secret("key"), limit, self.make)

    def make(self, _: Origin) -> Connection:
        self.made += 1
        return Connection(self)


class Connection(Wire):
    """One connection of a recorder."""

    def __init__(self, recorder: Recorder) -> None:
        super().__init__(ORIGIN)
        self.recorder = recorder

    def send(self, request: Sent) -> Reply:
        self.recorder.requests.append(request)
        if self.recorder.failure is not None:
            raise self.recorder.failure
        return self.recorder.answer

    def is_available(self) -> bool:
        return self.recorder.available

    def close(self) -> None:
        self.recorder.closed += 1


def send(connections: Connections, pool: float = 1.0) -> Answer:
    """Sends any request."""
    return connections.send("GET", "/", {}, None, {"pool": pool})


def test_connection_is_used_again() -> None:
    """Requests one after the other need one connection."""
    recorder = Recorder()
    connections = recorder.connections()
    for _ in range(5):
        (send(connections)).close()
    assert recorder.made == 1


def test_open_answers_have_connections_of_their_own() -> None:
    """A connection whose answer is still being read serves nobody else."""
    recorder = Recorder()
    connections = recorder.connections()
    answers = [send(connections) for _ in range(3)]
    assert recorder.made == 3
    for answer in answers:
        answer.close()
    connections.close()
    assert recorder.closed == 3


def test_answer_that_outlives_its_client() -> None:
    """A connection that comes back after the end is closed too."""
    recorder = Recorder()
    connections = recorder.connections()
    answer = send(connections)
    connections.close()
    assert (connections.is_closed, recorder.closed) == (True, 0)
    answer.close()
    assert recorder.closed == 1


def test_all_in_use_is_a_time_out() -> None:
    """A request that finds no connection free in time fails before it is sent."""
    connections = Recorder().connections(1)
    answer = send(connections)
    with pytest.raises(httpx.PoolTimeout):
        send(connections, 0.01)
    answer.close()
    answer.close()  # closing twice frees the connection once
    (send(connections)).close()


def test_failed_request_gives_its_place_back() -> None:
    """A failure does not use up the connections, and no connection outlives one."""
    recorder = Recorder(httpcore.ReadError("cut"))
    connections = recorder.connections(1)
    for _ in range(3):
        with pytest.raises(httpcore.ReadError):
            send(connections, 0.01)
    assert (recorder.made, recorder.closed) == (3, 3)


def test_connections_idle_for_long_are_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a burst of requests left behind is closed when later ones come."""
    recorder = Recorder()
    connections = recorder.connections(8)
    answers = [send(connections) for _ in range(4)]
    for answer in answers:
        answer.close()
    monkeypatch.setattr(connections_module, "KEEP_IDLE", -1.0)
    (send(connections)).close()
    assert (recorder.closed, recorder.made) == (4, 5)


def test_connection_that_the_server_closed_is_replaced() -> None:
    """What cannot take another request is not asked to."""
    recorder = Recorder()
    connections = recorder.connections()
    (send(connections)).close()
    recorder.available = False
    (send(connections)).close()
    assert (recorder.closed, recorder.made) == (1, 2)


def test_headers_of_a_request() -> None:
    """Each request names its host and carries the key; its own headers go before the usual."""
    recorder = Recorder()
    connections = recorder.connections()
    connections.send("GET", "/x?y=1", {"Accept-Encoding": "identity"}, None, {"pool": None})
    (request,) = recorder.requests
    headers = dict(request.headers)
    assert request.target == "/x?y=1"
    assert headers[b"Host"] == b"x.test"
    assert headers[b"Authorization"] == b"Bearer key"
    assert headers[b"Accept-Encoding"] == b"identity"
    assert headers[b"User-Agent"].startswith(b"ragflow-python/")


def test_compressed_answer_is_read() -> None:
    """A proxy may compress what a server says."""
    recorder = Recorder()
    recorder.answer = Reply(200, [(b"Content-Encoding", b"gzip")], Pieces(gzip.compress(b"hello")))
    answer = send(recorder.connections())
    assert b"".join([chunk for chunk in answer.iter_bytes()]) == b"hello"
    answer.close()


def test_slots_without_a_limit_in_time() -> None:
    """No time-out means to wait as long as it takes."""
    slots = Slots(1)
    slots.take(None)
    slots.free()
    slots.take(None)


@pytest.mark.parametrize(
    ("proxy", "kind"),
    [("", Wire), ("http://u:p@proxy:1", Proxied)],
)
def test_new_connection(proxy: str, kind: type, monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection goes straight to its server, or by way of the environment's proxy."""
    monkeypatch.setenv("http_proxy", proxy)
    connection = new_connection(ORIGIN)
    assert isinstance(connection, kind)
    connection.close()
