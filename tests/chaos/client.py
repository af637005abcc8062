"""Ingests a folder in a process of its own, and tells how far it is, until it is killed.

It is given one argument, an order as JSON; it prints progress and, at the end, the report.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

from ragflow import AsyncRAGFlow, IngestProgress, IngestReport, RAGFlow, RAGFlowError

TOLD_EVERY = 0.01
ASKED_EVERY = 0.1


def main() -> None:
    """Obeys the order."""
    order = json.loads(sys.argv[1])
    report = asyncio.run(ingest_async(order)) if order["is_async"] else ingest(order)
    failures = [f"{item.path}: {item.outcome}, {item.reason}" for item in report.failed]
    say(
        ended=report.total,
        counts={str(outcome): count for outcome, count in report.counts.items()},
        ok=report.ok,
        failures=failures[:5],
        results=sum(1 for _ in report.results),
        vanished=len(report.vanished),
    )


async def ingest_async(order: dict[str, Any]) -> IngestReport:
    """Ingests in an event loop."""
    async with AsyncRAGFlow(os.environ["RAGFLOW_API_KEY"], order["url"]) as rag:
        while True:
            try:
                dataset = await rag.get_dataset(name=order["dataset"])
                break
            except RAGFlowError:
                await asyncio.sleep(ASKED_EVERY)
        say(ended=0)
        return await dataset.ingest(order["folder"], progress=teller(), **order["options"])


def ingest(order: dict[str, Any]) -> IngestReport:
    """Ingests in threads."""
    with RAGFlow(os.environ["RAGFLOW_API_KEY"], order["url"]) as rag:
        while True:
            try:
                dataset = rag.get_dataset(name=order["dataset"])
                break
            except RAGFlowError:
                time.sleep(ASKED_EVERY)
        say(ended=0)
        return dataset.ingest(order["folder"], progress=teller(), **order["options"])


def teller() -> Callable[[IngestProgress], None]:
    """What tells progress, but not each step of it."""
    told = 0.0

    def tell(now: IngestProgress) -> None:
        nonlocal told
        if now.ended > now.found or now.failed + now.skipped > now.ended:
            raise AssertionError(f"more than there is: {now}")
        if time.monotonic() - told > TOLD_EVERY:
            told = time.monotonic()
            say(ended=now.ended, skipped=now.skipped, sent=now.bytes_sent)

    return tell


def say(**facts: object) -> None:
    """Prints a line of JSON."""
    print(json.dumps(facts), flush=True)


if __name__ == "__main__":
    main()
