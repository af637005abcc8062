"""Runs a command's work until it is done, or until Ctrl-C or SIGTERM."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import threading
from collections.abc import Awaitable, Callable
from typing import NoReturn, TypeVar

import anyio

from ragflow.cli.failures import ExitCode

__all__ = ["Stopped", "run"]

T = TypeVar("T")

# A file that is being read, or a server that does not answer, may keep the work from ending in
# time. The ledger stands a process that ends at any instant, so nothing is lost by that.
GRACE = 1.5


class Stopped(Exception):  # noqa: N818 - not an error of the program
    """The user has stopped the command."""


def run(work: Callable[[], Awaitable[T]], farewell: Callable[[], None]) -> T:
    """Runs it in an event loop of its own.

    Args:
        work: What to do.
        farewell: Puts the terminal in order and says how to go on, for a process that is about to
            end because its work does not stop in time, or because it was told twice.

    Raises:
        Stopped: It was told to stop, and has.
    """
    try:
        return asyncio.run(_guarded(work, farewell))
    except KeyboardInterrupt:  # where the system has no signal handlers for event loops
        raise Stopped from None


async def _guarded(work: Callable[[], Awaitable[T]], farewell: Callable[[], None]) -> T:
    loop = asyncio.get_running_loop()
    scope = anyio.CancelScope()
    told = False

    def leave() -> NoReturn:
        farewell()
        sys.stdout.flush()
        os._exit(ExitCode.ABORTED)

    timer = threading.Timer(GRACE, leave)
    timer.daemon = True

    def stop() -> None:
        nonlocal told
        if told:
            leave()
        told = True
        timer.start()
        scope.cancel()

    with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop)
    with scope:
        return await work()
    timer.cancel()
    raise Stopped
