"""Requests by way of aiohttp, which does in C what httpcore does in Python; for asyncio alone."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Generic, Protocol, TypeVar

import aiohttp
import httpx
from yarl import URL

from ._network import COMPRESSION, HEADERS, KEEP_IDLE, MAX_CONNECTIONS, Origin, tls_for
from ._protocol.multipart import PIECE, Multipart
from ._twins import AsyncSlots
from .settings import Secret

A_co = TypeVar("A_co", covariant=True)

BUFFER = 1 << 18  # bytes that wait to be read; beyond twice that the server has to wait
OWN = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")
# The first that fits counts; what is not among them broke when the server may have acted.
MEANINGS: dict[type[Exception], type[httpx.TransportError]] = {
    aiohttp.ClientProxyConnectionError: httpx.ProxyError,
    aiohttp.ClientConnectorError: httpx.ConnectError,
    aiohttp.ConnectionTimeoutError: httpx.ConnectTimeout,
    aiohttp.SocketTimeoutError: httpx.ReadTimeout,
    aiohttp.ClientResponseError: httpx.RemoteProtocolError,
    aiohttp.ClientError: httpx.ReadError,
    TimeoutError: httpx.WriteTimeout,
    OSError: httpx.ReadError,
}


class Streams(Protocol[A_co]):
    """Another way to the same server."""

    async def send(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str],
        body: bytes | Multipart | None,
        phases: Mapping[str, float | None],
    ) -> A_co: ...

    async def aclose(self) -> None: ...


class AiohttpLink(Generic[A_co]):
    """Sends requests over the connections of an aiohttp session.

    Args:
        origin: Where to.
        api_key: Goes with every request.
        streams: What carries streams, downloads and forms, at less than aiohttp takes for them.
    """

    def __init__(self, origin: Origin, api_key: Secret, streams: Streams[A_co]) -> None:
        self._origin = origin
        self._headers = {**HEADERS, "Accept-Encoding": COMPRESSION}
        self._api_key = api_key
        self._streams = streams
        self._slots = AsyncSlots(MAX_CONNECTIONS)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=0, keepalive_timeout=KEEP_IDLE, ssl=tls_for(origin.url)
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            middlewares=(_once,),
            read_bufsize=BUFFER,
            skip_auto_headers=OWN,
        )

    @property
    def is_closed(self) -> bool:
        """Whether the session is."""
        return self._session.closed

    async def send(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str],
        body: bytes | Multipart | None,
        phases: Mapping[str, float | None],
    ) -> httpx.Response | _Answer | A_co:
        """Sends a request; its connection is free again when the answer is closed."""
        # What asks for "identity" is a stream or a download.
        if "Accept-Encoding" in headers or isinstance(body, Multipart):
            return await self._streams.send(method, target, headers, body, phases)
        key = {"Authorization": f"Bearer {self._api_key.reveal()}"}
        await self._slots.take(phases["pool"])
        try:
            if method != "GET":  # a server's farewell is noticed by the loop, if it gets the chance
                await asyncio.sleep(0)
                await asyncio.sleep(0)
            response = await self._session.request(
                method,
                URL(self._origin.url + target, encoded=True),
                headers={**self._headers, **headers, **key},
                data=body if body is None or len(body) <= PIECE else io.BytesIO(body),
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(
                    sock_connect=phases["connect"], sock_read=phases["read"]
                ),
            )
        except (aiohttp.ClientError, OSError) as error:
            self._slots.free()
            raise _meant(error) from error
        except BaseException:
            self._slots.free()
            raise
        answer = _Answer(response, self._slots.free)
        if "content-encoding" not in response.headers:
            return answer
        return httpx.Response(response.status, headers=response.raw_headers, stream=answer)

    async def aclose(self) -> None:
        """Closes the connections."""
        await self._streams.aclose()
        await self._session.close()
        await asyncio.sleep(0)  # the loop closes the sockets in its next round


class _Answer(httpx.AsyncByteStream):
    """An answer that says when it is done with."""

    def __init__(self, response: aiohttp.ClientResponse, done: Callable[[], None]) -> None:
        self.status_code = response.status
        self.headers = response.headers
        self._response = response
        self._done: Callable[[], None] | None = done

    async def aiter_bytes(self) -> AsyncIterator[bytes]:
        """What has arrived, as much as it is."""
        try:
            async for chunk in self._response.content.iter_any():
                yield chunk
        except (aiohttp.ClientError, OSError) as error:
            raise _meant(error) from error
        finally:  # also where nobody wants the rest, and nobody says so
            await self.aclose()

    __aiter__ = aiter_bytes

    async def aclose(self) -> None:
        """Frees the connection for others, or closes it where the body was not read to its end."""
        done, self._done = self._done, None
        if done is not None:
            self._response.release()
            done()


async def _once(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Says what went wrong in words that aiohttp does not take as a reason to send again."""
    try:
        return await handler(request)
    except (aiohttp.ClientError, OSError) as error:
        raise _meant(error) from error


def _meant(error: Exception) -> httpx.TransportError:
    """An error in the words of httpx."""
    meaning = next(words for kind, words in MEANINGS.items() if isinstance(error, kind))
    return meaning(str(error))
