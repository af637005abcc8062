"""``ragflow verify``: what it prints and how it ends."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from pseudo_terminal import PseudoTerminal
from shell import Shell

from ragflow import RAGFlow
from ragflow.testing import Faults, LocalServer


@pytest.fixture
def stored(shell: Shell, docs: Path, kb: str) -> Path:
    """A folder whose files are in the dataset."""
    assert shell("ingest", docs, "-d", kb, "--create", "--no-parse").code == 0
    return docs


@pytest.mark.parametrize("options", [[], ["--deep"], ["--no-ledger"], ["--no-ledger", "--deep"]])
def test_all_is_equal(options: list[str], shell: Shell, stored: Path, kb: str) -> None:
    """Nothing is printed but the summary; --all prints each file."""
    ran = shell("verify", stored, "-d", kb, *options)
    assert (ran.code, ran.lines, ran.err) == (0, ["3 equal"], "")
    ran = shell("verify", stored, "-d", kb, "--all", *options)
    assert ran.lines == ["= a.txt", "= b.md", "= hr/leave.txt", "3 equal"]


def test_files_that_were_not_given(shell: Shell, stored: Path, kb: str) -> None:
    """A document whose file is there, and was not named, is not told to be without one."""
    ran = shell("verify", stored / "hr", "-d", kb)
    assert ran.code == 2
    assert "+ a.txt: its file was not given" in ran.lines


def test_differences(shell: Shell, stored: Path, kb: str) -> None:
    """Each kind of difference has its sign, and the exit code is 2."""
    (stored / "a.txt").write_text("Shorter.\n")
    (stored / "b.md").unlink()
    (stored / "new.txt").write_text("New.\n")
    (stored / "loop.txt").symlink_to(stored / "loop.txt")
    with RAGFlow(shell.server.api_key, shell.server.base_url) as rag:
        rag.get_dataset(name=kb).upload_documents([("theirs.txt", b"Not from here.")])
    ran = shell("verify", stored, "-d", kb)
    assert ran.code == 2
    assert ran.lines == [
        "* a.txt: 9 bytes here, 27 on the server",
        "- new.txt: the server does not have it",
        "! loop.txt: a loop of symbolic links",
        "+ b.md: its file is gone",
        "+ theirs.txt: no file of this name",
        "1 equal, 1 missing, 1 different, 2 extra, 1 unreadable",
    ]
    ran = shell("verify", stored, "-d", kb, "--json")
    assert ran.code == 2
    assert {path: item["kind"] for path, item in ran.files.items()} == {
        "a.txt": "different",
        "new.txt": "missing",
        "loop.txt": "unreadable",
        "b.md": "extra",
        "theirs.txt": "extra",
    }
    assert ran.objects[-1]["ok"] is False


def test_deep(shell: Shell, stored: Path, kb: str) -> None:
    """Other bytes of the same size and time are seen by --deep only."""
    status = (stored / "a.txt").stat()
    (stored / "a.txt").write_text("ALPHA is the first letter.\n")
    os.utime(stored / "a.txt", ns=(status.st_atime_ns, status.st_mtime_ns))
    assert shell("verify", stored, "-d", kb).code == 0
    ran = shell("verify", stored, "-d", kb, "--deep")
    assert (ran.code, ran.lines[0]) == (2, "* a.txt: the same size, but other contents")


def test_patterns(shell: Shell, stored: Path, kb: str) -> None:
    """Only what is chosen is compared."""
    ran = shell("verify", stored, "-d", kb, "--include", "*.txt", "--exclude", "hr/", "--all")
    assert ran.lines == ["= a.txt", "1 equal"]


def test_wrong_usage(shell: Shell, docs: Path, kb: str) -> None:
    """Missing folders and datasets are told."""
    assert shell("verify", "gone", "-d", kb).code == 1
    ran = shell("verify", docs, "-d", kb)
    assert ran.code == 1
    assert "there is no dataset" in ran.err
    assert "--create" not in ran.err


def test_downloads_that_fail(enter: Callable[[LocalServer], Shell], docs: Path, kb: str) -> None:
    """Documents that cannot be downloaded are told as such."""
    with LocalServer(faults=Faults(truncated=1.0, only="^GET .*/documents/")) as server:
        shell = enter(server)
        shell("ingest", docs / "a.txt", "-d", kb, "--create", "--no-parse")
        ran = shell("verify", docs / "a.txt", "-d", kb, "--deep")
    assert ran.code == 2
    assert ran.lines[0].startswith("! a.txt: its document: ")


def test_in_a_terminal(shell: Shell, stored: Path, kb: str) -> None:
    """The differences stay on the screen, and so does the summary."""
    (stored / "new.txt").write_text("New.\n")
    with PseudoTerminal("verify", str(stored), "-d", kb, environment=shell.environment) as terminal:
        assert terminal.exit_code(timeout=60) == 2
    assert "- new.txt: the server does not have it" in terminal.text
    assert "3 equal, 1 missing" in terminal.text
