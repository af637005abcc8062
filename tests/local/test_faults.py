"""Faults on request: what is drawn, and what a client and its data meet, over real sockets."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from ragflow.local.__main__ import main
from ragflow.local.partial_forms import halve
from ragflow.testing import Faults, LocalServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FORMS = "^POST .*/documents$"
SIX = {f"{number}.txt": b"hello" for number in range(6)}
LARGE = {f"{number}.txt": b"x" * 1_000_000 for number in range(8)}


@dataclass
class Faulty:
    """A server with faults, and a dataset on it."""

    server: LocalServer
    http: httpx.Client
    dataset: str

    def upload(self, files: dict[str, bytes], dataset: str | None = None) -> httpx.Response:
        """Send files in one form."""
        parts = [("file", item) for item in files.items()]
        return self.http.post(f"/datasets/{dataset or self.dataset}/documents", files=parts)

    def stored(self) -> set[str]:
        """The names of the documents."""
        listed = self.http.get(f"/datasets/{self.dataset}/documents?page_size=100").json()
        return {document["name"] for document in listed["data"]["docs"]}

    def struck(self) -> dict[str, int]:
        """How often each fault struck."""
        return self.server.fault_report().struck


def client(server: LocalServer) -> httpx.Client:
    """A client that repeats nothing."""
    headers = {"Authorization": f"Bearer {server.api_key}"}
    return httpx.Client(base_url=f"{server.base_url}/api/v1", headers=headers, timeout=10)


def new_dataset(http: httpx.Client, name: str = "kb") -> str:
    """Make a dataset and return its id."""
    return str(http.post("/datasets", json={"name": name}).json()["data"]["id"])


@contextmanager
def faulty(version: str = "0.27.0", *, only: str = FORMS, **faults: Any) -> Iterator[Faulty]:
    """Run a server with faults that strike uploads, if not told otherwise."""
    with (
        LocalServer(version=version, faults=Faults(only=only, **faults)) as server,
        client(server) as http,
    ):
        yield Faulty(server, http, new_dataset(http))


def test_faults_are_drawn_from_the_seed() -> None:
    """The n-th request has one fate per seed, and fates come as often as they should."""
    faults = Faults(error_rate=0.1, reset_before=0.2, reset_after=0.05, truncated=0.05, seed=7)
    fates = [faults.strike(number) for number in range(10_000)]
    assert fates == [Faults.from_json(faults.to_json()).strike(n) for n in range(10_000)]
    other = Faults.from_json(faults.to_json().replace('"seed": 7', '"seed": 8'))
    assert fates != [other.strike(number) for number in range(10_000)]
    counts = Counter(fate.kind if fate else "" for fate in fates)
    expected = {"error": 1000, "reset_before": 2000, "reset_after": 500, "truncated": 500}
    assert counts.keys() == {*expected, ""}
    assert {kind: counts[kind] for kind in expected} == pytest.approx(expected, rel=0.15)
    errors = Counter((fate.status, fate.handled) for fate in fates if fate and fate.kind == "error")
    assert errors[429, False] == pytest.approx(250, rel=0.2)
    assert (429, True) not in errors
    assert [errors[502, handled] for handled in (True, False)] == pytest.approx([125] * 2, rel=0.3)


@pytest.mark.parametrize(
    "wrong",
    [
        {"error_rate": 1.5},
        {"reset_after": -0.1},
        {"reset_after": 0.6, "truncated": 0.6},
        {"error_statuses": ()},
        {"error_statuses": (200,)},
        {"latency": -1},
        {"retry_after": -1},
        {"only": "("},
    ],
)
def test_senseless_faults_are_refused(wrong: dict[str, Any]) -> None:
    """Values out of their range are an error at once."""
    with pytest.raises(ValueError):
        Faults(**wrong)


@pytest.mark.parametrize("text", ["{", "[]", '{"unknown": 1}', '{"error_rate": "often"}'])
def test_faults_that_cannot_be_read(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The command says what is wrong with its option."""
    assert main(["--faults", text]) == 1
    assert "these are no faults" in capsys.readouterr().err


def test_nothing_strikes_unasked() -> None:
    """Without rates all is well, and counted; without faults nothing is counted."""
    with faulty(only="") as it:
        assert it.upload(SIX).json()["code"] == 0
        assert it.stored() == SIX.keys()
        report = it.server.fault_report()
        assert (report.requests, report.struck, report.uploads) == (3, {}, 1)
        assert report.upload_bytes > sum(map(len, SIX.values()))
    with LocalServer() as server:
        assert httpx.get(f"{server.base_url}/faults").status_code == 404
        with pytest.raises(RuntimeError, match="without faults"):
            server.fault_report()


def test_requests_meet_what_was_drawn() -> None:
    """Calls made one after the other meet the faults of their numbers; others meet none."""
    faults = Faults(seed=3, error_rate=0.5, error_statuses=(429, 503), only="^GET .*/datasets$")
    with LocalServer(faults=faults) as server, client(server) as http:
        seen = []
        for _ in range(30):
            assert http.post("/retrieval", json={}).status_code == 200
            answer = http.get("/datasets")
            assert "retry-after" not in answer.headers
            seen.append(answer.status_code)
        fates = [faults.strike(number) for number in range(30)]
        assert seen == [fate.status if fate else 200 for fate in fates]
        assert len(set(seen)) == 3
        report = server.fault_report()
    assert report.requests == 30
    assert report.struck == {f"error_{status}": seen.count(status) for status in (429, 503)}


@pytest.mark.parametrize("stored", [0, 1])
def test_a_server_error(stored: int) -> None:
    """Status 500 is an envelope; the request was acted upon, or not."""
    with faulty(error_rate=1, error_statuses=(500,), stored_anyway=stored) as it:
        answer = it.upload(SIX)
        assert (answer.status_code, answer.json()["code"]) == (500, 500)
        assert len(it.stored()) == stored * 6
        assert it.struck() == {"error_500": 1}


@pytest.mark.parametrize("stored", [0, 1])
def test_a_proxy_error(stored: int) -> None:
    """Status 502 is a page of a proxy; the request was acted upon, or not."""
    with faulty(error_rate=1, error_statuses=(502,), stored_anyway=stored) as it:
        answer = it.upload(SIX)
        assert (answer.status_code, answer.headers["content-type"]) == (
            502,
            "text/html; charset=utf-8",
        )
        assert "502 Bad Gateway" in answer.text
        assert len(it.stored()) == stored * 6


def test_too_many_requests() -> None:
    """Status 429 may say how long to wait, and never acts upon the request."""
    with faulty(error_rate=1, error_statuses=(429,), stored_anyway=1, retry_after=2.5) as it:
        answer = it.upload(SIX)
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "2.5")
        assert it.stored() == set()


def test_a_reset_while_sending() -> None:
    """The connection breaks within the body, of which nothing is stored."""
    with faulty(reset_before=1, seed=3) as it:
        with pytest.raises(httpx.TransportError):
            it.upload(LARGE)
        assert it.stored() == set()
        assert 0 < it.server.fault_report().upload_bytes < 8_000_000


def test_a_reset_is_one_of_tcp() -> None:
    """What the client's system sees is a reset, not an orderly end."""
    with faulty(reset_before=1, only="^GET") as it:
        port = int(it.server.base_url.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
            connection.sendall(b"GET /api/v1/datasets HTTP/1.1\r\nHost: x\r\n\r\n")
            with pytest.raises(ConnectionResetError):
                connection.recv(1)
        assert it.struck() == {"reset_before": 1}


def test_a_reset_after_storing() -> None:
    """The connection breaks instead of an answer, and everything is stored."""
    with faulty(reset_after=1) as it:
        with pytest.raises(httpx.NetworkError):
            it.upload(SIX)
        assert it.stored() == SIX.keys()


def test_a_truncated_answer() -> None:
    """Fewer bytes come than were announced, and everything is stored."""
    with faulty(truncated=1) as it:
        with pytest.raises(httpx.RemoteProtocolError):
            it.upload(SIX)
        assert it.stored() == SIX.keys()


def test_a_truncated_stream() -> None:
    """A stream breaks off as well."""
    with faulty(truncated=1, only="completions$") as it:
        chat = it.http.post("/chats", json={"name": "c"}).json()["data"]["id"]
        session = it.http.post(f"/chats/{chat}/sessions", json={"name": "s"}).json()["data"]["id"]
        body = {"question": "Hello", "session_id": session}
        with it.http.stream("POST", f"/chats/{chat}/completions", json=body) as answer:
            assert answer.status_code == 200
            with pytest.raises(httpx.RemoteProtocolError):
                answer.read()


def test_a_late_store() -> None:
    """A request that was answered with 504 is acted upon later, if the server lives so long."""
    with faulty(late_store=1, late_by=0.1) as it:
        assert it.upload(SIX).status_code == 504
        deadline = time.monotonic() + 10
        while it.stored() != SIX.keys():
            assert time.monotonic() < deadline
            time.sleep(0.05)
    with faulty(late_store=1, late_by=3600) as it:
        assert it.upload(SIX).status_code == 504
        assert it.stored() == set()


@pytest.mark.parametrize(("version", "listed"), [("0.27.0", True), ("0.22.1", False)])
def test_a_partial_upload(version: str, listed: bool) -> None:
    """Half of a form's files are stored; newer servers tell which, all name the others."""
    with faulty(version, partial_upload=1, only="") as it:
        answer = it.upload(SIX).json()
        assert answer["code"] == 500
        lines = answer["message"].split("\n")
        assert [line.partition(":")[0] for line in lines] == ["3.txt", "4.txt", "5.txt"]
        assert it.stored() == {"0.txt", "1.txt", "2.txt"}
        names = [document["name"] for document in answer.get("data", [])]
        assert names == (["0.txt", "1.txt", "2.txt"] if listed else [])
        assert it.upload({"one.txt": b"1"}).json()["code"] == 0
        assert it.upload(SIX, dataset="unknown").json()["code"] not in (0, 500)
        assert it.struck() == {"partial_upload": 1}


def test_halves_of_forms() -> None:
    """Files are told from fields, equal ones stay apart, and what is no form is left alone."""
    parts = [("file", ("same.txt", b"same"))] * 3
    request = httpx.Request("POST", "http://test", files=parts, data={"field": "1"})
    content_type = request.headers["content-type"]
    half = halve(request.read(), content_type)
    assert half is not None
    assert half.lost == ["same.txt"]
    assert half.body.count(b"same.txt") == 2
    assert b'name="field"' in half.body
    boundary = content_type.partition("boundary=")[2].encode()
    assert half.body.startswith(b"--" + boundary)
    assert half.body.endswith(b"\r\n--" + boundary + b"--\r\n")
    assert halve(request.read(), "application/json") is None
    assert halve(b"", content_type) is None


def test_concurrent_forms_are_refused() -> None:
    """While a form into a dataset is on its way, others are refused; other datasets are not."""
    with faulty(refuse_concurrent_forms=True) as it:
        other = new_dataset(it.http, "other")
        request = it.http.build_request(
            "POST", f"/datasets/{it.dataset}/documents", files=[("file", ("slow.txt", b"slow"))]
        )
        whole = request.read()
        go_on = threading.Event()

        def slowly() -> Iterator[bytes]:
            yield whole[:-10]
            assert go_on.wait(10)
            yield whole[-10:]

        answers: list[Any] = []
        headers = {"content-type": request.headers["content-type"]}
        thread = threading.Thread(
            target=lambda: answers.append(
                it.http.post(str(request.url), content=slowly(), headers=headers).json()
            )
        )
        thread.start()
        deadline = time.monotonic() + 10
        while it.server.fault_report().upload_bytes < len(whole) - 10:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        refused = it.upload(SIX)
        assert (refused.status_code, refused.json()["code"]) == (200, 100)
        assert (refused.json()["data"], refused.json()["message"][:17]) == (
            None,
            "OperationalError(",
        )
        assert it.upload(SIX, other).json()["code"] == 0
        go_on.set()
        thread.join(10)
        assert answers[0]["code"] == 0
        assert it.stored() == {"slow.txt"}
        assert it.upload(SIX).json()["code"] == 0
        assert it.struck() == {"refused_form": 1}


def test_latency() -> None:
    """Requests take longer by the time asked for."""
    with faulty(latency=0.2) as it:
        assert it.upload(SIX).elapsed.total_seconds() >= 0.2


def test_clients_that_leave_do_no_harm() -> None:
    """A client that goes in the middle of a struck request leaves the server as it was."""
    with faulty(error_rate=1, error_statuses=(429,)) as it:
        port = int(it.server.base_url.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
            connection.sendall(b"POST /api/v1/datasets/x/documents HTTP/1.1\r\n")
            connection.sendall(b"Host: x\r\nContent-Length: 10\r\n\r\n12345")
        assert it.upload(SIX).status_code == 429
        assert it.stored() == set()


def test_a_crash_and_a_restart(tmp_path: Path) -> None:
    """After a kill connections are refused; a restart has address, key, data and the next seed."""
    faults = Faults(seed=5, error_rate=0.5, error_statuses=(503,), only="^GET .*/datasets$")
    with LocalServer(tmp_path / "kb.db", faults=faults) as server, client(server) as http:
        it = Faulty(server, http, new_dataset(http))
        assert it.upload(SIX).json()["code"] == 0
        address, key, pid = server.base_url, server.api_key, server.pid
        server.kill()
        server.kill()
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{address}/api/v1/datasets")
        assert server.restart() is server
        assert (server.base_url, server.api_key) == (address, key)
        assert server.pid != pid
        assert it.stored() == SIX.keys()
        assert server.fault_report().uploads == 0
        pid = server.restart().pid
        assert it.stored() == SIX.keys()
        later = Faults.from_json(json.dumps({**json.loads(faults.to_json()), "seed": 7}))
        seen = [http.get("/datasets").status_code for _ in range(20)]
        assert seen == [503 if later.strike(number) else 200 for number in range(20)]
    with LocalServer() as server:
        address = server.base_url
        assert server.restart().base_url == address
