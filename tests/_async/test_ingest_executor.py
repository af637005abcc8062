"""Files of a job that are read and sent by the workers of an executor."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import fsspec
import pytest

import farms
from ragflow import (
    AsyncDataSet,
    AsyncRAGFlow,
    ConfigurationError,
    IngestAbortedError,
    InvalidArgumentError,
    Outcome,
)
from ragflow._async.ingestion.forms import AsyncForms
from ragflow._async.ingestion.partition import AsyncPartitionWork
from ragflow.testing import Faults, LocalServer


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Seventy small files in two folders."""
    for number in range(70):
        path = tmp_path / "files" / f"part{number % 2}" / f"{number:03}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"File number {number} of seventy.")
    return tmp_path / "files"


async def names(dataset: AsyncDataSet) -> list[str]:
    """The names of all documents."""
    return sorted([document.name async for document in dataset.iter_documents()])


def expected(folder: Path) -> list[str]:
    """The names that all files should have."""
    files = [path.relative_to(folder) for path in folder.rglob("*.txt")]
    return sorted(" - ".join(path.parts) for path in files)


async def test_threads_send_every_file_once(dataset: AsyncDataSet, folder: Path) -> None:
    """All files are stored and parsed, and the results come in input order."""
    with ThreadPoolExecutor(2) as executor:
        report = await dataset.ingest(folder, executor=executor)
    assert report.counts == {Outcome.PARSED: 70}
    assert [result.path for result in report.results] == sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*.txt")
    )
    assert await names(dataset) == expected(folder)


async def test_processes_take_the_key_from_their_environment(
    dataset: AsyncDataSet, folder: Path, server: LocalServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Processes that begin from nothing send files with the key of their environment."""
    monkeypatch.setenv("RAGFLOW_API_KEY", server.api_key)
    spawning = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawning) as executor:
        report = await dataset.ingest(folder, parse=False, executor=executor)
    assert report.counts == {Outcome.STORED: 70}
    assert await names(dataset) == expected(folder)


async def test_what_a_worker_cannot_read_is_sent_in_place(
    dataset: AsyncDataSet,
    folder: Path,
    server: LocalServer,
    monkeypatch: pytest.MonkeyPatch,
    unique: Callable[[str], str],
) -> None:
    """Files that only the calling process sees are sent by it, beside those of the workers."""
    monkeypatch.setenv("RAGFLOW_API_KEY", server.api_key)
    address = f"memory://{unique('files')}"
    with fsspec.open(f"{address}/here.txt", "wb") as file:
        file.write(b"Another process has another memory.")
    spawning = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawning) as executor:
        report = await dataset.ingest([folder, address], parse=False, executor=executor)
    assert report.counts == {Outcome.STORED: 71}
    assert await names(dataset) == sorted([*expected(folder), "here.txt"])


async def test_another_key_is_refused(
    dataset: AsyncDataSet, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker whose key is not the job's sends nothing."""
    monkeypatch.setenv("RAGFLOW_API_KEY", "another-key")
    spawning = multiprocessing.get_context("spawn")
    with (
        ProcessPoolExecutor(1, mp_context=spawning) as executor,
        pytest.raises(IngestAbortedError, match="another key") as raised,
    ):
        await dataset.ingest(folder, parse=False, executor=executor)
    assert isinstance(raised.value.__cause__, ConfigurationError)
    assert await names(dataset) == []


async def test_the_key_is_in_no_pickle(
    dataset: AsyncDataSet, folder: Path, server: LocalServer
) -> None:
    """What is sent to workers does not hold the key."""
    with farms.Recorder() as executor:
        await dataset.ingest(folder, parse=False, executor=executor)
    assert executor.pickles
    assert not any(server.api_key.encode() in pickled for pickled in executor.pickles)


@pytest.mark.parametrize("make", [lambda: farms.Forgetful(1), farms.Repeating, farms.Twofold])
async def test_a_task_that_runs_again_stores_nothing_twice(
    dataset: AsyncDataSet, folder: Path, make: Callable[[], farms.Recorder]
) -> None:
    """A task that runs again, or twice at once, leaves each file there once."""
    with make() as executor:
        report = await dataset.ingest(folder, parse=False, executor=executor)
    assert report.counts == {Outcome.STORED: 70}
    assert await names(dataset) == expected(folder)


async def test_a_task_that_runs_again_sends_nothing_again(folder: Path) -> None:
    """Each of the three forms goes to the server once, although each task runs twice."""
    with LocalServer(faults=Faults()) as server:
        async with AsyncRAGFlow(server.api_key, server.base_url) as client:
            dataset = await client.create_dataset("counted")
            with farms.Repeating() as executor:
                await dataset.ingest(folder, parse=False, executor=executor)
        assert server.fault_report().uploads == 3


async def test_an_interrupted_job_finds_what_its_tasks_stored(
    dataset: AsyncDataSet, folder: Path, tmp_path: Path
) -> None:
    """The same call finds the documents of tasks whose answers never came."""
    ledger = tmp_path / "ledger.db"
    with farms.Lost() as executor, pytest.raises(IngestAbortedError):
        await dataset.ingest(folder, parse=False, ledger=ledger, executor=executor)
    assert await names(dataset)
    report = await dataset.ingest(folder, parse=False, ledger=ledger)
    assert report.ok
    assert await names(dataset) == expected(folder)


async def test_tasks_that_outlive_their_job_store_nothing_twice(
    dataset: AsyncDataSet, folder: Path, tmp_path: Path
) -> None:
    """What an engine still runs when the next call has done the work does no harm."""
    ledger = tmp_path / "ledger.db"
    with farms.Late() as executor:
        with pytest.raises(IngestAbortedError):
            await dataset.ingest(folder, parse=False, ledger=ledger, executor=executor)
        report = await dataset.ingest(folder, parse=False, ledger=ledger)
        assert report.counts == {Outcome.STORED: 70}
        executor.run()
    assert await names(dataset) == expected(folder)


@pytest.mark.parametrize("make", [farms.Broken, lambda: farms.Forgetful(99)])
async def test_a_broken_executor_does_not_end_the_job(
    dataset: AsyncDataSet, folder: Path, make: Callable[[], Executor]
) -> None:
    """What no worker can do is done in place, with a warning, and once."""
    with make() as executor, pytest.warns(RuntimeWarning, match="BrokenProcessPool"):
        report = await dataset.ingest(folder, parse=False, executor=executor)
    assert report.counts == {Outcome.STORED: 70}
    assert await names(dataset) == expected(folder)


async def test_what_cannot_travel_stays(dataset: AsyncDataSet, folder: Path) -> None:
    """Contents in memory are sent in place, beside files that travel."""
    with farms.Recorder() as executor:
        sources = [folder, ("memory.txt", b"These bytes are in memory only.")]
        report = await dataset.ingest(sources, parse=False, executor=executor)
    assert report.counts == {Outcome.STORED: 71}
    assert not any(b"in memory only" in pickled for pickled in executor.pickles)
    assert await names(dataset) == sorted([*expected(folder), "memory.txt"])


async def test_unreadable_files_fail_alone(dataset: AsyncDataSet, folder: Path) -> None:
    """A file that no worker can send is told, and the others are stored."""
    (folder / "part0" / "000.txt").write_bytes(b"")
    with farms.Recorder() as executor:
        report = await dataset.ingest(folder, parse=False, executor=executor)
    assert report.counts == {Outcome.STORED: 69, Outcome.FAILED: 1}
    (failed,) = report.failed
    assert (failed.path, "empty" in failed.reason) == ("part0/000.txt", True)


async def test_changed_files_replace_their_documents(
    dataset: AsyncDataSet, folder: Path, tmp_path: Path
) -> None:
    """A changed file takes the place of its document, and a repeated task changes nothing."""
    ledger = tmp_path / "ledger.db"
    await dataset.ingest(folder, parse=False, ledger=ledger)
    for number in (3, 5):
        (folder / "part1" / f"{number:03}.txt").write_text(f"Number {number} is another one now.")
    with farms.Repeating() as executor:
        report = await dataset.ingest(
            folder, parse=False, ledger=ledger, on_conflict="replace", executor=executor
        )
    assert report.counts == {Outcome.REPLACED: 2, Outcome.SKIPPED: 68}
    assert await names(dataset) == expected(folder)


@pytest.mark.parametrize("make", [farms.Twofold, farms.Killing, farms.Straggling])
@pytest.mark.parametrize("winner", [0, 1])
async def test_changed_files_that_are_sent_twice_at_once(
    dataset: AsyncDataSet,
    folder: Path,
    tmp_path: Path,
    make: Callable[[], farms.Twofold],
    winner: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Two executions that both looked before either sent leave each changed file there once."""
    ledger = tmp_path / "ledger.db"
    await dataset.ingest(folder, parse=False, ledger=ledger)
    for number in (3, 5):
        (folder / "part1" / f"{number:03}.txt").write_text(f"Number {number} is another one now.")
    with make() as executor:
        executor.winner = winner
        earlier, only_one = AsyncPartitionWork._earlier, AsyncPartitionWork._only_one

        async def looks(self: AsyncPartitionWork, form: Any) -> Any:
            found = await earlier(self, form)
            assert found == [None, None]
            executor.looked()
            return found

        async def ends(self: AsyncPartitionWork, *sent: Any) -> Any:
            executor.sent()
            return await only_one(self, *sent)

        monkeypatch.setattr(AsyncPartitionWork, "_earlier", looks)
        monkeypatch.setattr(AsyncPartitionWork, "_only_one", ends)
        report = await dataset.ingest(
            folder, parse=False, ledger=ledger, on_conflict="replace", executor=executor
        )
        executor.finish()
    assert report.counts == {Outcome.REPLACED: 2, Outcome.SKIPPED: 68}
    assert await names(dataset) == expected(folder)
    contents = {item.name: await item.download() async for item in dataset.iter_documents()}
    assert contents["part1 - 003.txt"] == b"Number 3 is another one now."


@pytest.mark.parametrize("make", [nullcontext, farms.Recorder])
@pytest.mark.parametrize("content", [b"somebody's", b"changed, and longer"])
async def test_a_name_that_is_taken_in_between(
    dataset: AsyncDataSet,
    tmp_path: Path,
    make: Callable[[], AbstractContextManager[Executor | None]],
    content: bytes,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The name of a document that gives way may be gone when its successor is to have it."""
    folder, ledger = tmp_path / "files", tmp_path / "ledger.db"
    folder.mkdir()
    (folder / "a.txt").write_bytes(b"first")
    await dataset.ingest(folder, parse=False, ledger=ledger)
    (folder / "a.txt").write_bytes(b"changed, and longer")
    remove = AsyncForms.remove
    taken: list[str] = []

    async def removes(self: AsyncForms, id: str) -> None:
        await remove(self, id)
        if not taken:
            taken.append(id)
            await dataset.upload_documents([("a.txt", content)])

    monkeypatch.setattr(AsyncForms, "remove", removes)
    with make() as executor:
        report = await dataset.ingest(
            folder, parse=False, ledger=ledger, on_conflict="replace", executor=executor
        )
    (result,) = report.results
    assert result.outcome is Outcome.REPLACED
    documents = {item.id: item async for item in dataset.iter_documents()}
    assert documents[result.document_id].name == result.name
    assert await documents[result.document_id].download() == b"changed, and longer"
    is_copy = executor is not None and content == b"changed, and longer"
    assert len(documents) == (1 if is_copy else 2)


async def test_an_end_cancels_the_tasks(dataset: AsyncDataSet, folder: Path) -> None:
    """A job that ends early cancels what it has asked for."""
    executor = farms.Idle(ConfigurationError("no key"))
    with pytest.raises(IngestAbortedError, match="no key"):
        await dataset.ingest(folder, executor=executor)
    first, *others = executor.futures
    assert first.done()
    assert others
    assert all(future.cancelled() for future in others)


async def test_two_shards_share_a_ledger(
    dataset: AsyncDataSet, folder: Path, tmp_path: Path
) -> None:
    """Two jobs, each with its share, may use one ledger and one executor."""
    with farms.Recorder() as executor:
        reports = [
            await dataset.ingest(
                folder, parse=False, ledger=tmp_path / "l.db", shard=(n, 2), executor=executor
            )
            for n in (1, 2)
        ]
    assert sum(report.total for report in reports) == 70
    assert await names(dataset) == expected(folder)


async def test_an_executor_has_submit(dataset: AsyncDataSet, folder: Path) -> None:
    """What is no executor is refused before anything is read."""
    with pytest.raises(InvalidArgumentError, match="submit"):
        await dataset.ingest(folder, executor=object())  # type: ignore[arg-type]


async def test_faults_lose_and_double_nothing(folder: Path) -> None:
    """With errors, resets and cut answers, each file is stored once all the same."""
    faults = Faults(
        seed=4,
        error_rate=0.1,
        reset_before=0.05,
        reset_after=0.1,
        truncated=0.05,
        only="/documents",
    )
    with LocalServer(faults=faults) as server:
        async with AsyncRAGFlow(server.api_key, server.base_url, max_retries=9) as client:
            dataset = await client.create_dataset("faults")
            with farms.Forgetful(1) as executor:
                report = await dataset.ingest(folder, parse=False, executor=executor)
            assert report.counts == {Outcome.STORED: 70}
            assert await names(dataset) == expected(folder)
