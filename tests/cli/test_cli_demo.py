"""``ragflow demo`` with its output piped: files go in, an answer with its sources comes out."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from ragflow import RAGFlow, cli
from ragflow.cli import demo
from ragflow.cli.sources import SAMPLE_QUESTION

CONTROL = re.compile(r"[^\n\x20-\x7e\xa0-\U0010ffff]")


def run_piped(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs the command in a process of its own."""
    command = [sys.executable, "-m", "ragflow", *arguments]
    return subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60
    )


def part(output: str, title: str) -> list[str]:
    """The lines below a heading."""
    lines = output.splitlines()
    below = lines[lines.index(title) + 1 :]
    return below[: below.index("")] if "" in below else below


@pytest.mark.parametrize("version", ["0.27.0", "0.22.1"])
def test_samples(version: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Without anything it asks about its own documents and cites more than one of them."""
    assert cli.main(["demo", "--version", version]) == 0
    shown = capsys.readouterr()
    assert shown.err == ""
    assert CONTROL.search(shown.out) is None
    assert f"RAGFlow {version}" in shown.out
    assert "Uploaded 5 files" in shown.out
    assert re.search(r"Parsed 5 documents into \d+ chunks\.", shown.out)
    assert part(shown.out, "Question") == [SAMPLE_QUESTION]
    passages = part(shown.out, "Best passages")
    assert [line[:3] for line in passages[::2]] == ["1. ", "2. ", "3. "]
    scores = [float(line.split("score ")[1].split()[0]) for line in passages[::2]]
    assert scores == sorted(scores, reverse=True)
    cited = re.findall(r"\[ID:\d+\]", "".join(part(shown.out, "Answer")))
    sources = part(shown.out, "Sources")
    assert [line.split()[0] for line in sources] == list(dict.fromkeys(cited))
    assert len({line.split()[1] for line in sources}) > 1
    assert "https://ragflow.example.com" in shown.out


def test_own_files(shop: Path) -> None:
    """PDF, Word and CSV files of a directory are searched, and the right one is cited."""
    question = "How many months does the warranty last?"
    done = run_piped("demo", str(shop), "--ask", question)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Uploaded 3 files" in done.stdout
    assert part(done.stdout, "Question") == [question]
    assert "24 months" in "".join(part(done.stdout, "Answer"))
    assert "warranty.pdf" in part(done.stdout, "Sources")[0]


@pytest.mark.parametrize(
    ("question", "document"),
    [("When may a kettle be returned?", "returns.docx"), ("Price of the toaster?", "prices.csv")],
)
def test_each_format_can_be_cited(
    question: str, document: str, shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Word documents and tables are read like any other file."""
    assert cli.main(["demo", str(shop), "--ask", question]) == 0
    assert document in part(capsys.readouterr().out, "Sources")[0]


def test_a_question_is_found_where_none_was_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In a pipe nobody can be asked, so the question is about how the first document begins."""
    (tmp_path / "a.md").write_text("The moon is far.\n\nIts distance is 384,400 km.\n")
    assert cli.main(["demo", str(tmp_path)]) == 0
    shown = capsys.readouterr().out
    assert part(shown, "Question") == ["What is said about “The moon is far.”?"]
    assert part(shown, "Sources") == ["[ID:0] a.md"]


def test_no_answer_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A question that no passage fits is no failure, and nothing is cited for it."""
    (tmp_path / "a.md").write_text("The moon is far.\n")
    assert cli.main(["demo", str(tmp_path), "--ask", "xyzzy"]) == 0
    shown = capsys.readouterr().out
    assert part(shown, "Best passages") == ["No passage is similar enough to the question."]
    assert "Sources" not in shown


def test_some_documents_cannot_be_parsed(tmp_path: Path) -> None:
    """Damaged and unsupported files are named, the others answer, and the exit code says so."""
    (tmp_path / "good.md").write_text("The warranty lasts 24 months.\n")
    (tmp_path / "bad.pdf").write_text("no PDF")
    (tmp_path / "photo.png").write_text("no photo")
    done = run_piped("demo", str(tmp_path), "--ask", "How long is the warranty?")
    assert done.returncode == 2
    unsupported, damaged = done.stderr.splitlines()
    assert "photo.png" in unsupported
    assert damaged.startswith("Warning: bad.pdf could not be parsed: The PDF is damaged")
    assert "Parsed 1 document into 1 chunk." in done.stdout
    assert "24 months" in done.stdout


def test_unsupported_files_alone_do_not_change_the_exit_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was left out is told; as long as something is left, that is all."""
    (tmp_path / "good.md").write_text("The warranty lasts 24 months.\n")
    (tmp_path / "photo.png").write_text("no photo")
    assert cli.main(["demo", str(tmp_path), "--ask", "How long is the warranty?"]) == 0
    assert "photo.png" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "content", "code", "errors"), [("bad.pdf", "no PDF", 2, 2), ("empty.txt", "", 1, 1)]
)
def test_nothing_to_ask_about(
    name: str,
    content: str,
    code: int,
    errors: int,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Without any text there is no answer, and that is told."""
    (tmp_path / name).write_text(content)
    assert cli.main(["demo", str(tmp_path)]) == code
    shown = capsys.readouterr().err.splitlines()
    assert len(shown) == errors
    assert shown[-1] == "Error: there is no text in what was uploaded, so nothing can be asked"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["{}/gone.md"], "there is no file or directory"),
        (["{}"], "there are no files in the directory"),
        (["--version", "9.9"], "does not speak version '9.9'"),
        (["--data", "{}/no/kb.db"], "unable to open database file (--data "),
    ],
)
def test_bad_input(
    arguments: Sequence[str],
    sentence: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What cannot work is one sentence on standard error and exit code 1."""
    assert cli.main(["demo", *(text.format(tmp_path) for text in arguments)]) == 1
    shown = capsys.readouterr()
    assert (shown.out, shown.err.count("\n")) == ("", 1)
    assert sentence in shown.err


def test_data_are_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With --data the dataset is still there afterwards, and it is told how to see it."""
    data = tmp_path / "kb.db"
    (tmp_path / "a.md").write_text("The moon is far.\n")
    assert cli.main(["demo", str(tmp_path / "a.md"), "--data", str(data)]) == 0
    assert f"ragflow serve --data {data}" in capsys.readouterr().out
    with RAGFlow.local(data) as rag:
        (dataset,) = rag.list_datasets()
        assert [document.name for document in dataset.list_documents()] == ["a.md"]


def test_the_program_that_is_shown_works(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lines that a demo ends with can be copied and run."""
    (tmp_path / "handbook.md").write_text("There are 30 days of leave.\n")
    monkeypatch.chdir(tmp_path)
    program = demo.PROGRAM.replace("handbook.pdf", "handbook.md").replace("\n    ", "\n")
    assert max(map(len, [*demo.PROGRAM.splitlines(), *demo.OWN_SERVER.splitlines()])) <= 80
    names: dict[str, object] = {}
    exec(program, names)
    client = names["rag"]
    assert isinstance(client, RAGFlow)
    client.close()
    assert "30 days of leave" in capsys.readouterr().out


def test_a_reader_that_leaves_ends_it() -> None:
    """``ragflow demo | head`` ends without a traceback."""
    command = f"'{sys.executable}' -m ragflow demo | head -n 1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, timeout=60)
    assert done.stdout.count("\n") == 1
    assert done.stderr == ""
