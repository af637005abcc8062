"""The steps of ``ragflow demo`` where a server does not do what it should, or somebody chats."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ragflow import (
    DataSet,
    Document,
    LocalServerError,
    Message,
    PartialUploadError,
    RAGFlow,
    Session,
    StreamInterruptedError,
    UploadProgress,
    cli,
)
from ragflow.cli import demo
from ragflow.cli.display import Display
from ragflow.cli.sources import Sources


def test_without_the_extra_the_install_command_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the server's libraries are missing, one sentence says how to install them."""
    monkeypatch.setitem(sys.modules, "ragflow.local.extraction", None)
    assert cli.main(["demo", str(tmp_path)]) == 1
    assert 'pip install "ragflow[all]"' in capsys.readouterr().err


def test_a_server_that_does_not_start_is_told(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Why the server does not start is one sentence."""

    def refuse(path: object, version: str) -> RAGFlow:
        raise LocalServerError("no room")

    monkeypatch.setattr(RAGFlow, "local", refuse)
    assert cli.main(["demo"]) == 1
    assert capsys.readouterr().err == "Error: no room\n"


class Refusing:
    """A dataset that stores one of two files."""

    def upload_documents(
        self, files: object, on_progress: Callable[[UploadProgress], None]
    ) -> list[Document]:
        on_progress(UploadProgress(files_done=2, files_total=2, bytes_done=0, bytes_total=0))
        raise PartialUploadError("1 of 2 files are not stored: full", [Document(id="1")], ["b.md"])


def test_files_that_are_not_stored_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    """An upload that half failed goes on with what is stored."""
    dataset: DataSet = Refusing()
    assert demo._upload(dataset, Sources([]), Display()) == ([Document(id="1")], ["b.md"])
    assert capsys.readouterr().err == "Warning: 1 of 2 files are not stored: full\n"


@pytest.mark.parametrize(
    ("log", "reason"),
    [
        (
            "Task is queued...\n10:00:00 Page(1~2): [ERROR][Exception]: The file broke.",
            "The file broke.",
        ),
        ("10:00:00 [ERROR]No memory", "No memory"),
        ("Something [odd]", "Something [odd]"),
        ("", "it ended as CANCEL"),
    ],
)
def test_reasons_are_free_of_log_marks(log: str, reason: str) -> None:
    """Of the server's log, users need the last line without its marks."""
    assert demo._reason(Document(progress_msg=log, run="CANCEL")) == reason


class Talking:
    """A session that answers, fails or is interrupted."""

    def __init__(self, *outcome: Message | BaseException) -> None:
        self.outcome = outcome

    def ask(self, question: str, stream: bool) -> Talking:
        return self

    def __enter__(self) -> list[Message]:
        if isinstance(self.outcome[0], BaseException):
            raise self.outcome[0]
        return list(self.outcome)

    def __exit__(self, *exception: object) -> None:
        pass


@pytest.mark.parametrize(
    ("outcome", "well", "shown"),
    [
        (Message(content="Yes."), True, "Yes."),
        (Message(content="**ERROR**: no model"), False, "no model"),
        (KeyboardInterrupt(), True, "(stopped)"),
        (StreamInterruptedError("cut off", Message()), False, "Warning: cut off"),
    ],
)
def test_a_chat_survives_a_failed_answer(
    outcome: Message | BaseException,
    well: bool,
    shown: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Where somebody chats, an answer that fails or is stopped is not the end."""
    display = Display()
    display.interactive = True
    session: Session = Talking(outcome)
    assert demo._answer(session, "?", display) is well
    output = capsys.readouterr()
    assert shown in output.out + output.err


@pytest.mark.parametrize("error", [KeyboardInterrupt(), StreamInterruptedError("cut", Message())])
def test_a_pipe_ends_with_a_failed_answer(error: BaseException) -> None:
    """Where nobody can ask again, an answer that fails ends the demo."""
    session: Session = Talking(error)
    with pytest.raises(type(error)):
        demo._answer(session, "?", Display())


@pytest.mark.parametrize(("questions", "answered"), [(["", ""], 0), (["Why?", "How?", ""], 2)])
def test_a_chat_goes_on_until_nothing_is_asked(
    questions: list[str],
    answered: int,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In a terminal the question is asked for, and further ones follow."""
    (tmp_path / "a.md").write_text("The moon is far.\n")
    asked: list[str] = []

    def answer(session: Session, question: str, display: Display) -> bool:
        asked.append(question)
        return True

    replies = iter(questions)
    monkeypatch.setattr(Display, "ask", lambda self, prompt: next(replies))
    monkeypatch.setattr(demo, "_answer", answer)
    create = Display.__init__

    def interactive(self: Display) -> None:
        create(self)
        self.interactive = True

    monkeypatch.setattr(Display, "__init__", interactive)
    assert cli.main(["demo", str(tmp_path)]) == 0
    assert len(asked) == answered
    assert ("The same in Python" in capsys.readouterr().out) is bool(answered)
