"""Work beside the caller's event loop, and jobs that run so."""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import anyio
import anyio.lowlevel
import anyio.to_thread
import httpx
import pytest

from ragflow import AsyncDataSet, AsyncRAGFlow, FileResult, IngestAbortedError, IngestProgress
from ragflow._beside import HAS_THREAD, beside
from ragflow._haste import Haste
from ragflow._twins import async_in_thread
from ragflow.ingest.ledger import Ledger
from ragflow.testing import Faults, LocalServer

LONG = 10.0
BOTH = pytest.mark.parametrize("backend", ["asyncio", "trio"])


class Result:
    """Anything."""


async def doubled(number: int) -> tuple[int, threading.Thread, threading.Thread]:
    """The double, who has computed it, and where a blocking function would run."""
    await anyio.lowlevel.checkpoint()
    return 2 * number, threading.current_thread(), await async_in_thread(threading.current_thread)


@BOTH
def test_work_has_a_thread_of_its_own(backend: str) -> None:
    """Its result comes back; what blocks runs right there; the caller keeps its own ways."""

    async def main() -> None:
        result, thread, blocked = await beside(doubled, 4)
        assert result == 8
        assert thread is blocked
        assert thread is not threading.current_thread()
        assert not HAS_THREAD.get()
        assert await async_in_thread(threading.current_thread) is not threading.current_thread()

    anyio.run(main, backend=backend)


@BOTH
def test_a_result_is_its_callers_alone(backend: str) -> None:
    """What the work gives is gone as soon as the caller drops it; it may hold a file open."""

    async def giving(_: object) -> Result:
        await anyio.lowlevel.checkpoint()
        return Result()

    async def main() -> None:
        result = weakref.ref(await beside(giving, None))
        assert result() is None

    anyio.run(main, backend=backend)


@BOTH
def test_errors_come_back(backend: str) -> None:
    """What the work raises, its caller gets."""

    async def failing(argument: str) -> None:
        await anyio.lowlevel.checkpoint()
        raise LookupError(argument)

    async def main() -> None:
        with pytest.raises(LookupError, match="gone"):
            await beside(failing, "gone")

    anyio.run(main, backend=backend)


@BOTH
def test_the_callers_event_loop_stays_free(backend: str) -> None:
    """However long the work blocks, other tasks go on."""
    others = threading.Event()

    async def blocking(_: object) -> bool:
        return others.wait(LONG)

    async def main() -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(anyio.to_thread.run_sync, others.set)
            assert await beside(blocking, None)

    anyio.run(main, backend=backend)


@BOTH
def test_who_is_cancelled_cancels_the_work(backend: str) -> None:
    """The work is cancelled, and has cleaned up when its caller goes on."""
    begun = threading.Event()
    ended: list[str] = []

    async def endless(_: object) -> None:
        begun.set()
        try:
            await anyio.sleep_forever()
        finally:
            with anyio.CancelScope(shield=True):
                await anyio.sleep(0.05)
            ended.append("cleaned up")

    async def main() -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(beside, endless, None)
            await anyio.to_thread.run_sync(begun.wait, LONG)
            group.cancel_scope.cancel()
        assert ended == ["cleaned up"]

    anyio.run(main, backend=backend)


@BOTH
def test_who_was_cancelled_before_begins_nothing(backend: str) -> None:
    """A caller that has no time left does not wait for a thread that never came."""
    begun: list[object] = []

    async def work(_: object) -> None:
        await anyio.lowlevel.checkpoint()
        begun.append(1)

    async def main() -> None:
        with anyio.CancelScope() as scope:
            scope.cancel()
            await beside(work, None)
        await anyio.sleep(0.05)
        assert begun == []

    anyio.run(main, backend=backend)


@pytest.mark.parametrize(
    ("seconds", "computed", "waits"),
    [(0.02, 0.001, True), (0.02, 0.015, False), (0.004, 0.0, False), (9.0, 2.9, True)],
    ids=["a disk", "a computation", "soon over", "others compute too"],
)
def test_haste(
    seconds: float, computed: float, waits: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What waits is told from what computes, and from what is over at once."""
    clocks = iter([1.0, 1.0 + seconds]), iter([5.0, 5.0 + computed])
    wall, cpu = (clock.__next__ for clock in clocks)
    monkeypatch.setattr("ragflow._haste.time", SimpleNamespace(perf_counter=wall, thread_time=cpu))
    haste = Haste(waits=not waits)
    assert haste.timed(sum, [1, 2]) == 3
    assert haste.waits is waits


@BOTH
def test_a_job_tells_at_home(backend: str, tmp_path: Path) -> None:
    """A job runs beside; whoever listens to it is called where its caller is."""
    for number in range(70):
        (tmp_path / f"{number}.txt").write_text(f"file {number}")
    named: set[threading.Thread] = set()
    told: set[threading.Thread] = set()
    results: list[FileResult] = []

    def name_for(path: str) -> str:
        named.add(threading.current_thread())
        return f"of-{path}"

    def on_result(result: FileResult) -> None:
        told.add(threading.current_thread())
        results.append(result)

    def progress(state: IngestProgress) -> None:
        told.add(threading.current_thread())

    async def main(server: LocalServer) -> None:
        async with AsyncRAGFlow(server.api_key, server.base_url) as rag:
            dataset = await rag.create_dataset(f"beside {backend}")
            report = await dataset.ingest(
                tmp_path, parse=False, name_for=name_for, on_result=on_result, progress=progress
            )
            assert list(report.results) == results
            assert len(results) == 70
            assert len(await dataset.list_documents(limit=None)) == 70
            assert told == {threading.current_thread()}
            assert threading.current_thread() not in named

    with LocalServer() as server:
        anyio.run(main, server, backend=backend)


async def test_who_listens_may_end_a_job(
    tmp_path: Path, server: LocalServer, unique: Callable[[str], str]
) -> None:
    """What a listener raises ends the job, as it is."""
    (tmp_path / "a.txt").write_text("text")

    def on_result(_: FileResult) -> None:
        raise KeyError("enough")

    async with AsyncRAGFlow(server.api_key, server.base_url) as rag:
        dataset = await rag.create_dataset(unique("ended by a listener"))
        with pytest.raises(KeyError, match="enough"):
            await dataset.ingest(tmp_path, parse=False, on_result=on_result)


async def test_a_job_with_the_callers_own_transport_stays(tmp_path: Path) -> None:
    """What the caller gave may live in one event loop only, so the job runs there."""
    (tmp_path / "a.txt").write_text("text")
    threads: set[threading.Thread] = set()

    def refuse(request: httpx.Request) -> httpx.Response:
        threads.add(threading.current_thread())
        return httpx.Response(200, json={"code": 109, "message": "no such key"})

    async with AsyncRAGFlow(
        "key", "http://server", server_version="0.27.0", transport=httpx.MockTransport(refuse)
    ) as rag:
        dataset = rag.bind(AsyncDataSet(id="d", name="kb"))
        with pytest.raises(IngestAbortedError):
            await dataset.ingest(tmp_path, parse=False)
    assert threads == {threading.current_thread()}


async def test_a_cancelled_job_is_over(tmp_path: Path) -> None:
    """Cancelled in the middle of a form, a job ends at once and its ledger says so."""
    folder, ledger = tmp_path / "files", tmp_path / "ledger"
    folder.mkdir()
    (folder / "a.txt").write_text("text")
    with LocalServer(faults=Faults(latency=LONG)) as server:
        async with AsyncRAGFlow(server.api_key, server.base_url, timeout=2 * LONG) as rag:
            dataset = rag.bind(AsyncDataSet(id="d", name="kb"))
            begun = time.monotonic()
            with anyio.move_on_after(0.5) as scope:
                await dataset.ingest(folder, parse=False, ledger=ledger)
            assert scope.cancelled_caught
            assert time.monotonic() - begun < LONG / 2
    record = Ledger(ledger)
    assert [job.status for job in record.jobs()] == ["interrupted"]
    record.close()
