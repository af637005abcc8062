"""Work in a thread with an event loop of its own, so that the caller's event loop stays free."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from contextvars import ContextVar
from functools import partial
from typing import Any, Generic, TypeVar

import anyio
import anyio.to_thread

__all__ = ["HAS_THREAD", "beside"]

R = TypeVar("R")
T = TypeVar("T")

HAS_THREAD: ContextVar[bool] = ContextVar("HAS_THREAD", default=False)  # so blocking it is no harm


async def beside(work: Callable[[T], Coroutine[Any, Any, R]], argument: T) -> R:
    """Does work in a thread of its own; who is cancelled cancels it and waits for its end.

    Threads that hand each file on to another take longer than one that does all.
    """
    return await _Beside(lambda: work(argument)).run()


class _Beside(Generic[R]):
    """The work, seen from both threads."""

    def __init__(self, work: Callable[[], Coroutine[Any, Any, R]]) -> None:
        self._work = work
        self._lock = threading.Lock()
        self._cancel: Callable[[], object] | None = None
        self._is_cancelled = False
        self._begun = False
        self._ended = threading.Event()
        self._results: list[R] = []  # and not the thread's, which the event loop holds for a while

    async def run(self) -> R:
        """Waits for the work."""
        try:
            await anyio.to_thread.run_sync(
                self._run, abandon_on_cancel=True, limiter=anyio.CapacityLimiter(1)
            )
            return self._results.pop()
        except anyio.get_cancelled_exc_class():
            with self._lock:
                self._is_cancelled = True
                if self._cancel is not None:
                    self._cancel()
            if self._begun:
                with anyio.CancelScope(shield=True):
                    await anyio.to_thread.run_sync(self._ended.wait)
            raise

    def _run(self) -> None:
        with self._lock:
            self._begun = True
        HAS_THREAD.set(True)
        try:
            with asyncio.Runner() as runner:
                loop = runner.get_loop()
                task = loop.create_task(self._work())
                with self._lock:
                    if self._is_cancelled:
                        task.cancel()
                    self._cancel = partial(loop.call_soon_threadsafe, task.cancel)
                try:
                    self._results.append(loop.run_until_complete(task))
                finally:
                    with self._lock:
                        self._cancel = None
        finally:
            self._ended.set()
