"""Stopping a command, and going on afterwards."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from pseudo_terminal import PseudoTerminal
from shell import Shell

from ragflow import RAGFlow
from ragflow.testing import Faults, LocalServer

SLOW = Faults(latency=0.2)
FILES = 300


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """A folder of files that take a while to be sent."""
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(FILES):
        (folder / f"{number}.txt").write_text(f"Number {number}.\n")
    return folder


def stored(shell: Shell, dataset: str) -> list[str]:
    """The names of a dataset's documents."""
    with RAGFlow(shell.server.api_key, shell.server.base_url) as rag:
        return [item.name for item in rag.get_dataset(name=dataset).iter_documents()]


@pytest.mark.parametrize("told", [signal.SIGINT, signal.SIGTERM])
def test_stopped_and_run_again(
    told: signal.Signals, enter: Callable[[LocalServer], Shell], many: Path, kb: str
) -> None:
    """The command ends with code 3 and says how to go on; then each file is there once."""
    with LocalServer(faults=SLOW) as server:
        shell = enter(server)
        arguments = ("ingest", many, "-d", kb, "--create", "--no-parse", "--json")
        with shell.started(*arguments) as process:
            assert process.stdout is not None
            assert json.loads(process.stdout.readline())["outcome"] == "stored"
            process.send_signal(told)
            out, err = process.communicate(timeout=60)
        assert process.returncode == 3
        assert json.loads(out.splitlines()[-1])["type"] == "stopped"
        assert f" of {FILES} files. Run the same command again to go on." in err
        assert "Traceback" not in err
        ran = shell(*arguments)
        assert ran.code == 0
        assert ran.objects[-1]["outcomes"]["skipped"] > 0
        names = stored(shell, kb)
        assert (len(names), len(set(names))) == (FILES, FILES)


def test_a_reader_that_leaves_stops_it(
    enter: Callable[[LocalServer], Shell], many: Path, kb: str
) -> None:
    """``ragflow ingest --json | head`` ends as one that was stopped, without a word."""
    with LocalServer(faults=SLOW) as server:
        shell = enter(server)
        arguments = ("ingest", many, "-d", kb, "--create", "--no-parse", "--json")
        with shell.started(*arguments) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            process.stdout.readline()
            process.stdout.close()
            assert process.stderr.read() == ""
            assert process.wait(timeout=60) == 3
        assert shell("jobs", "list", "--json").objects[0]["status"] == "interrupted"


def test_what_cannot_be_cancelled_is_left(shell: Shell, kb: str) -> None:
    """A command that waits for its list of paths ends all the same."""
    arguments = ("ingest", "--from-file", "-", "-d", kb, "--create")
    with shell.started(*arguments, stdin=subprocess.PIPE) as process:
        jobs = shell.home / "ragflow"
        while not list(jobs.glob("*.ledger.job-*")):
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 3
        assert process.stderr is not None
        assert "Run the same command again" in process.stderr.read()
    assert shell("jobs", "list", "--json").objects[0]["status"] == "interrupted"


def test_ctrl_c_in_a_terminal(enter: Callable[[LocalServer], Shell], many: Path, kb: str) -> None:
    """The display is kept up to date, is taken away at Ctrl-C, and the cursor is back."""
    with LocalServer(faults=SLOW) as server:
        shell = enter(server)
        arguments = ("ingest", str(many), "-d", kb, "--create")
        with PseudoTerminal(*arguments, environment=shell.environment) as terminal:
            terminal.wait_for(f"of {FILES} files")
            terminal.wait_for("files/s")
            terminal.wait_for("being parsed")
            terminal.type("\x03")
            assert terminal.exit_code(timeout=60) == 3
        assert "Stopped after " in terminal.text
        assert "Traceback" not in terminal.text
        assert terminal.output.rindex("\x1b[?25h") > terminal.output.rindex("\x1b[?25l")


def test_a_terminal_to_the_end(shell: Shell, docs: Path, kb: str) -> None:
    """What failed and the summary stay on the screen."""
    (docs / "empty.txt").touch()
    arguments = ("ingest", str(docs), "-d", kb, "--create")
    with PseudoTerminal(*arguments, environment=shell.environment) as terminal:
        assert terminal.exit_code(timeout=60) == 2
    assert "failed: empty.txt: the file is empty" in terminal.text
    assert "4 files: 1 failed, 3 parsed" in terminal.text
