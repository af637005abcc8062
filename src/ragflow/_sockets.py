"""Sockets of asyncio for httpcore, without the layers in between that serve other event loops."""

from __future__ import annotations

import asyncio
import select
import ssl
from collections.abc import Iterable
from typing import Any

import httpcore

BUFFER = 1 << 19  # bytes that wait to be read; the peer has to wait with more


class AsyncioNetwork(httpcore.AsyncNetworkBackend):
    """Opens sockets."""

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connects to an address."""
        loop = asyncio.get_running_loop()
        inbox = _Inbox(loop)
        try:
            async with asyncio.timeout(timeout):
                await loop.create_connection(lambda: inbox, host, port)
        except TimeoutError as error:
            raise httpcore.ConnectTimeout(str(error)) from error
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error
        return AsyncioStream(inbox)


class AsyncioStream(httpcore.AsyncNetworkStream):
    """One open socket."""

    def __init__(self, inbox: _Inbox) -> None:
        self._inbox = inbox
        self._loop = asyncio.get_running_loop()

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """What has arrived; nothing is the end."""
        inbox = self._inbox
        if not inbox.pieces and not inbox.ended:
            await inbox.arrival(timeout)
        if inbox.error is not None and not inbox.pieces:
            raise httpcore.ReadError(str(inbox.error)) from inbox.error
        return inbox.take(max_bytes)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Sends bytes; returns when the next may follow."""
        inbox = self._inbox
        try:
            inbox.check()
            inbox.transport.write(buffer)
            if inbox.is_full:
                async with asyncio.timeout(timeout):
                    await inbox.room()
                inbox.check()
        except TimeoutError as error:
            raise httpcore.WriteTimeout(str(error)) from error
        except OSError as error:
            raise httpcore.WriteError(str(error)) from error

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Encrypts from here on."""
        inbox = self._inbox
        try:
            async with asyncio.timeout(timeout):
                transport = await self._loop.start_tls(
                    inbox.transport, inbox, ssl_context, server_hostname=server_hostname
                )
        except TimeoutError as error:
            await self.aclose()
            raise httpcore.ConnectTimeout(str(error)) from error
        except OSError as error:  # errors of TLS among them
            await self.aclose()
            raise httpcore.ConnectError(str(error)) from error
        if transport is None:  # the peer hung up meanwhile
            raise httpcore.ConnectError("the connection ended while it was being encrypted")
        inbox.transport = transport
        return self

    async def aclose(self) -> None:
        """Closes the socket, at once: whoever closes has read all that matters."""
        self._inbox.close()
        await asyncio.sleep(0)  # the loop closes it in its next round

    def get_extra_info(self, info: str) -> Any:
        """What httpcore asks about a socket."""
        transport = self._inbox.transport
        if info == "is_readable":
            return self._inbox.ended or bool(self._inbox.pieces) or _is_readable(transport)
        return transport.get_extra_info(info)


class _Inbox(asyncio.Protocol):
    """What has come and not been read; whoever waits for it is told.

    Attributes:
        pieces: What has come.
        ended: Whether no more will.
        error: Why, if that was no proper end.
        is_full: Whether the peer is slower than whoever writes.
    """

    transport: asyncio.WriteTransport

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.pieces: list[bytes] = []
        self.ended = False
        self.error: Exception | None = None
        self.is_full = False
        self._loop = loop
        self._size = 0
        self._is_paused = False
        self._is_closed = False
        self._reader: asyncio.Future[None] | None = None
        self._writer: asyncio.Future[None] | None = None
        self._alarm: asyncio.TimerHandle | None = None
        self._deadline = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        self.pieces.append(data)
        self._size += len(data)
        if self._size > BUFFER and not self._is_paused:
            self._is_paused = True
            self.transport.pause_reading()  # type: ignore[attr-defined]
        _wake(self._reader)

    def eof_received(self) -> bool:
        self.ended = True
        _wake(self._reader)
        return self.transport.get_extra_info("ssl_object") is None

    def connection_lost(self, error: Exception | None) -> None:
        self.ended = self._is_closed = True
        self.error = error
        _wake(self._reader)
        _wake(self._writer)

    def pause_writing(self) -> None:
        self.is_full = True

    def resume_writing(self) -> None:
        self.is_full = False
        _wake(self._writer)

    def arrival(self, timeout: float | None) -> asyncio.Future[None]:
        """What is done when something comes, or the end."""
        self._reader = self._loop.create_future()
        if timeout is not None:
            self._set_alarm(self._loop.time() + timeout)
        return self._reader

    async def room(self) -> None:
        """Waits until the peer has taken most of what was written."""
        self._writer = self._loop.create_future()
        try:
            await self._writer
        finally:
            self._writer = None

    def take(self, size: int) -> bytes:
        """What has come, so many bytes at most."""
        pieces = self.pieces
        data = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        pieces.clear()
        if len(data) > size:
            pieces.append(data[size:])
            data = data[:size]
        self._size -= len(data)
        if self._is_paused and self._size <= BUFFER // 2:
            self._is_paused = False
            self.transport.resume_reading()  # type: ignore[attr-defined]
        return data

    def check(self) -> None:
        """Raises what went wrong, if the connection is gone."""
        if self._is_closed:
            raise self.error or ConnectionResetError("the connection is closed")

    def close(self) -> None:
        """Closes the socket."""
        self._is_closed = True
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        self.transport.abort()

    def _set_alarm(self, deadline: float) -> None:
        """Sees to it that somebody looks at that time.

        Whoever reads piece by piece sets a later deadline each time; one alarm serves them all.
        """
        self._deadline = deadline
        if self._alarm is not None:
            if self._alarm.when() <= deadline:
                return
            self._alarm.cancel()
        self._alarm = self._loop.call_at(deadline, self._look)

    def _look(self) -> None:
        self._alarm = None
        reader = self._reader
        if reader is None or reader.done():
            return
        if self._loop.time() < self._deadline:
            self._set_alarm(self._deadline)
        else:
            reader.set_exception(httpcore.ReadTimeout("nothing came in time"))


def _wake(waiting: asyncio.Future[None] | None) -> None:
    if waiting is not None and not waiting.done():
        waiting.set_result(None)


def _is_readable(transport: asyncio.WriteTransport) -> bool:
    """Whether something came that nobody asked for, the server's farewell for example."""
    if transport.is_closing():
        return True
    socket = transport.get_extra_info("socket")
    if not hasattr(select, "poll"):
        return bool(select.select([socket], [], [], 0)[0])
    waiting = select.poll()
    waiting.register(socket, select.POLLIN)
    return bool(waiting.poll(0))
