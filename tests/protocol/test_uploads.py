"""Which files of a form are stored."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragflow._protocol.multipart import FilePart
from ragflow._protocol.uploads import (
    has_number,
    is_name,
    match,
    plain_stem,
    root_stem,
    since,
)
from ragflow.models import DocumentData


def part(name: str, size: int = 1) -> FilePart:
    """A file of a form."""
    return FilePart(name, size, b"")


def stored(name: str, size: int = 1, time: int = 0) -> DocumentData:
    """A document on the server."""
    return DocumentData(id=f"{name}-{size}", name=name, size=size, create_time=time)


def names(parts: list[FilePart], documents: list[DocumentData]) -> tuple[list[str], list[str]]:
    """The names of the documents that belong to files, and those of files that have none."""
    found, missing = match(parts, documents)
    return [document.name for document in found], missing


def test_match() -> None:
    """Name and size tell a file; a name that was taken has got a number."""
    parts = [part("a.txt"), part("b.tar.gz"), part("c.txt", 5), part("d"), part("e.txt")]
    documents = [
        stored("e(1)x.txt"),
        stored("d(12)"),
        stored("c.txt", 6),
        stored("b.tar(3).gz"),
        stored("a.txt"),
    ]
    assert names(parts, documents) == (["a.txt", "b.tar(3).gz", "d(12)"], ["c.txt", "e.txt"])


def test_match_takes_the_first() -> None:
    """Of two documents that may be the file, the first is: the newest, where they are sorted so."""
    assert names([part("a.txt")], [stored("a(1).txt"), stored("a.txt")]) == (["a(1).txt"], [])


def test_match_leaves_names_to_their_files() -> None:
    """A file does not take the document of another one whose name has a number."""
    documents = [stored("a(1).txt"), stored("a.txt")]
    assert names([part("a.txt"), part("a(1).txt")], documents) == (["a.txt", "a(1).txt"], [])


def test_one_document_is_one_file() -> None:
    """Of two equal files only one is stored."""
    assert names([part("a.txt"), part("a.txt")], [stored("a.txt")]) == (["a.txt"], ["a.txt"])


@given(st.lists(st.sampled_from(["a.txt", "b.txt", "[x]+.txt"])), st.data())
def test_every_file_has_its_document_or_is_missing(given: list[str], data: st.DataObject) -> None:
    """Whatever is stored in whatever order, each file is accounted for once."""
    kept = data.draw(st.lists(st.booleans(), min_size=len(given), max_size=len(given)))
    documents = [stored(name) for name, keep in zip(given, kept, strict=True) if keep]
    shuffled = data.draw(st.permutations(documents))
    found, missing = names([part(name) for name in given], shuffled)
    assert sorted(found) == sorted(document.name for document in documents)
    assert sorted(found + missing) == sorted(given)


def test_since() -> None:
    """Only what was made lately can be from this form."""
    documents = [stored("new", time=100_000), stored("old", time=93_000), stored("b", time=96_000)]
    assert [item.name for item in since(documents, 3.0)] == ["new", "b"]
    assert since([], 3.0) == []


@pytest.mark.parametrize(
    ("name", "number", "plain", "root"),
    [
        ("a.txt", False, "a", "a"),
        ("a(1).txt", True, "a", "a"),
        ("a (12).txt", True, "a", "a"),
        ("a(1) (2)", True, "a(1)", "a"),
        ("a(x).txt", False, "a(x)", "a(x)"),
        ("a(1)b.tar.gz", False, "a(1)b.tar", "a(1)b.tar"),
    ],
)
def test_numbers_in_names(name: str, number: bool, plain: str, root: str) -> None:
    """What a server would put into a name when it is taken."""
    assert has_number(name) is number
    assert plain_stem(name) == plain
    assert root_stem(name) == root


@pytest.mark.parametrize(
    ("sent", "stored", "same"),
    [
        ("a.txt", "a.txt", True),
        ("a.txt", "a(3).txt", True),
        ("a(1).txt", "a(2).txt", True),
        ("a(1).txt", "a(1)(1).txt", True),
        ("a (1).txt", "a(2).txt", True),
        ("a(1).txt", "a.txt", False),
        ("a.txt", "a(1)(1).txt", False),
        ("a.txt", "b(1).txt", False),
        ("a.txt", "a(1).pdf", False),
    ],
)
def test_what_servers_make_of_a_name(sent: str, stored: str, same: bool) -> None:
    """The name itself, with a number behind it, or with its own number counted on."""
    assert is_name(sent, stored) is same
