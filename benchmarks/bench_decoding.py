"""What objects cost: a page of chunks, fetched and decoded."""

from __future__ import annotations

from figures import Goal, goals, report
from harness import (
    AIOHTTP,
    ASYNC_SDK,
    HTTPX,
    OFFICIAL,
    OURS,
    OURS_FAST,
    OURS_SYNC,
    OURS_SYNC_FAST,
    SOCKETS,
    Bench,
    Case,
    main,
)
from server import Server

QUESTION = "What do thousands of objects cost?"
CLIENTS = {
    "official": OFFICIAL,
    "ragflow async": OURS,
    "ragflow[fast] async": OURS_FAST,
    "ragflow sync": OURS_SYNC,
    "ragflow[fast] sync": OURS_SYNC_FAST,
    "ragflow-async-sdk": ASYNC_SDK,
    "httpx + json, no objects": HTTPX,
    "aiohttp + json, no objects": AIOHTTP,
    "raw sockets, not decoded": SOCKETS,
}


def run(bench: Bench) -> None:
    """Prints the table and the goals."""
    count = 10_000
    arguments = {"count": count, "times": bench.size(5, 2)}
    with Server() as server:
        results = bench.measure(
            server,
            [Case(label, client, "decode", arguments) for label, client in CLIENTS.items()],
        )
    report(f"{count} chunks in one answer", results, "official", "chunk", memory=True)

    def goal(label: str, aim: float | None = None) -> Goal:
        return Goal.faster(f"chunks/s, {label} / official", results, label, "official", 0.9, aim)

    goals(
        goal("ragflow async"),
        goal("ragflow[fast] async", 4),
        goal("ragflow sync"),
        goal("ragflow[fast] sync", 4),
    )


if __name__ == "__main__":
    main(QUESTION, run)
