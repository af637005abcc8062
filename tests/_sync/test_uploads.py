# Generated from tests/_async/test_uploads.py by tools/generate_sync.py. Do not edit.
"""Uploads: any kind of file, many at once, and what happens when some are refused."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from ragflow import (
    ConnectionFailedError,
    DataSet,
    Document,
    InvalidArgumentError,
    InvalidRequestError,
    PartialUploadError,
    RAGFlow,
    ServerError,
    UploadProgress,
)
from scripted import Script

Connect = Callable[..., RAGFlow]
EXE = ("program.exe", b"MZ")


def dataset_of(client: RAGFlow) -> DataSet:
    """A dataset on a scripted server."""
    return client.bind(DataSet(id="d"))


def names_in(request: httpx.Request) -> list[str]:
    """The file names of an upload's form."""
    return re.findall(r'filename="([^"]*)"', request.content.decode())


def stores(request: httpx.Request) -> Any:
    """A server that stores every file under its name."""
    return [{"id": f"id-{name}", "name": name} for name in names_in(request)]


def test_every_kind_of_file(dataset: DataSet, tmp_path: Path) -> None:
    """Paths, open files, pairs and dicts of bytes, texts, paths and files become documents."""
    for name in ("path.txt", "text-path.txt", "open.txt", "content.txt"):
        (tmp_path / name).write_bytes(b"from disk")
    with (tmp_path / "open.txt").open("rb") as file:
        documents = dataset.upload_documents(
            [
                tmp_path / "path.txt",
                str(tmp_path / "text-path.txt"),
                file,
                ("bytes.txt", b"from memory"),
                ("text.txt", "Grüße"),
                ("stream.txt", io.BytesIO(b"from memory")),
                ("other-name.txt", tmp_path / "content.txt"),
                {"name": "dict.txt", "blob": b"from memory"},
                {"display_name": "shown.txt", "blob": "from memory"},
                {"name": "/some/where/base.txt", "blob": bytearray(b"from memory")},
            ]
        )
        assert not file.closed
    assert [document.name for document in documents] == [
        "path.txt",
        "text-path.txt",
        "open.txt",
        "bytes.txt",
        "text.txt",
        "stream.txt",
        "other-name.txt",
        "dict.txt",
        "shown.txt",
        "base.txt",
    ]
    contents = [document.download() for document in documents]
    disk, memory = b"from disk", b"from memory"
    assert contents == [disk] * 3 + [memory, "Grüße".encode(), memory, disk] + [memory] * 3


def test_one_file_needs_no_list(dataset: DataSet, tmp_path: Path) -> None:
    """A single path or dict is taken for a list of one."""
    (tmp_path / "a.txt").write_text("a")
    assert [d.name for d in dataset.upload_documents(tmp_path / "a.txt")] == ["a.txt"]
    assert [d.name for d in dataset.upload_documents(str(tmp_path / "a.txt"))] == ["a(1).txt"]
    uploaded = dataset.upload_documents({"name": "b.txt", "blob": "b"})
    assert (uploaded[0].name, uploaded[0].run, uploaded[0].dataset_id) == (
        "b.txt",
        "UNSTART",
        dataset.id,
    )


def test_a_big_file(dataset: DataSet, tmp_path: Path) -> None:
    """A file of many pieces arrives whole, with others beside it."""
    big = tmp_path / "big.txt"
    line = b"0123456789abcdef" * 63 + b"the end of a KiB"
    big.write_bytes(line * 12_288)
    seen: list[UploadProgress] = []
    documents = dataset.upload_documents([("small.txt", "s"), big], on_progress=seen.append)
    assert [document.size for document in documents] == [1, 12 << 20]
    assert documents[1].download() == big.read_bytes()
    assert [(step.files_done, step.files_total) for step in seen] == [(1, 2), (2, 2)]
    assert (seen[-1].bytes_done, seen[-1].bytes_total) == ((12 << 20) + 1, (12 << 20) + 1)


def test_many_small_files_travel_together(connect: Connect) -> None:
    """Forms hold 32 files; the documents come back in the order of the files."""
    script = Script(stores)
    files = [(f"{number}.txt", b"x") for number in range(70)]
    documents = dataset_of(connect(script)).upload_documents(files, concurrency=3)
    assert [document.name for document in documents] == [name for name, _ in files]
    assert sorted(len(names_in(request)) for request in script.sent) == [6, 32, 32]
    for request in script.sent:
        assert int(request.headers["content-length"]) == len(request.content)


@pytest.mark.parametrize(
    "files",
    [
        [],
        [5],
        5,
        b"bytes without a name",
        ["no such file"],
        [{"name": "a.txt"}],
        [{"blob": b"a"}],
        [("a.txt", 5)],
        [("", b"a")],
        [("a\n.txt", b"a")],
        [("ä" * 130 + ".txt", b"a")],
        [io.BytesIO(b"without a name")],
        [("text.txt", io.StringIO("opened as text"))],
    ],
)
def test_refused_before_sending(connect: Connect, files: Any) -> None:
    """What is not a file is an error, and the good ones beside it are not sent either."""
    script = Script(stores)
    with pytest.raises(InvalidArgumentError):
        dataset_of(connect(script)).upload_documents(files)
    assert script.sent == []


def test_a_folder_is_no_file(connect: Connect, tmp_path: Path) -> None:
    """The error says what is wrong with the path."""
    script = Script(stores)
    with pytest.raises(InvalidArgumentError, match="is not a file"):
        dataset_of(connect(script)).upload_documents([("good.txt", b"a"), tmp_path])
    assert script.sent == []


def test_partial_upload(dataset: DataSet) -> None:
    """Where some files of a form are refused, the error tells which are stored and which not.

    Older servers do not tell: the client looks what is new in the dataset.
    """
    dataset.upload_documents([("a.txt", b"a")])
    with pytest.raises(PartialUploadError) as partial:
        dataset.upload_documents([("a.txt", b"b"), EXE, ("c.txt", b"c")])
    assert [document.name for document in partial.value.stored] == ["a(1).txt", "c.txt"]
    assert partial.value.failed == ["program.exe"]
    assert "1 of 3 files" in str(partial.value)
    stored = partial.value.stored[0]
    assert isinstance(stored, Document)
    assert stored.download() == b"b"


def test_nothing_stored(dataset: DataSet) -> None:
    """Where no file is stored the server's own words are raised."""
    for files in ([EXE], [EXE, EXE]):
        with pytest.raises(ServerError, match=r"program\.exe") as refusal:
            dataset.upload_documents(files)
        assert refusal.value.code == 500
    assert dataset.list_documents() == []


def test_a_failed_form_keeps_no_other_back(connect: Connect) -> None:
    """A form that fails leaves the others to be sent; the error knows both."""

    def answer(request: httpx.Request) -> Any:
        names = names_in(request)
        if "40.txt" in names:
            return httpx.ConnectError("gone")
        return [{"id": name, "name": name, "size": 1} for name in names]

    script = Script(answer)
    files = [(f"{number}.txt", b"x") for number in range(70)]
    client = connect(script, max_retries=0)
    seen: list[UploadProgress] = []
    with pytest.raises(PartialUploadError) as partial:
        dataset_of(client).upload_documents(files, on_progress=seen.append)
    assert len(partial.value.stored) == 38
    assert partial.value.failed == [f"{number}.txt" for number in range(32, 64)]
    assert isinstance(partial.value.__cause__, ConnectionFailedError)
    assert seen[-1].files_done == 70


def test_all_forms_fail(connect: Connect) -> None:
    """Where nothing is stored the reason itself is raised."""
    refusal = {"code": 101, "message": "no"}
    files = [(f"{number}.txt", b"x") for number in range(40)]
    with pytest.raises(InvalidRequestError, match="no"):
        dataset_of(connect(Script(refusal))).upload_documents(files)


def test_stored_files_are_told_by_name_size_and_time(connect: Connect) -> None:
    """An older file of the same name and size is not taken for the new one."""
    listed = {
        "docs": [
            {"id": "new", "name": "a(1).txt", "size": 1, "create_time": 1_000_000},
            {"id": "old", "name": "b.txt", "size": 1, "create_time": 900_000},
        ],
        "total": 2,
    }
    script = Script({"code": 500, "message": "b.txt: no"}, listed)
    dataset = dataset_of(connect(script, "0.22.1"))
    with pytest.raises(PartialUploadError) as partial:
        dataset.upload_documents([("a.txt", b"x"), ("b.txt", b"x")])
    assert [document.id for document in partial.value.stored] == ["new"]
    assert partial.value.failed == ["b.txt"]


def test_create_document(client: RAGFlow, dataset: DataSet) -> None:
    """The client uploads one file too, into a dataset or by the dataset's id."""
    first = client.create_document(dataset, name="a.txt", blob="a")
    second = client.create_document(dataset.id, "b.txt", io.BytesIO(b"b"))
    assert (first.name, second.name, first.dataset_id) == ("a.txt", "b.txt", dataset.id)
    with pytest.raises(InvalidArgumentError):
        client.create_document("", "c.txt", b"c")
