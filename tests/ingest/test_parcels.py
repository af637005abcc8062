"""What a failed form means, and which document a file became."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.parcels import document, parcel, row
from ragflow._protocol.multipart import FilePart
from ragflow.errors import (
    APIError,
    AuthenticationError,
    ConfigurationError,
    ConnectionFailedError,
    InvalidArgumentError,
    InvalidRequestError,
    NotFoundError,
    PermissionDeniedError,
    ProtocolError,
    RAGFlowError,
    RateLimitedError,
    RequestTimeoutError,
    ServerError,
    UnsupportedByServerError,
)
from ragflow.ingest.items import Found
from ragflow.ingest.parcels import (
    Parcel,
    assign,
    is_intact,
    is_lasting,
    recognise,
    refusals,
    trouble_of,
)
from ragflow.ingest.reading import Prepared


@pytest.mark.parametrize(
    "error",
    [
        AuthenticationError("who?", code=109, status=401),
        PermissionDeniedError("not yours", code=109),
        NotFoundError("gone", code=102),
        ConfigurationError("closed"),
        UnsupportedByServerError("this", "that", "other"),
    ],
)
def test_nothing_else_will_succeed(error: RAGFlowError) -> None:
    """A bad key, a lost dataset or a closed client ends a job."""
    trouble = trouble_of(error)
    assert (trouble.fatal, trouble.refused, trouble.late) == (True, False, False)


@pytest.mark.parametrize(
    "error", [InvalidRequestError("no", code=101, status=200), InvalidArgumentError("too long")]
)
def test_refused_for_what_is_in_it(error: RAGFlowError) -> None:
    """Nothing of a form that was found fault with is stored."""
    trouble = trouble_of(error)
    assert (trouble.fatal, trouble.refused, trouble.late) == (False, True, False)


@pytest.mark.parametrize(
    ("error", "late"),
    [
        (ServerError("deadlock", code=100, status=200), False),
        (ServerError("failed", code=500, status=500), False),
        (ServerError("bad gateway", status=502), False),
        (ServerError("gateway timed out", status=504), True),
        (RequestTimeoutError("too slow"), True),
        (ConnectionFailedError("reset"), False),
        (ProtocolError("half an answer"), False),
        (RateLimitedError("slower", status=429), False),
    ],
)
def test_in_doubt(error: RAGFlowError, late: bool) -> None:
    """After any failure of a server or a line its files may be stored, after some only later."""
    trouble = trouble_of(error)
    assert (trouble.fatal, trouble.refused, trouble.late) == (False, False, late)


def test_what_a_server_tells_is_passed_on() -> None:
    """Code and pause are those of the server's answer, where there was one."""
    error = RateLimitedError("slower", status=429, code=429)
    error.retry_after = 3.0
    assert (trouble_of(error).code, trouble_of(error).retry_after) == (429, 3.0)
    broken = trouble_of(ConnectionFailedError("reset"))
    assert (broken.code, broken.retry_after) == (None, None)


def refusal(message: str, code: int = 500, status: int = 200) -> APIError:
    """An answer that refuses single files."""
    return ServerError(message, code=code, status=status)


def test_refusals_by_name() -> None:
    """Each line of such an answer is about the file it begins with."""
    parcels = [parcel("a.exe"), parcel("b.txt"), parcel("c: d.exe")]
    said = refusals(parcels, refusal("a.exe: not this\nc: d.exe: nor that"))
    assert said == {"a.exe": "not this", "c: d.exe": "nor that"}


@pytest.mark.parametrize(
    "error",
    [
        refusal("a.exe: no", status=500),
        refusal("a.exe: no", code=100),
        ConnectionFailedError("a.exe: no"),
        refusal("is a.exe: no"),
        refusal("data.exe: no"),
    ],
)
def test_other_failures_are_about_no_file(error: RAGFlowError) -> None:
    """Only a refusal within a whole answer, with the name first, is a file's own."""
    assert refusals([parcel("a.exe")], error) == {}


@pytest.mark.parametrize(
    ("reason", "lasting"),
    [
        ("This type of file has not been supported yet!", True),
        ("Exceed the maximum length of file name!", True),
        ("broken data stream when reading image file", True),
        ("the disk is full", False),
        ("(1062, 'Duplicate entry')", False),
    ],
)
def test_lasting_refusals(reason: str, lasting: bool) -> None:
    """Some files would be refused for ever; others only met a bad moment."""
    assert is_lasting(reason) is lasting


def test_assigned_in_order() -> None:
    """An answer with the form's names and sizes, in its order, is taken as it is."""
    parcels = [parcel("a.txt"), parcel("a(1).txt")]
    documents = [document("1", "a.txt"), document("2", "a(1).txt")]
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


def test_recognised_among_others_of_its_name() -> None:
    """Where the name was taken, it is a document that was not there before."""
    item = parcel(before=frozenset({"1"}))
    documents = [document("1"), document("2", "a(1).txt")]
    assert recognise(item, documents) == documents[1]
    assert recognise(item, documents[:1]) is None


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
