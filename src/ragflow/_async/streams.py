"""Answers that arrive bit by bit."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator, Sequence
from types import TracebackType
from typing import Any, Self

from .._protocol.answers import Answer, message_of
from .._protocol.dialects import Dialect
from .._protocol.requests import Request
from .._protocol.timeouts import TimeoutLike
from ..errors import RAGFlowError, StreamInterruptedError
from ..models import Message
from .responses import BROKEN, AsyncResponse
from .transport import AsyncTransport

__all__ = ["AsyncMessageStream"]


class AsyncMessageStream:
    """An answer on its way: iterate it for messages, each with the whole text so far.

    Iterating opens the stream. ``async with stream:`` opens it at once, so that a refusal is
    raised there, and closes it at the end, which also stops the server's work when the answer is
    left before its end.

    Iterating raises :class:`~ragflow.errors.StreamInterruptedError`, with what had arrived, when
    the answer breaks off.
    """

    def __init__(
        self,
        api: AsyncTransport,
        build: Callable[[Dialect, Sequence[Message]], Request],
        history: Callable[[], Awaitable[Sequence[Message]]],
        timeout: TimeoutLike = None,
    ) -> None:
        self._api = api
        self._build = build
        self._history = history
        self._timeout = timeout
        self._answer = Answer()
        self._messages: Iterator[Message] = iter(())
        self._response: AsyncResponse | None = None
        self._pieces: AsyncIterator[bytes] | None = None
        self._opened = False

    async def final(self) -> Message:
        """Reads to the end and gives the finished message."""
        async with self:
            async for message in self:
                last = message
        return last

    # async-only: start
    def __await__(self) -> Generator[Any, None, Self]:
        """Opens the stream, so that a refusal is raised here."""
        return self.__aenter__().__await__()

    # async-only: end
    async def __aenter__(self) -> Self:
        if not self._opened:
            await self._open()
            self._opened = True
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    def __aiter__(self) -> AsyncIterator[Message]:
        return self

    async def __anext__(self) -> Message:
        while True:
            try:
                message = next(self._messages, None)
            except RAGFlowError:
                await self._end()
                raise
            if message is not None:
                return message
            if not self._opened:
                await self.__aenter__()
            elif self._response is None or self._pieces is None:
                raise StopAsyncIteration
            else:
                await self._read_on(self._response, self._pieces)

    async def aclose(self) -> None:
        """Ends the answer here; the connection is given up and the server may stop working."""
        self._opened = True
        self._messages = iter(())
        await self._end()

    async def _open(self) -> None:
        await self._api.adapt(self._open_for)

    async def _open_for(self, dialect: Dialect) -> None:
        said = await self._history() if dialect.completion_sends_history else ()
        request = self._build(dialect, said)
        self._answer = Answer(request)
        response = await self._api.open(request, timeout=self._timeout)
        if response.headers.get("content-type", "").startswith("text/event-stream"):
            self._response = response
            self._pieces = response.pieces()
        else:
            reply = await self._api.read(request, response)
            self._messages = iter((message_of(reply.data),))

    async def _read_on(self, response: AsyncResponse, pieces: AsyncIterator[bytes]) -> None:
        """Takes the next bytes off the wire; their messages are made when they are asked for."""
        try:
            piece = await anext(pieces)
        except StopAsyncIteration:
            await self._end()
            self._messages = self._answer.finish()
        except BROKEN as error:
            await self._end()
            problem = response.translated(error)
            raise StreamInterruptedError(str(problem), self._answer.latest) from problem
        else:
            self._messages = self._answer.feed(piece)

    async def _end(self) -> None:
        self._pieces = None
        if self._response is not None:
            await self._response.aclose()
