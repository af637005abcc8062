# Generated from tests/_async/test_wires.py by tools/generate_sync.py. Do not edit.
"""Connections over real sockets: what is kept, what is given up, and who waits for how long."""

from __future__ import annotations

import pytest

from ragflow import (
    APIError,
    ConnectionFailedError,
    DataSet,
    RAGFlow,
    RequestTimeoutError,
    Session,
    StreamInterruptedError,
)
from raw_server import OK, STREAM, RawServer, Step, chunk

PIECE = 'data:{"code": 0, "data": {"answer": "%s", "final": false}}\n\n'
END = 'data:{"code": 0, "data": true}\n\n'
LAST = b"0\r\n\r\n"


def connect(server: RawServer, **options: object) -> RAGFlow:
    """A client of a server that needs no look at it."""
    options = {"max_retries": 0, "server_version": "0.27.0", **options}
    return RAGFlow("key", server.url, **options)  # type: ignore[arg-type]


def session_of(client: RAGFlow) -> Session:
    """Any session."""
    return client.bind(Session(id="s", chat_id="c"))


def test_connection_is_kept() -> None:
    """Calls one after the other, and a stream that was read to its end, share a connection."""
    answer = [STREAM, chunk(PIECE % "a"), chunk(END) + LAST]
    with RawServer([OK], answer, [OK]) as server:
        with connect(server, fast=False) as client:
            client.list_datasets()
            assert session_of(client).ask("?").content == "a"
            client.list_datasets()
    assert (len(server.connections), len(server.requests)) == (1, 3)


def test_interim_answers_are_passed_over() -> None:
    """A server may say that it is at work before it answers."""
    with RawServer([b"HTTP/1.1 103 Early Hints\r\n\r\n", 0.01, OK]) as server:
        with connect(server) as client:
            assert client.list_datasets() == []


@pytest.mark.parametrize(
    "answer",
    [
        [OK + b"HTTP/1.1 500 Surprise\r\nContent-Length: 0\r\n\r\n"],
        [OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")],
        [OK.replace(b"1.1", b"1.0")],
        [OK, None],
    ],
    ids=["more than asked for", "farewell", "old", "hang up"],
)
def test_connection_that_cannot_be_used_again(answer: list[Step]) -> None:
    """What came without being asked for is no answer to the next call; that takes a new way."""
    with RawServer(answer, [OK]) as server:
        with connect(server, fast=False) as client:
            assert client.list_datasets() == []
            if None in answer:
                server.left.wait(5)
            assert client.list_datasets() == []
    assert len(server.connections) == 2


def test_body_without_a_length() -> None:
    """An answer may end where its connection does."""
    head, _, body = OK.partition(b"\r\n\r\n")
    head = head.partition(b"\r\n")[0]
    with RawServer([head + b"\r\n\r\n" + body[:5], 0.01, body[5:], None]) as server:
        with connect(server) as client:
            assert client.list_datasets() == []


def test_refusal_before_the_upload_is_read() -> None:
    """A server that refuses a file and hangs up without taking it is heard."""
    body = b'{"code":101,"message":"too large"}'
    head = b"HTTP/1.1 413 No\r\nContent-Length: %d\r\n\r\n" % len(body)
    with RawServer([head + body, 0.3, None], reads_bodies=False) as server:
        with connect(server, fast=False) as client:
            dataset = client.bind(DataSet(id="d"))
            with pytest.raises((APIError, ConnectionFailedError)) as failure:
                dataset.upload_documents([("large.bin", bytes(8 << 20))])
    assert isinstance(failure.value, ConnectionFailedError) or failure.value.status == 413


def test_frames_in_single_bytes() -> None:
    """A stream that arrives byte by byte is the same stream."""
    text = "data:" + PIECE.removeprefix("data:") % "Grüße\\n"
    wire = b"".join(chunk(text[n : n + 7]) for n in range(0, len(text), 7))
    steps = [bytes([byte]) for byte in wire]
    with RawServer([STREAM, *steps, chunk(END) + LAST]) as server:
        with connect(server) as client:
            assert session_of(client).ask("?").content == "Grüße\n"


def test_silence_between_frames() -> None:
    """A stream that falls silent is interrupted, with what had come."""
    with RawServer([STREAM, chunk(PIECE % "a"), chunk(PIECE % "b"), 30.0]) as server:
        with connect(server, stream_timeout=0.3) as client:
            with pytest.raises(StreamInterruptedError) as broken:
                session_of(client).ask("?")
    assert broken.value.partial.content == "ab"


def test_each_frame_has_the_whole_time() -> None:
    """The limit is for the silence before a frame, however long they all take."""
    steps: list[Step] = []
    for letter in "abcdef":
        steps += [0.3, chunk(PIECE % letter)]
    with RawServer([STREAM, *steps, chunk(END) + LAST]) as server:
        with connect(server, stream_timeout=1.2) as client:
            assert session_of(client).ask("?").content == "abcdef"


def test_silence_instead_of_an_answer() -> None:
    """A call that nobody answers is given up, and its connection with it."""
    with RawServer([30.0], [OK]) as server:
        with connect(server, timeout=0.3) as client:
            with pytest.raises(RequestTimeoutError):
                client.list_datasets()
            assert client.list_datasets() == []
    assert len(server.connections) == 2


@pytest.mark.parametrize("end", [[None], [b"nonsense\r\n"], [LAST]], ids=["cut", "bad", "early"])
def test_streams_that_break_off(end: list[Step]) -> None:
    """A stream is whole only when the server says so, whatever HTTP thinks of its end."""
    with RawServer([STREAM, chunk(PIECE % "a"), 0.05, *end]) as server:
        with connect(server) as client:
            with pytest.raises(StreamInterruptedError) as broken:
                session_of(client).ask("?")
    assert broken.value.partial.content == "a"


def test_stream_left_early() -> None:
    """Whoever leaves a stream hangs up, and the next call takes a new connection."""
    frames = [step for _ in range(100) for step in (chunk(PIECE % "a"), 0.02)]
    with RawServer([STREAM, *frames], [OK]) as server:
        with connect(server, fast=False) as client:
            with session_of(client).ask("?", stream=True) as stream:
                for message in stream:
                    assert message.content
                    break
            assert server.left.wait(5)
            assert client.list_datasets() == []
    assert len(server.connections) == 2


def test_large_answer() -> None:
    """An answer of megabytes is put together from many pieces."""
    body = b'{"code":0,"data":[{"id":"d","name":"%b"}]}' % (b"x" * (3 << 20))
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body)
    with RawServer([head + body]) as server:
        with connect(server) as client:
            (dataset,) = client.list_datasets()
    assert len(dataset.name) == 3 << 20
