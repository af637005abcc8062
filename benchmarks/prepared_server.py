"""A server that repeats one prepared answer, in a process of its own, cheaper than any client."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from types import TracebackType
from typing import Self

DATASET = b'{"id":"%032d","name":"kb","chunk_count":3,"document_count":1,"parser_config":{}}'
BODY = b'{"code":0,"data":[' + b",".join(DATASET % number for number in range(5)) + b"]}\n"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
ANSWER = HEAD % len(BODY) + BODY


class Prepared(asyncio.Protocol):
    """Answers each request without looking at it; requests have no body."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remembers where to answer."""
        self.transport = transport
        self.pending = b""

    def data_received(self, data: bytes) -> None:
        """Answers the requests that are complete."""
        *requests, self.pending = (self.pending + data).split(b"\r\n\r\n")
        for _ in requests:
            self.transport.write(ANSWER)  # type: ignore[attr-defined]


class PreparedServer:
    """The server, running while its ``with`` block does."""

    url: str

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().strip()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.communicate()


async def serve() -> None:
    """Serves until standard input ends."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Prepared, "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(serve())
