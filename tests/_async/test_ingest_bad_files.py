"""Files that cannot be sent, and ends that a job does not choose: each is told as what it is."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import httpx
import pytest

import farms
from ragflow import (
    AsyncDataSet,
    IngestAbortedError,
    LedgerError,
    NotFoundError,
    Outcome,
)
from ragflow._async.ingestion.forms import AsyncForms
from ragflow._async.resource import api_of
from ragflow.ingest import reading
from ragflow.ingest.database import Database
from ragflow.ingest.reading import SMALL
from trouble import unreadable_tree

Make = Callable[[], AbstractContextManager[Executor | None]]
PLACES = pytest.mark.parametrize("make", [nullcontext, farms.Recorder])


async def names(dataset: AsyncDataSet) -> set[str]:
    """The names of all documents."""
    return {document.name async for document in dataset.iter_documents()}


@PLACES
async def test_each_bad_file_fails_alone(
    dataset: AsyncDataSet, tmp_path: Path, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each says what is wrong with it, and the good ones around them are stored."""
    reasons = unreadable_tree(tmp_path / "tree", monkeypatch)
    sources = [tmp_path / "tree", ("x" * 252 + ".txt", b"too long a name"), ("..", b"no name")]
    with make() as executor:
        report = await dataset.ingest(sources, parse=False, executor=executor)
    told = {result.path: result.reason for result in report.failed}
    assert told.pop("x" * 252 + ".txt").endswith(
        "is longer than 255 bytes; give it another by name_for"
    )
    assert "gives no file name" in told.pop("..")
    assert told == reasons
    assert {result.outcome for result in report.failed} == {Outcome.FAILED}
    assert await names(dataset) == {"a good one.txt", "z good one.txt"}


async def test_names_of_all_kinds(dataset: AsyncDataSet, tmp_path: Path) -> None:
    """Quotes, emoji, accents, backslashes, and bytes that are no text: all come back equal."""
    for name in (
        b'say "hi".txt',
        "😀.txt".encode(),
        "e\u0301.txt".encode(),
        b"\xff.txt",
        b"a\\b.txt",
    ):
        (tmp_path / os.fsdecode(name)).write_bytes(b"the file " + name)
    sources = [tmp_path, ("folder/below.txt", b"a slash makes folders")]
    assert (await dataset.ingest(sources, parse=False)).counts == {Outcome.STORED: 6}
    expected = {
        'say "hi".txt',
        "😀.txt",
        "\u00e9.txt",
        "\ufffd.txt",
        "a\\b.txt",
        "folder - below.txt",
    }
    assert await names(dataset) == expected
    assert (await dataset.verify(sources, deep=True)).ok


async def test_names_that_cannot_be(dataset: AsyncDataSet) -> None:
    """What ``name_for`` gives is looked at like any other name."""
    given = {"a.txt": "a/b.txt", "c.txt": "c\n.txt", "d.txt": "é" * 128, "e.txt": "e.txt"}
    report = await dataset.ingest(
        [(path, b"text") for path in given], parse=False, name_for=lambda path: given[path]
    )
    told = {result.path: result.reason for result in report.failed}
    assert told.keys() == {"a.txt", "c.txt", "d.txt"}
    assert "slash" in told["a.txt"]
    assert "control characters" in told["c.txt"]
    assert "longer than 255 bytes" in told["d.txt"]
    assert await names(dataset) == {"e.txt"}


@PLACES
@pytest.mark.parametrize("size", [100, SMALL + 1])
async def test_a_file_that_always_changes_while_it_is_read(
    dataset: AsyncDataSet, tmp_path: Path, make: Make, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It fails, and nothing of it is stored."""
    (tmp_path / "good.txt").write_bytes(b"good")
    (tmp_path / "log.txt").write_bytes(b"x" * size)
    inode, looks = (tmp_path / "log.txt").stat().st_ino, 0

    def changing(descriptor: int) -> os.stat_result:
        nonlocal looks
        status = os.fstat(descriptor)
        if status.st_ino == inode:
            looks += 1
            os.utime(tmp_path / "log.txt", ns=(looks, looks))
        return os.fstat(descriptor)

    monkeypatch.setattr(reading, "_status", changing)
    with make() as executor:
        report = await dataset.ingest(tmp_path, parse=False, executor=executor)
    (failed,) = report.failed
    assert (failed.path, failed.reason) == ("log.txt", "it was changed while it was read")
    assert await names(dataset) == {"good.txt"}


@PLACES
async def test_a_file_that_always_changes_while_it_is_sent(
    dataset: AsyncDataSet, tmp_path: Path, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is given up in the end, and what the server has of it is taken back."""
    (tmp_path / "good.txt").write_bytes(b"good")
    (tmp_path / "log.txt").write_bytes(b"x" * (SMALL + 1))
    checked, looks = AsyncForms._checked, 0

    async def changing(self: AsyncForms, *arguments: Any) -> Any:
        nonlocal looks
        looks += 1
        os.utime(tmp_path / "log.txt", ns=(looks, looks))
        return await checked(self, *arguments)

    monkeypatch.setattr(AsyncForms, "_checked", changing)
    with make() as executor:
        report = await dataset.ingest(tmp_path, parse=False, executor=executor)
    (failed,) = report.failed
    assert (failed.path, failed.reason) == ("log.txt", "it changes while it is read")
    assert failed.outcome is Outcome.QUARANTINED
    assert await names(dataset) == {"good.txt"}


@PLACES
@pytest.mark.parametrize("parse", [False, True])
async def test_a_dataset_that_is_deleted_meanwhile(
    dataset: AsyncDataSet, tmp_path: Path, make: Make, parse: bool
) -> None:
    """The job ends with an error that names the dataset, and a report of what was done before."""
    for number in range(80):
        (tmp_path / f"{number:02}.txt").write_text(f"Number {number}.")
    first = threading.Event()

    def source() -> Iterator[Path]:
        for number in range(80):
            if number == 40:
                assert first.wait(60)
                delete_dataset(dataset)
            yield tmp_path / f"{number:02}.txt"

    with make() as executor, pytest.raises(IngestAbortedError) as raised:
        await dataset.ingest(
            source(), parse=parse, executor=executor, on_result=lambda _: first.set()
        )
    assert isinstance(raised.value.__cause__, NotFoundError)
    assert f"the dataset {dataset.id} is not there (any more)" in str(raised.value)
    results = [result.path for result in raised.value.report.results]
    assert results[0] == "00.txt"
    assert set(results) <= {f"{number:02}.txt" for number in range(40)}


def delete_dataset(dataset: AsyncDataSet) -> None:
    """Deletes it from a blocking callback, as somebody else would."""
    settings = api_of(dataset).settings
    answer = httpx.request(
        "DELETE",
        f"{settings.base_url}/api/v1/datasets",
        headers={"Authorization": f"Bearer {settings.api_key.reveal()}"},
        json={"ids": [dataset.id]},
    )
    assert answer.json()["code"] == 0


@PLACES
async def test_a_full_disk_under_the_ledger(
    dataset: AsyncDataSet, tmp_path: Path, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The job ends and says so; when there is room, the same call does the rest, each file once."""
    ledger, folder = tmp_path / "ledger.db", tmp_path / "files"
    folder.mkdir()
    for number in range(600):
        (folder / f"{number:03}.txt").write_text(f"Number {number}.")
    set_up = Database._set_up

    def small(self: Database, connection: sqlite3.Connection) -> None:
        set_up(self, connection)
        if self.path == ledger:
            connection.execute("PRAGMA max_page_count = 45")

    monkeypatch.setattr(Database, "_set_up", small)
    with make() as executor, pytest.raises(LedgerError, match="the disk is full"):
        await dataset.ingest(folder, parse=False, ledger=ledger, executor=executor)
    assert len(await names(dataset)) < 600
    monkeypatch.setattr(Database, "_set_up", set_up)
    report = await dataset.ingest(folder, parse=False, ledger=ledger)
    assert (report.ok, report.total) == (True, 600)
    documents = [document.name async for document in dataset.iter_documents()]
    assert sorted(documents) == sorted(path.name for path in folder.iterdir())
