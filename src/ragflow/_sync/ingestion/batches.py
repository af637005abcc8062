# Generated from src/ragflow/_async/ingestion/batches.py by tools/generate_sync.py. Do not edit.
"""What sources hold, a batch of files at a time."""

from __future__ import annotations

import time
from collections.abc import Collection, Generator, Iterator
from itertools import islice

from ..._haste import Haste
from ..._twins import abandonable, hastily
from ...ingest.feed import Feed
from ...ingest.items import Found, Unreadable
from ...ingest.patterns import Rules
from ...ingest.sources import is_source, scan

FIRST_BATCH, BATCH = 64, 256  # files; the first are wanted soon
FILL_TIME = 0.1  # seconds that a file waits for more of an iterator
LONGEST = 1.0  # seconds of a batch


def batches(sources: object, rules: Rules) -> Generator[list[Found | Unreadable], None]:
    """The files of sources, which are read little further than needed.

    However long a source takes for its next file, those before it are not kept back.
    """
    files: Iterator[Found | Unreadable]
    haste = Haste()

    files = scan(sources, rules)
    if is_source(sources) or isinstance(sources, Collection):
        size = FIRST_BATCH
        while some := hastily(haste, _some, files, size):
            yield some
            size = min(2 * size, BATCH)
        return
    feed = Feed(files, BATCH, FILL_TIME)
    try:
        while some := abandonable(feed.take):
            yield some
    finally:
        feed.close()


def _some(files: Iterator[Found | Unreadable], size: int) -> list[Found | Unreadable]:
    some: list[Found | Unreadable] = []
    due = time.monotonic() + LONGEST
    for item in islice(files, size):
        some.append(item)
        if time.monotonic() > due:
            break
    return some
