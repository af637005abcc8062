"""What a small call costs, alone and among many: a list of five datasets in 480 bytes of JSON."""

from __future__ import annotations

from figures import Goal, Results, goals, report
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
    Client,
    main,
)
from server import Server

QUESTION = "What does a small call cost?"
CLIENTS = {
    "official": OFFICIAL,
    "ragflow async": OURS,
    "ragflow[fast] async": OURS_FAST,
    "ragflow sync": OURS_SYNC,
    "ragflow[fast] sync": OURS_SYNC_FAST,
    "ragflow-async-sdk": ASYNC_SDK,
    "bare httpx async": HTTPX,
    "bare aiohttp": AIOHTTP,
    "raw sockets": SOCKETS,
}


def crowd(bench: Bench, workers: int) -> Results:
    """The clients with so many calls under way; those that block, in so many threads."""
    count = bench.size(2048, 256)

    def case(label: str, client: Client) -> Case:
        return Case(label, client, "calls", {"count": count, "workers": workers})

    with Server() as server:
        return bench.measure(server, [case(label, client) for label, client in CLIENTS.items()])


def run(bench: Bench) -> None:
    """Prints a table for each crowd, and the goals."""
    alone = crowd(bench, 1)
    report("One call at a time", alone, "official", "call")
    for workers in (32, 128):
        report(f"{workers} calls at once", crowd(bench, workers), "official", "call")

    def goal(label: str, must: float, aim: float | None) -> Goal:
        return Goal.cheaper(
            f"CPU per call, {label} / official", alone, label, "official", must, aim
        )

    goals(
        goal("ragflow async", 0.75, None),
        goal("ragflow[fast] async", 0.45, 0.35),
        goal("ragflow sync", 0.5, 0.45),
        goal("ragflow[fast] sync", 0.5, 0.45),
    )


if __name__ == "__main__":
    main(QUESTION, run)
