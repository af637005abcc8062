"""Whose a document is whose name has a number."""

from __future__ import annotations

import pytest
from attrs import evolve

from ingest.parcels import known, row, sending
from ragflow.ingest.adoption import adopt_read, let_go
from ragflow.ingest.inventory import Known
from ragflow.ingest.items import FileState, Row
from ragflow.ingest.ownership import is_left_to_others, is_unclear, path_beside
from ragflow.ingest.reading import Prepared
from ragflow.models import RunStatus

WATERMARK = 1000
NUMBERED = known("n", "a(1).txt", create_time=300, content_hash="d")
OTHER = evolve(sending(), id=2)  # a.txt, in doubt, with the digest d
NAMED = evolve(sending(digest="e"), id=1, name="a(1).txt")


@pytest.mark.parametrize(
    ("document", "unclear"),
    [
        (NUMBERED, True),
        (evolve(NUMBERED, content_hash=""), True),
        (evolve(NUMBERED, content_hash="f"), False),
        (evolve(NUMBERED, size=6), False),
        (evolve(NUMBERED, create_time=200), False),
        (evolve(NUMBERED, name="b(1).txt"), False),
        (evolve(NUMBERED, name="a.txt"), False),
    ],
)
def test_unclear(document: Known, unclear: bool) -> None:
    """A document may be a second copy by name, size, time and digest; a plain name is clear."""
    assert is_unclear(document, [OTHER]) is unclear


def is_left(item: Row, document: Known, *in_doubt: Row, is_named: bool = False) -> bool:
    """Whether a file leaves a document alone."""
    return is_left_to_others(item, document, in_doubt, is_named=is_named, watermark=WATERMARK)


def test_left_to_who_has_its_bytes() -> None:
    """A file in doubt with the very bytes goes before one whose name it is."""
    assert is_left(NAMED, NUMBERED, NAMED, OTHER)
    assert not is_left(OTHER, NUMBERED, NAMED, OTHER)
    assert not is_left(NAMED, evolve(NUMBERED, content_hash="f"), NAMED, OTHER)
    assert not is_left(NAMED, NUMBERED, NAMED, evolve(OTHER, name="b.txt"))


def test_left_to_who_has_its_name_among_equal_files() -> None:
    """Of two files in doubt with the same bytes, that goes first whose name it is."""
    named = evolve(NAMED, digest="d")
    assert is_left(OTHER, NUMBERED, named, OTHER)
    assert not is_left(named, NUMBERED, named, OTHER)


def test_left_alone_while_another_file_is_in_hand() -> None:
    """What another job has sent from elsewhere, with a digest not known yet, may be it."""
    assert is_left(NAMED, NUMBERED, NAMED, evolve(OTHER, digest=""))


def test_left_alone_where_it_has_just_come() -> None:
    """What came after the job began is of the job's own doing."""
    fresh = evolve(NUMBERED, create_time=WATERMARK + 1)
    assert is_left(row("a(1).txt"), fresh)
    assert not is_left(row("a(1).txt"), NUMBERED)


def test_left_to_the_file_of_its_name() -> None:
    """Without any doubt, a name with a number is that of the file that has it."""
    assert is_left(row("a.txt"), NUMBERED, is_named=True)
    assert not is_left(row("a.txt"), NUMBERED)


@pytest.mark.parametrize(
    ("path", "name", "other", "beside"),
    [
        ("a.txt", "a.txt", "a(1).txt", "a(1).txt"),
        ("x/y/a.txt", "x - y - a.txt", "x - y - a(1).txt", "x/y/a(1).txt"),
        ("a.txt", "given.txt", "given(1).txt", ""),
        ("x/a.txt", "x - a.txt", "a(1).txt", ""),
    ],
)
def test_path_beside(path: str, name: str, other: str, beside: str) -> None:
    """Where a file of a document's name would be, by the way names are made of paths."""
    assert path_beside(evolve(row(), path=path, name=name), other) == beside


def test_taken_over_by_its_bytes() -> None:
    """A file that was read and found on the server is known from then on."""
    item = row("a.txt", size=1, stamp="", digest="")
    adopt_read(item, NUMBERED, Prepared(item, None, 5, "7", "d"))
    assert (item.document_id, item.name, item.state) == ("n", "a(1).txt", FileState.DONE)
    assert (item.size, item.stamp, item.digest) == (5, "7", "d")
    adopt_read(item, evolve(NUMBERED, run=RunStatus.UNSTART), Prepared(item, None, 5, "7", "d"))
    assert item.state is FileState.STORED


def test_let_go() -> None:
    """A file without a document says nothing about one."""
    item = row(document_id="d1", state=FileState.STORED)
    let_go(item)
    assert (item.document_id, item.digest, item.state) == ("", "", FileState.SKIPPED)
