"""Windows over a paged list: which pages to ask for, and when to stop."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Generic, TypeVar

from attrs import frozen

from ..errors import InvalidArgumentError

__all__ = ["MAX_PAGE_SIZE", "PageCall", "PageWalk", "Window"]

T = TypeVar("T")
MAX_PAGE_SIZE = 100  # from v0.26 on a larger page is an error; older servers take this one as well
REMEMBERED = 10_000  # items; what shifts onto another page shifts less far, and lists may be long


@frozen
class Window:
    """``limit`` items of a list after the first ``offset`` ones; ``None`` is all that follow."""

    offset: int
    limit: int | None

    @classmethod
    def of_page(cls, page: int, page_size: int) -> Window:
        """The window that 1-based page ``page`` of ``page_size`` items shows."""
        _check("page", page, least=1)
        _check("page_size", page_size, least=1)
        return cls((page - 1) * page_size, page_size)

    @classmethod
    def of_items(cls, offset: int, limit: int | None) -> Window:
        """The window of an item offset and a limit; -1 and ``None`` are "everything"."""
        _check("offset", offset, least=0)
        if limit is None or limit == -1:
            return cls(offset, None)
        _check("limit", limit, least=1)
        return cls(offset, limit)

    def cut(self, items: list[T]) -> list[T]:
        """The window's part of a whole list."""
        end = None if self.limit is None else self.offset + self.limit
        return items[self.offset : end]


@frozen
class PageCall:
    """One request for a page: its 1-based number and its size."""

    page: int
    page_size: int


class PageWalk(Generic[T]):
    """Walks the pages that cover a window: ask for ``call``, give back the items, until ``done``.

    Items that shift onto a later page while the walk goes on are given once; a server that repeats
    its pages for ever, or lies about its total, cannot keep the walk going.
    """

    def __init__(self, window: Window) -> None:
        self._window = window
        size, first = _grid(window)
        self.call = PageCall(first, size)
        self.done = False
        self.total: int | None = None
        self._seen: set[Hashable] = set()
        self._seen_before: set[Hashable] = set()
        self._skip = window.offset - (first - 1) * size
        self._left = window.limit

    def accept(self, items: Sequence[T], keys: Sequence[Hashable], total: int | None) -> list[T]:
        """Takes the page that ``call`` asked for and gives what of it belongs to the window."""
        self.total = total
        fresh = list(items)
        new = set(keys).difference(self._seen, self._seen_before)
        if len(new) < len(items):
            first = dict(zip(reversed(keys), reversed(items), strict=True))
            fresh = [first[key] for key in dict.fromkeys(keys) if key in new]
        self._seen |= new
        if len(self._seen) >= REMEMBERED:
            self._seen, self._seen_before = set(), self._seen
        wanted, self._skip = fresh[self._skip :], 0
        if self._left is not None:
            wanted = wanted[: self._left]
            self._left -= len(wanted)
        # Some servers count only the page itself, so a full page is the last one only by its limit;
        # others filter what they have paged, so a short page is the last one only by their count.
        asked = self.call.page * self.call.page_size
        is_short = len(items) < self.call.page_size
        ended = not fresh or (is_short and (total is None or asked >= total))
        self.done = ended or self._left == 0
        self.call = PageCall(self.call.page + 1, self.call.page_size)
        return wanted

    def stop(self) -> None:
        """Ends the walk: there is no such list."""
        self.done = True


def _grid(window: Window) -> tuple[int, int]:
    """The page size, and the first page, that cover a window with few and small requests."""
    limit = window.limit
    if limit is not None and limit <= MAX_PAGE_SIZE and window.offset % limit == 0:
        return limit, window.offset // limit + 1
    return MAX_PAGE_SIZE, window.offset // MAX_PAGE_SIZE + 1


def _check(name: str, value: int, *, least: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise InvalidArgumentError(f"{name} must be a whole number from {least} on, not {value!r}")
