"""Chat assistants."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence

from .._protocol import chats, sessions
from .._protocol.arguments import IdentifiedMany, ids_of, unfold
from .._protocol.paging import Window
from .._protocol.requests import Param
from .._protocol.timeouts import TimeoutLike
from ..errors import NotFoundError
from ..models import BatchResult, ChatData, Page
from .pager import AsyncPager, delete_all
from .resource import absorb, api_of
from .sessions import AsyncSession

__all__ = ["AsyncChat"]


class AsyncChat(ChatData):
    """A chat assistant: a language model, a prompt and the datasets it answers from."""

    __slots__ = ()

    def get_prologue(self) -> str:
        """The chat's first words."""
        return self.prompt.opener or ""

    async def update(
        self,
        update_message: Mapping[str, object] | Sequence[Mapping[str, object]],
        *,
        timeout: TimeoutLike = None,
    ) -> None:
        """Changes the chat, here and on the server; what is not named stays as it is.

        Args:
            update_message: ``name``, ``avatar``, ``description``, ``knowledgebases``, ``llm`` and
                ``prompt``; the last two may name just the settings that change.
            timeout: Seconds; the client's own when not given.

        Raises:
            InvalidRequestError: A name is taken, a dataset is unknown or not parsed, or a value
                is bad.
        """
        message = unfold(update_message)
        api = api_of(self)
        reply = await api.send(
            lambda dialect: chats.update(dialect, self, message), timeout=timeout
        )
        answer = chats.from_wire(await api.dialect(), reply.data)
        absorb(self, answer if isinstance(answer, Mapping) else chats.merged(self, message))

    async def create_session(
        self, name: str = "New session", *, timeout: TimeoutLike = None
    ) -> AsyncSession:
        """Opens a conversation.

        Args:
            name: Its name; more than 255 characters are cut off by servers.
            timeout: Seconds; the client's own when not given.
        """
        api = api_of(self)
        reply = await api.send(sessions.create(self.id, name), timeout=timeout)
        return api.bind(sessions.from_wire(reply.data), AsyncSession)

    async def list_sessions(
        self,
        page: int = 1,
        page_size: int = 1024,
        orderby: str = "create_time",
        desc: bool = True,
        id: str | None = None,
        name: str | None = None,
        *,
        order_by: str | None = None,
    ) -> Page[AsyncSession]:
        """Lists conversations.

        Args:
            page: Number of the page, from 1.
            page_size: Items on it; what servers give at most is asked for in several requests.
            orderby: ``"create_time"`` or ``"update_time"``; also ``order_by``.
            desc: Newest first.
            id: Only the session with this id.
            name: Only sessions with this name.
            order_by: Another spelling of ``orderby``.
        """
        pager = self._sessions(orderby=order_by or orderby, desc=desc, id=id, name=name)
        return await pager.collect(Window.of_page(page, page_size))

    def iter_sessions(
        self, *, orderby: str = "create_time", desc: bool = True, name: str | None = None
    ) -> AsyncIterator[AsyncSession]:
        """All conversations, fetched as they are needed."""
        return self._sessions(orderby=orderby, desc=desc, name=name).iterate()

    async def get_session(self, id: str) -> AsyncSession:
        """One conversation.

        Raises:
            NotFoundError: There is none with this id.
        """
        found = await self.list_sessions(id=id, page_size=1)
        if not found:
            raise NotFoundError(f"no session {id!r} in chat {self.name!r}")
        return found[0]

    async def delete_sessions(
        self, ids: IdentifiedMany | None = None, *, timeout: TimeoutLike = None
    ) -> BatchResult:
        """Deletes conversations.

        Args:
            ids: Ids or sessions; never empty.
            timeout: Seconds; the client's own when not given.

        Raises:
            InvalidArgumentError: No id was given.
        """
        chosen = ids_of(ids, "session ids", instead="delete_all_sessions")
        reply = await api_of(self).send(sessions.delete(self.id, chosen), timeout=timeout)
        return reply.batch()

    async def delete_all_sessions(self) -> int:
        """Deletes all conversations with this chat, by their ids, and tells how many there were."""
        return await delete_all(self.iter_sessions(), self.delete_sessions)

    def _sessions(self, **filters: Param) -> AsyncPager[AsyncSession]:
        return AsyncPager(
            api_of(self),
            AsyncSession,
            "sessions",
            lambda call: sessions.list_page(self.id, call, **filters),
            sessions.from_wire,
        )
