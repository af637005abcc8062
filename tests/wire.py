"""A server that answers bytes, one scripted answer for each request, and keeps what it was sent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

OK = b'{"code":0,"data":[]}'
HANG_UP = b""


def reply(body: bytes = OK, *, status: int = 200, headers: Sequence[str] = ()) -> bytes:
    """An answer on the wire."""
    lines = [f"HTTP/1.1 {status} X", "Content-Type: application/json", *headers]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body


class Wire:
    """What a server saw.

    Attributes:
        url: Its address.
        requests: Head and body of each request.
        connections: How many were opened.
    """

    def __init__(self, answers: Sequence[bytes], *, closes: bool) -> None:
        self.url = ""
        self.requests: list[tuple[str, bytes]] = []
        self.connections = 0
        self._answers = iter(answers)
        self._closes = closes
        self._writers: list[asyncio.StreamWriter] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serves one connection: an empty answer ends it, and so does a request too many."""
        self.connections += 1
        self._writers.append(writer)
        with suppress(OSError, asyncio.IncompleteReadError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                length = head.lower().partition("content-length: ")[2].partition("\r\n")[0]
                self.requests.append((head, await reader.readexactly(int(length or 0))))
                answer = next(self._answers, HANG_UP)
                writer.write(answer)
                await writer.drain()
                if self._closes or not answer:
                    break
        writer.close()

    async def close(self) -> None:
        """Closes what clients left open."""
        for writer in self._writers:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()


@asynccontextmanager
async def serving(*answers: bytes, closes: bool = False) -> AsyncIterator[Wire]:
    """Run a server with these answers; it may close each connection after the first of them."""
    wire = Wire(answers, closes=closes)
    async with await asyncio.start_server(wire.serve, "127.0.0.1", 0) as server:
        wire.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield wire
        await asyncio.sleep(0.02)  # for connections that are on their way
        await wire.close()
