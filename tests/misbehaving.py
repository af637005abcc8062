"""A server that misbehaves in one of a few ways."""

from __future__ import annotations

import socket
import time

from socket_server import SocketServer

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 4000\r\n\r\n"


class MisbehavingServer(SocketServer):
    """Takes requests and answers as ``behave`` says.

    Attributes:
        behave: ``"silent"``, ``"trickle"``, ``"truncate"`` or ``"hang up"``.
        count: How many requests came.
    """

    def __init__(self) -> None:
        super().__init__()
        self.behave = "silent"
        self.count = 0

    def serve(self, connection: socket.socket) -> None:
        """Takes one request."""
        connection.recv(65536)
        self.count += 1
        if self.behave == "hang up":
            connection.close()
        elif self.behave == "truncate":
            connection.sendall(HEAD + b'{"code":')
            connection.close()
        elif self.behave == "trickle":
            connection.sendall(HEAD)
            while not self.is_over.is_set():
                connection.sendall(b" ")
                time.sleep(0.02)
