"""Sockets of asyncio for httpcore, without the layers in between that serve other event loops."""

from __future__ import annotations

import asyncio
import select
import ssl
from collections.abc import Iterable
from typing import Any

import httpcore

BUFFER = 1 << 18  # bytes that wait to be read; beyond twice that the peer has to wait


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
        try:
            async with asyncio.timeout(timeout):
                reader, writer = await asyncio.open_connection(host, port, limit=BUFFER)
        except TimeoutError as error:
            raise httpcore.ConnectTimeout(str(error)) from error
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error
        return AsyncioStream(reader, writer)


class AsyncioStream(httpcore.AsyncNetworkStream):
    """One open socket."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._loop = asyncio.get_running_loop()

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """What has arrived; nothing is the end."""
        # The reader is told of the time-out as of any failure: a scope would cost more than the
        # whole reading, for each piece of each answer.
        alarm = None
        if timeout is not None:
            late = httpcore.ReadTimeout(f"nothing came for {timeout} s")
            alarm = self._loop.call_later(timeout, self._reader.set_exception, late)
        try:
            return await self._reader.read(max_bytes)
        except OSError as error:
            raise httpcore.ReadError(str(error)) from error
        finally:
            if alarm is not None:
                alarm.cancel()

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Sends bytes; returns when the next may follow."""
        try:
            self._writer.write(buffer)
            if self._writer.transport.get_write_buffer_size():
                async with asyncio.timeout(timeout):
                    await self._writer.drain()
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
        try:
            async with asyncio.timeout(timeout):
                await self._writer.start_tls(ssl_context, server_hostname=server_hostname)
        except TimeoutError as error:
            await self.aclose()
            raise httpcore.ConnectTimeout(str(error)) from error
        except OSError as error:  # errors of TLS among them
            await self.aclose()
            raise httpcore.ConnectError(str(error)) from error
        return self

    async def aclose(self) -> None:
        """Closes the socket, at once: whoever closes has read all that matters."""
        self._writer.transport.abort()
        await asyncio.sleep(0)  # the loop closes it in its next round

    def get_extra_info(self, info: str) -> Any:
        """What httpcore asks about a socket."""
        if info == "is_readable":
            return self._reader.at_eof() or _is_readable(self._writer)
        return self._writer.get_extra_info(info)


def _is_readable(writer: asyncio.StreamWriter) -> bool:
    """Whether something came that nobody asked for, the server's farewell for example."""
    if writer.is_closing():
        return True
    socket = writer.get_extra_info("socket")
    if not hasattr(select, "poll"):
        return bool(select.select([socket], [], [], 0)[0])
    waiting = select.poll()
    waiting.register(socket, select.POLLIN)
    return bool(waiting.poll(0))
