"""Tasks that an engine executes twice at the same time, where one execution is killed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import farms
from ragflow import AsyncDataSet, IngestReport, Outcome
from ragflow._async.ingestion.forms import AsyncForms
from ragflow._async.ingestion.listing import AsyncListing
from ragflow._async.ingestion.partition import AsyncPartitionWork
from ragflow._async.ingestion.sweep import AsyncSweep
from ragflow._async.pager import AsyncPager
from ragflow.ingest.ledger import Ledger
from ragflow.ingest.partitions import Answer

FILES = [f"{number}.txt" for number in range(6)]


class KilledError(Exception):
    """The client ends here."""


def write(folder: Path, text: str) -> Path:
    """Writes six files; none has the bytes of another one."""
    folder.mkdir(exist_ok=True)
    for name in FILES:
        (folder / name).write_text(f"{text} {name}")
    return folder


async def contents(dataset: AsyncDataSet) -> dict[str, bytes]:
    """What the server has, by name."""
    documents = [document async for document in dataset.iter_documents()]
    assert len({document.name for document in documents}) == len(documents)
    return {document.name: await document.download() for document in documents}


def hook(executor: farms.Twofold, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets both executions of a task look before either sends, and be killed in their forms."""
    earlier, send = AsyncPartitionWork._earlier, AsyncForms._send

    async def looks(self: AsyncPartitionWork, form: Any) -> Any:
        found = await earlier(self, form)
        executor.looked()
        return found

    async def sends(self: AsyncForms, form: Any) -> Any:
        if isinstance(executor, farms.Colliding):
            executor.sending()
        sent = await send(self, form)
        if isinstance(executor, farms.Colliding):
            executor.stored()
        return sent

    monkeypatch.setattr(AsyncPartitionWork, "_earlier", looks)
    monkeypatch.setattr(AsyncForms, "_send", sends)


@pytest.fixture
def killed(monkeypatch: pytest.MonkeyPatch) -> Callable[[], Any]:
    """Lets the next job be killed before its last look, and the ones after that live."""

    def kill() -> Any:
        sweep = AsyncSweep.run

        async def ends(self: AsyncSweep) -> None:
            monkeypatch.setattr(AsyncSweep, "run", sweep)
            raise KilledError

        monkeypatch.setattr(AsyncSweep, "run", ends)

    return kill


async def check(dataset: AsyncDataSet, report: IngestReport, policy: str) -> None:
    """Each file is there once, and what it replaced only where that was asked for."""
    held = await contents(dataset)
    new = {f"new {name}".encode() for name in FILES}
    old = {f"an old one, {name}".encode() for name in FILES}
    assert Counter(held.values()) == Counter(new | old if policy == "rename" else new)
    documents = {document.id: document async for document in dataset.iter_documents()}
    assert report.ok
    for result in report.results:
        assert documents[result.document_id].name == result.name
        assert held[result.name] == f"new {result.path}".encode()
        assert policy == "rename" or result.name == result.path


@pytest.mark.parametrize("has_ledger", [True, False], ids=["ledger", "no ledger"])
@pytest.mark.parametrize("is_winner_first", [True, False], ids=["winner first", "loser first"])
@pytest.mark.parametrize("policy", ["skip", "replace", "rename"])
async def test_an_execution_that_is_killed_in_the_form_that_collides(
    dataset: AsyncDataSet,
    tmp_path: Path,
    policy: str,
    is_winner_first: bool,
    has_ledger: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What it stored beside the documents of the other execution is gone when the job ends."""
    ledger = tmp_path / "ledger.db" if has_ledger else None
    options: dict[str, Any] = {"parse": False, "ledger": ledger, "on_conflict": policy}
    if policy != "skip":
        await dataset.ingest(write(tmp_path / "files", "an old one,"), **options)
    folder = write(tmp_path / "files", "new")
    with farms.Colliding() as executor:
        executor.is_winner_first = is_winner_first
        hook(executor, monkeypatch)
        report = await dataset.ingest(folder, executor=executor, **options)
    await check(dataset, report, policy)


@pytest.mark.parametrize("policy", ["skip", "replace", "rename"])
async def test_the_next_run_does_what_a_killed_one_did_not(
    dataset: AsyncDataSet,
    tmp_path: Path,
    policy: str,
    killed: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A job that dies before its last look leaves it to the next one, which sends nothing."""
    ledger = tmp_path / "ledger.db"
    options: dict[str, Any] = {"parse": False, "ledger": ledger, "on_conflict": policy}
    if policy != "skip":
        await dataset.ingest(write(tmp_path / "files", "an old one,"), **options)
    folder = write(tmp_path / "files", "new")
    killed()
    with farms.Colliding() as executor, monkeypatch.context() as patch:
        hook(executor, patch)
        with pytest.raises(KilledError):
            await dataset.ingest(folder, executor=executor, **options)
    assert len(await contents(dataset)) > len(FILES)
    report = await dataset.ingest(folder, **options)
    assert report.counts == {Outcome.SKIPPED: len(FILES)}
    await check(dataset, report, policy)
    book = Ledger(ledger)
    assert not any(row.doubted for row in book.rows(1))
    book.close()


async def test_an_execution_that_outlives_its_job_takes_back_what_it_renamed(
    dataset: AsyncDataSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With on_conflict="rename", who comes later sees that another one has come before."""
    options: dict[str, Any] = {"parse": False, "on_conflict": "rename"}
    await dataset.ingest(write(tmp_path / "files", "an old one,"), **options)
    folder = write(tmp_path / "files", "new")
    with farms.Straggling() as executor:
        hook(executor, monkeypatch)
        report = await dataset.ingest(folder, executor=executor, **options)
        executor.finish()
    await check(dataset, report, "rename")


async def test_the_last_look_of_a_plain_job_costs_little(
    dataset: AsyncDataSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It reads the list of what is new, a hundred documents a page, and nothing else."""
    folder = tmp_path / "files"
    folder.mkdir()
    for number in range(350):
        (folder / f"{number}.txt").write_text(f"File {number}")
    await dataset.upload_documents([("somebody's.txt", b"Not ours")])
    asked: list[str] = []
    is_last = []
    sweep, advance, listing = AsyncSweep.run, AsyncPager.advance, AsyncListing.named

    async def looks(self: AsyncSweep) -> None:
        is_last.append(True)
        await sweep(self)

    async def asks(self: AsyncPager[Any], walk: Any) -> Any:
        asked.extend("page" for _ in is_last)
        return await advance(self, walk)

    async def asks_for_names(self: AsyncListing, names: Any) -> Any:
        asked.extend("name" for _ in is_last)
        return await listing(self, names)

    monkeypatch.setattr(AsyncSweep, "run", looks)
    monkeypatch.setattr(AsyncPager, "advance", asks)
    monkeypatch.setattr(AsyncListing, "named", asks_for_names)
    with farms.Recorder() as executor:
        report = await dataset.ingest(folder, parse=False, executor=executor)
    assert report.counts == {Outcome.STORED: 350}
    assert asked == ["page"] * 4


async def test_a_file_that_only_the_killed_execution_could_read(
    dataset: AsyncDataSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a task could not read, and another execution of it has stored as well, is there once."""
    folder = write(tmp_path / "files", "new")
    sweep = AsyncSweep.run

    async def cannot_read(self: AsyncPartitionWork) -> list[Answer]:
        return [Answer(id=file.row.id, read=False) for file in self._partition.files]

    async def looks(self: AsyncSweep) -> None:
        await dataset.upload_documents([folder / name for name in FILES])
        await sweep(self)

    monkeypatch.setattr(AsyncPartitionWork, "run", cannot_read)
    monkeypatch.setattr(AsyncSweep, "run", looks)
    with farms.Recorder() as executor:
        report = await dataset.ingest(folder, parse=False, executor=executor)
    await check(dataset, report, "skip")


async def test_a_copy_whose_original_is_gone(
    dataset: AsyncDataSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last look takes no document that is the only one of its file; the next run settles it."""
    folder = write(tmp_path / "files", "new")
    sweep = AsyncSweep.run

    async def looks(self: AsyncSweep) -> None:
        originals = [document async for document in dataset.iter_documents()]
        await dataset.upload_documents([folder / name for name in FILES])
        await dataset.delete_documents([document.id for document in originals])
        await sweep(self)

    options: dict[str, Any] = {"parse": False, "ledger": tmp_path / "ledger.db"}
    with farms.Recorder() as executor, monkeypatch.context() as patch:
        patch.setattr(AsyncSweep, "run", looks)
        await dataset.ingest(folder, executor=executor, **options)
    assert set((await contents(dataset)).values()) == {f"new {name}".encode() for name in FILES}
    report = await dataset.ingest(folder, **options)
    await check(dataset, report, "skip")
