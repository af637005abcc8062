"""What sources hold, a batch of files at a time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from itertools import islice

from ..._twins import async_in_thread
from ...ingest.items import Found, Unreadable
from ...ingest.patterns import Rules
from ...ingest.sources import expand, scan

BATCH = 256


async def batches(sources: object, rules: Rules) -> AsyncIterator[list[Found | Unreadable]]:
    """The files of sources, which are read no further than needed."""
    files: Iterator[Found | Unreadable]
    # async-only: start
    if hasattr(sources, "__aiter__"):
        async for source in sources:
            files = expand(source, rules)
            while some := await async_in_thread(_some, files):
                yield some
        return
    # async-only: end
    files = scan(sources, rules)
    while some := await async_in_thread(_some, files):
        yield some


def _some(files: Iterator[Found | Unreadable]) -> list[Found | Unreadable]:
    return list(islice(files, BATCH))
