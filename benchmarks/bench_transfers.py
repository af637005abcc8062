"""How fast one large file goes up and comes down, and how much memory that takes."""

from __future__ import annotations

from figures import Goal, Results, Sample, goals, report
from harness import (
    AIOHTTP,
    CURL,
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
    work_folder,
)
from server import Server

QUESTION = "How fast does a large file go up and come down?"
MIB = 1 << 20
SMALL = "official, 1/16 of the size"  # all of it is in memory, two or three times
CLIENTS = {
    "curl": CURL,
    "ragflow async": OURS,
    "ragflow[fast] async": OURS_FAST,
    "ragflow sync": OURS_SYNC,
    "ragflow[fast] sync": OURS_SYNC_FAST,
    SMALL: OFFICIAL,
    "bare httpx async": HTTPX,
    "bare aiohttp": AIOHTTP,
    "raw sockets": SOCKETS,
}


def memory(sample: Sample) -> float:
    """Memory beyond the start; curl's is not measured."""
    return sample.memory or 0


def bounds(
    way: str, results: Results, plain: tuple[float, float | None], fast: float
) -> list[Goal]:
    """The goals of one direction; what is hoped for plain may differ from what is for fast."""
    found = []
    for label in ("ragflow async", "ragflow[fast] async", "ragflow sync"):
        aim = fast if "fast" in label else plain[1]
        found += [
            Goal.faster(f"{way}, MB/s, {label} / curl", results, label, "curl", plain[0], aim),
            Goal(
                f"{way}, extra memory, {label}",
                results.median(label, memory),
                8,
                most=True,
                unit=" MiB",
            ),
        ]
    return found


def run(bench: Bench) -> None:
    """Prints a table for each direction, and the goals."""
    size = bench.size(1 << 30, 64 * MIB)
    found = {}

    def case(label: str, way: str) -> Case:
        length = size // 16 if label == SMALL else size
        target = None if way == "upload" else folder / "copy.bin"
        path = target or folder / f"{length}.bin"
        arguments = {"path": str(path), "size": length}
        return Case(label, CLIENTS[label], f"large_{way}", arguments, target=target)

    with work_folder(size) as folder, Server() as server:
        for length in (size, size // 16):
            with (folder / f"{length}.bin").open("wb") as file:
                file.truncate(length)
        for way in ("upload", "download"):
            found[way] = bench.measure(server, [case(label, way) for label in CLIENTS])
            title = f"One file of {size // MIB} MiB, {way}"
            report(title, found[way], "curl", "MB", per=1e6, memory=True)
    goals(
        *bounds("upload", found["upload"], (0.8, 1.0), 1.0),
        *bounds("download", found["download"], (0.2, None), 0.5),
    )


if __name__ == "__main__":
    main(QUESTION, run)
