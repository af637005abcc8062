"""Requests about documents."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragflow._protocol import documents
from ragflow._protocol.dialects import dialect_for
from ragflow._protocol.multipart import FilePart, Multipart
from ragflow._protocol.paging import PageCall
from ragflow._protocol.requests import Pace
from ragflow.errors import InvalidArgumentError
from ragflow.models import DocumentData, RunStatus
from ragflow.models._convert import structure, structure_many

from .recorded import Recording, assert_nothing_lost, successes
from .sent import body, line

OLD, NEW = dialect_for("0.22.1"), dialect_for("0.27.0")
DOCUMENT = DocumentData(id="x", dataset_id="d", progress=0.5)


def test_upload() -> None:
    """A form is sent as a transfer, and never twice by itself."""
    request = documents.upload(OLD, "d", [FilePart("a.txt", 1, b"a")])
    assert line(request) == "POST /datasets/d/documents"
    assert isinstance(request.body, Multipart)
    assert request.content_type == request.body.content_type
    assert (request.pace, request.idempotent) == (Pace.TRANSFER, False)


@given(st.lists(st.integers(0, 12 << 20), max_size=120))
def test_groups(sizes: list[int]) -> None:
    """Forms hold few and small files, or one large one, in the order given."""
    parts = [FilePart(str(n), size, b"") for n, size in enumerate(sizes)]
    groups = list(documents.grouped(parts))
    assert [part for group in groups for part in group] == parts
    for group in groups:
        assert 1 <= len(group) <= documents.GROUP_FILES
        assert len(group) == 1 or sum(part.size for part in group) <= documents.GROUP_BYTES


def test_groups_of_known_files() -> None:
    """32 files make a form, or 8 MiB."""
    small = [FilePart(str(n), 1, b"") for n in range(70)]
    assert [len(group) for group in documents.grouped(small)] == [32, 32, 6]
    large = [FilePart(str(n), 5 << 20, b"") for n in range(3)]
    assert [len(group) for group in documents.grouped(large)] == [1, 1, 1]
    assert list(documents.grouped([])) == []


def test_list() -> None:
    """Many ids are repeated; a search for one knows what 102 means."""
    request = documents.list_page(NEW, "d", PageCall(1, 100), ids=["a", "b"], run=["DONE"])
    assert line(request) == "GET /datasets/d/documents"
    assert request.params[2:] == (("ids", "a"), ("ids", "b"), ("run", "DONE"))
    assert not request.missing
    assert documents.list_page(NEW, "d", PageCall(1, 1), name="a.txt").missing == {102}


@pytest.mark.parametrize(
    ("version", "names"),
    [("0.13.0", ["id"]), ("0.14.0", ["id", "name"]), ("0.22.1", ["id", "name", "run", "suffix"])],
)
def test_known_filters_are_sent(version: str, names: list[str]) -> None:
    """Filters that a server would ignore are left to the client."""
    filters = {"id": "x", "name": "a.txt", "run": ["DONE"], "suffix": ["txt"]}
    request = documents.list_page(dialect_for(version), "d", PageCall(1, 1), **filters)
    assert [name for name, _ in request.params[2:]] == names
    left = documents.local_filter(dialect_for(version), **filters)
    assert (left is None) is (len(names) == 4)


def test_filters_of_the_client() -> None:
    """The client compares names whole, states and suffixes with each one that is wanted."""
    document = DocumentData(name="a.b.txt", run=RunStatus.DONE)
    oldest = dialect_for("0.13.0")
    for filters, fits in [
        ({"name": "a.b.txt"}, True),
        ({"name": "a.b"}, False),
        ({"run": ["FAIL", "DONE"]}, True),
        ({"run": ["FAIL"]}, False),
        ({"run": "DONE", "suffix": ["md", "txt"], "name": None}, True),
        ({"run": "DONE", "suffix": ["b"]}, False),
    ]:
        keep = documents.local_filter(oldest, **filters)  # type: ignore[arg-type]
        assert keep is not None
        assert keep(document) is fits
    assert documents.local_filter(oldest, name=None, run=[], keywords="k", id="x") is None


def test_names_that_are_too_long() -> None:
    """Servers count bytes, and refuse the whole form for one name."""
    limit = dialect_for("0.17.2").file_name_bytes
    parts = [FilePart("a.txt", 1, b"a"), FilePart("ü" * 64, 1, b"a")]
    with pytest.raises(InvalidArgumentError, match=f"{limit} bytes; this has 128"):
        documents.upload(dialect_for("0.17.2"), "d", parts)
    assert documents.upload(OLD, "d", parts)


@pytest.mark.parametrize(("dialect", "verb"), [(OLD, "PUT"), (NEW, "PATCH")])
def test_update(dialect: object, verb: str) -> None:
    """Switches are numbers, configs are spelled as servers do, counters stay."""
    message = {
        "enabled": True,
        "parser_config": {"layout_recognize": True},
        "progress": 0.5,
        "meta_fields": {"a": 1},
    }
    request = documents.update(dialect, DOCUMENT, message)  # type: ignore[arg-type]
    assert line(request) == f"{verb} /datasets/d/documents/x"
    assert body(request) == {
        "enabled": 1,
        "parser_config": {"layout_recognize": "DeepDOC"},
        "meta_fields": {"a": 1},
    }
    assert body(documents.update(NEW, DOCUMENT, {"name": "n"})) == {"name": "n"}


@pytest.mark.parametrize("name", documents.READ_ONLY)
def test_update_of_what_is_the_servers(name: str) -> None:
    """Counters cannot be written."""
    with pytest.raises(InvalidArgumentError, match=f"{name} cannot be changed"):
        documents.update(NEW, DOCUMENT, {name: "other"})


def test_download() -> None:
    """A file may be asked for again, and 102 means that it is gone."""
    request = documents.download("d", "x")
    assert line(request) == "GET /datasets/d/documents/x"
    assert (request.pace, request.idempotent, request.missing) == (Pace.TRANSFER, True, {102})


def test_delete() -> None:
    """The ids stand in the body."""
    request = documents.delete("d", ["x"])
    assert (line(request), body(request)) == ("DELETE /datasets/d/documents", {"ids": ["x"]})


def test_parse_and_stop() -> None:
    """Each generation has its routes."""
    started = {line(documents.parse(row, "d", ["x"])) for row in (OLD, NEW)}
    assert started == {"POST /datasets/d/chunks", "POST /datasets/d/documents/parse"}
    stopped = {line(documents.stop(row, "d", ["x"])) for row in (OLD, NEW)}
    assert stopped == {"DELETE /datasets/d/chunks", "POST /datasets/d/documents/stop"}
    assert body(documents.parse(NEW, "d", ["x"])) == {"document_ids": ["x"]}
    assert body(documents.stop(OLD, "d", ["x"])) == {"document_ids": ["x"]}


@pytest.mark.parametrize(
    "make",
    [
        lambda: documents.upload(OLD, "", []),
        lambda: documents.download("d", ""),
        lambda: documents.delete(" ", ["x"]),
        lambda: documents.parse(NEW, "", ["x"]),
        lambda: documents.update(NEW, DocumentData(id="x"), {"name": "n"}),
    ],
)
def test_empty_ids_are_refused(make: object) -> None:
    """An empty id would make another route."""
    with pytest.raises(InvalidArgumentError, match="not empty"):
        make()  # type: ignore[operator]


LISTS = [item for item in successes("GET", "/documents") if "docs" in item.json["data"]]


@pytest.mark.parametrize("recording", LISTS, ids=str)
def test_recorded_lists(recording: Recording) -> None:
    """Listed documents lose no field."""
    items, total = recording.reply().listing("docs")
    assert total == recording.json["data"]["total"]
    for wire, document in zip(
        recording.json["data"]["docs"], structure_many(items, DocumentData), strict=True
    ):
        assert_nothing_lost(wire, document)
        assert document.run == wire["run"]
        assert document.ended is (wire["run"] in ("DONE", "FAIL", "CANCEL"))


@pytest.mark.parametrize("recording", successes("POST", "/documents"), ids=str)
def test_recorded_uploads(recording: Recording) -> None:
    """Uploaded documents lose no field."""
    stored = structure_many(recording.reply().data, DocumentData)
    for wire, document in zip(recording.json["data"], stored, strict=True):
        assert_nothing_lost(wire, document)
        assert document.run == "UNSTART"
        assert not document.ended


UPDATES = [
    item
    for item in [*successes("PUT", ""), *successes("PATCH", "")]
    if "document" in item.operation and isinstance(item.json.get("data"), dict)
]


@pytest.mark.parametrize("recording", UPDATES, ids=str)
def test_recorded_updates(recording: Recording) -> None:
    """Updated documents lose no field."""
    document = structure(recording.reply().data, DocumentData)
    assert_nothing_lost(recording.json["data"], document)
