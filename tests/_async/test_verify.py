"""Comparing files with a dataset."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from ragflow import AsyncDataSet, AsyncRAGFlow, Comparison, InvalidArgumentError, VerifyReport
from ragflow.testing import Faults, LocalServer


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three files, one of them in a folder."""
    root = tmp_path / "docs"
    (root / "hr").mkdir(parents=True)
    (root / "a.txt").write_text("alpha")
    (root / "b.txt").write_text("beta")
    (root / "hr" / "leave.txt").write_text("gamma")
    return root


def found(report: VerifyReport) -> set[tuple[str, str, str]]:
    """The differences without their reasons."""
    return {(item.kind.value, item.path, item.name) for item in report.differences}


async def test_what_was_ingested_is_equal(dataset: AsyncDataSet, folder: Path) -> None:
    """Files in folders are found under their names on the server; nothing is different."""
    await dataset.ingest(folder, parse=False)
    for deep in (False, True):
        report = await dataset.verify(folder, deep=deep)
        assert (report.ok, report.counts["equal"], report.total) == (True, 3, 3)
        assert list(report.differences) == []
    assert str(report) == "3 equal"


async def test_each_difference_is_told_once(dataset: AsyncDataSet, folder: Path) -> None:
    """Missing, different, extra and unreadable files are told apart, and both callbacks called."""
    await dataset.ingest(folder, parse=False)
    await dataset.upload_documents([("other.txt", b"not from here")])
    (folder / "a.txt").write_text("alphabet")
    (folder / "new.txt").write_text("new")
    (folder / "empty.txt").touch()
    (folder / "gone.txt").symlink_to(folder / "nowhere")
    (folder / "b.txt").unlink()
    told: list[Comparison] = []
    differences: list[Comparison] = []
    report = await dataset.verify(folder, on_result=told.append, on_difference=differences.append)
    assert not report.ok
    assert found(report) == {
        ("different", "a.txt", "a.txt"),
        ("missing", "new.txt", "new.txt"),
        ("missing", "empty.txt", "empty.txt"),
        ("unreadable", "gone.txt", ""),
        ("extra", "", "b.txt"),
        ("extra", "", "other.txt"),
    }
    reasons = {item.path: item.reason for item in report.differences if item.path}
    assert reasons["a.txt"] == "8 bytes here, 5 on the server"
    assert "empty" in reasons["empty.txt"]
    assert differences == list(report.differences)
    assert len(told) == report.total == 7


async def test_contents_of_the_same_size(
    dataset: AsyncDataSet, folder: Path, tmp_path: Path
) -> None:
    """Other bytes of the same size are seen with ``deep``, or by what the ledger remembers."""
    ledger = tmp_path / "ledger.db"
    await dataset.ingest(folder, parse=False, ledger=ledger)
    (folder / "a.txt").write_text("ALPHA")
    os.utime(folder / "a.txt", (1, 1))
    os.utime(folder / "b.txt", (1, 1))
    assert (await dataset.verify(folder)).ok
    for options in ({"deep": True}, {"ledger": ledger}, {"deep": True, "ledger": ledger}):
        report = await dataset.verify(folder, **options)
        assert found(report) == {("different", "a.txt", "a.txt")}


async def test_the_ledger_knows_names_and_is_only_read(
    dataset: AsyncDataSet, folder: Path, tmp_path: Path
) -> None:
    """Names that a function gave are known from the ledger, which the comparison leaves alone."""
    ledger = tmp_path / "ledger.db"
    await dataset.ingest(
        folder, parse=False, ledger=ledger, name_for=lambda path: f"x-{path.replace('/', '-')}"
    )
    before = ledger.read_bytes()
    (folder / "new.txt").write_text("new")
    (folder / "b.txt").unlink()
    report = await dataset.verify(folder, ledger=ledger)
    assert found(report) == {("missing", "new.txt", "new.txt"), ("extra", "b.txt", "x-b.txt")}
    assert ledger.read_bytes() == before
    without = await dataset.verify(folder, name_for=lambda path: f"x-{path.replace('/', '-')}")
    assert found(without) == {("missing", "new.txt", "x-new.txt"), ("extra", "", "x-b.txt")}


async def test_a_ledger_that_does_not_exist_is_not_made(
    dataset: AsyncDataSet, folder: Path, tmp_path: Path
) -> None:
    """A comparison leaves no file behind."""
    report = await dataset.verify(folder, ledger=tmp_path / "none.db")
    assert report.counts["missing"] == 3
    assert not (tmp_path / "none.db").exists()


async def test_patterns(dataset: AsyncDataSet, folder: Path, tmp_path: Path) -> None:
    """With a ledger, documents of files that are left out are no difference."""
    ledger = tmp_path / "ledger.db"
    await dataset.ingest(folder, parse=False, ledger=ledger)
    report = await dataset.verify(folder, ledger=ledger, include="a.*")
    assert (report.ok, report.total) == (True, 1)
    report = await dataset.verify(folder, exclude="hr/")
    assert found(report) == {("extra", "", "hr - leave.txt")}


async def test_a_bad_source_is_refused(dataset: AsyncDataSet) -> None:
    """What is no source of files is an error before anything is compared."""
    with pytest.raises(InvalidArgumentError):
        await dataset.verify([b"bytes without a name"])


async def test_a_shaky_server(folder: Path, unique: Callable[[str], str]) -> None:
    """Downloads that break off are tried again, and those that never succeed are told."""
    with LocalServer(faults=Faults(seed=5, truncated=0.2, only="^GET .*/documents/")) as server:
        async with AsyncRAGFlow(server.api_key, server.base_url) as rag:
            dataset = await rag.create_dataset(unique("shaky"))
            await dataset.ingest(folder, parse=False)
            assert (await dataset.verify(folder, deep=True)).ok
    with LocalServer(faults=Faults(truncated=1.0, only="^GET .*/documents/")) as server:
        async with AsyncRAGFlow(server.api_key, server.base_url) as rag:
            dataset = await rag.create_dataset(unique("broken"))
            await dataset.ingest(folder, parse=False, include="a.txt")
            report = await dataset.verify(folder / "a.txt", deep=True)
            assert report.counts["unreadable"] == 1
            assert "its document: " in next(report.differences).reason
