"""Streams from OpenAI-compatible endpoints, well-behaved and otherwise."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import pytest

from ragflow.local import _model
from ragflow.local.answering import ModelError, stream_model

MESSAGES = [{"role": "user", "content": "Hi"}]


@dataclass
class Endpoint:
    """A server that sends the same answer to every request and keeps what it was asked."""

    answer: bytes
    delay: float = 0.0
    url: str = ""
    heads: list[str] = field(default_factory=list)
    bodies: list[dict[str, object]] = field(default_factory=list)
    handlers: set[asyncio.Task[None] | None] = field(default_factory=set)

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Reads one request, answers, hangs up; the client may have left before."""
        self.handlers.add(asyncio.current_task())
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = int(head.lower().split("content-length: ")[1].split("\r\n")[0])
        self.heads.append(head)
        self.bodies.append(json.loads(await reader.readexactly(length)))
        with suppress(ConnectionError):
            writer.write(self.answer)
            await writer.drain()
            await asyncio.sleep(self.delay)
            writer.close()
            await writer.wait_closed()


@asynccontextmanager
async def serve(answer: bytes, delay: float = 0.0) -> AsyncIterator[Endpoint]:
    """The endpoint while it listens."""
    endpoint = Endpoint(answer, delay)
    server = await asyncio.start_server(endpoint.handle, "127.0.0.1", 0)
    async with server:
        endpoint.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield endpoint
        await asyncio.gather(*filter(None, endpoint.handlers))


def http(body: str | bytes, status: str = "200 OK", headers: str = "") -> bytes:
    """A whole answer that ends with the connection."""
    blob = body.encode() if isinstance(body, str) else body
    return f"HTTP/1.1 {status}\r\n{headers}Connection: close\r\n\r\n".encode() + blob


def frame(text: str | None, finish: str | None = None) -> str:
    """One frame of a stream."""
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": finish}
    return f"data: {json.dumps({'choices': [choice]}, ensure_ascii=False)}\n\n"


async def ask(url: str, api_key: str | None = None) -> list[str]:
    """All deltas of an answer."""
    settings = {"temperature": 0.1, "max_tokens": 64}
    stream = stream_model(url, api_key=api_key, model="m", messages=MESSAGES, settings=settings)
    return [delta async for delta in stream]


async def test_a_stream_gives_its_deltas() -> None:
    """Comments, blank lines, usage frames and other fields are passed over."""
    role = 'data: {"choices": [{"delta": {"role": "assistant"}}]}\r\n\r\n'
    usage = 'data: {"choices": [], "usage": {"total_tokens": 3}}\n\n'
    body = ": ping\n\nevent: message\n" + role + frame("Hel") + frame("lo 中\u2028文")
    async with serve(http(body + frame(None, "stop") + usage + "data: [DONE]\n\n")) as endpoint:
        assert await ask(endpoint.url, api_key="secret") == ["Hel", "lo 中\u2028文"]
    assert endpoint.heads[0].startswith("POST /v1/chat/completions HTTP/1.1\r\n")
    assert "authorization: bearer secret" in endpoint.heads[0].lower()
    assert endpoint.bodies == [
        {
            "model": "m",
            "messages": MESSAGES,
            "stream": True,
            "temperature": 0.1,
            "max_tokens": 64,
        }
    ]


@pytest.mark.parametrize(
    ("suffix", "path"),
    [
        ("", "/v1/chat/completions"),
        ("/", "/v1/chat/completions"),
        ("/v1", "/v1/chat/completions"),
        ("/v1/", "/v1/chat/completions"),
        ("/api/paas/v4", "/api/paas/v4/chat/completions"),
        ("/v1beta/openai", "/v1beta/openai/chat/completions"),
        ("/openai", "/openai/v1/chat/completions"),
        ("/x/chat/completions?api-version=2", "/x/chat/completions?api-version=2"),
    ],
)
async def test_base_urls_of_all_habits(suffix: str, path: str) -> None:
    """The version and the endpoint are added where they are missing."""
    async with serve(http(frame("ok") + "data: [DONE]\n")) as endpoint:
        assert await ask(endpoint.url + suffix) == ["ok"]
    assert endpoint.heads[0].split(" ")[1] == path
    assert "authorization" not in endpoint.heads[0].lower()


async def test_a_stream_may_end_without_done_after_the_last_frame() -> None:
    """A finish reason is as good as the end mark."""
    async with serve(http(frame("all") + frame("", "length").rstrip())) as endpoint:
        assert await ask(endpoint.url) == ["all"]


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize(("content", "deltas"), [("whole answer", ["whole answer"]), ("", [])])
async def test_servers_that_do_not_stream(
    indent: int | None, content: str, deltas: list[str]
) -> None:
    """One JSON document is one delta, however it is laid out."""
    document = {"choices": [{"message": {"content": content}, "finish_reason": "stop"}]}
    async with serve(http(json.dumps(document, indent=indent))) as endpoint:
        assert await ask(endpoint.url) == deltas


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (http('{"error": {"message": "bad key"}}', "401 No"), "answered HTTP 401: bad key"),
        (http('{"error": "busy"}', "429 Slow Down"), "answered HTTP 429: busy"),
        (http('{"detail": "no\\nroute"}', "404 Not Found"), 'HTTP 404: {"detail": "no'),
        (http("<h1>Oops</h1>", "502 Bad Gateway"), "HTTP 502: <h1>Oops</h1>"),
        (http("", "503 Service Unavailable"), "HTTP 503: Service Unavailable"),
        (http("x" * 100_000, "500 Long"), "HTTP 500: x{300}$"),
        (http("", "307 Elsewhere", "Location: /b\r\n"), "HTTP 307"),
        (http("data: {oops\n\n"), "not JSON"),
        (http("data: [1]\n\n"), "without choices"),
        (http('data: {"choices": 3}\n\n'), "without choices"),
        (http('data: {"choices": [{"delta": {"content": 3}}]}\n\n'), "not text"),
        (http('data: {"error": {"code": 7}}\n\n'), "failed: {'code': 7}"),
        (http(frame("half")), "broke off"),
        (http(""), "broke off"),
        (http('data: {"choices": ["x"]}\n\n'), "broke off"),
        (http("hello\n"), "broke off"),
        (http('{"choices": ['), "not JSON"),
        (http(frame("half"), headers="Content-Length: 9999\r\n"), "connection .* failed"),
        (b"", "connection .* failed"),
        (b"SSH-2.0-OpenSSH\r\n", "connection .* failed"),
    ],
)
async def test_failures_are_one_sentence(answer: bytes, sentence: str) -> None:
    """Refusals, malformed frames and lost connections all raise the one error."""
    async with serve(answer) as endpoint:
        with pytest.raises(ModelError, match=sentence):
            await ask(endpoint.url)


async def test_what_came_before_a_failure_is_delivered() -> None:
    """The deltas before the break are not lost."""
    async with serve(http(frame("one") + frame("two"))) as endpoint:
        stream = stream_model(endpoint.url, api_key=None, model="m", messages=MESSAGES, settings={})
        assert [await anext(stream), await anext(stream)] == ["one", "two"]
        with pytest.raises(ModelError):
            await anext(stream)


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "no url", "http://[::1", "ftp://host"])
async def test_unreachable_addresses(url: str) -> None:
    """An address that cannot work is reported, not raised as something else."""
    with pytest.raises(ModelError, match="connection to the model endpoint failed"):
        await ask(url)


async def test_a_silent_server_times_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waiting for the next piece is bounded."""
    monkeypatch.setattr(_model, "_TIMEOUT", 0.05)
    async with serve(http(frame("one")), delay=0.5) as endpoint:
        with pytest.raises(ModelError, match="in time"):
            await ask(endpoint.url)


@pytest.mark.parametrize(
    ("limit", "value", "answer", "sentence"),
    [
        ("_TOTAL_SECONDS", -1.0, http(": ping\n" * 10), "took too long"),
        ("_MAX_BYTES", 1000, http(b"x" * 100_000), "too long"),
        ("_MAX_BYTES", 1000, http(b"{\n" * 100_000), "too long"),
        ("_MAX_BYTES", 1000, http(b"x" * 100_000, "500 Long"), "HTTP 500: xxx"),
    ],
)
async def test_endless_answers_are_cut(
    monkeypatch: pytest.MonkeyPatch, limit: str, value: float, answer: bytes, sentence: str
) -> None:
    """Neither time nor memory is without bounds."""
    monkeypatch.setattr(_model, limit, value)
    async with serve(answer) as endpoint:
        with pytest.raises(ModelError, match=sentence):
            await ask(endpoint.url)


async def test_leaving_early_closes_the_connection() -> None:
    """A caller who stops listening leaves no request behind."""
    async with serve(http(frame("one") + frame("two")), delay=0.2) as endpoint:
        stream = stream_model(endpoint.url, api_key=None, model="m", messages=MESSAGES, settings={})
        assert await anext(stream) == "one"
        await stream.aclose()
        with pytest.raises(StopAsyncIteration):
            await anext(stream)
