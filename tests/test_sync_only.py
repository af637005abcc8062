"""What only the blocking client does: threads, forks, interrupts, and ending without a close."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar

import pytest

from ragflow import RAGFlow, _twins
from ragflow.testing import LocalServer
from slow_upstream import SlowUpstream, serving


@pytest.fixture(scope="module")
def newest() -> Iterator[LocalServer]:
    """An embedded server of the newest generation."""
    with LocalServer() as server:
        yield server


def python(code: str, server: LocalServer | str, **options: object) -> subprocess.Popen[str]:
    """A Python that runs code with a client's key and address in its environment."""
    key, address = ("key", server) if isinstance(server, str) else (server.api_key, server.base_url)
    environment = {**os.environ, "RAGFLOW_API_KEY": key, "RAGFLOW_BASE_URL": address}
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(code)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_sixteen_threads_share_a_client(newest: LocalServer) -> None:
    """Calls from 16 threads at once each get their own answer."""
    with RAGFlow(newest.api_key, newest.base_url) as rag:
        datasets = [rag.create_dataset(f"thread {number}") for number in range(4)]
        expected = [datasets[number % 4].id for number in range(160)]
        with ThreadPoolExecutor(16) as pool:
            found = list(pool.map(lambda known: rag.get_dataset(known).id, expected))
    assert found == expected


def test_client_survives_a_fork(newest: LocalServer) -> None:
    """Parent and child both go on with a client that was used before the fork."""
    script = """
        import os
        from ragflow import RAGFlow
        rag = RAGFlow()
        rag.list_datasets()
        child = os.fork()
        for _ in range(20):
            rag.list_datasets()
        if child == 0:
            os._exit(7)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    """
    process = python(script, newest)
    output, errors = process.communicate(timeout=30)
    assert (output, errors) == ("7\n", "")


def test_process_ends_when_the_client_was_never_closed(newest: LocalServer) -> None:
    """A script that forgets to close ends at once, without a word."""
    script = """
        from ragflow import RAGFlow
        rag = RAGFlow()
        print(rag.list_datasets().total is not None)
    """
    process = python(script, newest)
    output, errors = process.communicate(timeout=30)
    assert (process.returncode, output, errors) == (0, "True\n", "")


def test_client_that_is_let_go_closes_its_connections(newest: LocalServer) -> None:
    """A client that nobody holds any more leaves no open socket, which would warn here."""
    rag = RAGFlow(newest.api_key, newest.base_url)
    rag.list_datasets()
    link = next(iter(rag._api._sender._links.values())).link
    del rag
    gc.collect()
    assert link.is_closed


@pytest.mark.parametrize(
    "call",
    [
        'for message in session.ask("?", stream=True): print("begun", flush=True)',
        'print("begun", flush=True); session.ask("?")',
    ],
)
def test_interrupt_stops_an_answer(call: str) -> None:
    """Ctrl-C ends a program that waits for an answer."""
    script = f"""
        from ragflow import RAGFlow
        session = RAGFlow().get_chat("c1").create_session()
        {call}
    """
    upstream = SlowUpstream()
    with serving(upstream.app) as address:
        process = python(script, address)
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=5)
        assert "KeyboardInterrupt" in errors
        assert upstream.left.wait(5)


def test_loop_left_early_stops_the_server() -> None:
    """A ``break`` ends the request as soon as the stream is let go."""
    upstream = SlowUpstream()
    with serving(upstream.app) as address, RAGFlow("key", address) as rag:
        for message in rag.get_chat("c1").create_session().ask("?", stream=True):
            if message.content:
                break
        gc.collect()
        assert upstream.left.wait(5)


def test_workers_of_a_map_carry_the_context() -> None:
    """What a caller set in its context is seen by the worker threads."""
    user = ContextVar("user", default="nobody")
    user.set("Ada")
    assert _twins.bounded_map(lambda _: user.get(), range(8), 3) == ["Ada"] * 8


def test_first_error_of_a_map_stops_the_others() -> None:
    """After an error no further item is taken up, and the error is raised to the caller."""
    seen: list[int] = []

    def work(number: int) -> int:
        seen.append(number)
        if number == 3:
            raise ValueError("three")
        time.sleep(0.01)
        return number

    with pytest.raises(ValueError, match="three"):
        _twins.bounded_map(work, range(1000), 2)
    assert len(seen) < 1000


def test_map_gives_results_in_order() -> None:
    """Results stand in the order of the items, whichever is ready first."""

    def work(number: int) -> int:
        time.sleep(0.01 if number % 2 else 0)
        return number * number

    assert _twins.bounded_map(work, range(20), 4) == [number * number for number in range(20)]
