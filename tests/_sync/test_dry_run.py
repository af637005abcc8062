# Generated from tests/_async/test_dry_run.py by tools/generate_sync.py. Do not edit.
"""Ingestions that only tell what they would do."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ragflow import DataSet, IngestReport, Outcome


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two files and an empty one."""
    root = tmp_path / "docs"
    root.mkdir()
    (root / "a.txt").write_text("alpha")
    (root / "b.txt").write_text("beta")
    (root / "c.txt").touch()
    return root


def told(report: IngestReport) -> dict[str, tuple[str, str]]:
    """Outcome and reason of each file."""
    return {item.path: (item.outcome.value, item.reason) for item in report.results}


def test_nothing_is_sent_and_nothing_remembered(
    dataset: DataSet, folder: Path, tmp_path: Path
) -> None:
    """New files are told; neither the server nor the disk knows anything of it afterwards."""
    ledger = tmp_path / "ledger.db"
    report = dataset.ingest(folder, ledger=ledger, dry_run=True)
    assert told(report)["a.txt"] == ("stored", "new")
    assert told(report)["c.txt"][0] == "failed"
    assert (report.bytes_sent, dataset.list_documents()) == (0, [])
    assert not ledger.exists()


def test_the_decisions_are_those_of_the_real_run(
    dataset: DataSet, folder: Path, tmp_path: Path
) -> None:
    """Unchanged, changed and new files are foreseen as they then happen."""
    ledger = tmp_path / "ledger.db"
    dataset.ingest(folder, ledger=ledger, parse=False, exclude="c.txt")
    (folder / "a.txt").write_text("ALPHA")
    os.utime(folder / "a.txt", (1, 1))
    os.utime(folder / "b.txt", (1, 1))
    (folder / "d.txt").write_text("delta")
    before = ledger.read_bytes()

    def run(*, dry: bool) -> IngestReport:
        return dataset.ingest(
            folder, ledger=ledger, parse=False, on_conflict="replace", dry_run=dry
        )

    foreseen = run(dry=True)
    assert told(foreseen) == {
        "a.txt": ("replaced", "changed"),
        "b.txt": ("skipped", "unchanged"),
        "c.txt": ("failed", "the file is empty; servers can neither parse it nor give it back"),
        "d.txt": ("stored", "new"),
    }
    assert ledger.read_bytes() == before
    happened = run(dry=False)
    assert happened.counts == foreseen.counts
    assert {path: what for path, (what, _) in told(happened).items()} == {
        path: what for path, (what, _) in told(foreseen).items()
    }


def test_what_is_left_to_parse(dataset: DataSet, folder: Path, tmp_path: Path) -> None:
    """Files that are stored and not parsed are told as such, and stay unparsed."""
    ledger = tmp_path / "ledger.db"
    dataset.ingest(folder, ledger=ledger, parse=False, exclude="c.txt")
    for record in (ledger, None):
        report = dataset.ingest(folder, ledger=record, dry_run=True, exclude="c.txt")
        assert report.counts == {Outcome.PARSED: 2}
    assert {item.run.value for item in dataset.list_documents()} == {"UNSTART"}


def test_a_mirror_tells_what_it_would_delete(
    dataset: DataSet, folder: Path, tmp_path: Path
) -> None:
    """Vanished files are named, and their documents stay."""
    ledger = tmp_path / "ledger.db"
    dataset.sync(folder, ledger=ledger, parse=False, exclude="c.txt")
    (folder / "b.txt").unlink()
    report = dataset.sync(folder, ledger=ledger, delete=True, dry_run=True, exclude="c.txt")
    assert report.vanished == ("b.txt",)
    assert len(dataset.list_documents()) == 2
    report = dataset.sync(folder, ledger=ledger, delete=True, parse=False, exclude="c.txt")
    assert report.vanished == ("b.txt",)
    assert len(dataset.list_documents()) == 1
