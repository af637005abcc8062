"""What every client's script shares: one measurement, told as one line of JSON.

A script is started as ``python peers/NAME.py TASK JSON``, with the task's arguments as a JSON
object. Needs nothing but the standard library, since it runs in each client's own environment.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import inspect
import json
import os
import resource
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

KEY = "key"
DATASET = "0" * 31 + "1"
measured: dict[str, Any] = {}


@contextlib.contextmanager
def measure(units: int, who: int = resource.RUSAGE_SELF) -> Iterator[None]:
    """Measures its block, in which ``units`` things are done.

    What imports left to the collector is cleared before: else it would look through all of it
    within the block, or just before or after, as chance has it.
    """
    gc.collect()
    resident = _forget_peak()
    sampler = _sampler() if "RAGFLOW_PROFILE" in os.environ else None
    before, begun = resource.getrusage(who), time.perf_counter()
    yield
    wall, after = time.perf_counter() - begun, resource.getrusage(who)
    if sampler is not None:
        measured["profile"] = sampler.stop()
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    memory = (_status("VmHWM") - resident) / 1024
    measured.update(cpu=cpu, wall=wall, units=units, memory=memory)


def _sampler() -> Any:
    from sampling import Sampler

    sampler = Sampler()
    sampler.start()
    return sampler


def main(tasks: dict[str, Callable[..., Any]]) -> None:
    """Runs the task that the command line names and prints what it measured."""
    name, arguments = sys.argv[1], json.loads(sys.argv[2])
    if name not in tasks:
        print(json.dumps({"missing": "cannot do this"}))
        return
    try:
        result = tasks[name](**arguments)
        if inspect.iscoroutine(result):
            asyncio.run(result)
    except NotImplementedError as error:
        print(json.dumps({"missing": str(error)}))
        return
    print(json.dumps(measured))


def files_of(folder: str) -> list[Path]:
    """The files to upload."""
    return sorted(Path(folder).iterdir())


def in_threads(work: Callable[[Any], object], items: Iterable[Any], workers: int) -> None:
    """Does the work in threads; with one worker, in this one."""
    if workers == 1:
        for item in items:
            work(item)
        return
    with ThreadPoolExecutor(workers) as pool:
        for _ in pool.map(work, items):
            pass


async def in_tasks(
    work: Callable[[Any], Awaitable[object]], items: Iterable[Any], workers: int
) -> None:
    """Does the work in tasks that take from one iterator."""
    todo = iter(items)

    async def worker() -> None:
        for item in todo:
            await work(item)

    await asyncio.gather(*(worker() for _ in range(workers)))


def expect(found: int, least: int) -> None:
    """Ends the measurement if less was done than was to be measured."""
    if found < least:
        raise SystemExit(f"got {found} of {least}")


async def count_async(items: AsyncIterator[object]) -> int:
    """How many there are."""
    return sum([1 async for _ in items])


def _forget_peak() -> float:
    """Sets the peak of resident memory back to what is resident now, and gives that, in KiB."""
    Path("/proc/self/clear_refs").write_text("5")
    return _status("VmRSS")


def _status(name: str) -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith(name + ":"))
