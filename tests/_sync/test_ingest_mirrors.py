# Generated from tests/_async/test_ingest_mirrors.py by tools/generate_sync.py. Do not edit.
"""Datasets that follow a folder, and folders that are not what they were."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from ragflow import DataSet, IngestReport, InvalidArgumentError, Outcome


class Mirror:
    """A dataset that follows a folder of files."""

    def __init__(self, dataset: DataSet, folder: Path) -> None:
        self.dataset = dataset
        self.folder = folder / "mirrored"

    def write(self, *numbers: int) -> None:
        """Makes files."""
        self.folder.mkdir(exist_ok=True)
        for number in numbers:
            (self.folder / f"{number:02}.txt").write_text(f"File number {number}.")

    def clear(self) -> None:
        """Leaves an empty folder."""
        shutil.rmtree(self.folder)
        self.folder.mkdir()

    def sync(self, **options: Any) -> IngestReport:
        """Lets the dataset follow."""
        ledger = self.folder.parent / "ledger.db"
        return self.dataset.sync(
            self.folder, ledger=ledger, parse=False, **{"delete": True, **options}
        )

    def numbers(self) -> list[int]:
        """Which files the dataset has."""
        names = [document.name for document in self.dataset.iter_documents()]
        return sorted(int(name.removesuffix(".txt")) for name in names)


@pytest.fixture
def mirror(dataset: DataSet, tmp_path: Path) -> Mirror:
    """A dataset, and a folder that is not there yet."""
    return Mirror(dataset, tmp_path)


def test_an_empty_folder_deletes_nothing(mirror: Mirror) -> None:
    """A disk that is not there costs no document; who insists says how many may go."""
    mirror.write(1, 2, 3)
    mirror.sync()
    mirror.clear()
    for options in ({}, {"dry_run": True}, {"max_delete": 2}):
        report = mirror.sync(**options)
        assert not report.ok
        assert report.vanished == ("01.txt", "02.txt", "03.txt")
        assert mirror.numbers() == [1, 2, 3]
    assert str(report) == ("no files; 3 not deleted: max_delete is 2 (max_delete=3 insists)")
    report = mirror.sync(max_delete=3)
    assert (report.ok, report.refusal, len(report.vanished)) == (True, "", 3)
    assert mirror.numbers() == []
    assert mirror.sync().vanished == ()


def test_without_delete_nothing_is_refused(mirror: Mirror) -> None:
    """What is not to be deleted is only told."""
    mirror.write(1)
    mirror.sync()
    mirror.clear()
    report = mirror.sync(delete=False)
    assert (report.ok, report.refusal, report.vanished) == (True, "", ("01.txt",))
    assert mirror.numbers() == [1]


def test_most_of_many_files_are_not_deleted(mirror: Mirror) -> None:
    """If more than half are gone, new files come in and all the old documents stay."""
    mirror.write(*range(30))
    mirror.sync()
    mirror.clear()
    mirror.write(*range(14), *range(50, 90))
    report = mirror.sync()
    assert report.refusal == "more than half of the 30 known files are gone"
    assert report.counts == {Outcome.SKIPPED: 14, Outcome.STORED: 40}
    assert mirror.numbers() == [*range(30), *range(50, 90)]
    mirror.write(14, 15)
    report = mirror.sync()
    assert (report.ok, len(report.vanished)) == (True, 14)
    assert mirror.numbers() == [*range(16), *range(50, 90)]


def test_few_files_may_all_change(mirror: Mirror) -> None:
    """A small folder whose files have other names now is no empty one."""
    mirror.write(1, 2, 3)
    mirror.sync()
    mirror.clear()
    mirror.write(4)
    report = mirror.sync()
    assert report.ok
    assert mirror.numbers() == [4]


def test_what_was_left_out_is_not_gone(mirror: Mirror) -> None:
    """Patterns that leave all files out are no empty folder."""
    mirror.write(1, 2)
    mirror.sync()
    report = mirror.sync(exclude="*.txt")
    assert (report.ok, report.vanished) == (True, ())
    assert mirror.numbers() == [1, 2]


def test_what_cannot_be_looked_into_is_not_gone(
    mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files below a folder that cannot be read keep their documents, whoever insists."""
    mirror.write(1, 2)
    (mirror.folder / "below").mkdir()
    (mirror.folder / "01.txt").rename(mirror.folder / "below" / "01.txt")
    mirror.sync()
    listdir = os.listdir

    def refusing(path: str) -> list[str]:
        if path.endswith("below"):
            raise PermissionError(13, "Permission denied")
        return listdir(path)

    monkeypatch.setattr("ragflow.ingest.walking.os.listdir", refusing)
    (mirror.folder / "below" / "01.txt").unlink()
    report = mirror.sync(max_delete=9)
    monkeypatch.undo()
    assert [(result.path, result.reason) for result in report.failed] == [
        ("below", "permission denied")
    ]
    assert report.vanished == ()
    assert len([document for document in mirror.dataset.iter_documents()]) == 2


def test_a_folder_that_is_none_is_refused(mirror: Mirror) -> None:
    """A folder that is gone is no empty one."""
    mirror.write(1)
    mirror.sync()
    shutil.rmtree(mirror.folder)
    with pytest.raises(InvalidArgumentError, match="not a folder"):
        mirror.sync(max_delete=1)
    assert mirror.numbers() == [1]


@pytest.mark.parametrize("max_delete", [-1, 0.5, True])
def test_a_number_that_cannot_be(mirror: Mirror, max_delete: Any) -> None:
    """The number of deletions is a whole one."""
    mirror.write(1)
    with pytest.raises(InvalidArgumentError, match="max_delete"):
        mirror.sync(max_delete=max_delete)
