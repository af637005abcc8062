"""What real servers answered, given back to the client: each answer becomes the right thing."""

from __future__ import annotations

import json
from contextlib import suppress

import httpx
import pytest

import expected
from ragflow import (
    AsyncRAGFlow,
    InvalidArgumentError,
    NotFoundError,
    PartialUploadError,
    RAGFlowError,
    StreamInterruptedError,
    UnsupportedByServerError,
)
from ragflow._protocol.dialects import dialect_for
from replaying import Exchange, exchanges, expected_error, told

from .replay_asked import Asked
from .replay_rows import ORDER, ROWS, Row

KINDS = [
    (exchange, row) for exchange in exchanges() for row in ROWS if row.ids(exchange) is not None
]
# What was recorded besides, and why no call of the draft API asks for it.
OTHERS = {
    "GET /datasets/*": "newer servers give one object by its path; the client looks it up",
    "GET /chats/*": "the same",
    "GET /chats/*/sessions/*": "the same",
    "GET /datasets/*/documents/*/chunks/*": "the same",
    "GET /documents/*": "newer servers give a file without its dataset as well",
    "GET /agents": "agents are not of the draft API",
    "POST /agents/*/completions": "the same",
    "POST /agents/chat/completions": "the same",
    "POST /chats_openai/*/chat/completions": "the interface of another service",
    "POST /openai/*/chat/completions": "the same",
    "POST /datasets/*/search": "another retrieval of newer servers",
    "POST /datasets/search": "the same",
    "GET /system/healthz": "no API key is needed",
    "GET /system/ping": "the same",
    "GET /v1/system/healthz": "the web interface's own",
    "GET /v1/system/version": "the same",
    "GET /nope": "there is nothing",
    "GET /nothing/here": "the same",
    "HEAD /datasets": "not a call of the API",
    "OPTIONS /datasets": "the same",
    "PATCH /datasets": "the same",
}


def name(exchange: Exchange) -> str:
    """The name of a test case."""
    return f"{exchange.source}-{exchange.version}-{exchange.operation}"


class Replay:
    """A client whose every request gets the recorded answer."""

    def __init__(self, exchange: Exchange, row: Row) -> None:
        self.exchange = exchange
        self.row = row
        self.sent: list[httpx.Request] = []
        version = None if row.pattern == "/system/version" else exchange.version
        self.client = AsyncRAGFlow(
            "key",
            "http://server",
            transport=httpx.MockTransport(self.answer),
            server_version=version,
            max_retries=0,
        )

    def answer(self, request: httpx.Request) -> httpx.Response:
        """Take note of a request and give the recorded answer."""
        self.sent.append(request)
        return self.exchange.answer(request)

    def asked(self, *, spare: bool = False) -> Asked:
        """What the recorded request asks for, or something like it that the client does send."""
        exchange, row = self.exchange, self.row
        files = exchange.files
        body = exchange.body
        if spare:
            body = row.spare
            files = [("spare.txt", b"spare")]
        query = {} if spare else exchange.query
        dialect = dialect_for(exchange.version)
        return Asked(self.client, dialect, row.ids(exchange) or {}, query, body or {}, files)

    @property
    def has_words(self) -> bool:
        """Whether a user of the client can make the recorded request: with a body, in JSON."""
        return self.exchange.body is not None or not self.row.spare

    @property
    def is_refused(self) -> bool:
        """Whether the client refuses to send the recorded request."""
        return self.has_words and self.row.refuses(self.asked())


@pytest.mark.parametrize(
    ("exchange", "row"), [pytest.param(*kind, id=name(kind[0])) for kind in KINDS]
)
async def test_answer_becomes_model_or_error(exchange: Exchange, row: Row) -> None:
    """Each success becomes the right model with no field lost, each failure the right error.

    A request that the client refuses to send, or has no words for, is replaced by one of its kind.
    """
    replay = Replay(exchange, row)
    async with replay.client:
        asked = replay.asked()
        if replay.is_refused or not replay.has_words:
            asked = replay.asked(spare=True)
        looked_for = bool(asked.query.get("id") or asked.query.get("name") or row.kind is bytes)
        looked_for |= row.fails_empty and asked.dialect.empty_lists_fail
        error = expected_error(exchange, row.missing if looked_for else frozenset())
        if exchange.is_cut:
            with pytest.raises(StreamInterruptedError) as broken:
                await row.call(asked)
            row.check(broken.value.partial, told(exchange))
        elif error is None:
            result = await row.call(asked)
            row.check(result, told(exchange))
            for item in result if isinstance(result, list) else [result]:
                assert isinstance(item, row.kind)
        elif error is PartialUploadError:
            with pytest.raises(error) as partly:
                await row.call(asked)
            row.check(partly.value.stored, exchange.data)
        elif error is NotFoundError and row.kind is not bytes:
            assert await row.call(asked) == []
        else:
            with pytest.raises(error) as refusal:
                await row.call(asked)
            assert type(refusal.value) is error
            assert refusal.value.code == exchange.code
            assert refusal.value.message == exchange.message
            assert refusal.value.status == exchange.response["status"]
    assert replay.sent


SENDABLE = [
    pytest.param(*kind, id=name(kind[0]))
    for kind in KINDS
    if Replay(*kind).has_words and not Replay(*kind).is_refused
]


@pytest.mark.parametrize(("exchange", "row"), SENDABLE)
async def test_request_is_what_the_generation_expects(exchange: Exchange, row: Row) -> None:
    """The first request of each call has the recorded verb, path, query and JSON."""
    replay = Replay(exchange, row)
    async with replay.client:
        with suppress(RAGFlowError):
            await row.call(replay.asked())
    request = replay.sent[0]
    path = request.url.path.removeprefix("/api/v1")
    assert f"{request.method} {path}" == expected.line(exchange)
    params = dict(request.url.params)
    assert params.items() >= expected.query(exchange).items()
    assert params.keys() <= {*expected.query(exchange), *expected.paging(exchange), *ORDER[:2]}
    if "json" in request.headers.get("content-type", ""):
        assert json.loads(request.content) == expected.body(exchange)
    else:
        assert exchange.body is None


@pytest.mark.parametrize(
    ("exchange", "row"),
    [pytest.param(*kind, id=name(kind[0])) for kind in KINDS if Replay(*kind).is_refused],
)
async def test_refused_before_sending(exchange: Exchange, row: Row) -> None:
    """Arguments that cannot be right, or would delete everything, never reach a server.

    Nor does what the server's generation cannot do.
    """
    replay = Replay(exchange, row)
    async with replay.client:
        with pytest.raises((InvalidArgumentError, TypeError, UnsupportedByServerError)) as refusal:
            await row.call(replay.asked())
    assert str(refusal.value)
    assert replay.sent == []


def test_every_recording_is_of_a_known_kind() -> None:
    """What is recorded is either given back to the client, or is not the draft API's."""
    replayed = [exchange for exchange, _ in KINDS]
    left = {exchange.shape for exchange in exchanges() if exchange not in replayed}
    assert left - OTHERS.keys() == set()
