"""Sessions: conversations with a chat."""

from __future__ import annotations

from collections.abc import Coroutine, Mapping, Sequence
from typing import Any, Literal, overload

from .._protocol import sessions
from .._protocol.arguments import unfold
from .._protocol.paging import PageCall
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
        answer = AsyncMessageStream(
            api_of(self),
            lambda dialect, said: sessions.ask(
                dialect, self.chat_id, self.id, question, history=said, options=options
            ),
            self._history,
            timeout,
        )
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
        reply = await api_of(self).send(
            lambda dialect: sessions.update(dialect, self.chat_id, self.id, message),
            timeout=timeout,
        )
        answer = sessions.from_wire(reply.data)
        absorb(self, answer if isinstance(answer, Mapping) else message)

    async def _history(self) -> Sequence[Message]:
        """What was said so far, as the server knows it."""
        api = api_of(self)
        reply = await api.send(sessions.list_page(self.chat_id, PageCall(1, 1), id=self.id))
        rows, _ = reply.listing("sessions")
        found = [sessions.from_wire(row) for row in rows] if isinstance(rows, list) else []
        return api.bind_many(found, AsyncSession)[0].messages if found else ()
