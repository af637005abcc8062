"""A server on a real socket that misbehaves in one of a few ways."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from types import TracebackType
from typing import Self

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 4000\r\n\r\n"


class MisbehavingServer:
    """Takes requests on loopback and answers as ``behave`` says; ends with its ``with`` block.

    Attributes:
        behave: ``"silent"``, ``"trickle"``, ``"truncate"`` or ``"hang up"``.
        count: How many requests came.
    """

    def __init__(self) -> None:
        self.behave = "silent"
        self.count = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._stop = threading.Event()
        self._open: list[socket.socket] = []

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
        self._stop.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join(5)
        self._listener.close()
        for connection in self._open:
            connection.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while not self._stop.is_set():
                connection, _ = self._listener.accept()
                self._open.append(connection)
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            connection.recv(65536)
            self.count += 1
            if self.behave == "hang up":
                connection.close()
            elif self.behave == "truncate":
                connection.sendall(HEAD + b'{"code":')
                connection.close()
            elif self.behave == "trickle":
                connection.sendall(HEAD)
                while not self._stop.is_set():
                    connection.sendall(b" ")
                    time.sleep(0.02)
