# Generated from src/ragflow/_async/client_chats.py by tools/generate_sync.py. Do not edit.
"""The client's calls about chat assistants."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .._protocol import chats
from .._protocol.arguments import IdentifiedMany, ids_of, optional_ids, page_or_id
from .._protocol.avatars import Avatar
from .._protocol.paging import Window
from .._protocol.requests import Param
from .._protocol.timeouts import TimeoutLike
from ..errors import InvalidArgumentError, NotFoundError
from ..models import LLM, BatchResult, Page, Prompt
from .chats import Chat
from .pager import Pager, delete_all
from .transport import Transport


class ChatCalls:
    """What a client can do with chats."""

    _api: Transport

    def create_chat(
        self,
        name: str = "assistant",
        avatar: Avatar = "",
        knowledgebases: IdentifiedMany | None = None,
        llm: LLM | Mapping[str, object] | str | None = None,
        prompt: Prompt | Mapping[str, object] | str | None = None,
        *,
        description: str = "",
        timeout: TimeoutLike = None,
    ) -> Chat:
        """Creates a chat assistant.

        Args:
            name: Its name; must not be taken.
            avatar: A picture: bytes, a path, base64 text or a data URI.
            knowledgebases: Datasets to answer from, or their ids. Each needs a parsed document.
            llm: Its model: an ``LLM``, a dict of its settings, or the model's name alone.
            prompt: Its prompt: a ``Prompt``, a dict of its settings, or the system prompt alone.
            description: What it is for.
            timeout: Seconds; the client's own when not given.

        Raises:
            InvalidArgumentError: An argument cannot be right. Nothing was sent.
            InvalidRequestError: The name is taken, or a dataset is unknown or not parsed.
        """
        dataset_ids = optional_ids(knowledgebases, "knowledgebase")
        reply = self._api.send(
            lambda dialect: chats.create(
                dialect,
                name=name,
                avatar=avatar,
                description=description,
                dataset_ids=dataset_ids,
                llm=llm,
                prompt=prompt,
            ),
            timeout=timeout,
        )
        return self._api.bind(chats.from_wire(self._api.dialect(), reply.data), Chat)

    def list_chats(
        self,
        page: int | str = 1,
        page_size: int = 1024,
        orderby: str = "create_time",
        desc: bool = True,
        id: str | None = None,
        name: str | None = None,
        *,
        order_by: str | None = None,
    ) -> Page[Chat]:
        """Lists chat assistants.

        Args:
            page: Number of the page, from 1. A text is taken for an id.
            page_size: Items on it; what servers give at most is asked for in several requests.
            orderby: ``"create_time"`` or ``"update_time"``; also ``order_by``.
            desc: Newest first.
            id: Only the chat with this id.
            name: Only the chat with this name.
            order_by: Another spelling of ``orderby``.

        Returns:
            The chats; none where ``id`` or ``name`` is unknown.
        """
        number, id = page_or_id(page, id)
        pager = self._chats(orderby=order_by or orderby, desc=desc, id=id, name=name)
        return pager.collect(Window.of_page(number, page_size))

    def iter_chats(self, *, orderby: str = "create_time", desc: bool = True) -> Iterator[Chat]:
        """All chats, fetched as they are needed."""
        pager = self._chats(orderby=orderby, desc=desc)
        for chat in pager.iterate():
            yield chat

    def get_chat(self, id: str | None = None, *, name: str | None = None) -> Chat:
        """One chat, by its id or its name.

        Raises:
            NotFoundError: There is none.
        """
        if (id is None) == (name is None):
            raise InvalidArgumentError("get_chat takes an id or a name")
        found = self.list_chats(id=id, name=name, page_size=1)
        if not found:
            raise NotFoundError(f"no chat {id or name!r}")
        return found[0]

    def delete_chats(
        self, ids: IdentifiedMany | None = None, *, timeout: TimeoutLike = None
    ) -> BatchResult:
        """Deletes chat assistants.

        Args:
            ids: Ids or chats; never empty.
            timeout: Seconds; the client's own when not given.

        Returns:
            How many were deleted, and what the server says of ids that it does not know.

        Raises:
            InvalidArgumentError: No id was given.
            InvalidRequestError: None of the ids is known.
        """
        chosen = ids_of(ids, "chat ids", instead="delete_all_chats")
        return self._api.send(chats.delete(chosen), timeout=timeout).batch()

    def delete_all_chats(self) -> int:
        """Deletes all chats, by their ids, and tells how many there were."""
        return delete_all(self.iter_chats(), self.delete_chats)

    def _chats(self, **filters: Param) -> Pager[Chat]:
        dialect = self._api.dialect()
        return Pager(
            self._api,
            Chat,
            "chats",
            lambda call: chats.list_page(call, **filters),
            lambda row: chats.from_wire(dialect, row),
        )
