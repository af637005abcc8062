"""What an answer costs that arrives in pieces: in a burst, as old and new servers do, and paced."""

from __future__ import annotations

from figures import Goal, goals, report
from harness import (
    AIOHTTP,
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

QUESTION = "What does a streamed answer cost?"
CLIENTS = {
    "official": OFFICIAL,
    "ragflow async": OURS,
    "ragflow[fast] async": OURS_FAST,
    "ragflow sync": OURS_SYNC,
    "ragflow[fast] sync": OURS_SYNC_FAST,
    "httpx lines + json": HTTPX,
    "aiohttp lines + json": AIOHTTP,
    "raw sockets, bytes only": SOCKETS,
}
PLAIN, FAST, SYNC, SYNC_FAST = list(CLIENTS)[1:5]


def run(bench: Bench) -> None:
    """Prints a table for each kind of stream, and the goals."""
    kinds = {
        "cumulative": ("whole text again in each frame", 2000),
        "delta": ("new text in each frame", bench.size(20000, 4000)),
        "paced": ("new text, a frame each 0.7 ms", bench.size(2000, 400)),
    }
    found = {}
    with Server() as server:
        for kind, (meaning, frames) in kinds.items():
            found[kind] = bench.measure(
                server,
                [
                    Case(label, client, "stream", {"kind": kind, "frames": frames})
                    for label, client in CLIENTS.items()
                ],
            )
            report(f"{frames} frames, {meaning}", found[kind], "official", "event")

    def faster(kind: str, label: str, must: float, aim: float | None = None) -> Goal:
        metric = f"{kind}, events/s, {label} / official"
        return Goal.faster(metric, found[kind], label, "official", must, aim)

    def cheaper(label: str, must: float, aim: float | None = None) -> Goal:
        metric = f"paced, CPU per event, {label} / official"
        return Goal.cheaper(metric, found["paced"], label, "official", must, aim)

    goals(
        *(faster("cumulative", label, 6, 12) for label in (PLAIN, FAST, SYNC, SYNC_FAST)),
        faster("delta", PLAIN, 0.4),
        faster("delta", FAST, 0.4, 3),
        faster("delta", SYNC, 0.4),
        cheaper(PLAIN, 2.5),
        cheaper(FAST, 2.5, 1.2),
        cheaper(SYNC, 2.5, 1.2),
        cheaper(SYNC_FAST, 2.5, 1.2),
    )


if __name__ == "__main__":
    main(QUESTION, run)
