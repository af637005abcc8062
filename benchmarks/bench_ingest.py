"""How fast a folder of 10 KiB files gets to the server, with a result for each of them."""

from __future__ import annotations

from figures import Goal, goals, rate, report
from harness import (
    AIOHTTP,
    ASYNC_SDK,
    CURL,
    HTTPX,
    OFFICIAL,
    OURS,
    OURS_FAST,
    SOCKETS,
    Bench,
    Case,
    Client,
    main,
    small_files,
)
from server import Server

QUESTION = "How fast does a folder get to the server?"
SIZE = 10240
LATENCY = 20


def run(bench: Bench) -> None:
    """Prints a table without and one with latency, and the goals."""

    def case(label: str, client: Client, task: str = "ingest", **arguments: int) -> Case:
        return Case(label, client, task, {"folder": str(folder), **arguments}, files=count)

    count = bench.size(2000, 400)
    with small_files(count, SIZE) as folder, Server() as server:
        near = bench.measure(
            server,
            [
                case("curl -Z, 50", CURL, workers=50),
                case("official loop", OFFICIAL, workers=1),
                case("official, 16 threads", OFFICIAL, workers=16),
                case("ragflow ingest", OURS),
                case("ragflow[fast] ingest", OURS_FAST),
                case("ragflow ingest with a ledger", OURS, ledger=True),
                case("ragflow upload_documents", OURS, "upload_all"),
                case("ragflow[fast] upload_documents", OURS_FAST, "upload_all"),
                case("ragflow-async-sdk gather, 16", ASYNC_SDK, workers=16),
                case("bare httpx, 16", HTTPX, workers=16),
                case("bare aiohttp, 16", AIOHTTP, workers=16),
                case("raw sockets, 1", SOCKETS, workers=1),
            ],
        )
    report(f"{count} files", near, "curl -Z, 50", "file")
    count = bench.size(1000, 100)
    with small_files(count, SIZE) as folder, Server(LATENCY) as server:
        far = bench.measure(
            server,
            [
                case("official loop", OFFICIAL, workers=1),
                case("official, 16 threads", OFFICIAL, workers=16),
                case("curl -Z, 50", CURL, workers=50),
                case("ragflow ingest", OURS),
                case("ragflow[fast] ingest", OURS_FAST),
                case("ragflow upload_documents", OURS, "upload_all"),
                case("ragflow-async-sdk gather, 16", ASYNC_SDK, workers=16),
            ],
        )
    report(f"{count} files, {LATENCY} ms before each answer", far, "official loop", "file")
    found = []
    for label in ("ragflow ingest", "ragflow[fast] ingest", "ragflow upload_documents"):
        found += [
            Goal(f"files/s, {label} / curl -Z", near.ratio(label, "curl -Z, 50", rate), 1.5, 3),
            Goal(
                f"files/s, {label} / official loop",
                near.ratio(label, "official loop", rate),
                15,
                30,
            ),
        ]
    goals(*found)


if __name__ == "__main__":
    main(QUESTION, run)
