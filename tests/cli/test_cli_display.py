"""What a demo shows, in a terminal and in a pipe."""

from __future__ import annotations

import builtins
import sys
from collections.abc import Callable, Iterator

import pytest

from ragflow import Message, Reference
from ragflow.cli.display import Display
from ragflow.models import ChunkData

ANSWER = Message(
    content="It lasts two years [ID:1].",
    reference=[Reference(document_name="a.md"), Reference(document_name="b\x1b.md")],
)
CHUNK = ChunkData(
    content="plain",
    highlight="The <em>warranty</em> lasts.",
    document_name="b.md",
    similarity=0.456,
    term_similarity=1.0,
)


@pytest.fixture
def pipe(capsys: pytest.CaptureFixture[str]) -> Display:
    """A display whose output is piped."""
    return Display()


@pytest.fixture
def terminal(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Display:
    """A display in a terminal of 40 columns with colours."""
    for name, value in {"TERM": "xterm-256color", "COLUMNS": "40", "LINES": "20"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    return Display()


def show_everything(display: Display) -> None:
    """Uses each part of a display once."""
    with display.waiting("Starting"):
        display.line("Started.")
    with display.progress("Uploading") as report:
        report(0.5, "1 of 2 files")
    display.heading("Question", "How long?")
    display.passages([CHUNK, ChunkData(content="Other. " * 60, document_name="c.md")])
    display.heading("Answer")
    display.answer([Message(content="It lasts"), ANSWER])
    display.sources(ANSWER)


def test_a_pipe_gets_plain_lines(pipe: Display, capsys: pytest.CaptureFixture[str]) -> None:
    """Piped output has no control characters, no bars, and lines as long as they are."""
    show_everything(pipe)
    lines = capsys.readouterr().out.splitlines()
    assert lines[:8] == [
        "Started.",
        "",
        "Question",
        "How long?",
        "1. b.md  score 0.46 (words 1.00, meaning –)",
        "The warranty lasts.",
        "2. c.md  score – (words –, meaning –)",
        "Other. " * 31 + "…",
    ]
    assert lines[8:] == [
        "",
        "Answer",
        "It lasts two years [ID:1].",
        "",
        "Sources",
        "[ID:1] b�.md",
    ]


def test_a_terminal_gets_colours_and_wrapped_lines(
    terminal: Display, capsys: pytest.CaptureFixture[str]
) -> None:
    """A terminal shows colours, and passages are indented and not wider than it is."""
    show_everything(terminal)
    shown = capsys.readouterr().out
    assert "\x1b[1mAnswer\x1b[0m" in shown
    assert "\x1b[32m[ID:1]\x1b[0m" in shown
    assert "   The \x1b[1mwarranty\x1b[0m lasts." in shown
    other = shown[shown.index("c.md") : shown.index("Answer")].splitlines()[1:-1]
    assert len(other) > 4
    assert all(len(line) <= 40 for line in other)


def test_no_color_is_respected(
    terminal: Display, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With NO_COLOR a terminal gets bold text at most."""
    monkeypatch.setenv("NO_COLOR", "1")
    show_everything(Display())
    assert "\x1b[3" not in capsys.readouterr().out.replace("\x1b[3m", "")


def test_a_dumb_terminal_gets_no_cursor_movements(
    terminal: Display, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A terminal that cannot move its cursor is not asked to."""
    monkeypatch.setenv("TERM", "dumb")
    show_everything(Display())
    assert "\x1b" not in capsys.readouterr().out


def test_warnings_go_to_standard_error(pipe: Display, capsys: pytest.CaptureFixture[str]) -> None:
    """Warnings are one line each, without control characters."""
    pipe.warn("no\x1b[2J such [bold]file[/bold]")
    shown = capsys.readouterr()
    assert (shown.out, shown.err) == ("", "Warning: no�[2J such [bold]file[/bold]\n")


def test_an_answer_without_citations_has_no_sources(
    pipe: Display, capsys: pytest.CaptureFixture[str]
) -> None:
    """There is no heading without anything below it."""
    pipe.sources(Message(content="I do not know."))
    assert capsys.readouterr().out == ""


def test_an_answer_that_is_rewritten_is_shown_once(
    pipe: Display, capsys: pytest.CaptureFixture[str]
) -> None:
    """Older servers put citations into what they sent before; a pipe gets the last version."""
    last = pipe.answer([Message(content="Two"), Message(content="Two years"), ANSWER])
    assert last is ANSWER
    assert capsys.readouterr().out == "It lasts two years [ID:1].\n"


def test_a_pipe_is_not_interactive(pipe: Display, terminal: Display) -> None:
    """Questions are asked only where both ends are a terminal."""
    assert terminal.interactive
    assert not pipe.interactive


def answers(*replies: str | type[BaseException]) -> Callable[[str], str]:
    """A stand-in for ``input``."""
    left: Iterator[str | type[BaseException]] = iter(replies)

    def reply(prompt: str) -> str:
        text = next(left)
        if isinstance(text, str):
            return text
        raise text

    return reply


def test_asking(pipe: Display, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-D and Ctrl-C at the prompt are the same as saying nothing."""
    monkeypatch.setattr(builtins, "input", answers("  Why? ", " ", EOFError, KeyboardInterrupt))
    assert [pipe.ask("You: ") for _ in range(4)] == ["Why?", "", "", ""]


def test_asking_works_without_a_line_editor(pipe: Display, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not each Python has readline."""
    monkeypatch.setitem(sys.modules, "readline", None)
    monkeypatch.setattr(builtins, "input", answers("Why?"))
    assert pipe.ask("You: ") == "Why?"
