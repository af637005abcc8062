# Generated from src/ragflow/_async/pager.py by tools/generate_sync.py. Do not edit.
"""Lists that come in pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Generic, TypeVar

from .._protocol.paging import MAX_PAGE_SIZE, PageCall, PageWalk, Window
from .._protocol.requests import Request
from ..errors import NotFoundError
from ..models import BatchResult, Page, ResourceData
from .transport import Transport

R = TypeVar("R", bound=ResourceData)


class Pager(Generic[R]):
    """Reads one kind of list.

    Args:
        api: Where the list is.
        kind: What its items become.
        key: The name under which servers give the items, where they do not give them bare.
        build: Makes the request for a page.
        convert: Brings an item into the models' vocabulary.
        keep: A filter that the server does not have.
        given: Values that go without saying, for items that do not say them.
    """

    def __init__(
        self,
        api: Transport,
        kind: type[R],
        key: str,
        build: Callable[[PageCall], Request],
        convert: Callable[[object], object] | None = None,
        keep: Callable[[R], bool] | None = None,
        given: Mapping[str, object] | None = None,
    ) -> None:
        self._api = api
        self._kind = kind
        self._key = key
        self._build = build
        self._convert = convert
        self._keep = keep
        self._given = given or {}

    def collect(self, window: Window) -> Page[R]:
        """The items of a window."""
        if self._keep is not None:
            kept = [item for item in self.iterate()]
            return Page(window.cut(kept), len(kept))
        walk: PageWalk[R] = PageWalk(window)
        items: list[R] = []
        for page in self._walk(walk):
            items += page
        return Page(items, walk.total)

    def iterate(self) -> Iterator[R]:
        """All items, a page at a time."""
        for page in self._walk(PageWalk(Window(0, None))):
            for item in page:
                if self._keep is None or self._keep(item):
                    yield item

    def advance(self, walk: PageWalk[R]) -> list[R]:
        """The items of a walk's next page; a page that fails can be asked for again."""
        request = self._build(walk.call)
        try:
            items, total = self._api.listing(request, self._kind, self._key, self._convert)
        except NotFoundError as error:
            if error.code in request.missing | request.empty:
                walk.stop()
                return []
            raise
        for name, value in self._given.items():
            for item in items:
                if not getattr(item, name):
                    setattr(item, name, value)
        return walk.accept(items, [item.id for item in items], total)

    def _walk(self, walk: PageWalk[R]) -> Iterator[list[R]]:
        while not walk.done:
            yield self.advance(walk)


def delete_all(items: Iterator[R], delete: Callable[[list[str]], BatchResult]) -> int:
    """Deletes what a list shows now, by id and in batches, and tells how many there were."""
    ids = [item.id for item in items]
    for start in range(0, len(ids), MAX_PAGE_SIZE):
        delete(ids[start : start + MAX_PAGE_SIZE])
    return len(ids)
