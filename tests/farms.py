"""Executors for tests: real ones, and some that misbehave in the ways engines do."""

from __future__ import annotations

import pickle
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any

from ragflow import ConfigurationError


class Recorder(ThreadPoolExecutor):
    """Sends each call through pickle, as engines do, and remembers the bytes."""

    def __init__(self, workers: int = 2) -> None:
        super().__init__(workers)
        self.pickles: list[bytes] = []

    def submit(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.pickles.append(pickle.dumps((function, args)))
        return super().submit(self.call, self.pickles[-1])

    def call(self, pickled: bytes) -> Any:
        """What a worker does."""
        function, args = pickle.loads(pickled)
        return pickle.loads(pickle.dumps(function(*args)))


class Forgetful(Recorder):
    """Runs the first tasks, and then has lost what they gave, as when a worker dies after them."""

    def __init__(self, losses: int) -> None:
        super().__init__()
        self._losses = losses
        self._lock = threading.Lock()

    def call(self, pickled: bytes) -> Any:
        with self._lock:
            self._losses -= 1
            lost = self._losses >= 0
        result = super().call(pickled)
        if lost:
            raise BrokenProcessPool("the worker is gone")
        return result


class Repeating(Recorder):
    """Runs each task twice and gives the second result, as engines do after losing the first."""

    def call(self, pickled: bytes) -> Any:
        super().call(pickled)
        return super().call(pickled)


class Twofold(Recorder):
    """Runs each task twice at once, waits for both, and gives one result.

    Attributes:
        winner: Which of the two executions gives it.
    """

    def __init__(self) -> None:
        super().__init__()
        self.winner = 0
        self._here = threading.local()
        self._together = threading.Barrier(2)
        self._pool = ThreadPoolExecutor(2)

    def call(self, pickled: bytes) -> Any:
        executions = [self._pool.submit(self._execute, pickled, number) for number in range(2)]
        return self.choose(executions)

    def choose(self, executions: list[Future[Any]]) -> Any:
        """What the engine takes for the result."""
        executions[1 - self.winner].result()
        return executions[self.winner].result()

    def _execute(self, pickled: bytes, number: int) -> Any:
        self._here.number = number
        return super().call(pickled)

    @property
    def is_winner(self) -> bool:
        """Whether the execution that asks is the one that gives the result."""
        return bool(self._here.number == self.winner)

    def looked(self) -> None:
        """An execution is about to send; it waits for the other one to be so far."""
        self._together.wait(60)

    def sent(self) -> None:
        """An execution has sent a file."""

    def finish(self) -> None:
        """Waits until nothing runs any more."""
        self._pool.shutdown()

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        super().shutdown(wait, cancel_futures=cancel_futures)
        self.finish()


class Killing(Twofold):
    """Of two executions at once, kills one when it has sent its files."""

    def choose(self, executions: list[Future[Any]]) -> Any:
        assert isinstance(executions[1 - self.winner].exception(), BrokenProcessPool)
        return executions[self.winner].result()

    def sent(self) -> None:
        if not self.is_winner:
            raise BrokenProcessPool("the worker is gone")


class Colliding(Twofold):
    """Of two executions at once, kills one when the server has stored its form.

    Attributes:
        is_winner_first: Whether the server stores the form of the other one before.
    """

    def __init__(self) -> None:
        super().__init__()
        self.is_winner_first = True
        self._first_is_stored = threading.Event()

    def choose(self, executions: list[Future[Any]]) -> Any:
        assert isinstance(executions[1 - self.winner].exception(), BrokenProcessPool)
        return executions[self.winner].result()

    def sending(self) -> None:
        """An execution is about to send its form; it waits for its turn."""
        if self.is_winner != self.is_winner_first:
            assert self._first_is_stored.wait(60)

    def stored(self) -> None:
        """The server has stored the form of an execution."""
        self._first_is_stored.set()
        if not self.is_winner:
            raise BrokenProcessPool("the worker is gone")


class Straggling(Twofold):
    """Of two executions at once, the second sends its files when the job is over."""

    def __init__(self) -> None:
        super().__init__()
        self._job_is_over = threading.Event()

    def choose(self, executions: list[Future[Any]]) -> Any:
        return executions[self.winner].result()

    def looked(self) -> None:
        super().looked()
        if not self.is_winner:
            assert self._job_is_over.wait(60)

    def finish(self) -> None:
        self._job_is_over.set()
        super().finish()


class Lost(Recorder):
    """Runs a task, and loses what it gave in a way that ends the job."""

    def call(self, pickled: bytes) -> Any:
        super().call(pickled)
        raise ConfigurationError("the cluster is gone")


class Late(Recorder):
    """Ends the job, and runs its tasks only when it is told to."""

    def submit(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.pickles.append(pickle.dumps((function, args)))
        future: Future[Any] = Future()
        future.set_exception(ConfigurationError("the cluster is gone"))
        return future

    def run(self) -> None:
        """Runs all tasks."""
        with ThreadPoolExecutor(1) as pool:
            list(pool.map(self.call, self.pickles))


class Broken(Executor):
    """Takes no tasks."""

    def submit(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        raise BrokenProcessPool("there are no workers")


class Idle(Executor):
    """Takes tasks and never begins any, until the second one makes the first one fail."""

    def __init__(self, error: Exception) -> None:
        self.futures: list[Future[Any]] = []
        self._error = error

    def submit(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.futures.append(Future())
        if len(self.futures) == 2:
            self.futures[0].set_exception(self._error)
        return self.futures[-1]
