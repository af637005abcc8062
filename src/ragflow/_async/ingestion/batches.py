"""What sources hold, a batch of files at a time."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Collection, Iterator
from itertools import islice

from ..._haste import Haste
from ..._twins import async_abandonable, async_hastily
from ...ingest.feed import Feed
from ...ingest.items import Found, Unreadable
from ...ingest.patterns import Rules
from ...ingest.sources import expand, is_source, scan

FIRST_BATCH, BATCH = 64, 256  # files; the first are wanted soon
FILL_TIME = 0.1  # seconds that a file waits for more of an iterator
LONGEST = 1.0  # seconds of a batch


async def batches(sources: object, rules: Rules) -> AsyncGenerator[list[Found | Unreadable], None]:
    """The files of sources, which are read little further than needed.

    However long a source takes for its next file, those before it are not kept back.
    """
    files: Iterator[Found | Unreadable]
    haste = Haste()
    # async-only: start
    if hasattr(sources, "__aiter__"):
        async for source in sources:
            files = _expanded(source, rules)
            while some := await async_hastily(haste, _some, files, BATCH):
                yield some
        return
    # async-only: end
    files = scan(sources, rules)
    if is_source(sources) or isinstance(sources, Collection):
        size = FIRST_BATCH
        while some := await async_hastily(haste, _some, files, size):
            yield some
            size = min(2 * size, BATCH)
        return
    feed = Feed(files, BATCH, FILL_TIME)
    try:
        while some := await async_abandonable(feed.take):
            yield some
    finally:
        feed.close()


# async-only: start
def _expanded(source: object, rules: Rules) -> Iterator[Found | Unreadable]:
    yield from expand(source, rules)  # in the thread that asks for the first one


# async-only: end
def _some(files: Iterator[Found | Unreadable], size: int) -> list[Found | Unreadable]:
    some: list[Found | Unreadable] = []
    due = time.monotonic() + LONGEST
    for item in islice(files, size):
        some.append(item)
        if time.monotonic() > due:
            break
    return some
