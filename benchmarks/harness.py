"""Runs clients in turns, each in a process of its own, and sets their figures beside each other."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from environments import PEERS, python_of, versions
from figures import Results, Sample
from server import Server

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # else ours alone would be compiled in each process

SCRIPTS = Path(__file__).parent / "peers"
LONGEST = 600  # seconds for one measurement


@dataclass(frozen=True)
class Client:
    """Who is measured: a script of ``peers/``, run by the Python of an environment."""

    script: str
    environment: str | None = "peers"
    packages: tuple[str, ...] = ()
    program: str | None = None

    def missing(self) -> str | None:
        """Why it cannot be measured here, if it cannot."""
        if self.program and not shutil.which(self.program):
            return f"no {self.program} on this machine"
        installed = versions(self.environment) if self.environment else {}
        absent = [name for name in self.packages if name not in installed]
        return f"not installed: {', '.join(absent)}" if absent else None

    def command(self) -> list[str]:
        """What to start."""
        python = python_of(self.environment) if self.environment else sys.executable
        return [str(python), str(SCRIPTS / self.script)]


FAST = ("ragflow", "aiohttp", "msgspec")
OURS = Client("ours_async.py", "plain", ("ragflow",))
OURS_FAST = Client("ours_async.py", "fast", FAST)
OURS_SYNC = Client("ours_sync.py", "plain", ("ragflow",))
OURS_SYNC_FAST = Client("ours_sync.py", "fast", FAST)
OFFICIAL = Client("official.py", packages=("ragflow-sdk",))
ASYNC_SDK = Client("async_sdk.py", packages=("ragflow-async-sdk",))
HTTPX = Client("bare_httpx.py", packages=("httpx",))
AIOHTTP = Client("bare_aiohttp.py", packages=("aiohttp",))
SOCKETS = Client("raw_sockets.py")
CURL = Client("command.py", None, program="curl")


@dataclass(frozen=True)
class Case:
    """One row of a table: a client and the task it is given."""

    label: str
    client: Client
    task: str
    arguments: dict[str, Any] = field(default_factory=dict)
    files: int = 0  # that must have arrived at the server
    target: Path | None = None  # what it writes; removed before, so that all find as much room


@dataclass(frozen=True)
class Bench:
    """How thoroughly to measure."""

    quick: bool
    rounds: int

    def size(self, full: int, quick: int) -> int:
        """The one or the other."""
        return quick if self.quick else full

    def measure(self, server: Server, cases: Sequence[Case]) -> Results:
        """Lets the cases take turns, round after round, each time in another order.

        A machine that others share may slow down after a long burst, whoever comes next.
        """
        results = Results({case.label: [] for case in cases})
        for case in cases:
            results.missing[case.label] = case.client.missing()
        for number in range(self.rounds):
            for case in random.Random(number).sample(cases, len(cases)):
                if results.missing[case.label] is None:
                    measure_once(server, case, results)
        return results


def measure_once(server: Server, case: Case, results: Results) -> None:
    """One measurement; a client that fails is left out of the rounds to come, and says why."""
    command = [*case.client.command(), case.task, json.dumps({"url": server.url, **case.arguments})]
    if case.target is not None:
        case.target.unlink(missing_ok=True)
    before = server.counts()
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST)
    except subprocess.TimeoutExpired:
        results.missing[case.label] = f"not done in {LONGEST} s"
        return
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["failed without a word"])[-1]
        results.missing[case.label] = last[:100]
        return
    found = json.loads(done.stdout)
    if "missing" in found:
        results.missing[case.label] = found["missing"]
        return
    after = server.counts()
    if after.files - before.files < case.files:
        results.missing[case.label] = f"{after.files - before.files} of {case.files} files arrived"
        return
    results.samples[case.label].append(Sample(**found, server=after.cpu - before.cpu))


@contextlib.contextmanager
def work_folder(needed: int) -> Iterator[Path]:
    """A temporary folder, in memory where that has room for ``needed`` bytes."""
    shared = Path("/dev/shm")
    roomy = shared.is_dir() and shutil.disk_usage(shared).free > 2 * needed
    with tempfile.TemporaryDirectory(dir=shared if roomy else None) as folder:
        yield Path(folder)


@contextlib.contextmanager
def small_files(count: int, size: int) -> Iterator[Path]:
    """A folder of files with different contents."""
    with work_folder(count * size) as folder:
        for number in range(count):
            (folder / f"file-{number:05}.txt").write_bytes(b"%05d " % number * (size // 6))
        yield folder


def machine() -> str:
    """Where the figures come from."""
    model = platform.machine()
    with contextlib.suppress(OSError):
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next(
            (line.split(": ")[1] for line in lines if line.startswith("model name")), model
        )
    installed = {**versions("peers"), **versions("plain"), **versions("fast")}
    names = dict.fromkeys(["ragflow", *PEERS, *FAST[1:]])
    packages = ", ".join(f"{name} {installed[name]}" for name in names if name in installed)
    curl = "no curl"
    if shutil.which("curl"):
        output = subprocess.run(["curl", "--version"], check=True, capture_output=True, text=True)
        curl = " ".join(output.stdout.split()[:2])
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{os.cpu_count()} × {model}, {platform.system()}; {python}; {packages}; {curl}."


def options(about: str, *names: str) -> argparse.Namespace:
    """The command line of one benchmark, or with the names of many, of them all."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--quick", action="store_true", help="one round of little work")
    parser.add_argument("--rounds", type=int, help="rounds to take the median of (5; quick: 1)")
    if names:
        parser.add_argument("--write", action="store_true", help="write benchmarks/results.md")
        parser.add_argument("names", nargs="*", help=f"of {', '.join(names)}; all if none is given")
    return parser.parse_args()


def bench_of(chosen: argparse.Namespace) -> Bench:
    """What the command line asks for."""
    return Bench(chosen.quick, chosen.rounds or (1 if chosen.quick else 5))


def main(question: str, run: Callable[[Bench], None]) -> None:
    """One benchmark by itself."""
    bench = bench_of(options(question))
    print(f"## {question}\n\n{machine()}\n")
    run(bench)
