"""A server on a real socket that says, step by step, what a test laid out."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Self

# Bytes are sent, a number of seconds is slept, and ``None`` hangs up.
Step = bytes | float | None
OK = b'HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{"code":0,"data":[]}'
STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"


def chunk(text: str) -> bytes:
    """A chunk of a body."""
    data = text.encode()
    return b"%x\r\n%b\r\n" % (len(data), data)


class RawServer:
    """Answers each request with the next script; ends with its ``with`` block.

    Attributes:
        connections: How many were opened.
        requests: The heads of the requests.
        left: Set when a client hung up.
    """

    def __init__(self, *scripts: Sequence[Step], reads_bodies: bool = True) -> None:
        self.connections = 0
        self.requests: list[bytes] = []
        self.left = threading.Event()
        self._scripts = iter(scripts)
        self._reads_bodies = reads_bodies
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._sockets: list[socket.socket] = []

    @property
    def url(self) -> str:
        """The address to use as a base URL."""
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join(5)
        self._listener.close()
        for connection in self._sockets:
            connection.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.connections += 1
                self._sockets.append(connection)
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            while self._heard(connection):
                for step in next(self._scripts):
                    if step is None:
                        return
                    if isinstance(step, bytes):
                        connection.sendall(step)
                    else:
                        time.sleep(step)
        self.left.set()

    def _heard(self, connection: socket.socket) -> bool:
        received = b""
        while b"\r\n\r\n" not in received:
            data = connection.recv(1 << 16)
            if not data:
                return False
            received += data
        head, _, body = received.partition(b"\r\n\r\n")
        self.requests.append(head)
        if self._reads_bodies:
            length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
            left = int(length or 0) - len(body)
            while left > 0:
                left -= len(connection.recv(min(left, 1 << 16)))
        return True
