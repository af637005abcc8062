"""Commands: what they cost from start to end, and what a Python pays for an import."""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from measuring import DATASET, files_of, main, measure, measured

DOCUMENTS = f"/api/v1/datasets/{DATASET}/documents"
CLOCK = "import time; t = time.process_time(); {}; print(time.process_time() - t)"


def run(command: list[str], units: int, times: int = 1) -> None:
    with measure(units * times, resource.RUSAGE_CHILDREN):
        for _ in range(times):
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    del measured["memory"]


def curl(url: str, config: str, units: int, workers: int = 1) -> None:
    """One process of curl that does all that its configuration says."""
    parallel = ["-Z", "--parallel-max", str(workers)] if workers > 1 else []
    with tempfile.NamedTemporaryFile("w", suffix=".curl") as file:
        file.write(config)
        file.flush()
        run(["curl", "--silent", "--fail", *parallel, "--config", file.name], units)


def ingest(url: str, folder: str, workers: int) -> None:
    files = files_of(folder)
    form = 'url = "{}{}"\nform = "file=@{}"\noutput = "/dev/null"\n'
    config = "next\n".join(form.format(url, DOCUMENTS, path) for path in files)
    curl(url, config, len(files), workers)


def large_upload(url: str, path: str, size: int) -> None:
    curl(url, f'url = "{url}{DOCUMENTS}"\nform = "file=@{path}"\noutput = "/dev/null"\n', size)


def large_download(url: str, path: str, size: int) -> None:
    curl(url, f'url = "{url}{DOCUMENTS}/{size}"\noutput = "{path}"\n', size)


def statement(url: str, code: str, times: int) -> None:
    """CPU of a statement in a fresh Python, without that of Python's own start."""
    command = [sys.executable, "-c", CLOCK.format(code)]
    with measure(times, resource.RUSAGE_CHILDREN):
        found = [
            float(subprocess.run(command, check=True, capture_output=True).stdout)
            for _ in range(times)
        ]
    del measured["memory"]
    measured["cpu"] = sum(found)


def program(url: str, arguments: list[str], times: int) -> None:
    """A program that was installed beside this Python."""
    name, *rest = arguments
    run([str(Path(sys.executable).with_name(name)), *rest], 1, times)


main(
    {
        "ingest": ingest,
        "large_upload": large_upload,
        "large_download": large_download,
        "statement": statement,
        "program": program,
    }
)
