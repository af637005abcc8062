"""Which document a file became."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.parcels import document, parcel, row
from ragflow._protocol.multipart import FilePart
from ragflow.ingest.items import Found
from ragflow.ingest.parcels import Parcel
from ragflow.ingest.reading import Prepared
from ragflow.ingest.recognition import assign, candidates, is_intact, recognise, share_out


def test_assigned_in_order() -> None:
    """An answer with the form's names and sizes, in its order, is taken as it is."""
    parcels = [parcel("a.txt"), parcel("a(1).txt")]
    documents = [document("1", "a.txt"), document("2", "a(1).txt")]
    assert assign(parcels, documents) == documents


def test_assigned_by_place() -> None:
    """A whole answer is in the form's order, whatever numbers the names have got."""
    parcels = [parcel("a.txt"), parcel("a(1).txt")]
    documents = [document("1", "a(1).txt"), document("2", "a(2).txt")]
    assert assign(parcels, documents) == documents


def test_assigned_by_name_and_size() -> None:
    """An answer in another order, with numbered names, or without some files is sorted out."""
    parcels = [parcel("a.txt"), parcel("b.txt", b"123"), parcel("c.txt")]
    documents = [document("3", "c(2).txt"), document("1", "a.txt")]
    assert assign(parcels, documents) == [documents[1], None, documents[0]]


@given(st.permutations(range(6)), st.sets(st.integers(0, 5)))
def test_no_document_is_assigned_twice(order: list[int], missing: set[int]) -> None:
    """Whatever the order and whatever is missing, each document goes to its own file."""
    parcels = [parcel(f"{number}.txt") for number in range(6)]
    documents = [document(str(n), f"{n}.txt") for n in order if n not in missing]
    assigned = assign(parcels, documents)
    ids = [None if item is None else item.id for item in assigned]
    assert ids == [None if n in missing else str(n) for n in range(6)]


def test_recognised_by_its_very_name() -> None:
    """Where the name was free, the file is stored under it or not at all."""
    item = parcel()
    assert recognise(item, [document("1", "a(1).txt"), document("2")]) == document("2")
    assert recognise(item, [document("1", "a(1).txt")]) is None
    assert recognise(item, [document("1", size=4)]) is None


@pytest.mark.parametrize(
    ("more", "plain"),
    [
        ({}, True),
        ({"name": "a(1).txt"}, False),
        ({"name": "a (2).txt"}, False),
        ({"before": frozenset({"1"})}, False),
        ({"resent": True}, False),
    ],
)
def test_which_names_tell_a_document(more: dict[str, object], plain: bool) -> None:
    """A name does where it was free, has no number, and no earlier job sent it."""
    assert parcel(**more).is_plain is plain


def test_candidates() -> None:
    """A document may be a file by name and size, unless it was there or tells another digest."""
    item = parcel("a(1).txt", before=frozenset({"old"}))
    names = ["a(1).txt", "a(2).txt", "a(1)(1).txt", "a.txt", "b(1).txt"]
    documents = [document(name, name) for name in names]
    documents += [document("old", "a(1).txt"), document("big", "a(1).txt", size=6)]
    documents += [document("other", "a(1).txt", content_hash="f" * 32)]
    documents += [document("same", "a(7).txt", content_hash=item.prepared.digest)]
    found = [found.id for found in candidates(item, documents)]
    assert found == ["a(1).txt", "a(2).txt", "a(1)(1).txt", "same"]


def test_shared_out_by_bytes() -> None:
    """Names that several files might have say nothing: the bytes decide."""
    first, second = parcel("a.txt", b"first"), parcel("a(1).txt", b"other")
    documents = [document("1", "a(1).txt"), document("2", "a(2).txt"), document("3", "a(3).txt")]
    digests = {"1": first.prepared.digest, "2": second.prepared.digest, "3": ""}
    assert share_out([first, second], documents, digests) == documents[:2]
    assert share_out([second], documents, {"1": first.prepared.digest}) == [None]


def test_equal_files_get_a_document_each() -> None:
    """Of two files with the same bytes, one goes without where there is only one document."""
    parcels = [parcel("a.txt"), parcel("a(1).txt")]
    documents = [document("1", "a(1).txt"), document("2", "a(2).txt")]
    digests = dict.fromkeys("12", parcels[0].prepared.digest)
    assert share_out(parcels, documents[:1], digests) == [None, documents[0]]
    assert share_out(parcels, documents, digests) == documents[::-1]


def test_intact_by_what_the_server_stored() -> None:
    """A digest that the server tells is compared with what was read."""
    item = parcel()
    assert is_intact(item, document())
    assert is_intact(item, document(content_hash=item.prepared.digest))
    assert not is_intact(item, document(content_hash="f" * 32))


def test_servers_may_mend_some_files() -> None:
    """Another digest of a PDF says nothing, since servers repair them."""
    assert is_intact(parcel("a.PDF"), document(name="a.PDF", content_hash="f" * 32))


def test_a_file_that_changed_on_its_way(tmp_path: Path) -> None:
    """A file on disk that is no longer what was read is not intact."""
    path = tmp_path / "a.txt"
    path.write_bytes(b"12345")
    stamp = str(path.stat().st_mtime_ns)
    part = FilePart("a.txt", 5, path)
    item = row(found=Found(str(tmp_path), "a.txt", 5, stamp, path))
    sent = Parcel(item, part, Prepared(item, part, 5, stamp, "d"))
    assert is_intact(sent, document())
    path.write_bytes(b"123456")
    assert not is_intact(sent, document())
