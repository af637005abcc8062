"""How fast a folder of 10 KiB files gets to the server, with a result for each of them."""

from __future__ import annotations

from figures import Goal, goals, report
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
LOOP, POOL, CURL_ROW = "official loop", "official, 16 threads", "curl -Z, 50"
LEDGER, FAST_LEDGER = "ragflow ingest with a ledger", "ragflow[fast] ingest with a ledger"


def run(bench: Bench) -> None:
    """Prints a table without and one with latency, and the goals."""

    def case(label: str, client: Client, task: str = "ingest", **arguments: int) -> Case:
        return Case(label, client, task, {"folder": str(folder), **arguments}, files=count)

    count = bench.size(2000, 400)
    with small_files(count, SIZE) as folder, Server() as server:
        near = bench.measure(
            server,
            [
                case(CURL_ROW, CURL, workers=50),
                case(LOOP, OFFICIAL, workers=1),
                case(POOL, OFFICIAL, workers=16),
                case("ragflow ingest", OURS),
                case("ragflow[fast] ingest", OURS_FAST),
                case(LEDGER, OURS, ledger=True),
                case("ragflow upload_documents", OURS, "upload_all"),
                case("ragflow[fast] upload_documents", OURS_FAST, "upload_all"),
                case("ragflow-async-sdk gather, 16", ASYNC_SDK, workers=16),
                case("bare httpx, 16", HTTPX, workers=16),
                case("bare aiohttp, 16", AIOHTTP, workers=16),
                case("raw sockets, 1", SOCKETS, workers=1),
            ],
        )
    report(f"{count} files", near, CURL_ROW, "file")
    count = bench.size(1000, 400)
    with small_files(count, SIZE) as folder, Server(LATENCY) as server:
        far = bench.measure(
            server,
            [
                case(LOOP, OFFICIAL, workers=1),
                case(POOL, OFFICIAL, workers=16),
                case(CURL_ROW, CURL, workers=50),
                case("ragflow ingest", OURS),
                case("ragflow[fast] ingest", OURS_FAST),
                case(LEDGER, OURS, ledger=True),
                case(FAST_LEDGER, OURS_FAST, ledger=True),
                case("ragflow upload_documents", OURS, "upload_all"),
                case("ragflow-async-sdk gather, 16", ASYNC_SDK, workers=16),
            ],
        )
    report(f"{count} files, {LATENCY} ms before each answer", far, LOOP, "file")
    rows = ("ragflow ingest", "ragflow[fast] ingest", "ragflow upload_documents")
    goals(
        *(Goal.faster(f"files/s, {row} / curl -Z", near, row, CURL_ROW, 1.5, 3) for row in rows),
        *(Goal.faster(f"files/s, {row} / {LOOP}", near, row, LOOP, 15, 30) for row in rows),
        *(
            Goal.faster(f"files/s, {LATENCY} ms away, {row} / {other}", far, row, other, must)
            for row in (LEDGER, FAST_LEDGER)
            for other, must in ((LOOP, 30), (POOL, 3))
        ),
    )


if __name__ == "__main__":
    main(QUESTION, run)
