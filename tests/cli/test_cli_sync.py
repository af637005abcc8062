"""``ragflow sync``: a dataset that follows a folder."""

from __future__ import annotations

import json
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from shell import Shell

from ragflow import RAGFlow


def sizes(shell: Shell, dataset: str) -> dict[str, int]:
    """The names and sizes of a dataset's documents."""
    with RAGFlow(shell.server.api_key, shell.server.base_url) as rag:
        found = rag.get_dataset(name=dataset).list_documents()
    return {item.name: item.size for item in found}


@pytest.fixture
def mirrored(shell: Shell, docs: Path, kb: str) -> Iterator[Path]:
    """A folder that a dataset has followed, and then one change of each kind."""
    assert shell("sync", docs, "-d", kb, "--create", "--no-parse").code == 0
    (docs / "a.txt").write_text("Changed.\n")
    (docs / "c.txt").write_text("New.\n")
    (docs / "b.md").unlink()
    with RAGFlow(shell.server.api_key, shell.server.base_url) as rag:
        rag.get_dataset(name=kb).upload_documents([("theirs.txt", b"Not from here.")])
    return docs


def test_changes_come_in_and_nothing_is_deleted(shell: Shell, mirrored: Path, kb: str) -> None:
    """Without --delete the document of a vanished file stays, and one is told so."""
    ran = shell("sync", mirrored, "-d", kb, "--no-parse")
    assert ran.code == 0
    assert ran.lines[1] == (
        "1 file of earlier runs is gone; its document stays (see ragflow sync --delete)"
    )
    expected = {"a.txt": 9, "b.md": 27, "c.txt": 5, "hr - leave.txt": 21, "theirs.txt": 14}
    assert sizes(shell, kb) == expected


def test_deletions(shell: Shell, mirrored: Path, kb: str) -> None:
    """With --delete the documents of vanished files go, and those of others stay."""
    before = sizes(shell, kb)
    ran = shell("sync", mirrored, "-d", kb, "--no-parse", "--delete", "--dry-run")
    assert ran.lines[:3] == ["changed    a.txt", "new        c.txt", "unchanged  hr/leave.txt"]
    assert ran.lines[-1] == "1 file of earlier runs is gone; its document would be deleted"
    assert sizes(shell, kb) == before
    ran = shell("sync", mirrored, "-d", kb, "--no-parse", "--delete", "--json")
    assert ran.objects[-1]["vanished"] == ["b.md"]
    assert ran.objects[-1]["deleted"] is True
    assert sizes(shell, kb) == {"a.txt": 9, "c.txt": 5, "hr - leave.txt": 21, "theirs.txt": 14}


def test_an_empty_folder_deletes_nothing(shell: Shell, mirrored: Path, kb: str) -> None:
    """Of a folder without files nothing is deleted, with exit code 2, unless one insists."""
    before = sizes(shell, kb)
    shutil.rmtree(mirrored)
    mirrored.mkdir()
    command = ("sync", mirrored, "-d", kb, "--no-parse", "--delete")
    ran = shell(*command)
    assert (ran.code, ran.lines) == (
        2,
        [
            "0 files",
            "3 files of earlier runs are gone; nothing was deleted: no file is left in the folder "
            "(--max-delete 3 insists)",
        ],
    )
    ran = shell(*command, "--max-delete", "2", "--json")
    assert ran.code == 2
    assert ran.objects[-1]["refusal"] == "max_delete is 2"
    assert (ran.objects[-1]["ok"], ran.objects[-1]["deleted"]) == (False, False)
    assert sizes(shell, kb) == before
    ran = shell(*command, "--max-delete", "3")
    assert ran.code == 0
    assert ran.lines[-1] == "3 files of earlier runs are gone; their documents were deleted"
    assert sizes(shell, kb) == {"theirs.txt": 14}


def test_wrong_usage(shell: Shell, docs: Path, kb: str) -> None:
    """A folder that is none, and options that contradict each other, are told."""
    ran = shell("sync", docs / "a.txt", "-d", kb, "--create")
    assert ran.code == 1
    assert "is not a folder" in ran.err
    ran = shell("sync", docs, "-d", kb, "--watch", "--dry-run")
    assert ran.code == 1
    assert "exclude each other" in ran.err
    assert shell("sync", docs, "-d", kb, "--interval", "0").code == 1


@pytest.mark.parametrize("told", [signal.SIGINT, signal.SIGTERM])
def test_watch(told: signal.Signals, shell: Shell, docs: Path, kb: str) -> None:
    """A new file comes in at the next look; what fails is told once; Ctrl-C is the proper end."""
    (docs / "empty.txt").touch()
    arguments = ("-d", kb, "--create", "--no-parse", "--watch", "--interval", "0.1")
    with shell.started("sync", docs, *arguments) as watch:
        assert watch.stdout is not None
        lines = iter(watch.stdout.readline, "")
        assert next(lines).startswith("failed: empty.txt: ")
        assert next(lines).startswith("4 files: ")
        assert [next(lines).split(":")[0] for _ in range(2)] == ["Look", "Try again"]
        (docs / "new.txt").write_text("New.\n")
        assert next(lines).startswith("5 files: ")
        watch.send_signal(told)
        watch.communicate(timeout=60)
    assert watch.returncode in (2, 3)  # 3 if it was looking just then
    assert "new.txt" in sizes(shell, kb)
    jobs = shell("jobs", "list", "--json").objects
    kept = [job["found"] for job in jobs if job["status"] not in ("interrupted", "running")]
    assert kept == [4, 5], "looks that did nothing are recorded"


def test_watch_tells_programs_too(shell: Shell, docs: Path, kb: str) -> None:
    """That a folder is gone is a line of JSON among the others."""
    arguments = ("-d", kb, "--create", "--no-parse", "--watch", "--interval", "0.05", "--json")
    with shell.started("sync", docs, *arguments) as watch:
        assert watch.stdout is not None
        objects = map(json.loads, iter(watch.stdout.readline, ""))
        assert [next(objects)["type"] for _ in range(4)] == ["file"] * 3 + ["summary"]
        docs.rename(docs.with_name("elsewhere"))
        told = next(objects)
        assert (told["type"], str(docs) in told["text"]) == ("remark", True)
        watch.send_signal(signal.SIGINT)
        watch.communicate(timeout=60)
    assert watch.returncode == 2


def test_watch_of_a_disk_that_comes_and_goes(shell: Shell, docs: Path, kb: str) -> None:
    """A folder that is empty, or gone, is told once, and followed again when it is back."""
    arguments = ("-d", kb, "--create", "--no-parse", "--watch", "--interval", "0.05", "--delete")
    with shell.started("sync", docs, *arguments) as watch:
        assert watch.stdout is not None
        lines = iter(watch.stdout.readline, "")
        assert next(lines).startswith("3 files: ")
        docs.rename(docs.with_name("elsewhere"))
        assert next(lines) == f"{docs} is gone; nothing is done until it is back\n"
        docs.mkdir()
        assert next(lines) == "0 files\n"
        assert next(lines).startswith("3 files of earlier runs are gone; nothing was deleted: ")
        docs.rmdir()
        assert next(lines) == f"{docs} is gone; nothing is done until it is back\n"
        (docs.with_name("elsewhere") / "new.txt").write_text("New.\n")
        docs.with_name("elsewhere").rename(docs)
        assert next(lines).startswith("4 files: 3 skipped, 1 stored")
        watch.send_signal(signal.SIGINT)
        watch.communicate(timeout=60)
    assert watch.returncode in (0, 3)  # 3 if it was looking just then
    assert set(sizes(shell, kb)) == {"a.txt", "b.md", "hr - leave.txt", "new.txt"}
