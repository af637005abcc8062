"""A server that says, step by step, what a test laid out."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Sequence

from socket_server import SocketServer

# Bytes are sent, a number of seconds is slept, and ``None`` hangs up.
Step = bytes | float | None
OK = b'HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{"code":0,"data":[]}'
STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"


def chunk(text: str) -> bytes:
    """A chunk of a body."""
    data = text.encode()
    return b"%x\r\n%b\r\n" % (len(data), data)


class RawServer(SocketServer):
    """Answers each request with the next script.

    Attributes:
        requests: The heads of the requests.
        left: Set when a client hung up.
    """

    def __init__(self, *scripts: Sequence[Step], reads_bodies: bool = True) -> None:
        super().__init__()
        self.requests: list[bytes] = []
        self.left = threading.Event()
        self._scripts = iter(scripts)
        self._reads_bodies = reads_bodies

    def serve(self, connection: socket.socket) -> None:
        """Goes through scripts until one hangs up, or the client does."""
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
