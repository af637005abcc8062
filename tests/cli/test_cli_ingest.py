"""``ragflow ingest``: its options, its exit codes, what it prints."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from shell import Shell

from ragflow import RAGFlow
from ragflow.testing import Faults, LocalServer


def names(shell: Shell, dataset: str) -> set[str]:
    """The names of a dataset's documents."""
    with RAGFlow(shell.server.api_key, shell.server.base_url) as rag:
        return {item.name for item in rag.get_dataset(name=dataset).list_documents()}


def test_once_and_again(shell: Shell, docs: Path, kb: str) -> None:
    """Files are stored and parsed; the same command again finds nothing to do."""
    ran = shell("ingest", docs, "-d", kb, "--create")
    assert (ran.code, ran.err) == (0, "")
    assert ran.lines[-1].startswith("3 files: 3 parsed; 75 bytes sent in ")
    assert names(shell, kb) == {"a.txt", "b.md", "hr - leave.txt"}
    ran = shell("ingest", docs, "-d", kb)
    assert (ran.code, ran.lines) == (0, ["3 files: 3 skipped"])


def test_a_dataset_by_its_id(shell: Shell, docs: Path, kb: str) -> None:
    """A dataset may be named by its id."""
    with RAGFlow(shell.server.api_key, shell.server.base_url) as rag:
        id = rag.create_dataset(kb).id
    assert shell("ingest", docs / "a.txt", "-d", id).code == 0
    assert names(shell, kb) == {"a.txt"}


def test_a_dataset_that_is_not_there(shell: Shell, docs: Path, kb: str) -> None:
    """The option that makes it is told; a dry run makes none."""
    ran = shell("ingest", docs, "-d", kb)
    assert (ran.code, ran.out) == (1, "")
    assert f"there is no dataset {kb!r}" in ran.err
    assert "--create makes it" in ran.err
    ran = shell("ingest", docs, "-d", kb, "--create", "--dry-run")
    assert ran.code == 1
    assert "a dry run makes none" in ran.err


def test_dry_run(shell: Shell, docs: Path, kb: str) -> None:
    """New, changed, unchanged, skipped and failing files are told, and nothing is sent."""
    shell("ingest", docs, "-d", kb, "--create", "--no-parse")
    (docs / "a.txt").write_text("Alpha, changed.\n")
    (docs / "c.txt").write_text("Gamma.\n")
    (docs / "e.txt").touch()
    for policy, changed in (
        ("replace", "changed    a.txt"),
        (
            "skip",
            "skipped    a.txt: changed since it was stored; --on-conflict replace sends it again",
        ),
    ):
        arguments = ("-d", kb, "--no-parse", "--on-conflict", policy, "--dry-run")
        ran = shell("ingest", docs, *arguments)
        assert ran.code == 2
        assert ran.lines[:5] == [
            changed,
            "unchanged  b.md",
            "new        c.txt",
            "failed     e.txt: the file is empty; servers can neither parse it nor give it back",
            "unchanged  hr/leave.txt",
        ]
        assert ran.lines[-1].startswith("Nothing was sent. To be expected: 5 files: ")
    ran = shell("ingest", docs / "b.md", "-d", kb, "--dry-run")
    assert ran.lines == ["unparsed   b.md", "Nothing was sent. To be expected: 1 file: 1 parsed"]
    assert names(shell, kb) == {"a.txt", "b.md", "hr - leave.txt"}


def test_json(shell: Shell, docs: Path, kb: str) -> None:
    """Each file is a line of JSON, in order; the last line is the summary."""
    ran = shell("ingest", docs, "-d", kb, "--create", "--json", "--no-parse")
    *files, summary = ran.objects
    assert [item["path"] for item in files] == ["a.txt", "b.md", "hr/leave.txt"]
    assert {item["outcome"] for item in files} == {"stored"}
    assert all(item["document_id"] for item in files)
    assert summary["type"] == "summary"
    assert (summary["ok"], summary["files"], summary["bytes_sent"]) == (True, 3, 75)
    assert summary["outcomes"]["stored"] == 3


def test_patterns_and_shards(shell: Shell, docs: Path, kb: str) -> None:
    """Patterns choose files, and the shards together are the whole."""
    ran = shell("ingest", docs, "-d", kb, "--create", "--json", "--include", "*.txt")
    assert set(ran.files) == {"a.txt", "hr/leave.txt"}
    ran = shell("ingest", docs, "-d", kb, "--json", "--exclude", "hr/", "--exclude", "*.txt")
    assert set(ran.files) == {"b.md"}
    shares = [
        set(shell("ingest", docs, "-d", kb, "--json", "--shard", f"{number}/2").files)
        for number in (1, 2)
    ]
    assert shares[0] | shares[1] == {"a.txt", "b.md", "hr/leave.txt"}
    assert not shares[0] & shares[1]


@pytest.mark.parametrize("end", [b"\n", b"\0"])
def test_paths_from_standard_input(
    end: bytes, shell: Shell, docs: Path, kb: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Paths come from a list, whose last end may be missing; wildcards in it are letters."""
    (docs / "[x].txt").write_text("Brackets.\n")
    listed = end.join([b"", *(os.fsencode(docs / name) for name in ("a.txt", "[x].txt", "hr"))])
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(listed)))
    flags = ["-0"] if end == b"\0" else []
    ran = shell("ingest", docs / "b.md", "--from-file", "-", *flags, "-d", kb, "--create")
    assert ran.code == 0
    assert names(shell, kb) == {"a.txt", "b.md", "[x].txt", "leave.txt"}


def test_paths_that_come_one_by_one(shell: Shell, docs: Path, kb: str) -> None:
    """A file is stored and told before whoever lists the files names the next one."""
    arguments = ("ingest", "--from-file", "-", "-d", kb, "--create", "--json")
    with shell.started(*arguments, stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for name in ("a.txt", "b.md"):
            process.stdin.write(f"{docs / name}\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["path"] == name
        out, _ = process.communicate(timeout=60)
    assert json.loads(out)["outcomes"]["parsed"] == 2


def test_paths_from_a_file(shell: Shell, docs: Path, kb: str, tmp_path: Path) -> None:
    """A path in a list that is none fails by itself, and the others are stored."""
    (tmp_path / "list").write_text(f"{docs / 'a.txt'}\n\n{docs / 'gone.txt'}\n")
    ran = shell("ingest", "--from-file", tmp_path / "list", "-d", kb, "--create")
    assert ran.code == 2
    assert ran.lines[0] == "failed: gone.txt: no such file"
    assert names(shell, kb) == {"a.txt"}


def test_undecodable_names(shell: Shell, kb: str, tmp_path: Path) -> None:
    """A name that is no text, or would move the cursor, is shown safely and told as JSON."""
    (tmp_path / "odd").mkdir()
    odd = tmp_path / "odd" / os.fsdecode(b"caf\xe9.txt")
    for path in (odd, tmp_path / "odd" / "red\x1b[31m.txt"):
        path.write_text("Something.\n")
    ran = shell("ingest", tmp_path / "odd", "-d", kb, "--create", "--no-parse")
    assert ran.code == 2
    assert "\x1b" not in ran.out
    assert "failed: red�[31m.txt: " in ran.out
    assert names(shell, kb) == {"caf�.txt"}
    ran = shell("ingest", odd, "-d", kb, "--json")
    assert ran.code == 0
    assert list(ran.files) == ["caf\\xe9.txt"]
    assert shell("ingest", os.fsdecode(b"gone\xe9"), "-d", kb).code == 1


def test_conflicts(shell: Shell, docs: Path, kb: str) -> None:
    """A changed file is skipped, replaced, or stored beside the other, as one likes."""
    shell("ingest", docs / "a.txt", "-d", kb, "--create", "--no-parse")
    for policy, outcome, left in (
        ("skip", "skipped", {"a.txt"}),
        ("replace", "replaced", {"a.txt"}),
        ("rename", "stored", {"a.txt", "a(1).txt"}),
    ):
        (docs / "a.txt").write_text(f"Changed for {policy}.\n")
        options = ("-d", kb, "--no-parse", "--json", "--on-conflict", policy)
        ran = shell("ingest", docs / "a.txt", *options)
        assert ran.files["a.txt"]["outcome"] == outcome
        assert names(shell, kb) == left


def test_changes_that_are_passed_over(shell: Shell, docs: Path, kb: str) -> None:
    """A summary tells of changed files that were skipped, and how to send them."""
    shell("ingest", docs, "-d", kb, "--create", "--no-parse")
    (docs / "a.txt").write_text("Changed.\n")
    ran = shell("ingest", docs, "-d", kb, "--no-parse")
    assert (ran.code, ran.lines) == (
        0,
        [
            "3 files: 3 skipped",
            "1 of those skipped: changed since it was stored; --on-conflict replace sends it again",
        ],
    )


def test_ledgers(shell: Shell, docs: Path, kb: str, tmp_path: Path) -> None:
    """By default there is one for the server below XDG_STATE_HOME; it may be elsewhere, or not."""
    shell("ingest", docs, "-d", kb, "--create", "--no-ledger")
    assert not shell.home.exists()
    shell("ingest", docs, "-d", kb, "--ledger", tmp_path / "my.db")
    assert (tmp_path / "my.db").exists()
    assert not shell.home.exists()
    shell("ingest", docs, "-d", kb)
    port = shell.server.base_url.rpartition(":")[2]
    (ledger,) = (shell.home / "ragflow").glob("*.ledger")
    assert ledger.name == f"http_127.0.0.1_{port}.ledger"


def test_the_key_from_a_file(
    shell: Shell, docs: Path, kb: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The key may stand in a file, the address and the version in options."""
    monkeypatch.delenv("RAGFLOW_API_KEY")
    monkeypatch.delenv("RAGFLOW_BASE_URL")
    (tmp_path / "key").write_text(f"{shell.server.api_key}\n")
    options = ("--base-url", shell.server.base_url, "--server-version", "0.27.0")
    key = ("--api-key-file", tmp_path / "key")
    common = ("ingest", docs, "-d", kb, "--create", "--concurrency", "2", "--max-parsing", "1")
    assert shell(*common, *options, *key).code == 0
    for given, missing in (
        (options, "no API key: set RAGFLOW_API_KEY"),
        (key, "no server: give --base-url"),
        ((*options, "--api-key-file", tmp_path / "none"), "cannot read"),
    ):
        ran = shell(*common, *given)
        assert ran.code == 1
        assert missing in ran.err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["-d", "x"], "nothing to ingest"),
        (["gone.txt", "-d", "x"], "there is no file or folder 'gone.txt'"),
        (["."], "'-d' / '--dataset'"),
        ([".", "-0", "-d", "x"], "-0 tells how --from-file is written"),
        ([".", "-d", "x", "--on-conflict", "mix"], "--on-conflict"),
        ([".", "-d", "x", "--concurrency", "none"], "--concurrency"),
        ([".", "-d", "x", "--max-parsing", "0"], "--max-parsing"),
        ([".", "-d", "x", "--create", "--shard", "3/2"], "shard"),
        ([".", "-d", "x", "--from-file", "nowhere.txt"], "nowhere.txt"),
        ([".", "-d", "x", "--base-url", "ftp://x"], "base_url must start with http"),
    ],
)
def test_wrong_usage(
    arguments: list[str],
    sentence: str,
    enter: Callable[[LocalServer], Shell],
    servers: Callable[[str], LocalServer],
) -> None:
    """Wrong usage is told in a sentence, with exit code 1."""
    ran = enter(servers("0.27.0"))("ingest", *arguments)
    assert (ran.code, ran.out) == (1, "")
    assert sentence in ran.err


def test_too_many_failures(shell: Shell, docs: Path, kb: str) -> None:
    """The job gives up at the first failure, or at so many; it says how to go on."""
    for name in ("a", "b", "c"):
        (docs / f"empty-{name}.txt").touch()
    ran = shell("ingest", docs, "-d", kb, "--create", "--max-failures", "3")
    assert ran.code == 2
    ran = shell("ingest", docs, "-d", kb, "--max-failures", "1")
    assert ran.code == 3
    ran = shell("ingest", docs, "-d", kb, "--fail-fast", "--json")
    assert ran.code == 3
    assert "Run the same command again" in ran.err
    assert ran.objects[-1]["ok"] is False
    assert "max_failures is 0" in ran.objects[-1]["error"]


def test_an_address_that_is_none(shell: Shell, docs: Path, kb: str, tmp_path: Path) -> None:
    """Nothing is sent, with exit code 1; in a list that is read on the way, nothing after it."""
    ran = shell("ingest", docs, "none://x", "-d", kb, "--create")
    assert (ran.code, ran.out) == (1, "")
    assert "no kind of address for files: none://" in ran.err
    assert names(shell, kb) == set()
    (tmp_path / "list").write_text(f"{docs / 'a.txt'}\nnone://x\n{docs / 'b.md'}\n")
    ran = shell("ingest", "--from-file", tmp_path / "list", "-d", kb, "--json")
    assert ran.code == 3
    assert "none:// (it came after 1 file)" in ran.err
    assert ran.objects[-1]["outcomes"]["parsed"] == 1
    assert "none://" in ran.objects[-1]["error"]
    assert names(shell, kb) == {"a.txt"}
    ran = shell("ingest", "--from-file", tmp_path / "list", "-d", kb)
    assert (ran.code, ran.lines) == (1, ["1 file: 1 skipped"])


def test_a_key_that_is_none(shell: Shell, docs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that refuses the key, or is not there, ends the command with exit code 3."""
    monkeypatch.setenv("RAGFLOW_API_KEY", "wrong")
    assert shell("ingest", docs, "-d", "x").code == 3
    assert shell("ingest", docs, "-d", "x", "--base-url", "http://127.0.0.1:9").code == 3


def test_a_ledger_that_is_none(shell: Shell, docs: Path, kb: str, tmp_path: Path) -> None:
    """A file that is no ledger ends the command with exit code 3, and is left alone."""
    (tmp_path / "notes.txt").write_text("These are notes, not a database at all." * 40)
    ran = shell("ingest", docs, "-d", kb, "--create", "--ledger", tmp_path / "notes.txt")
    assert ran.code == 3
    assert "it is not a ledger" in ran.err


def test_a_shaky_server(enter: Callable[[LocalServer], Shell], docs: Path, kb: str) -> None:
    """Errors of the server cost time, not files."""
    for number in range(60):
        (docs / f"{number}.txt").write_text(f"Number {number}.\n")
    faults = Faults(
        seed=3, error_rate=0.2, reset_before=0.1, reset_after=0.1, only="^POST .*/documents$"
    )
    with LocalServer(faults=faults) as server:
        shell = enter(server)
        ran = shell("ingest", docs, "-d", kb, "--create", "--json", "--no-parse")
        assert ran.code == 0
        assert ran.objects[-1]["files"] == 63
        assert len(names(shell, kb)) == 63
