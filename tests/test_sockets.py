"""The sockets of asyncio as httpcore takes them."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpcore
import pytest

from ragflow._sockets import BUFFER, AsyncioNetwork

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def connected(serve: Serve) -> AsyncIterator[httpcore.AsyncNetworkStream]:
    """A socket whose other end is served."""

    async def serve_and_close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await serve(reader, writer)
        finally:
            writer.transport.abort()

    async with await asyncio.start_server(serve_and_close, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        stream = await AsyncioNetwork().connect_tcp("127.0.0.1", port, 5.0)
        yield stream
        await stream.aclose()
        await asyncio.sleep(0.02)


async def until_end(stream: httpcore.AsyncNetworkStream, size: int = 1 << 16) -> bytes:
    """All that comes."""
    pieces = []
    while piece := await stream.read(size, 5.0):
        assert len(piece) <= size
        pieces.append(piece)
    return b"".join(pieces)


async def test_more_than_is_read() -> None:
    """Whoever does not read makes the peer wait, and nothing is lost."""
    data = bytes(range(256)) * (32 << 10)
    sent: list[int] = []

    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for begin in range(0, len(data), 1 << 20):
            writer.write(data[begin : begin + (1 << 20)])
            await writer.drain()
            sent.append(begin)
        writer.write_eof()
        await asyncio.sleep(0.2)

    async with connected(serve) as stream:
        while len(stream._inbox.pieces) < 2:  # type: ignore[attr-defined]
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)
        assert sum(map(len, stream._inbox.pieces)) <= 2 * BUFFER  # type: ignore[attr-defined]
        assert await until_end(stream) == data


async def test_end_and_what_came_before_it() -> None:
    """What a peer sent before its farewell is read, then comes the end, as often as asked."""

    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"bye")
        writer.write_eof()
        await asyncio.sleep(0.1)

    async with connected(serve) as stream:
        while not stream.get_extra_info("is_readable"):
            await asyncio.sleep(0.01)
        assert await until_end(stream) == b"bye"
        assert await stream.read(9, 1.0) == b""
        assert stream.get_extra_info("is_readable")


async def test_connection_that_was_reset() -> None:
    """A reset is an error to who reads, and to who writes."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        linger = struct.pack("ii", 1, 0)  # closing resets the connection
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)

    async with connected(serve) as stream:
        await stream.write(b"x", 1.0)
        with pytest.raises(httpcore.ReadError):
            await stream.read(1 << 20, 5.0)
        with pytest.raises(httpcore.WriteError):
            await stream.write(b"x", 1.0)


async def test_reads_in_time() -> None:
    """Each read has its own time-out: one alarm goes off for none but who waits too long."""

    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _n in range(4):
            await asyncio.sleep(0.1)
            writer.write(b"x")
        await asyncio.sleep(5)

    async with connected(serve) as stream:
        assert [await stream.read(1, 0.35) for _ in range(4)] == [b"x"] * 4
        with pytest.raises(httpcore.ReadTimeout):
            await stream.read(1, 0.2)
        with pytest.raises(httpcore.ReadTimeout):
            await stream.read(1, 0.01)  # sooner than the alarm that is set


async def test_alarm_that_nobody_waits_for() -> None:
    """An alarm that goes off after its answer came does no harm."""

    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"x")
        await asyncio.sleep(0.3)
        writer.write(b"y")
        await asyncio.sleep(5)

    async with connected(serve) as stream:
        assert await stream.read(1, 0.1) == b"x"
        await asyncio.sleep(0.2)
        assert await stream.read(1, None) == b"y"


async def test_cancelled_read() -> None:
    """A read that was cancelled takes nothing with it."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.read(9))
        await asyncio.sleep(5)

    async with connected(serve) as stream:
        reading = asyncio.create_task(stream.read(9, 5.0))
        await asyncio.sleep(0.01)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        await stream.write(b"hello", 1.0)
        assert await stream.read(9, 5.0) == b"hello"


async def test_peer_that_takes_nothing() -> None:
    """Writing waits for the peer, but not for ever."""

    async def serve(_: asyncio.StreamReader, __: asyncio.StreamWriter) -> None:
        await asyncio.sleep(5)

    async with connected(serve) as stream:
        with pytest.raises(httpcore.WriteTimeout):
            await stream.write(bytes(64 << 20), 0.1)


async def test_peer_that_takes_its_time() -> None:
    """Writing goes on when the peer has taken what was written."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.1)
        await reader.readexactly(16 << 20)
        writer.write(b"done")
        await asyncio.sleep(5)

    async with connected(serve) as stream:
        for _n in range(16):
            await stream.write(bytes(1 << 20), 5.0)
        assert await stream.read(9, 5.0) == b"done"


@pytest.mark.parametrize("hangs_up", [False, True])
async def test_peer_that_cannot_encrypt(hangs_up: bool) -> None:
    """A peer that speaks something else than TLS, or nothing, is no connection."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(9)
        if not hangs_up:
            writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            await asyncio.sleep(0.2)

    async with connected(serve) as stream:
        with pytest.raises(httpcore.ConnectError):
            await stream.start_tls(ssl.create_default_context(), "localhost", 5.0)


async def test_peer_that_does_not_answer_to_encryption() -> None:
    """The handshake has a time-out too."""

    async def serve(_: asyncio.StreamReader, __: asyncio.StreamWriter) -> None:
        await asyncio.sleep(5)

    async with connected(serve) as stream:
        with pytest.raises(httpcore.ConnectTimeout):
            await stream.start_tls(ssl.create_default_context(), "localhost", 0.1)
