"""A server on a real socket; what it says to a connection is for others to decide."""

from __future__ import annotations

import contextlib
import socket
import threading
from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self


class SocketServer(ABC):
    """Listens on loopback until its ``with`` block ends.

    Attributes:
        connections: Those that were taken.
        is_over: Set when it is to end.
    """

    def __init__(self) -> None:
        self.connections: list[socket.socket] = []
        self.is_over = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))

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
        self.is_over.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join(5)
        self._listener.close()
        for connection in self.connections:
            connection.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.connections.append(connection)
                threading.Thread(target=self._begin, args=(connection,), daemon=True).start()

    def _begin(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError):  # the client may leave at any time
            self.serve(connection)

    @abstractmethod
    def serve(self, connection: socket.socket) -> None:
        """Talks to a client, in a thread of its own."""
