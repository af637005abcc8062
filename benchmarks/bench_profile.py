"""Where the CPU time of a measurement goes, function by function."""

from __future__ import annotations

import json
import os
import subprocess

from figures import figure, table
from harness import (
    OURS,
    OURS_FAST,
    OURS_SYNC,
    Bench,
    Case,
    main,
    small_files,
    work_folder,
)
from server import Server

QUESTION = "Where does the time go?"
FUNCTIONS = 12
MIB = 1 << 20


def run(bench: Bench) -> None:
    """Prints a table for each of the goals that take most."""
    files, size = bench.size(2000, 400), bench.size(512, 64) * MIB
    uploads = {"count": files, "size": 10240, "workers": 128}
    chunks = {"count": 10_000, "times": bench.size(10, 2)}
    frames = {"kind": "paced", "frames": bench.size(2000, 400)}
    with Server() as server, small_files(files, 10240) as folder, work_folder(size) as large:
        path = large / "large.bin"
        with path.open("wb") as file:
            file.truncate(size)
        transfer = {"path": str(path), "size": size}
        for case in (
            Case("ragflow ingest, a file", OURS, "ingest", {"folder": str(folder)}),
            Case("ragflow uploads, 128 at once, a file", OURS, "uploads", uploads),
            Case("ragflow[fast] decoding, a chunk", OURS_FAST, "decode", chunks),
            Case("ragflow[fast] paced stream, an event", OURS_FAST, "stream", frames),
            Case("ragflow sync upload, a byte", OURS_SYNC, "large_upload", transfer),
            Case("ragflow[fast] download, a byte", OURS_FAST, "large_download", transfer),
        ):
            _profile(server, case)


def _profile(server: Server, case: Case) -> None:
    command = [*case.client.command(), case.task, json.dumps({"url": server.url, **case.arguments})]
    environment = {**os.environ, "RAGFLOW_PROFILE": "1"}
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    found = json.loads(done.stdout)
    seconds: dict[str, float] = found["profile"]
    total = sum(seconds.values())
    most = sorted(seconds.items(), key=lambda item: -item[1])[:FUNCTIONS]
    most.append((f"{len(seconds) - len(most)} others", total - sum(spent for _, spent in most)))
    per = 1e6 if found["units"] < MIB else 1e12
    clock = "µs" if found["units"] < MIB else "ps"
    rows = [
        [name, figure(spent / found["units"] * per), figure(100 * spent / total, " %")]
        for name, spent in most
    ]
    print(f"**{case.label}**\n")
    print(table(["function, with what it calls in C", f"CPU {clock}", "share"], rows) + "\n")


if __name__ == "__main__":
    main(QUESTION, run)
