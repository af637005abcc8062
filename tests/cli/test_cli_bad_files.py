"""Exit codes of jobs over bad files, a dataset that goes away, and a full disk."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from shell import Shell

from ragflow import FileResult, RAGFlow
from ragflow.cli.bulk.reporting import JsonReporter
from ragflow.ingest.database import Database
from trouble import unreadable_tree


def test_bad_files(shell: Shell, kb: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is told with its reason, the others are stored, and the exit code is 2."""
    reasons = unreadable_tree(tmp_path / "tree", monkeypatch)
    ran = shell("ingest", tmp_path / "tree", "-d", kb, "--create", "--json", "--no-parse")
    assert ran.code == 2
    assert {path: item["reason"] for path, item in ran.files.items() if item["reason"]} == reasons
    assert ran.objects[-1]["outcomes"]["stored"] == 2
    ran = shell("jobs", "show")
    assert ran.code == 0
    assert "failed: secret.txt: permission denied" in ran.lines
    assert "failed: itself.txt: a loop of symbolic links" in ran.lines


def test_a_dataset_that_is_deleted_meanwhile(
    shell: Shell, kb: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command ends with exit code 3, and says which dataset is not there."""
    for number in range(1500):
        (tmp_path / f"{number}.txt").write_text(f"Number {number}.\n")
    told = JsonReporter.result
    deleted: list[str] = []

    def deleting(self: JsonReporter, result: FileResult) -> None:
        told(self, result)
        if not deleted:
            with RAGFlow(shell.server.api_key, shell.server.base_url) as rag:
                deleted.append(rag.get_dataset(name=kb).id)
                rag.delete_datasets(deleted)

    monkeypatch.setattr(JsonReporter, "result", deleting)
    ran = shell("ingest", tmp_path, "-d", kb, "--create", "--json", "--no-parse")
    assert ran.code == 3
    assert f"the dataset {deleted[0]} is not there (any more)" in ran.err
    assert deleted[0] in ran.objects[-1]["error"]


def test_a_full_disk_under_the_ledger(
    shell: Shell, kb: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command ends with exit code 3, and goes on when there is room again."""
    folder = tmp_path / "files"
    folder.mkdir()
    for number in range(600):
        (folder / f"{number}.txt").write_text(f"Number {number}.\n")
    set_up = Database._set_up

    def small(self: Database, connection: sqlite3.Connection) -> None:
        set_up(self, connection)
        if self.path is not None:
            connection.execute("PRAGMA max_page_count = 45")

    monkeypatch.setattr(Database, "_set_up", small)
    command = ("ingest", folder, "-d", kb, "--create", "--json", "--no-parse")
    ran = shell(*command)
    assert ran.code == 3
    assert "the disk is full" in ran.err
    monkeypatch.setattr(Database, "_set_up", set_up)
    ran = shell(*command)
    assert ran.code == 0
    assert ran.objects[-1]["files"] == 600
