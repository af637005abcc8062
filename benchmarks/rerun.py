"""What it costs to ingest a tree again that has not changed.

Run ``python benchmarks/rerun.py --files 100000``. It makes the tree, ingests it once into an
embedded server, and then again in a fresh process for each colour: no uploads, so many files per
second, and how far the peak of the process's memory is above what it had before the call.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from ragflow import AsyncRAGFlow, IngestReport, RAGFlow
from ragflow.testing import Faults, LocalServer

DATASET = "kb_rerun"
PER_FOLDER = 500
MOST_GROWTH = 150  # MiB


def main() -> int:
    """Measures, or is the process that is measured."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--place", type=Path, help="a folder for the tree; temporary by default")
    parser.add_argument("--as", dest="colour", choices=["async", "sync"], help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.colour:
        print(json.dumps(measured(given.colour, given.url, given.place)))
        return 0
    with tempfile.TemporaryDirectory() as temporary:
        return compared(given.files, given.place or Path(temporary))


def compared(files: int, place: Path) -> int:
    """Ingests a tree three times, and tells how it was; 1 if it was not as it should be."""
    print(f"{files:,} files, {platform.platform()}, Python {platform.python_version()}")
    make_tree(place / "tree", files)
    good = True
    with LocalServer(place / "server.db", faults=Faults()) as server:
        with RAGFlow(server.api_key, server.base_url) as rag:
            rag.create_dataset(DATASET)
        for turn, colour in (("first", "async"), ("again", "async"), ("again", "sync")):
            before = server.fault_report().uploads
            result = run(server, colour, place)
            uploads = server.fault_report().uploads - before
            print(
                f"{turn}, {colour}: {result['seconds']:.1f} s, "
                f"{files / result['seconds']:,.0f} files/s, {uploads} forms, "
                f"RSS {result['before']:.0f} MiB, peak +{result['growth']:.0f} MiB, "
                f"{result['counts']}",
                flush=True,
            )
            wanted = {"stored" if turn == "first" else "skipped": files}
            good &= result["counts"] == wanted and (turn == "first" or not uploads)
            good &= turn == "first" or result["growth"] <= MOST_GROWTH
    print("as it should be" if good else "NOT as it should be")
    return 0 if good else 1


def make_tree(root: Path, files: int) -> None:
    """Makes small files, each another one, 500 to a folder."""
    for start in range(0, files, PER_FOLDER):
        folder = root / f"{start // 10_000:03}" / f"{start // PER_FOLDER:05}"
        folder.mkdir(parents=True)
        for number in range(start, min(start + PER_FOLDER, files)):
            (folder / f"note {number}.txt").write_text(f"This is file {number}.\n" * 4)


def run(server: LocalServer, colour: str, place: Path) -> dict[str, object]:
    """Ingests in a fresh process."""
    command = [sys.executable, __file__, "--as", colour, "--url", server.base_url]
    ended = subprocess.run(
        [*command, "--place", str(place)],
        env={**os.environ, "RAGFLOW_API_KEY": server.api_key},
        stdout=subprocess.PIPE,
        check=True,
    )
    return json.loads(ended.stdout)


def measured(colour: str, url: str, place: Path) -> dict[str, object]:
    """Ingests in this process, and tells how long it took and how much memory."""
    key = os.environ["RAGFLOW_API_KEY"]
    source, ledger = place / "tree", place / "ledger.db"
    if colour == "sync":
        with RAGFlow(key, url) as rag:
            dataset = rag.get_dataset(name=DATASET)
            before, begun = memory("VmRSS"), time.perf_counter()
            report = dataset.ingest(source, ledger=ledger, parse=False)
            seconds = time.perf_counter() - begun
    else:

        async def ingest() -> tuple[float, float, IngestReport]:
            async with AsyncRAGFlow(key, url) as rag:
                dataset = await rag.get_dataset(name=DATASET)
                before, begun = memory("VmRSS"), time.perf_counter()
                report = await dataset.ingest(source, ledger=ledger, parse=False)
                return before, time.perf_counter() - begun, report

        before, seconds, report = asyncio.run(ingest())
    return {
        "seconds": seconds,
        "before": before,
        "growth": memory("VmHWM") - before,
        "counts": dict(report.counts),
    }


def memory(what: str) -> float:
    """A figure of the system's about this process, in MiB."""
    for line in Path("/proc/self/status").read_text().splitlines():
        name, _, value = line.partition(":")
        if name == what:
            return int(value.split()[0]) / 1024
    raise OSError(f"the system does not tell {what}")


if __name__ == "__main__":
    sys.exit(main())
