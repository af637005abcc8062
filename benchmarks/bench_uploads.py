"""What a 10 KiB file costs, one to a request, and whether it costs more when many are under way."""

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
    SOCKETS,
    Bench,
    Case,
    Client,
    main,
)
from server import Server

QUESTION = "What does the upload of a small file cost?"
CLIENTS = {
    "official in threads": OFFICIAL,
    "ragflow async": OURS,
    "ragflow[fast] async": OURS_FAST,
    "ragflow sync in threads": OURS_SYNC,
    "ragflow-async-sdk": ASYNC_SDK,
    "bare httpx async": HTTPX,
    "bare aiohttp": AIOHTTP,
    "raw sockets": SOCKETS,
}


def run(bench: Bench) -> None:
    """Prints a table for each number of files under way, and the goals."""
    count = bench.size(1024, 256)
    crowds = (1, 32, 128) if bench.quick else (1, 8, 32, 128)

    def case(label: str, client: Client, workers: int) -> Case:
        arguments = {"count": count, "size": 10240, "workers": workers}
        return Case(f"{label}, {workers}", client, "uploads", arguments, files=count)

    cases = [
        case(label, client, workers) for workers in crowds for label, client in CLIENTS.items()
    ]
    with Server() as server:
        results = bench.measure(server, cases)
    for workers in crowds:
        shown = Results(
            {label: results.samples[f"{label}, {workers}"] for label in CLIENTS},
            {label: results.missing[f"{label}, {workers}"] for label in CLIENTS},
        )
        report(f"{workers} under way", shown, "official in threads", "file")

    plain, fast = "ragflow async", "ragflow[fast] async"

    def growth(label: str) -> Goal:
        metric = f"CPU per file, {label}, 128 / 1"
        return Goal.cheaper(metric, results, f"{label}, 128", f"{label}, 1", 1.3, 1.1)

    def against(label: str, aim: float | None) -> Goal:
        metric = f"files/s, 32, {label} / official"
        return Goal.faster(metric, results, f"{label}, 32", "official in threads, 32", 1.4, aim)

    goals(growth(plain), growth(fast), against(plain, None), against(fast, 2.5))


if __name__ == "__main__":
    main(QUESTION, run)
