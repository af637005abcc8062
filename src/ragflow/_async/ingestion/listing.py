"""Asking the server which documents it has."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from itertools import count

from ..._protocol import datasets, documents
from ..._protocol.paging import MAX_PAGE_SIZE, PageCall, PageWalk, Window
from ..._protocol.requests import Param
from ..._twins import async_in_thread
from ...errors import NotFoundError
from ...ingest.inventory import Inventory
from ..documents import AsyncDocument
from ..pager import AsyncPager
from ..transport import AsyncTransport

Page = Awaitable[list[AsyncDocument]]
Ask = Callable[[Callable[[], Page]], Page]


async def _once(ask: Callable[[], Page]) -> list[AsyncDocument]:
    return await ask()


class AsyncListing:
    """The documents of one dataset, looked at in several ways."""

    def __init__(self, api: AsyncTransport, dataset_id: str) -> None:
        self._api = api
        self._dataset_id = dataset_id

    async def newest(self) -> tuple[list[AsyncDocument], int | None]:
        """The documents that came last, and how many there are, where the server tells."""
        pager = await self._pager(orderby="create_time", desc=True)
        page = await pager.collect(Window(0, MAX_PAGE_SIZE))
        return page, page.total

    async def fill(self, inventory: Inventory, ask: Ask = _once) -> None:
        """Adds all documents to an inventory, oldest first.

        Args:
            inventory: Where they go.
            ask: How to ask for a page; once by default. What came before one that fails stays.
        """
        pager = await self._pager(orderby="create_time", desc=False)
        walk: PageWalk[AsyncDocument] = PageWalk(Window(0, None))
        while not walk.done:
            page = await ask(partial(pager.advance, walk))
            await async_in_thread(inventory.add, page)

    async def fill_newer(
        self, inventory: Inventory, since: int, pages: int, ask: Ask = _once
    ) -> bool:
        """Adds the documents that came after a time, newest first.

        Args:
            inventory: Where they go.
            since: The time, in milliseconds since 1970.
            pages: How many pages to ask for at most.
            ask: How to ask for a page.

        Returns:
            Whether that was enough for all of them.
        """
        pager = await self._pager(orderby="create_time", desc=True)
        walk: PageWalk[AsyncDocument] = PageWalk(Window(0, None))
        for _ in range(pages):
            page = await ask(partial(pager.advance, walk))
            newer = [document for document in page if document.create_time > since]
            await async_in_thread(inventory.add, newer)
            if walk.done or len(newer) < len(page):
                return True
        return False

    async def named(self, names: Sequence[str]) -> list[AsyncDocument]:
        """The documents with exactly these names.

        Looks among the newest first, since it is mostly asked for what was just sent.
        """
        wanted = set(names)
        found: list[AsyncDocument] = []
        if len(wanted) > 1:
            newest, _ = await self.newest()
            found = [document for document in newest if document.name in wanted]
            wanted -= {document.name for document in found}
        for name in sorted(wanted):
            found += await self._matching(name)
        return found

    async def by_id(self, id: str) -> AsyncDocument | None:
        """The document with an id, if there is one."""
        found = await (await self._pager(id=id)).collect(Window(0, 1))
        return found[0] if found else None

    async def variants(self, stem: str, since: int = 0) -> list[AsyncDocument]:
        """The documents with a plain stem in their names, so also those with a number behind it.

        Args:
            stem: The stem.
            since: Only documents that came after this time, in milliseconds since 1970.
        """
        found: list[AsyncDocument] = []
        pager = await self._pager(keywords=stem, orderby="create_time", desc=True)
        for start in count(0, MAX_PAGE_SIZE):
            page = await pager.collect(Window(start, MAX_PAGE_SIZE))
            newer = [document for document in page if document.create_time > since]
            found += newer
            if len(newer) < MAX_PAGE_SIZE:
                break
        return found

    async def require_dataset(self) -> None:
        """Makes sure that the dataset is there.

        Raises:
            NotFoundError: It is not (any more).
        """
        request = datasets.list_page(PageCall(1, 1), id=self._dataset_id)
        try:
            rows, _ = (await self._api.send(request)).listing("kbs")
        except NotFoundError:
            rows = None
        if not rows:
            raise NotFoundError(f"the dataset {self._dataset_id} is not there (any more)")

    async def _matching(self, name: str) -> list[AsyncDocument]:
        dialect = await self._api.dialect()
        filters = {"name": name} if "name" in dialect.document_filters else {"keywords": name}
        pager = await self._pager(**filters)
        return [document async for document in pager.iterate() if document.name == name]

    async def _pager(self, **filters: Param) -> AsyncPager[AsyncDocument]:
        dialect = await self._api.dialect()
        return AsyncPager(
            self._api,
            AsyncDocument,
            "docs",
            lambda call: documents.list_page(dialect, self._dataset_id, call, **filters),
        )
