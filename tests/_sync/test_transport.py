# Generated from tests/_async/test_transport.py by tools/generate_sync.py. Do not edit.
"""The one door to the wire: retries, time-outs, redirects, keys, closing."""

from __future__ import annotations

import logging
import pickle
import threading
import time
import traceback
from collections.abc import Callable, Iterator

import httpx
import pytest

from misbehaving import MisbehavingServer
from ragflow import (
    AuthenticationError,
    ConfigurationError,
    ConnectionFailedError,
    Document,
    PermissionDeniedError,
    ProtocolError,
    RAGFlow,
    RateLimitedError,
    RequestTimeoutError,
    ServerError,
    Session,
)
from ragflow._sync import sender as sender_module

KEY = "ragflow-very-secret-key"
EMPTY = {"code": 0, "data": []}
Handler = Callable[[httpx.Request], httpx.Response]


class Script:
    """Answers one request after the other with what was laid out; remembers the requests."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def ok(data: object = None) -> httpx.Response:
    """A success."""
    return httpx.Response(200, json={"code": 0, "data": [] if data is None else data})


def connect(script: Handler, **options: object) -> RAGFlow:
    """A client whose server is a script."""
    options = {"server_version": "0.27.0", **options}
    mock = httpx.MockTransport(script)
    return RAGFlow(KEY, "http://ragflow.test", transport=mock, **options)  # type: ignore[arg-type]


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that the client made; none is really waited for."""
    made: list[float] = []

    def pause(seconds: float) -> None:
        made.append(seconds)

    monkeypatch.setattr(sender_module, "sleep", pause)
    return made


@pytest.fixture
def misbehaving() -> Iterator[MisbehavingServer]:
    """A server on a real socket that does not do as it should."""
    with MisbehavingServer() as server:
        yield server


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_read_is_repeated_after_passing_trouble(status: int, pauses: list[float]) -> None:
    """A read is sent again when a proxy says that the server is away for a moment."""
    script = Script(httpx.Response(status), httpx.Response(status), ok())
    with connect(script) as client:
        assert client.list_datasets() == []
    assert len(script.requests) == 3
    assert 0.25 <= pauses[0] <= 0.5 <= pauses[1] <= 1.0


def test_read_gives_up_in_the_end(pauses: list[float]) -> None:
    """After the last repetition the failure is raised with its status."""
    script = Script(*[httpx.Response(503, text="<html>down</html>")] * 3)
    with connect(script) as client:
        with pytest.raises(ServerError) as caught:
            client.list_datasets()
    assert caught.value.status == 503
    assert caught.value.code is None
    assert len(pauses) == 2


def test_retry_after_is_obeyed(pauses: list[float]) -> None:
    """The pause is what the server asks for."""
    script = Script(httpx.Response(429, headers={"Retry-After": "7"}), ok())
    with connect(script) as client:
        client.list_datasets()
    assert pauses == [7.0]


def test_long_retry_after_ends_the_call(pauses: list[float]) -> None:
    """A server that wants to be left alone for long is not waited for."""
    script = Script(httpx.Response(429, headers={"Retry-After": "3600"}))
    with connect(script) as client:
        with pytest.raises(RateLimitedError):
            client.list_datasets()
    assert pauses == []


def test_pause_never_exceeds_the_budget(pauses: list[float]) -> None:
    """A pause that would take the whole budget of the call is not begun."""
    script = Script(httpx.Response(429, headers={"Retry-After": "7"}))
    with connect(script, timeout=5) as client:
        with pytest.raises(RateLimitedError):
            client.list_datasets()
    assert pauses == []


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_create_is_never_repeated_after_an_answer(status: int, pauses: list[float]) -> None:
    """A create that may have happened is not sent twice."""
    script = Script(httpx.Response(status))
    with connect(script) as client:
        with pytest.raises(ServerError):
            client.create_dataset("kb")
    assert len(script.requests) == 1
    assert pauses == []


@pytest.mark.parametrize("problem", [httpx.ReadTimeout("slow"), httpx.ReadError("cut")])
def test_create_in_doubt_is_not_repeated(problem: Exception, pauses: list[float]) -> None:
    """A create whose answer was lost is left to the caller to look into."""
    script = Script(problem)
    with connect(script) as client:
        with pytest.raises((RequestTimeoutError, ConnectionFailedError)):
            client.create_dataset("kb")
    assert len(script.requests) == 1


@pytest.mark.parametrize(
    "problem", [httpx.ConnectError("refused"), httpx.ConnectTimeout("slow"), httpx.PoolTimeout("")]
)
def test_create_that_reached_nobody_is_repeated(problem: Exception, pauses: list[float]) -> None:
    """A create is sent again when nothing of it had reached the server."""
    script = Script(problem, ok({"id": "1", "name": "kb"}))
    with connect(script) as client:
        assert client.create_dataset("kb").id == "1"
    assert len(pauses) == 1


def test_upload_in_doubt_is_not_repeated(pauses: list[float]) -> None:
    """A form whose answer was lost is not sent twice, which would store its files twice."""
    script = Script(httpx.ReadError("cut"))
    with connect(script) as client:
        with pytest.raises(ConnectionFailedError):
            client.create_document("d1", "a.txt", b"text")
    assert len(script.requests) == 1


def test_upload_that_reached_nobody_is_repeated_whole(pauses: list[float]) -> None:
    """The form is read again from its beginning."""
    script = Script(httpx.ConnectError("refused"), ok([{"id": "1", "name": "a.txt", "size": 4}]))
    with connect(script) as client:
        client.create_document("d1", "a.txt", b"text")
    body = script.requests[1].read()
    assert b"text" in body
    assert int(script.requests[1].headers["content-length"]) == len(body)


def test_no_retries_when_told_so() -> None:
    """``max_retries=0`` sends everything once."""
    script = Script(httpx.ConnectError("refused"))
    with connect(script, max_retries=0) as client:
        with pytest.raises(ConnectionFailedError, match="no connection to the server"):
            client.list_datasets()


def test_silent_server_times_out(misbehaving: MisbehavingServer) -> None:
    """A server that takes the request and says nothing is given up within the time-out."""
    misbehaving.behave = "silent"
    started = time.monotonic()
    with RAGFlow(KEY, misbehaving.url, timeout=0.3, server_version="0.27.0") as client:
        with pytest.raises(RequestTimeoutError) as caught:
            client.list_datasets()
    assert time.monotonic() - started < 3
    assert isinstance(caught.value, TimeoutError)


def test_timeout_of_one_call(misbehaving: MisbehavingServer) -> None:
    """A call may have a time-out of its own, as seconds or as httpx spells them."""
    misbehaving.behave = "silent"
    with RAGFlow(KEY, misbehaving.url, server_version="0.27.0") as client:
        for timeout in (0.2, httpx.Timeout(0.2)):
            with pytest.raises(RequestTimeoutError):
                client.create_dataset("kb", timeout=timeout)


def test_trickling_server_cannot_stretch_a_call(misbehaving: MisbehavingServer) -> None:
    """A body that comes a byte at a time does not keep a call alive beyond its budget."""
    misbehaving.behave = "trickle"
    started = time.monotonic()
    with RAGFlow(KEY, misbehaving.url, timeout=0.5, server_version="0.27.0") as client:
        with pytest.raises(RequestTimeoutError):
            client.list_datasets()
    assert time.monotonic() - started < 5


def test_truncated_answer_of_a_read_is_asked_for_again(
    misbehaving: MisbehavingServer, pauses: list[float]
) -> None:
    """An answer that breaks off in its body counts as failed, and a read is repeated."""
    misbehaving.behave = "truncate"
    with RAGFlow(KEY, misbehaving.url, server_version="0.27.0") as client:
        with pytest.raises(ConnectionFailedError):
            client.list_datasets()
    assert misbehaving.count == 3
    assert len(pauses) == 2


def test_hang_up_is_a_connection_error(misbehaving: MisbehavingServer) -> None:
    """A server that closes the connection instead of answering is reported as that."""
    misbehaving.behave = "hang up"
    with RAGFlow(KEY, misbehaving.url, max_retries=0) as client:
        with pytest.raises(ConnectionFailedError):
            client.list_datasets()


def test_silent_stream_is_given_up(misbehaving: MisbehavingServer) -> None:
    """A stream has no total limit, but may not be silent for longer than its limit."""
    misbehaving.behave = "silent"
    with RAGFlow(KEY, misbehaving.url, stream_timeout=0.3, server_version="0.27.0") as client:
        with pytest.raises(RequestTimeoutError):
            client.create_document("d1", "a.txt", b"text")


def test_reads_follow_redirects_on_the_same_host() -> None:
    """A read may be sent on, within the host that was named."""
    moved = httpx.Response(301, headers={"Location": "http://ragflow.test/other"})
    script = Script(moved, ok())
    with connect(script) as client:
        assert client.list_datasets() == []
    assert script.requests[1].url.path == "/other"


@pytest.mark.parametrize("target", ["https://ragflow.test/x", "http://elsewhere.test/x"])
def test_reads_are_not_sent_elsewhere(target: str) -> None:
    """The key is not carried to another host or scheme; the error names the address to use."""
    script = Script(httpx.Response(301, headers={"Location": target}))
    with connect(script) as client:
        with pytest.raises(ConfigurationError, match=target.removesuffix("/x")):
            client.list_datasets()
    assert len(script.requests) == 1


def test_writes_are_never_redirected() -> None:
    """A create that follows a redirect would become a list; it is refused instead."""
    moved = httpx.Response(301, headers={"Location": "http://ragflow.test/other"})
    script = Script(moved)
    with connect(script) as client:
        with pytest.raises(ConfigurationError, match="base_url"):
            client.create_dataset("kb")
    assert len(script.requests) == 1


def test_redirects_in_circles_end() -> None:
    """A server that redirects for ever is left."""
    moved = [httpx.Response(302, headers={"Location": "http://ragflow.test/x"}) for _ in range(9)]
    with connect(Script(*moved)) as client:
        with pytest.raises(ConfigurationError, match="circles"):
            client.list_datasets()


def test_web_page_is_not_an_answer() -> None:
    """A wrong base URL shows as a page of HTML with status 200."""
    script = Script(httpx.Response(200, text="<!doctype html><title>RAGFlow</title>"))
    with connect(script) as client:
        with pytest.raises(ProtocolError, match="base_url"):
            client.list_datasets()


def test_generation_is_asked_for_once_and_only_when_needed() -> None:
    """A list needs no version; the first call that does asks for it, and only that one."""
    version = httpx.Response(200, json={"code": 0, "message": "success", "data": "v0.27.0"})
    created = ok({"id": "1", "name": "kb"})
    script = Script(ok(), version, created, ok({"id": "2", "name": "kb"}))
    with connect(script, server_version=None) as client:
        client.list_datasets()
        client.create_dataset("kb")
        client.create_dataset("kb")
        assert client.server_version() == "v0.27.0"
    paths = [request.url.path.removeprefix("/api/v1") for request in script.requests]
    assert paths == ["/datasets", "/system/version", "/datasets", "/datasets"]


@pytest.mark.parametrize(
    ("version", "error"), [("0.22.1", AuthenticationError), ("v0.27.0", PermissionDeniedError)]
)
def test_code_109_means_what_the_generation_means(version: str, error: type[Exception]) -> None:
    """The same answer is a bad key for one generation and a foreign object for another."""
    refusal = httpx.Response(200, json={"code": 109, "data": False, "message": "no"})
    told = httpx.Response(200, json={"code": 0, "data": version})
    with connect(Script(refusal, told), server_version=None) as client:
        with pytest.raises(error):
            client.list_datasets()


def test_code_109_with_a_known_generation_asks_nothing() -> None:
    """A generation that is known is not asked for again."""
    refusal = httpx.Response(200, json={"code": 109, "data": False, "message": "no"})
    with connect(Script(refusal), server_version="0.22.1") as client:
        with pytest.raises(AuthenticationError):
            client.list_datasets()


def test_key_travels_in_the_header_and_shows_nowhere_else(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The key is sent, and is in no repr, log, traceback, pickle or error."""
    caplog.set_level(logging.DEBUG)
    script = Script(httpx.Response(401, json={"code": 401, "data": None, "message": "no"}), ok())
    with connect(script) as client:
        with pytest.raises(AuthenticationError) as caught:
            client.list_datasets()
        client.list_datasets()
        shown = [repr(client), repr(client._api.settings), repr(caught.value), caplog.text]
        shown.append("".join(traceback.format_exception(caught.value)))
        shown.append(repr(caught.value.__dict__))
        with pytest.raises(TypeError):
            pickle.dumps(client)
        shown.append(pickle.dumps(caught.value).decode("latin-1"))
    assert script.requests[0].headers["authorization"] == f"Bearer {KEY}"
    assert not any(KEY in text for text in shown)


def test_given_client_stays_open() -> None:
    """A client of the caller's own is used and not closed."""
    script = Script(ok())
    with httpx.Client(transport=httpx.MockTransport(script)) as own:
        with RAGFlow(KEY, "http://ragflow.test", http_client=own) as client:
            client.list_datasets()
        assert not own.is_closed
    assert script.requests[0].headers["authorization"] == f"Bearer {KEY}"


def test_client_and_transport_exclude_each_other() -> None:
    """Both would be one too many."""
    with httpx.Client() as own:
        with pytest.raises(ConfigurationError, match="exclude"):
            RAGFlow(KEY, "http://x.test", http_client=own, transport=httpx.MockTransport(ok))


def test_closed_client_says_so() -> None:
    """A call after closing is a clear error, and closing twice is none."""
    client = connect(Script(ok()))
    client.list_datasets()
    client.close()
    client.close()
    with pytest.raises(ConfigurationError, match="closed"):
        client.list_datasets()


@pytest.mark.parametrize("suffix", ["", "/", "/api/v1", "/api/v1/"])
def test_base_url_in_every_form(suffix: str) -> None:
    """A base URL works with and without a slash and the prefix of the API."""
    script = Script(ok())
    mock = httpx.MockTransport(script)
    with RAGFlow(KEY, f"http://ragflow.test:9380/rag{suffix}", transport=mock) as client:
        client.list_datasets()
    url = str(script.requests[0].url)
    assert url.startswith("http://ragflow.test:9380/rag/api/v1/datasets?")


def test_settings_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Key and address may stand in the environment."""
    monkeypatch.setenv("RAGFLOW_API_KEY", KEY)
    monkeypatch.setenv("RAGFLOW_BASE_URL", "http://ragflow.test/")
    script = Script(ok())
    with RAGFlow(transport=httpx.MockTransport(script)) as client:
        client.list_datasets()
        assert client.base_url == "http://ragflow.test"
    assert script.requests[0].headers["authorization"] == f"Bearer {KEY}"


def test_no_thread_is_left_behind() -> None:
    """A client that was used and closed has started nothing that lives on."""
    before = set(threading.enumerate())
    with connect(Script(ok())) as client:
        client.list_datasets()
    assert {thread for thread in threading.enumerate() if "ragflow" in thread.name} <= before


def test_what_comes_piece_by_piece_is_not_compressed() -> None:
    """Streams and downloads ask for the bytes as they are; other calls take what httpx undoes."""
    file = {"content-disposition": "attachment"}
    script = Script(ok(), httpx.Response(200, headers=file, content=b"abc"), ok())
    with connect(script) as rag:
        rag.list_datasets()
        document = rag.bind(Document(id="1", dataset_id="2", name="a.txt"))
        assert document.download() == b"abc"
        session = rag.bind(Session(id="3", chat_id="4"))
        with pytest.raises(ProtocolError):
            session.ask("why?")
    asked = [request.headers["accept-encoding"] for request in script.requests]
    assert asked[1:] == ["identity", "identity"]
    assert "gzip" in asked[0]
