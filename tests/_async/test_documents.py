"""Documents: listed, changed, downloaded and deleted."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from ragflow import (
    AsyncDataSet,
    AsyncDocument,
    AsyncRAGFlow,
    ConnectionFailedError,
    InvalidArgumentError,
    InvalidRequestError,
    NotFoundError,
    ProtocolError,
)
from scripted import Pieces, Script, in_pages, stored

Connect = Callable[..., AsyncRAGFlow]
UNKNOWN = "f48fb254e6db11f1aeb502fc00000001"


def document_of(client: AsyncRAGFlow, **fields: Any) -> AsyncDocument:
    """A document on a scripted server."""
    return client.bind(AsyncDocument(id="x", dataset_id="d", name="a.json", **fields))


def file(*pieces: bytes, then: Exception | None = None) -> httpx.Response:
    """A download, which may break off."""
    headers = {"content-type": "application/json", "content-disposition": "attachment"}
    return httpx.Response(200, headers=headers, stream=Pieces(*pieces, then=then))


@pytest.fixture
async def filled(dataset: AsyncDataSet) -> AsyncDataSet:
    """A dataset with five files, the oldest first."""
    for number in range(5):
        await dataset.upload_documents([(f"{number}.{'md' if number % 2 else 'txt'}", str(number))])
    return dataset


async def test_windows(filled: AsyncDataSet) -> None:
    """Offset and limit cut out any part of the list; -1 and None have no end."""

    async def shown(**window: Any) -> str:
        page = await filled.list_documents(desc=False, **window)
        assert page.total == 5
        return "".join(document.name[0] for document in page)

    assert await shown() == "01234"
    assert await shown(limit=-1) == await shown(limit=None) == "01234"
    assert await shown(offset=3) == "34"
    assert await shown(offset=1, limit=2) == "12"
    assert await shown(offset=2, limit=2) == "23"
    assert await shown(offset=1, limit=-1) == "1234"
    assert await shown(offset=9) == ""
    assert await shown(page=2, page_size=2) == "23"
    assert await shown(page=1) == "01234"


async def test_filters(filled: AsyncDataSet) -> None:
    """Documents are found by id, name, a part of the name, suffix and state."""

    async def shown(**filters: Any) -> set[str]:
        return {document.name for document in await filled.list_documents(**filters)}

    (first,) = await filled.list_documents(name="0.txt")
    assert await shown(id=first.id) == {"0.txt"}
    assert await shown(keywords="md") == {"1.md", "3.md"}
    assert await shown(suffix=["md"]) == {"1.md", "3.md"}
    assert await shown(run=["DONE"]) == set()
    assert len(await shown(run=["UNSTART", "FAIL"])) == 5
    assert await shown(id=UNKNOWN) == await shown(name="none.txt") == set()


async def test_order(filled: AsyncDataSet) -> None:
    """Newest first, or the other way round; by either spelling of the order."""

    async def shown(**order: Any) -> str:
        return "".join(document.name[0] for document in await filled.list_documents(**order))

    assert await shown() == "43210"
    await (await filled.get_document(name="1.md")).update({"meta_fields": {"a": "b"}})
    assert (await shown(order_by="update_time"))[0] == "1"
    assert (await shown(orderby="update_time", desc=False))[-1] == "1"


async def test_iterate(filled: AsyncDataSet) -> None:
    """Iteration goes from the oldest to the newest."""
    assert [d.name[0] async for d in filled.iter_documents()] == list("01234")
    assert [d.name[0] async for d in filled.iter_documents(keywords="txt", desc=True)] == list(
        "420"
    )


async def test_get(filled: AsyncDataSet) -> None:
    """One document by id or name, or a clear error."""
    found = await filled.get_document(name="3.md")
    assert (await filled.get_document(found.id)).name == "3.md"
    with pytest.raises(NotFoundError, match=r"none\.txt.*in dataset"):
        await filled.get_document(name="none.txt")
    for clues in ({}, {"id": "1", "name": "n"}):
        with pytest.raises(InvalidArgumentError):
            await filled.get_document(**clues)


async def test_unknown_dataset(async_client: AsyncRAGFlow) -> None:
    """A list of nothing is not a list of an unknown dataset's documents."""
    with pytest.raises(InvalidRequestError) as refusal:
        await async_client.bind(AsyncDataSet(id=UNKNOWN)).list_documents()
    assert refusal.value.path == f"/datasets/{UNKNOWN}/documents"


async def test_window_over_many_pages(connect: Connect) -> None:
    """A window over servers' pages asks for the pages that it needs, and for no more."""
    client = connect(script := Script(in_pages("docs", [{"id": str(n)} for n in range(450)])))
    dataset = client.bind(AsyncDataSet(id="d"))
    window = await dataset.list_documents(offset=150, limit=200)
    assert [document.id for document in window] == [str(n) for n in range(150, 350)]
    assert window.total == 450
    assert [query["page"] for query in script.queries] == ["2", "3", "4"]
    with pytest.raises(InvalidArgumentError):
        await dataset.list_documents(offset=-1)
    with pytest.raises(InvalidArgumentError):
        await dataset.list_documents(limit=-2)


async def test_update(filled: AsyncDataSet) -> None:
    """Every field that can be changed is changed here and on the server."""
    document = await filled.get_document(name="1.md")
    await document.update(
        {"name": "one.md", "meta_fields": {"author": "me"}, "parse_method": "manual"}
    )
    await document.update([{"parser_config": {"raptor": {"use_raptor": False}}, "enabled": False}])
    again = await filled.get_document(document.id)
    for each in (document, again):
        assert (each.name, each.chunk_method) == ("one.md", "manual")
    assert again.meta_fields == {"author": "me"}
    assert again.status == "0"


async def test_update_refused(filled: AsyncDataSet) -> None:
    """The server's reasons come as they are, what cannot be changed is not sent."""
    document = await filled.get_document(name="1.md")
    with pytest.raises(InvalidRequestError) as refusal:
        await document.update({"name": "one.txt"})
    assert refusal.value.code == 101
    with pytest.raises(InvalidArgumentError, match="progress"):
        await document.update({"progress": 1.0})
    assert document.name == "1.md"


async def test_download(dataset: AsyncDataSet, tmp_path: Path) -> None:
    """Bytes come back as they went, to memory, to a file, or into a folder."""
    content = b"\xef\xbb\xbf\x00\r\n" + bytes(range(256)) * 9000
    (document,) = await dataset.upload_documents([("ünï ☃.txt", content)])
    assert await document.download() == content
    assert await document.download_to(tmp_path / "copy.bin") == tmp_path / "copy.bin"
    assert await document.download_to(str(tmp_path)) == tmp_path / "ünï ☃.txt"
    assert (tmp_path / "copy.bin").read_bytes() == content
    assert (tmp_path / "ünï ☃.txt").read_bytes() == content
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy.bin", "ünï ☃.txt"]


async def test_download_of_what_looks_like_an_error(dataset: AsyncDataSet, tmp_path: Path) -> None:
    """A stored envelope is a file like any other, whatever content type servers give it."""
    content = json.dumps({"code": 102, "message": "not an error", "data": None}).encode()
    (document,) = await dataset.upload_documents([("envelope.json", content)])
    assert await document.download() == content
    path = await document.download_to(tmp_path / "envelope.json")
    assert path.read_bytes() == content


async def test_an_error_is_never_saved(dataset: AsyncDataSet, tmp_path: Path) -> None:
    """A document that is gone is an error, and no file; an older file stays as it was."""
    (document,) = await dataset.upload_documents([("a.txt", b"abc")])
    await dataset.delete_documents(document)
    (tmp_path / "old.txt").write_bytes(b"old")
    for path in (tmp_path / "new.txt", tmp_path / "old.txt"):
        with pytest.raises(NotFoundError):
            await document.download_to(path)
    assert [path.name for path in tmp_path.iterdir()] == ["old.txt"]
    assert (tmp_path / "old.txt").read_bytes() == b"old"


async def test_empty_file(dataset: AsyncDataSet, tmp_path: Path) -> None:
    """Servers refuse to give out an empty file; the client finds out that it is one."""
    (document,) = await dataset.upload_documents([("empty.txt", b"")])
    assert await document.download() == b""
    assert (await document.download_to(tmp_path / "empty.txt")).read_bytes() == b""
    await dataset.delete_documents(document)
    with pytest.raises(NotFoundError):
        await document.download()


async def test_download_by_ids(async_client: AsyncRAGFlow, dataset: AsyncDataSet) -> None:
    """A document made by hand from ids can be downloaded, and one that is not there cannot."""
    (document,) = await dataset.upload_documents([("a.txt", b"abc")])
    by_hand = AsyncDocument(id=document.id, dataset_id=dataset.id)
    assert await async_client.bind(by_hand).download() == b"abc"
    unknown = AsyncDocument(id=UNKNOWN, dataset_id=dataset.id)
    with pytest.raises(NotFoundError):
        await async_client.bind(unknown).download()


async def test_interrupted_download(connect: Connect, tmp_path: Path) -> None:
    """A download that breaks off leaves nothing behind."""
    answer = file(b"half of", then=httpx.ReadError("gone"))
    document = document_of(connect(Script(answer), max_retries=0), size=20)
    with pytest.raises(ConnectionFailedError):
        await document.download_to(tmp_path / "a.json")
    assert list(tmp_path.iterdir()) == []


async def test_something_else_instead_of_a_file(connect: Connect, tmp_path: Path) -> None:
    """A good envelope without a file is not a file."""
    document = document_of(connect(Script({"odd": 1})), size=20)
    with pytest.raises(ProtocolError, match=r"a\.json"):
        await document.download_to(tmp_path / "a.json")
    assert list(tmp_path.iterdir()) == []


async def test_download_into_no_folder(connect: Connect, tmp_path: Path) -> None:
    """A folder that does not exist is the system's own error, before anything is sent."""
    script = Script(file(b"{}"))
    with pytest.raises(FileNotFoundError):
        await document_of(connect(script)).download_to(tmp_path / "none" / "a.json")
    assert script.sent == []


async def test_delete(filled: AsyncDataSet) -> None:
    """Documents are deleted by id or as objects, one or many."""
    first, second, third, *others = await filled.list_documents(desc=False)
    await filled.delete_documents(first)
    await filled.delete_documents([second, third.id, third])
    assert {d.id for d in await filled.list_documents()} == {d.id for d in others}
    assert await filled.delete_all_documents() == 2
    assert await filled.list_documents() == []


@pytest.mark.parametrize("nothing", [None, "", [], [""], ()])
async def test_nothing_is_not_everything(connect: Connect, nothing: Any) -> None:
    """Calls about documents send nothing when none is named."""
    script = Script({})
    dataset = connect(script).bind(AsyncDataSet(id="d"))
    for call in (
        dataset.delete_documents,
        dataset.async_parse_documents,
        dataset.async_cancel_parse_documents,
        dataset.parse_documents,
    ):
        with pytest.raises(InvalidArgumentError):
            await call(nothing)
    assert script.sent == []


async def test_delete_unknown(filled: AsyncDataSet) -> None:
    """An unknown id is an error; newer servers have deleted nothing then."""
    known = await filled.get_document(name="0.txt")
    with pytest.raises(InvalidRequestError) as refusal:
        await filled.delete_documents([known.id, UNKNOWN])
    assert refusal.value.code == 102


async def test_delete_all_in_batches(connect: Connect) -> None:
    """All documents are listed first and then deleted by id, a hundred at a time."""
    ids = [str(n) for n in range(201)]
    batches: list[list[str]] = []
    script = Script(stored("docs", ids, batches))
    dataset = connect(script).bind(AsyncDataSet(id="d"))
    assert await dataset.delete_all_documents() == 201
    assert [len(batch) for batch in batches] == [100, 100, 1]
    assert {id for batch in batches for id in batch} == set(ids)
