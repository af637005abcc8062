"""Functions that run side by side and wait for each other."""

from __future__ import annotations

import asyncio
import math
import time

from ragflow._twins import AsyncCrew


async def test_one_that_waits_is_asked_and_not_woken() -> None:
    """Until it may go on, whoever changes something asks in its name."""
    asked_by: list[asyncio.Task[object] | None] = []
    may_go_on = False

    def ready() -> float | None:
        asked_by.append(asyncio.current_task())
        return None if may_go_on else math.inf

    async def work() -> None:
        nonlocal may_go_on
        for _ in range(20):
            crew.change(lambda: None)
            await asyncio.sleep(0)
        may_go_on = True
        crew.change(lambda: None)
        await asyncio.sleep(0)

    async with AsyncCrew() as crew:
        crew.start(crew.until, ready)
        crew.start(work)
    itself, *others = asked_by
    assert len(others) == 21
    assert itself not in others


async def test_what_one_takes_is_its_own() -> None:
    """Of several that wait for the same, each thing goes to one, in the order they came."""
    things: list[int] = []
    taken: list[tuple[str, int]] = []

    async def take(name: str) -> None:
        def ready() -> float | None:
            if not things:
                return math.inf
            taken.append((name, things.pop(0)))
            return None

        await crew.until(ready)

    async def give() -> None:
        for thing in range(3):
            crew.change(lambda thing=thing: things.append(thing))

    async with AsyncCrew() as crew:
        for name in "abc":
            crew.start(take, name)
        crew.start(give)
    assert taken == [("a", 0), ("b", 1), ("c", 2)]


async def test_one_asks_by_itself_when_its_time_has_come() -> None:
    """A number is when to ask again, even if nothing changes; a change may bring it forward."""
    due = time.monotonic() + 3600.0

    def ready() -> float | None:
        left = due - time.monotonic()
        return left if left > 0 else None

    def soon() -> None:
        nonlocal due
        due = time.monotonic() + 0.05

    async def work() -> None:
        crew.change(soon)

    async with asyncio.timeout(30), AsyncCrew() as crew:
        crew.start(crew.until, ready)
        crew.start(work)
    assert time.monotonic() >= due
