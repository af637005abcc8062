"""Lists that come in pages."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Generic, TypeVar

from .._protocol.paging import MAX_PAGE_SIZE, PageCall, PageWalk, Window
from .._protocol.requests import Request
from ..errors import NotFoundError
from ..models import BatchResult, Page, ResourceData
from .transport import AsyncTransport

R = TypeVar("R", bound=ResourceData)


class AsyncPager(Generic[R]):
    """Reads one kind of list.

    Args:
        api: Where the list is.
        kind: What its items become.
        key: The name under which servers give the items, where they do not give them bare.
        build: Makes the request for a page.
        convert: Brings an item into the models' vocabulary.
        keep: A filter that the server does not have.
    """

    def __init__(
        self,
        api: AsyncTransport,
        kind: type[R],
        key: str,
        build: Callable[[PageCall], Request],
        convert: Callable[[object], object] | None = None,
        keep: Callable[[R], bool] | None = None,
    ) -> None:
        self._api = api
        self._kind = kind
        self._key = key
        self._build = build
        self._convert = convert
        self._keep = keep

    async def collect(self, window: Window) -> Page[R]:
        """The items of a window."""
        if self._keep is not None:
            kept = [item async for item in self.iterate()]
            return Page(window.cut(kept), len(kept))
        walk: PageWalk[R] = PageWalk(window)
        items = [item async for item in self._walk(walk)]
        return Page(items, walk.total)

    def iterate(self) -> AsyncIterator[R]:
        """All items, a page at a time."""
        return self._walk(PageWalk(Window(0, None)))

    async def advance(self, walk: PageWalk[R]) -> list[R]:
        """The items of a walk's next page; a page that fails can be asked for again."""
        request = self._build(walk.call)
        try:
            reply = await self._api.send(request)
        except NotFoundError as error:
            if error.code in request.missing | request.empty:
                walk.stop()
                return []
            raise
        rows, total = reply.listing(self._key)
        if self._convert is not None and isinstance(rows, list):
            rows = [self._convert(row) for row in rows]
        items = self._api.bind_many(rows, self._kind, self._key)
        wanted = walk.accept(items, [item.id for item in items], total)
        return wanted if self._keep is None else [item for item in wanted if self._keep(item)]

    async def _walk(self, walk: PageWalk[R]) -> AsyncIterator[R]:
        while not walk.done:
            for item in await self.advance(walk):
                yield item


async def delete_all(
    items: AsyncIterator[R], delete: Callable[[list[str]], Awaitable[BatchResult]]
) -> int:
    """Deletes what a list shows now, by id and in batches, and tells how many there were."""
    ids = [item.id async for item in items]
    for start in range(0, len(ids), MAX_PAGE_SIZE):
        await delete(ids[start : start + MAX_PAGE_SIZE])
    return len(ids)
