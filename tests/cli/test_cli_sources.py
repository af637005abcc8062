"""Which files a demo takes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ragflow.cli.failures import Failure
from ragflow.cli.sources import collect, names, samples
from ragflow.local.extraction import SUPPORTED_SUFFIXES

TEXTS = frozenset({"md", "txt", "pdf"})


def make(folder: Path, *paths: str) -> None:
    """Writes files with a line each."""
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text("A line.\n")


def test_directories_are_searched_in_order(tmp_path: Path) -> None:
    """Files of all folders are found, hidden ones are not, and suffixes may be in capitals."""
    make(tmp_path, "b.md", "a.TXT", "sub/deep/c.md", ".hidden.md", ".git/d.md", "sub/.e.md")
    found = collect([tmp_path], TEXTS)
    assert found.files == [tmp_path / name for name in ("a.TXT", "b.md", "sub/deep/c.md")]
    assert found.unsupported == []


def test_a_hidden_file_that_is_named_is_taken(tmp_path: Path) -> None:
    """Hidden files are left out of directories only."""
    make(tmp_path, ".notes.md")
    assert collect([tmp_path / ".notes.md"], TEXTS).files == [tmp_path / ".notes.md"]


def test_a_file_is_taken_once(tmp_path: Path) -> None:
    """A file that is named and in a named directory, or linked there, is uploaded once."""
    make(tmp_path, "a.md")
    (tmp_path / "b.md").symlink_to(tmp_path / "a.md")
    (tmp_path / "c.md").symlink_to(tmp_path / "gone.md")
    assert collect([tmp_path / "a.md", tmp_path], TEXTS).files == [tmp_path / "a.md"]


def test_unsupported_files_are_left_out_and_told(tmp_path: Path) -> None:
    """A file that cannot be parsed does not keep the others from it."""
    make(tmp_path, "a.md", "b.xyz", "README")
    found = collect([tmp_path], TEXTS)
    assert found.files == [tmp_path / "a.md"]
    assert found.unsupported == [tmp_path / "README", tmp_path / "b.xyz"]


def test_names_that_servers_refuse_are_changed(tmp_path: Path) -> None:
    """A line break or an escape sequence in a name does not reach the server or the terminal."""
    make(tmp_path, "a\nb\x1b[31m.md")
    found = collect([tmp_path], TEXTS)
    assert found.files == [("a b�[31m.md", tmp_path / "a\nb\x1b[31m.md")]


def test_bad_paths_are_told(tmp_path: Path) -> None:
    """Missing paths, empty directories, other types and odd things fail with a sentence."""
    make(tmp_path, "b.xyz", "empty/.hidden")
    os.mkfifo(tmp_path / "pipe.md")
    for path, sentence in {
        "gone.md": "there is no file or directory .*gone.md",
        "empty": "there are no files in the directory .*empty",
        "b.xyz": r"no file of a supported type among .*b.xyz; .*: md, pdf, txt$",
        "pipe.md": "pipe.md is neither a file nor a directory",
    }.items():
        with pytest.raises(Failure, match=sentence):
            collect([tmp_path / path], TEXTS)


def test_what_may_not_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files without permission fail before anything is started."""
    make(tmp_path, "a.md")
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(Failure, match=r"a.md may not be read"):
        collect([tmp_path], TEXTS)


def test_directories_that_may_not_be_listed_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A directory without permission is not taken for an empty one."""

    def refuse(path: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(Failure, match=f"cannot look into {tmp_path}: Permission denied"):
        collect([tmp_path], TEXTS)


def test_long_lists_of_names_are_cut() -> None:
    """Five names are enough for a sentence."""
    paths = [Path(f"{number}.png") for number in range(8)]
    assert names(paths) == "0.png, 1.png, 2.png, 3.png, 4.png and 3 more"
    assert names(paths[:5]) == "0.png, 1.png, 2.png, 3.png, 4.png"


def test_samples_are_of_several_types_and_languages() -> None:
    """The documents of the package can be parsed, are of a page or more, and one is Chinese."""
    found = {name: content for name, content in samples().files if isinstance(content, bytes)}
    suffixes = {Path(name).suffix.lstrip(".") for name in found}
    assert suffixes == {"csv", "html", "md", "txt"}
    assert suffixes <= SUPPORTED_SUFFIXES
    texts = [content.decode() for content in found.values()]
    assert sum(len(text) > 3000 or text.count("，") > 30 for text in texts) >= 4
