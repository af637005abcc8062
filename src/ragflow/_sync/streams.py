# Generated from src/ragflow/_async/streams.py by tools/generate_sync.py. Do not edit.
"""Answers that arrive bit by bit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import Self

from .._protocol.answers import Answer, message_of
from .._protocol.dialects import Dialect
from .._protocol.requests import Request
from .._protocol.timeouts import TimeoutLike
from ..errors import RAGFlowError, StreamInterruptedError
from ..models import Message
from .responses import BROKEN, Response
from .transport import Transport

__all__ = ["MessageStream"]


class MessageStream:
    """An answer on its way: iterate it for messages, each with the whole text so far.

    Iterating opens the stream. ``with stream:`` opens it at once, so that a refusal is
    raised there, and closes it at the end, which also stops the server's work when the answer is
    left before its end.

    Iterating raises :class:`~ragflow.errors.StreamInterruptedError`, with what had arrived, when
    the answer breaks off.
    """

    def __init__(
        self,
        api: Transport,
        build: Callable[[Dialect, Sequence[Message]], Request],
        history: Callable[[], Sequence[Message]],
        timeout: TimeoutLike = None,
    ) -> None:
        self._api = api
        self._build = build
        self._history = history
        self._timeout = timeout
        self._answer = Answer()
        self._messages: Iterator[Message] = iter(())
        self._response: Response | None = None
        self._pieces: Iterator[bytes] | None = None
        self._opened = False

    def final(self) -> Message:
        """Reads to the end and gives the finished message."""
        with self:
            for message in self:
                last = message
        return last

    def __enter__(self) -> Self:
        if not self._opened:
            self._open()
            self._opened = True
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __iter__(self) -> Iterator[Message]:
        return self

    def __next__(self) -> Message:
        while True:
            try:
                message = next(self._messages, None)
            except RAGFlowError:
                self._end()
                raise
            if message is not None:
                return message
            if not self._opened:
                self.__enter__()
            elif self._response is None or self._pieces is None:
                raise StopIteration
            else:
                self._read_on(self._response, self._pieces)

    def close(self) -> None:
        """Ends the answer here; the connection is given up and the server may stop working."""
        self._opened = True
        self._messages = iter(())
        self._end()

    def _open(self) -> None:
        self._api.adapt(self._open_for)

    def _open_for(self, dialect: Dialect) -> None:
        said = self._history() if dialect.completion_sends_history else ()
        request = self._build(dialect, said)
        self._answer = Answer(request)
        response = self._api.open(request, timeout=self._timeout)
        if response.headers.get("content-type", "").startswith("text/event-stream"):
            self._response = response
            self._pieces = response.pieces()
        else:
            reply = self._api.read(request, response)
            self._messages = iter((message_of(reply.data),))

    def _read_on(self, response: Response, pieces: Iterator[bytes]) -> None:
        """Takes the next bytes off the wire; their messages are made when they are asked for."""
        try:
            piece = next(pieces)
        except StopIteration:
            self._end()
            self._messages = self._answer.finish()
        except BROKEN as error:
            self._end()
            problem = response.translated(error)
            raise StreamInterruptedError(str(problem), self._answer.latest) from problem
        else:
            self._messages = self._answer.feed(piece)

    def _end(self) -> None:
        self._pieces = None
        if self._response is not None:
            self._response.close()
