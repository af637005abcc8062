"""Sessions: conversations with a chat."""

from __future__ import annotations

from collections.abc import Coroutine, Mapping, Sequence
from typing import Any, Literal, overload

from .._protocol import sessions
from .._protocol.arguments import unfold
from .._protocol.requests import Request
from .._protocol.timeouts import TimeoutLike
from ..models import Message, SessionData
from .resource import absorb, api_of
from .streams import AsyncMessageStream

__all__ = ["AsyncSession"]


class AsyncSession(SessionData):
    """A conversation with a chat."""

    __slots__ = ()

    @overload
    def ask(
        self,
        question: str,
        stream: Literal[False] = False,
        *,
        options: Mapping[str, object] | None = None,
        timeout: TimeoutLike = None,
    ) -> Coroutine[Any, Any, Message]: ...

    @overload
    def ask(
        self,
        question: str,
        stream: Literal[True],
        *,
        options: Mapping[str, object] | None = None,
        timeout: TimeoutLike = None,
    ) -> AsyncMessageStream: ...

    @overload
    def ask(
        self,
        question: str,
        stream: bool,
        *,
        options: Mapping[str, object] | None = None,
        timeout: TimeoutLike = None,
    ) -> Coroutine[Any, Any, Message] | AsyncMessageStream: ...

    def ask(
        self,
        question: str,
        stream: bool = False,
        *,
        options: Mapping[str, object] | None = None,
        timeout: TimeoutLike = None,
    ) -> Coroutine[Any, Any, Message] | AsyncMessageStream:
        """Asks a question.

        Args:
            question: What to ask.
            stream: Whether to give the answer while it is being written.
            options: Further fields of the request, for example ``{"quote": False}``.
            timeout: Seconds without a byte after which the answer counts as broken; the client's
                ``stream_timeout`` when not given.

        Returns:
            The finished message, or with ``stream=True`` an async iterator of messages, each with
            the whole text so far in ``content`` and the new part in ``delta``.

        Raises:
            APIError: The server refused or failed.
            StreamInterruptedError: The answer broke off; the error carries what had arrived.
        """

        async def prepare() -> Request:
            dialect = await api.dialect()
            return sessions.ask(dialect, self.chat_id, self.id, question, options or {})

        api = api_of(self)
        answer = AsyncMessageStream(api, prepare, timeout)
        return answer if stream else answer.final()

    async def update(
        self,
        update_message: Mapping[str, object] | Sequence[Mapping[str, object]],
        *,
        timeout: TimeoutLike = None,
    ) -> None:
        """Renames the session.

        Args:
            update_message: ``{"name": …}``.
            timeout: Seconds; the client's own when not given.

        Raises:
            InvalidRequestError: The name is blank, or a field cannot be changed.
        """
        message = unfold(update_message)
        api = api_of(self)
        request = sessions.update(await api.dialect(), self.chat_id, self.id, message)
        reply = await api.send(request, timeout=timeout)
        answer = sessions.from_wire(reply.data)
        absorb(self, answer if isinstance(answer, Mapping) else message)
