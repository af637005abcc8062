"""All that differs between the async and the blocking client beyond ``async`` and ``await``.

Each name exists twice; the generator of ``_sync`` swaps ``AsyncName`` for ``Name`` and
``async_name`` for ``name``.
"""

from __future__ import annotations

import contextvars
import math
import os
import queue
import threading
import time
import weakref
from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    Awaitable,
    Callable,
    Coroutine,
    Generator,
    Hashable,
    Iterable,
)
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Generic, Protocol, Self, TypeVar, TypeVarTuple

import anyio
import anyio.to_thread
import httpcore
import httpx
from anyio.lowlevel import current_token
from attrs import define, field
from sniffio import current_async_library

from ._ahead import ReadAhead, WriteBehind
from ._beside import HAS_THREAD, beside
from ._haste import Haste
from ._network import proxy_for
from ._protocol.multipart import FileLike, Multipart
from .errors import ConfigurationError, LocalServerError

T = TypeVar("T")
R = TypeVar("R")
Ts = TypeVarTuple("Ts")

AsyncSources = FileLike | Iterable[FileLike] | AsyncIterable[FileLike]
Sources = FileLike | Iterable[FileLike]

async_sleep = anyio.sleep
sleep = time.sleep


async def async_in_thread(function: Callable[[*Ts], R], *args: *Ts) -> R:
    """Runs a blocking function where the caller's event loop does not wait for it.

    That is in a worker thread, cancelled or not; or here, if all of the work has a thread.
    """
    if HAS_THREAD.get():
        return function(*args)
    return await anyio.to_thread.run_sync(function, *args)


async def async_in_worker(function: Callable[[*Ts], R], *args: *Ts) -> R:
    """Runs a function that may block for long in a worker thread and waits for it."""
    return await anyio.to_thread.run_sync(function, *args)


async def async_abandonable(function: Callable[[*Ts], R], *args: *Ts) -> R:
    """Runs a blocking function in a worker thread; who is cancelled does not wait for it."""
    return await anyio.to_thread.run_sync(function, *args, abandon_on_cancel=True)


async def async_hastily(haste: Haste, function: Callable[[*Ts], R], *args: *Ts) -> R:
    """Runs a function in a worker thread that may be abandoned, or here if it does not wait."""
    if HAS_THREAD.get() and not haste.waits:
        return haste.timed(function, *args)
    return await anyio.to_thread.run_sync(haste.timed, function, *args, abandon_on_cancel=True)


def hastily(haste: Haste, function: Callable[[*Ts], R], *args: *Ts) -> R:
    """Runs a function."""
    return haste.timed(function, *args)


def in_thread(function: Callable[[*Ts], R], *args: *Ts) -> R:
    """Runs a blocking function: whoever calls from a thread may block it."""
    return function(*args)


abandonable = in_worker = in_thread


async_beside = beside


def async_complete(function: Callable[[T], Coroutine[Any, Any, R]], argument: T) -> R:
    """Calls a coroutine function, and runs it to its end, in a thread without an event loop."""
    return anyio.run(function, argument)


def complete(function: Callable[[T], R], argument: T) -> R:
    """Calls a function."""
    return function(argument)


def async_scope() -> Hashable:
    """What a connection pool is bound to: a process and its running event loop."""
    return os.getpid(), current_token()


def scope() -> Hashable:
    """What a connection pool is bound to: a process; after a fork the child needs its own."""
    return os.getpid()


class AsyncClosable(Protocol):
    """What holds connections."""

    async def aclose(self) -> None: ...


C = TypeVar("C", bound=AsyncClosable)


class AsyncScoped(Generic[C]):
    """A link that lives as long as its event loop, unless it belongs to somebody else.

    A loop that ends (``asyncio.run``, ``trio.run``) finalises the generators that were started in
    it; one of them closes the link, so sockets that nobody closed are given back all the same.
    """

    def __init__(self, link: C, *, owned: bool) -> None:
        self.link = link
        self.lock = anyio.Lock()
        self._guard = _closing(link) if owned else None
        self._started = False

    async def start(self) -> None:
        """Puts the guard into the running event loop."""
        if self._guard is not None and not self._started:
            self._started = True
            await anext(self._guard)

    async def aclose(self) -> None:
        """Closes the link now."""
        if self._guard is not None:
            await self._guard.aclose()


async def async_let_go(what: AsyncClosable) -> None:
    """Closes something, although its task may be cancelled."""
    with anyio.CancelScope(shield=True):
        await what.aclose()


async def _closing(link: AsyncClosable) -> AsyncGenerator[None, None]:
    try:
        yield
    finally:
        await link.aclose()


class Closable(Protocol):
    """What holds connections."""

    def close(self) -> None: ...


S = TypeVar("S", bound=Closable)


def let_go(what: Closable) -> None:
    """Closes something."""
    what.close()


class Scoped(Generic[S]):
    """A link that is closed when nobody holds it any more, or when the program ends."""

    def __init__(self, link: S, *, owned: bool) -> None:
        self.link = link
        self.lock = threading.Lock()
        self._finalizer = weakref.finalize(self, link.close) if owned else None

    def start(self) -> None:
        """Nothing to do: there is no event loop."""

    def close(self) -> None:
        """Closes the link now."""
        if self._finalizer is not None:
            self._finalizer()


def can_use_aiohttp(base_url: str) -> bool:
    """Whether the event loop is asyncio's, and no proxy, of which httpcore knows more, is there."""
    return current_async_library() == "asyncio" and proxy_for(base_url) is None


def async_network() -> httpcore.AsyncNetworkBackend:
    """The way to sockets that is cheapest for the running event loop."""
    if current_async_library() != "asyncio":
        return httpcore.AnyIOBackend()
    from ._sockets import AsyncioNetwork

    return AsyncioNetwork()


def network() -> httpcore.NetworkBackend:
    """The way to sockets."""
    return httpcore.SyncBackend()


class AsyncSlots:
    """So many at a time; others wait."""

    def __init__(self, number: int) -> None:
        self._semaphore = anyio.Semaphore(number)

    async def take(self, seconds: float | None) -> None:
        """Waits for a free one, so long at most."""
        try:
            self._semaphore.acquire_nowait()
        except anyio.WouldBlock:
            try:
                with anyio.fail_after(seconds):
                    await self._semaphore.acquire()
            except TimeoutError:
                raise httpx.PoolTimeout("all connections are in use") from None

    def free(self) -> None:
        """Lets the next one in."""
        self._semaphore.release()


class Slots:
    """So many at a time; others wait."""

    def __init__(self, number: int) -> None:
        self._semaphore = threading.Semaphore(number)

    def take(self, seconds: float | None) -> None:
        """Waits for a free one, so long at most."""
        if not self._semaphore.acquire(timeout=seconds):
            raise httpx.PoolTimeout("all connections are in use")

    def free(self) -> None:
        """Lets the next one in."""
        self._semaphore.release()


class AsyncBody(httpx.AsyncByteStream):
    """A form as a request body; files are read a MiB at a time, while the last one is sent."""

    def __init__(self, form: Multipart) -> None:
        self.form = form

    async def __aiter__(self) -> AsyncGenerator[bytes, None]:
        if self.form.is_small:
            for piece in self.form:
                yield piece
            return
        if self.form.is_short:
            yield await anyio.to_thread.run_sync(b"".join, self.form)
            return
        ahead = ReadAhead(iter(self.form))
        try:
            while True:
                if ahead.is_ready:
                    piece = ahead.take()
                else:
                    piece = await anyio.to_thread.run_sync(ahead.take)
                if not piece:
                    return
                yield piece
        finally:
            ahead.stop()


class Body(httpx.SyncByteStream):
    """A form as a request body."""

    def __init__(self, form: Multipart) -> None:
        self.form = form

    def __iter__(self) -> Generator[bytes, None, None]:  # noqa: PYI058 -- it is closed
        yield from self.form


class AsyncFileWriter:
    """A file that is written by a thread, a little behind."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def __aenter__(self) -> Self:
        file: IO[bytes] = await anyio.to_thread.run_sync(self._path.open, "wb")
        self._behind = WriteBehind(file)
        return self

    async def __aexit__(self, *_: object) -> None:
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(self._behind.close)

    async def write(self, data: bytes) -> None:
        """Appends bytes; what goes wrong may be told later, by the end at the latest."""
        if not self._behind.has_room():
            await anyio.to_thread.run_sync(self._behind.wait)
        self._behind.give(data)


class FileWriter:
    """A file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> Self:
        self._file = self._path.open("wb")
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def write(self, data: bytes) -> None:
        """Appends bytes."""
        self._file.write(data)


async def async_bounded_map(
    function: Callable[[T], Awaitable[R]], items: Iterable[T], workers: int
) -> list[R]:
    """The results of a function over items, in order, with at most ``workers`` calls at a time.

    Workers pull from the iterable, so it may be long. The first error stops the others.
    """
    results: dict[int, R] = {}
    feed = iter(enumerate(items))

    async def work() -> None:
        for index, item in feed:
            results[index] = await function(item)

    failure: BaseException | None = None
    try:
        async with anyio.create_task_group() as group:
            for _ in range(workers):
                group.start_soon(work)
    except BaseExceptionGroup as errors:
        failure = _first(errors)
    if failure is not None:
        raise failure
    return [results[index] for index in sorted(results)]


def _first(errors: BaseExceptionGroup[BaseException]) -> BaseException:
    error: BaseException = errors
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def bounded_map(function: Callable[[T], R], items: Iterable[T], workers: int) -> list[R]:
    """The results of a function over items, in order, with at most ``workers`` calls at a time.

    The workers are daemon threads that carry the caller's context; the first error, or an
    interrupt of the caller, keeps them from taking up further items.
    """
    results: dict[int, R] = {}
    feed = iter(enumerate(items))
    lock = threading.Lock()
    stop = threading.Event()
    ended: queue.SimpleQueue[BaseException | None] = queue.SimpleQueue()

    def work() -> None:
        try:
            while not stop.is_set():
                with lock:
                    index, item = next(feed, (-1, None))
                if index < 0:
                    break
                results[index] = function(item)  # type: ignore[arg-type]
        except BaseException as error:
            ended.put(error)
        else:
            ended.put(None)

    for number in range(workers):
        context = contextvars.copy_context()
        name = f"ragflow-{number}"
        threading.Thread(target=context.run, args=(work,), name=name, daemon=True).start()
    try:
        for _ in range(workers):
            failure = ended.get()
            if failure is not None:
                raise failure
    finally:
        stop.set()
    return [results[index] for index in sorted(results)]


@define(eq=False)
class _Waiting:
    """One that waits for others, who ask in its name whether it may go on."""

    ready: Callable[[], float | None]
    due: float  # when it asks by itself
    is_ready: bool = False
    event: anyio.Event = field(factory=anyio.Event)


class AsyncCrew:
    """Functions that run side by side and wait for each other; the first failure ends all."""

    over = False

    async def __aenter__(self) -> Self:
        self.over = False
        self._waiting: dict[_Waiting, None] = {}  # in the order they came
        self._group = anyio.create_task_group()
        await self._group.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        failure: BaseException | None = None
        try:
            await self._group.__aexit__(kind, error, traceback)
        except BaseExceptionGroup as errors:
            failure = _first(errors)
        finally:
            self.over = True
        if failure is not None:
            raise failure

    def start(self, function: Callable[[*Ts], Coroutine[Any, Any, object]], *args: *Ts) -> None:
        """Runs a function beside the others."""
        self._group.start_soon(function, *args)

    async def until(self, ready: Callable[[], float | None]) -> None:
        """Waits until ``ready`` gives ``None``; a number is when to ask again at the latest.

        ``ready`` is asked again after each :meth:`change`, and never while another one is at work,
        so what it takes is its own.
        """
        while (seconds := ready()) is not None:
            waiting = _Waiting(ready, time.monotonic() + seconds)
            self._waiting[waiting] = None
            try:
                if seconds == math.inf:
                    await waiting.event.wait()
                else:
                    with anyio.move_on_after(seconds):
                        await waiting.event.wait()
            finally:
                self._waiting.pop(waiting, None)
            if waiting.is_ready:
                return

    def change(self, act: Callable[[], R]) -> R:
        """Does something that others may be waiting for.

        Those that have to wait on are asked and not woken, which would take many times as long.
        """
        result = act()
        for waiting in list(self._waiting):
            seconds = waiting.ready()
            waiting.is_ready = seconds is None
            if seconds is None or time.monotonic() + seconds < waiting.due:
                del self._waiting[waiting]
                waiting.event.set()
        return result

    def alone(self, act: Callable[[], R]) -> R:
        """Does something while no other one is at work, for which nobody waits."""
        return act()


class Crew:
    """Functions that run side by side and wait for each other; the first failure ends all.

    They run in daemon threads that carry the caller's context. An end before their end reaches
    them when they wait next; for one that is in the middle of a request nobody waits long.
    """

    PATIENCE = 1.0

    def __enter__(self) -> Self:
        self._condition = threading.Condition(threading.RLock())
        self._running = 0
        self._failure: BaseException | None = None
        self.over = False
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with self._condition:
            try:
                if error is None:
                    self._condition.wait_for(lambda: not self._running or self._failure)
            finally:
                self.over = True
                self._condition.notify_all()
                self._condition.wait_for(lambda: not self._running, self.PATIENCE)
        if self._failure is not None and (error is None or isinstance(error, _Over)):
            raise self._failure

    def start(self, function: Callable[[*Ts], object], *args: *Ts) -> None:
        """Runs a function beside the others."""
        context = contextvars.copy_context()
        with self._condition:
            self._running += 1
        work = threading.Thread(target=context.run, args=(self._run, function, args), daemon=True)
        work.start()

    def until(self, ready: Callable[[], float | None]) -> None:
        """Waits until ``ready`` gives ``None``; a number is when to ask again at the latest.

        ``ready`` is asked again after each :meth:`change`, and never while another one is at work,
        so what it takes is its own.
        """
        with self._condition:
            while not self.over and (seconds := ready()) is not None:
                self._condition.wait(min(seconds, threading.TIMEOUT_MAX))
            if self.over:
                raise _Over

    def change(self, act: Callable[[], R]) -> R:
        """Does something that others may be waiting for."""
        with self._condition:
            result = act()
            self._condition.notify_all()
            return result

    def alone(self, act: Callable[[], R]) -> R:
        """Does something while no other one is at work, for which nobody waits."""
        with self._condition:
            return act()

    def _run(self, function: Callable[[*Ts], object], args: tuple[*Ts]) -> None:
        try:
            function(*args)
        except _Over:
            pass
        except BaseException as error:
            with self._condition:
                self._failure = self._failure or error
                self.over = True
        finally:
            with self._condition:
                self._running -= 1
                self._condition.notify_all()


class _Over(BaseException):
    """Ends a thread whose crew has ended."""


class LocalServer:
    """The embedded server of one blocking client, running from construction to ``close``."""

    def __init__(self, path: str | os.PathLike[str] | None, version: str | None) -> None:
        from .local.config import DEFAULT_VERSION
        from .local.process import ServerProcess, ServerProcessError

        self.version = version or DEFAULT_VERSION
        try:
            self._process = ServerProcess(
                None if path is None else Path(path), version=self.version
            )
        except ServerProcessError as error:
            raise LocalServerError(str(error)) from error
        except ValueError as error:
            raise ConfigurationError(str(error)) from error
        self.base_url = self._process.base_url
        self.api_key = self._process.api_key

    def close(self) -> None:
        """Stops the server."""
        self._process.stop()


class AsyncLocalServer(LocalServer):
    """The embedded server of one async client; starting it takes the time of a child process."""

    async def aclose(self) -> None:
        """Stops the server."""
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(self.close)
