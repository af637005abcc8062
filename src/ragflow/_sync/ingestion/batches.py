# Generated from src/ragflow/_async/ingestion/batches.py by tools/generate_sync.py. Do not edit.
"""What sources hold, a batch of files at a time."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from ..._twins import in_thread
from ...ingest.items import Found, Unreadable
from ...ingest.patterns import Rules
from ...ingest.sources import scan

BATCH = 256


def batches(sources: object, rules: Rules) -> Iterator[list[Found | Unreadable]]:
    """The files of sources, which are read no further than needed."""
    files: Iterator[Found | Unreadable]

    files = scan(sources, rules)
    while some := in_thread(_some, files):
        yield some


def _some(files: Iterator[Found | Unreadable]) -> list[Found | Unreadable]:
    return list(islice(files, BATCH))
