"""``ragflow jobs``: what a ledger tells, and running a job again."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from shell import Shell

from ragflow import RAGFlow


@pytest.fixture
def failed(shell: Shell, docs: Path, kb: str) -> Path:
    """A folder of which one file has failed, in the ledger's only job."""
    (docs / "empty.txt").touch()
    ran = shell("ingest", docs, "-d", kb, "--create", "--no-parse", "--exclude", "b.md")
    assert ran.code == 2
    assert "ragflow jobs show 1 --ledger " in ran.out
    return docs


def test_list(shell: Shell, failed: Path, kb: str) -> None:
    """Each job is a line, for people or for programs."""
    shell("sync", failed, "-d", kb, "--no-parse")
    ran = shell("jobs", "list")
    assert ran.code == 0
    first, second = ran.lines
    assert first.endswith(f"ingest  failed       {kb}: 3 files (1 failed, 2 stored)")
    assert "sync" in second
    jobs = shell("jobs", "list", "--json").objects
    assert [job["id"] for job in jobs] == [1, 2]
    assert jobs[0]["counts"] == {"failed": 1, "stored": 2}


def test_show(shell: Shell, failed: Path, kb: str) -> None:
    """A job is described with the files that failed."""
    ran = shell("jobs", "show", "1")
    assert ran.code == 0
    assert ran.lines[0] == "job      1, ingest, failed"
    assert f"sources  {failed}" in ran.lines
    assert ran.lines[-1].startswith("failed: empty.txt: the file is empty")
    first, second = shell("jobs", "show", "--json").objects
    assert (first["type"], first["dataset_name"], second["path"]) == ("job", kb, "empty.txt")
    assert shell.server.api_key not in ran.out


def test_retry(shell: Shell, failed: Path, kb: str) -> None:
    """The job runs again as it was called: what failed is tried again, what is done stays."""
    (failed / "empty.txt").write_text("Not empty any more.\n")
    ran = shell("jobs", "retry", "1", "--json")
    assert ran.code == 0
    assert {path: item["outcome"] for path, item in ran.files.items()} == {
        "a.txt": "skipped",
        "empty.txt": "stored",
        "hr/leave.txt": "skipped",
    }


def test_retry_of_a_mirror_in_shares(shell: Shell, docs: Path, kb: str) -> None:
    """Whether it was a mirror, and which share it took, is remembered."""
    share = shell("ingest", docs, "-d", kb, "--create", "--no-parse", "--shard", "1/2", "--json")
    again = shell("jobs", "retry", "--json")
    assert set(again.files) == set(share.files)
    shell("sync", docs, "-d", kb, "--no-parse")
    (docs / "a.txt").write_text("Changed.\n")
    ran = shell("jobs", "retry", "--json")
    assert ran.files["a.txt"]["outcome"] == "replaced"
    assert shell("jobs", "list", "--json").objects[-1]["kind"] == "sync"


def test_retry_of_what_was_not_recorded(shell: Shell, docs: Path, kb: str) -> None:
    """Files that were listed one by one, or named by a function, are not found again."""
    with RAGFlow(shell.server.api_key, shell.server.base_url) as rag:
        dataset = rag.create_dataset(kb)
        ledger = docs.parent / "my.db"
        dataset.ingest(iter([docs / "a.txt"]), parse=False, ledger=ledger)
        dataset.ingest(docs, parse=False, ledger=ledger, name_for=lambda path: path[-5:])
    ran = shell("jobs", "retry", "1", "--ledger", ledger)
    assert ran.code == 1
    assert "does not know where" in ran.err
    ran = shell("jobs", "retry", "2", "--ledger", ledger)
    assert ran.code == 1
    assert "with name_for" in ran.err


def test_retry_of_parsing(shell: Shell, kb: str, tmp_path: Path) -> None:
    """A file that could not be parsed too often is parsed again when a retry is asked for."""
    (tmp_path / "broken.pdf").write_text("This is no PDF.")
    shell("ingest", tmp_path / "broken.pdf", "-d", kb, "--create")
    outcomes = []
    for _ in range(4):
        ran = shell("ingest", tmp_path / "broken.pdf", "-d", kb, "--json")
        assert ran.code == 2
        outcomes.append(ran.files["broken.pdf"]["outcome"])
    assert outcomes[-1] == "quarantined"
    ran = shell("jobs", "retry", "--json")
    assert ran.files["broken.pdf"]["outcome"] == "failed"


def test_export(shell: Shell, failed: Path, tmp_path: Path) -> None:
    """The results are written as JSON lines or CSV, to standard output or a file."""
    lines = [json.loads(line) for line in shell("jobs", "export").lines]
    assert [line["path"] for line in lines] == ["a.txt", "empty.txt", "hr/leave.txt"]
    target = tmp_path / "results.csv"
    ran = shell("jobs", "export", "1", "--format", "csv", "-o", target)
    assert (ran.code, ran.out) == (0, "")
    with target.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["outcome"] for row in rows] == ["stored", "failed", "stored"]


def test_clean(shell: Shell, failed: Path, kb: str) -> None:
    """Old jobs are forgotten, and what is known of the files is not."""
    shell("ingest", failed, "-d", kb, "--no-parse")
    assert shell("jobs", "clean").lines == ["1 job forgotten, 1 kept."]
    assert shell("jobs", "clean", "--keep", "0").lines == ["1 job forgotten, 0 kept."]
    assert "knows no jobs" in shell("jobs", "list").out
    assert shell("jobs", "show").code == 1
    ran = shell("ingest", failed, "-d", kb, "--no-parse", "--json")
    assert ran.files["a.txt"]["reason"] == "unchanged"


def test_which_ledger(
    shell: Shell, failed: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Without a server, the only ledger is taken; of several, one must be named."""
    assert shell("jobs", "show", "9").code == 1
    monkeypatch.delenv("RAGFLOW_BASE_URL")
    assert len(shell("jobs", "list").lines) == 1
    (tmp_path / "state" / "ragflow" / "other.ledger").touch()
    ran = shell("jobs", "list")
    assert ran.code == 1
    assert "which ledger?" in ran.err
    assert shell("jobs", "list", "--base-url", shell.server.base_url).code == 0
    assert shell("jobs", "list", "--ledger", tmp_path / "none.db").code == 1
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "nowhere"))
    ran = shell("jobs", "list")
    assert ran.code == 1
    assert "there is no ledger in" in ran.err
