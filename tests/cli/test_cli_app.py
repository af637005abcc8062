"""The command line itself: help, versions, errors and exit codes."""

from __future__ import annotations

import importlib.util
import io
import subprocess
import sys
import time

import click
import pytest

import ragflow
from ragflow import cli
from ragflow.cli import app
from ragflow.cli.failures import ExitCode, Failure
from ragflow.errors import ConnectionFailedError, InvalidArgumentError

HEAVY = ("httpx", "anyio", "rich", "starlette", "uvicorn", "numpy", "bs4", "ragflow._sync")


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], [], ["demo", "--help"]])
def test_help_tells_the_exit_codes(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Help is shown on request and without a command, and lists the four exit codes."""
    assert cli.main(arguments) == 0
    shown = capsys.readouterr().out
    assert "Usage: ragflow" in shown
    assert [f"  {code}  " in shown for code in range(4)] == [True] * 4


def test_help_names_the_options_of_each_command(capsys: pytest.CaptureFixture[str]) -> None:
    """Each command explains its options."""
    cli.main(["serve", "--help"])
    cli.main(["demo", "--help"])
    shown = capsys.readouterr().out
    for option in ("--host", "--port", "--data", "--version", "--json", "--ask"):
        assert option in shown


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    """The version is the package's."""
    assert cli.main(["--version"]) == 0
    assert ragflow.__version__ in capsys.readouterr().out


def test_help_imports_nothing_heavy() -> None:
    """Help is quick because neither the client nor the server is imported for it."""
    program = (
        "import sys; from ragflow.cli import main; main(['--help']);"
        f"sys.exit(', '.join(name for name in {HEAVY} if name in sys.modules) or None)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_help_is_quick() -> None:
    """Help takes a fraction of a second, even on a busy machine."""

    def seconds() -> float:
        begun = time.perf_counter()
        subprocess.run([sys.executable, "-m", "ragflow", "--help"], stdout=subprocess.DEVNULL)
        return time.perf_counter() - begun

    assert min(seconds() for _ in range(5)) < 0.5


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["nope"], "nope"),
        (["demo", "--nope"], "--nope"),
        (["serve", "--port", "65536"], "65536"),
        (["serve", "--port", "http"], "http"),
        (["demo", "--data", "."], "directory"),
    ],
)
def test_wrong_usage_is_one_sentence(
    arguments: list[str], part: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Wrong usage is told on one line of standard error, with a hint where help is."""
    assert cli.main(arguments) == ExitCode.BAD_INPUT
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.count("\n") == 1
    assert shown.err.startswith("Error: ")
    assert part in shown.err
    assert "--help" in shown.err


@pytest.mark.parametrize(
    ("error", "code", "shown"),
    [
        (Failure("no such thing"), 1, "Error: no such thing\n"),
        (Failure("half of it", ExitCode.SOME_FAILED), 2, "Error: half of it\n"),
        (InvalidArgumentError("not a name"), 1, "Error: not a name\n"),
        (ConnectionFailedError("hung up"), 2, "Error: hung up\n"),
        (OSError(28, "No space left"), 2, "Error: [Errno 28] No space left\n"),
        (click.UsageError("not like this"), 1, "Error: not like this (see ragflow --help)\n"),
        (Failure("red \x1b[31m"), 1, "Error: red �[31m\n"),
        (KeyboardInterrupt(), 3, "\nAborted.\n"),
    ],
)
def test_each_end_has_its_exit_code(
    error: BaseException,
    code: int,
    shown: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whatever ends a command is told in one sentence, and the shell gets a code for it."""

    def fail(context: click.Context) -> None:
        raise error

    monkeypatch.setattr(app.commands, "invoke", fail)
    assert cli.main(["serve"]) == code
    assert capsys.readouterr().err == shown


@pytest.mark.parametrize(
    ("missing", "sentence"),
    [({"click", "rich"}, "click and rich, which are"), ({"rich"}, "rich, which is")],
)
def test_without_the_extra_the_install_command_is_told(
    missing: set[str],
    sentence: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where click or rich is not installed, one sentence says how to install them."""
    find = importlib.util.find_spec
    monkeypatch.setattr(cli, "find_spec", lambda name: None if name in missing else find(name))
    assert cli.main(["--help"]) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.count("\n") == 1
    assert sentence in shown.err
    assert 'pip install "ragflow[all]"' in shown.err


def test_the_command_needs_no_extra_to_say_so() -> None:
    """In a Python without click, ``python -m ragflow`` gives the sentence and no traceback."""
    program = (
        "import sys, importlib.util as u; f = u.find_spec;"
        "u.find_spec = lambda n, *a: None if n == 'click' else f(n, *a);"
        "sys.modules['click'] = None; sys.argv = ['ragflow', 'demo'];"
        "import runpy; runpy.run_module('ragflow', run_name='__main__')"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith("The ragflow command needs click, which is not installed")
    assert "Traceback" not in done.stderr


def test_letters_that_the_terminal_lacks_are_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    """An old terminal encoding costs letters, not the whole command."""
    screen = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", screen)
    cli.main(["--version"])
    screen.write("问")
    screen.seek(0)
    assert screen.buffer.read().endswith(b"?")


def test_outputs_that_are_no_files_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Streams of other kinds, such as a notebook's, are used as they are."""
    screen = io.StringIO()
    monkeypatch.setattr(sys, "stdout", screen)
    assert cli.main(["--version"]) == 0
    assert ragflow.__version__ in screen.getvalue()
