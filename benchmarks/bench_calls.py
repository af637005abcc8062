"""What a small call costs, and whether it costs more when many run at once.

Run ``python benchmarks/bench_calls.py [--quick]``. Each measurement is a process of its own; the
clients take turns, round after round, against a server that only repeats one prepared answer. The
table gives CPU time of the client per call (median of the rounds), and its ratio to one call at a
time of bare httpx in the same colour. Ratios travel between machines, microseconds do not.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import platform
import resource
import statistics
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

import ragflow

sys.path.insert(0, str(Path(__file__).parent))
from prepared_server import PreparedServer

CLIENTS = ("httpx async", "ragflow async", "httpx sync", "ragflow sync")


async def call_async(client: str, url: str, calls: int, workers: int) -> None:
    """Makes the calls in tasks that pull from one iterator."""
    todo = iter(range(calls))
    if client == "httpx async":
        limits = httpx.Limits(max_connections=workers, max_keepalive_connections=workers)
        async with httpx.AsyncClient(limits=limits) as http:

            async def work() -> None:
                for _ in todo:
                    (await http.get(f"{url}/api/v1/datasets?page=1&page_size=30")).json()

            await asyncio.gather(*(work() for _ in range(workers)))
        return
    async with ragflow.AsyncRAGFlow("key", url, server_version="0.27.0") as rag:

        async def work() -> None:
            for _ in todo:
                await rag.list_datasets(page_size=30)

        await asyncio.gather(*(work() for _ in range(workers)))


def call_sync(client: str, url: str, calls: int, workers: int) -> None:
    """Makes the calls in threads."""
    if client == "httpx sync":
        limits = httpx.Limits(max_connections=workers, max_keepalive_connections=workers)
        with httpx.Client(limits=limits) as http, ThreadPoolExecutor(workers) as pool:
            path = f"{url}/api/v1/datasets?page=1&page_size=30"
            list(pool.map(lambda _: http.get(path).json(), range(calls)))
        return
    with (
        ragflow.RAGFlow("key", url, server_version="0.27.0") as rag,
        ThreadPoolExecutor(workers) as pool,
    ):
        list(pool.map(lambda _: rag.list_datasets(page_size=30), range(calls)))


def measure(client: str, url: str, calls: int, workers: int) -> dict[str, float]:
    """CPU microseconds and wall-clock calls per second, of this process."""
    before, begun = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    if client.endswith("async"):
        asyncio.run(call_async(client, url, calls, workers))
    else:
        call_sync(client, url, calls, workers)
    after, took = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter() - begun
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"cpu": cpu / calls * 1e6, "rate": calls / took}


def in_a_process(client: str, url: str, calls: int, workers: int) -> dict[str, float]:
    """The same, in a fresh process."""
    arguments = ["--measure", client, url, str(calls), str(workers)]
    command = [sys.executable, __file__, *arguments]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    result: dict[str, float] = json.loads(output)
    return result


def main() -> None:
    """Measures one client, or all of them in turn."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="one short round")
    parser.add_argument("--measure", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        client, url, calls, workers = options.measure
        print(json.dumps(measure(client, url, int(calls), int(workers))))
        return
    rounds, calls = (1, 300) if options.quick else (5, 1000)
    crowds = (1, 32, 128)
    costs: dict[tuple[str, int], list[float]] = {}
    with PreparedServer() as server:
        for _ in range(rounds):
            for workers in crowds:
                for client in CLIENTS:
                    found = in_a_process(client, server.url, calls, workers)
                    costs.setdefault((client, workers), []).append(found["cpu"])
    print(f"Python {platform.python_version()}, httpx {httpx.__version__}, {platform.machine()}")
    print(f"{calls} calls, {rounds} rounds; CPU µs per call (× bare httpx, one at a time)")
    print(f"{'':16}" + "".join(f"{f'{workers} at once':>18}" for workers in crowds))
    for client in CLIENTS:
        bare = statistics.median(costs[f"httpx {client.split()[1]}", 1])
        cells = [statistics.median(costs[client, workers]) for workers in crowds]
        print(
            f"{client:16}" + "".join(f"{f'{cell:.0f} ({cell / bare:.2f})':>18}" for cell in cells)
        )


if __name__ == "__main__":
    main()
