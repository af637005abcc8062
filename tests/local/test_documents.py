"""Documents over HTTP: upload, list, update, download, delete."""

from __future__ import annotations

import zlib

import pytest

from local.harness import OTHER_KEY, serve

BOTH = pytest.mark.parametrize("version", ["0.22.1", "0.27.0"])
NOBODY = "00000000000011f0aaaa000000000000"


def png(data: bytes = b"x", *, cut: int = 0) -> bytes:
    """A file with the outer form of a PNG; ``cut`` takes bytes off its end."""
    blob = b"\x89PNG\r\n\x1a\n"
    for kind, content in ((b"IHDR", bytes(13)), (b"IDAT", data), (b"IEND", b"")):
        blob += len(content).to_bytes(4, "big") + kind + content
        blob += zlib.crc32(kind + content).to_bytes(4, "big")
    return blob[: len(blob) - cut]


@BOTH
async def test_upload_and_download(version: str) -> None:
    """Files of several pieces come back as they were, under their names."""
    big = bytes(range(256)) * 10_000
    async with serve(version) as api:
        dataset = await api.dataset()
        (id,) = await api.upload(dataset, ("big ☃.txt", big))
        response = await api.client.get(f"/api/v1/datasets/{dataset}/documents/{id}")
        assert response.content == big
        assert response.headers["content-length"] == str(len(big))
        raw = dict(response.headers.raw)
        assert raw[b"content-disposition"] == 'attachment; filename="big ☃.txt"'.encode()
        head = await api.client.head(f"/api/v1/datasets/{dataset}/documents/{id}")
        assert (head.content, head.headers["content-length"]) == (b"", str(len(big)))


async def test_download_types() -> None:
    """Older servers call everything a stream of octets, newer ones look at the name."""
    for version, kind in (("0.22.1", "application/octet-stream"), ("0.27.0", "application/json")):
        async with serve(version) as api:
            dataset = await api.dataset()
            (id,) = await api.upload(dataset, ("a.json", "{}"))
            response = await api.client.get(f"/api/v1/datasets/{dataset}/documents/{id}")
            assert response.headers["content-type"] == kind


@BOTH
async def test_refused_downloads(version: str) -> None:
    """Empty and unknown files are errors in an envelope."""
    async with serve(version) as api:
        dataset = await api.dataset()
        (id,) = await api.upload(dataset, ("a.txt", b""))
        assert await api.code("GET", f"/datasets/{dataset}/documents/{id}") == 102
        assert await api.code("GET", f"/datasets/{dataset}/documents/{NOBODY}") == 102


async def test_download_without_dataset() -> None:
    """Newer servers find a document without its dataset, but not for strangers."""
    async with serve() as api:
        dataset = await api.dataset()
        (id,) = await api.upload(dataset, ("a.txt", "x"))
        assert (await api.client.get(f"/api/v1/documents/{id}")).text == "x"
        assert await api.code("GET", f"/documents/{NOBODY}") == 102
        stranger = {"Authorization": f"Bearer {OTHER_KEY}"}
        assert await api.code("GET", f"/documents/{id}", headers=stranger) == 102


@BOTH
async def test_repeated_names(version: str) -> None:
    """Repeated names get numbers before the extension, also within one form."""
    async with serve(version) as api:
        dataset = await api.dataset()
        ids = await api.upload(dataset, ("a.txt", "1"), ("A.txt", "2"), ("a.txt", "3"))
        assert [(await api.document(dataset, id))["name"] for id in ids] == [
            "a.txt",
            "A(1).txt",
            "a(2).txt",
        ]


@pytest.mark.parametrize(("version", "listed"), [("0.22.1", False), ("0.27.0", True)])
async def test_partial_upload(version: str, listed: bool) -> None:
    """Good files of a form are stored although a bad one makes it an error."""
    async with serve(version) as api:
        dataset = await api.dataset()
        parts = [("file", ("a.txt", b"x")), ("file", ("a.exe", b"x")), ("file", ("noext", b"x"))]
        body = await api.call("POST", f"/datasets/{dataset}/documents", files=parts)
        assert body["code"] == 500
        assert body["message"].count("\n") == 1
        assert ("data" in body) is listed
        assert (await api.data("GET", f"/datasets/{dataset}/documents"))["total"] == 1


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("whole.png", png(), 0),
        ("wrong.png", png().replace(b"IDATx", b"IDATy"), 500),
        ("cut.png", png(cut=12), 500),
        ("cut.png", png(cut=1), 500),
        ("not.jpg", b"text", 500),
        ("not.bmp.tif", b"text", 0),
    ],
)
async def test_images(name: str, content: bytes, code: int) -> None:
    """The older server refuses images it cannot read."""
    async with serve("0.22.1") as api:
        dataset = await api.dataset()
        path = f"/datasets/{dataset}/documents"
        assert await api.code("POST", path, files=[("file", (name, content))]) == code


@pytest.mark.parametrize(
    ("name", "kind", "method"),
    [
        ("a.pdf", "pdf", "naive"),
        ("a.MP3", "aural", "audio"),
        ("a.pptx", "doc", "presentation"),
        ("a.eml", "doc", "email"),
        ("a.webp", "visual", "picture"),
    ],
)
async def test_types(name: str, kind: str, method: str) -> None:
    """The extension decides the type and, for some, the chunk method."""
    async with serve() as api:
        dataset = await api.dataset()
        (id,) = await api.upload(dataset, (name, "x"))
        document = await api.document(dataset, id)
        assert (document["type"], document["chunk_method"]) == (kind, method)


@BOTH
async def test_refused_forms(version: str) -> None:
    """Forms without files, with nameless or badly named ones, and broken forms are refused."""
    async with serve(version) as api:
        dataset = await api.dataset()
        path = f"/datasets/{dataset}/documents"
        assert await api.code("POST", path, files=[("other", ("a.txt", b"x"))]) == 101
        assert await api.code("POST", path, files=[("file", ("a" * 252 + ".txt", b"x"))]) == 101
        assert await api.code("POST", path, files=[("file", ("é" * 125 + ".txt", b"x"))]) == 0
        headers = {"Content-Type": "multipart/form-data"}
        assert await api.code("POST", path, content=b"x", headers=headers) == 101
        assert await api.code("POST", path, content=b"x") == 101


async def test_upload_kinds() -> None:
    """What newer servers can fetch or invent is not faked."""
    async with serve() as api:
        dataset = await api.dataset()
        path = f"/datasets/{dataset}/documents?type=web"
        assert await api.code("POST", path, files=[("file", ("a.txt", b"x"))]) == 101


async def test_upload_into_a_vanished_dataset(monkeypatch: pytest.MonkeyPatch) -> None:
    """A dataset that goes away during the upload takes no files."""
    async with serve() as api:
        dataset = await api.dataset()
        target = api.services.store.datasets.get(dataset)
        await api.data("DELETE", "/datasets", {"ids": [dataset]})
        monkeypatch.setattr(type(api.services.store.datasets), "get", lambda *_: target)
        path = f"/datasets/{dataset}/documents"
        assert await api.code("POST", path, files=[("file", ("a.txt", b"x"))]) == 500


@BOTH
async def test_listing(version: str) -> None:
    """Lists are narrowed by every filter, ordered and paged."""
    async with serve(version) as api:
        dataset = await api.dataset()
        first, second = await api.upload(dataset, ("One.txt", "1"), ("two.md", "22"))
        await api.parse(dataset, [second])
        path = f"/datasets/{dataset}/documents"

        async def names(query: str) -> list[str]:
            return [item["name"] for item in (await api.data("GET", f"{path}?{query}"))["docs"]]

        assert await names("desc=False") == ["One.txt", "two.md"]
        assert await names("orderby=name&desc=false") == ["One.txt", "two.md"]
        assert await names("keywords=ON") == ["One.txt"]
        assert await names(f"id={first}") == ["One.txt"]
        assert await names("name=two.md") == ["two.md"]
        assert await names("suffix=md&suffix=txt") == ["two.md", "One.txt"]
        assert await names("run=DONE") == await names("run=3") == ["two.md"]
        assert await names("page=2&page_size=1") == ["One.txt"]
        assert await names("create_time_from=99999999999999") == []
        assert await names("create_time_to=1") == []
        assert await names(f"id={first}&run=DONE") == []
        assert await api.code("GET", f"{path}?create_time_to=x") == 100
        assert await api.code("GET", f"{path}?id={NOBODY}") == 102


async def test_older_orders() -> None:
    """Older lists are ordered by any column, dates included."""
    async with serve("0.22.1") as api:
        dataset = await api.dataset()
        for column in ("size", "create_date", "run"):
            assert await api.code("GET", f"/datasets/{dataset}/documents?orderby={column}") == 0


async def test_newer_filters() -> None:
    """Newer lists are narrowed by types, several ids and metadata, too."""
    async with serve() as api:
        dataset = await api.dataset()
        first, second = await api.upload(dataset, ("a.txt", "1"), ("b.pdf", "2"))
        path = f"/datasets/{dataset}/documents"
        await api.data("PATCH", f"{path}/{first}", {"meta_fields": {"author": "Ann"}})

        async def ids(query: str) -> list[str]:
            return [item["id"] for item in (await api.data("GET", f"{path}?{query}"))["docs"]]

        assert await ids("types=pdf") == [second]
        assert await ids(f"ids={first}&ids={second}&run_status=UNSTART") == [second, first]
        condition = '{"conditions":[{"name":"author","comparison_operator":"is","value":"%s"}]}'
        assert await ids(f"metadata_condition={condition % 'ann'}") == [first]
        assert await ids(f"metadata_condition={condition % 'bob'}") == []
        assert await ids(f"ids={second}&metadata_condition={condition % 'ann'}") == []


@BOTH
async def test_updates(version: str) -> None:
    """A document is renamed, described and reconfigured."""
    async with serve(version) as api:
        dataset, id = await api.filled()
        await api.upload(dataset, ("b.txt", "x"))
        path = f"/datasets/{dataset}/documents/{id}"
        renamed = await api.data("PUT", path, {"name": "c.txt", "meta_fields": {"a": 1}})
        assert (renamed["name"], renamed["location"]) == ("c.txt", "a.txt")
        assert (await api.document(dataset, id))["meta_fields"] == {"a": 1}
        config = (await api.data("PUT", path, {"parser_config": {"delimiter": "x"}}))[
            "parser_config"
        ]
        assert (config["delimiter"], config["chunk_token_num"]) == ("x", 16)
        assert await api.code("PUT", path, {"name": "b.txt"}) == 102
        assert await api.code("PUT", path, {"name": "é" * 130 + ".txt"}) == 101
        assert await api.code("PUT", path, {"chunk_method": "nope"}) == 102
        assert await api.code("PUT", path, {"parser_config": "x"}) == 102
        assert await api.code("PUT", path, {"progress": 0.5}) == 102
        assert await api.code("PUT", path, {"token_count": 1}) == 102
        assert await api.code("PUT", path, {"name": "c.txt", "chunk_method": "naive"}) == 0
        assert await api.code("PUT", f"/datasets/{dataset}/documents/{NOBODY}", {}) == 102


@BOTH
async def test_another_method_begins_anew(version: str) -> None:
    """Another chunk method drops the chunks and resets the configuration."""
    async with serve(version) as api:
        dataset, id = await api.filled()
        changed = await api.data(
            "PUT", f"/datasets/{dataset}/documents/{id}", {"chunk_method": "manual"}
        )
        assert (changed["run"], changed["chunk_count"], changed["progress"]) == ("UNSTART", 0, 0)
        assert changed["parser_config"]["raptor"] == {"use_raptor": False}
        (kept,) = await api.data("GET", f"/datasets?id={dataset}")
        assert (kept["chunk_count"], kept["token_num"]) == (0, 0)


@BOTH
async def test_images_keep_their_method(version: str) -> None:
    """Images and presentations have one chunk method only."""
    async with serve(version) as api:
        dataset = await api.dataset()
        for name in ("a.webp", "a.ppt"):
            (id,) = await api.upload(dataset, (name, "x"))
            path = f"/datasets/{dataset}/documents/{id}"
            assert await api.code("PUT", path, {"chunk_method": "naive"}) == 102


async def test_switching_the_old_way() -> None:
    """The older server answers a switch with true, and stumbles over other values."""
    async with serve("0.22.1") as api:
        dataset, id = await api.filled()
        path = f"/datasets/{dataset}/documents/{id}"
        assert await api.data("PUT", path, {"enabled": 0}) is True
        assert (await api.document(dataset, id))["status"] == "0"
        assert await api.code("PUT", path, {"enabled": "x"}) == 100


async def test_switching_the_new_way() -> None:
    """The newer server wants 0 or 1 and answers with the document."""
    async with serve() as api:
        dataset, id = await api.filled()
        path = f"/datasets/{dataset}/documents/{id}"
        assert (await api.data("PATCH", path, {"enabled": 0}))["status"] == "0"
        assert await api.code("PATCH", path, {"enabled": 2}) == 102


async def test_deleting_the_old_way() -> None:
    """The older server skips unknown ids, tells repeated ones, and takes none for all."""
    async with serve("0.22.1") as api:
        dataset, other = await api.dataset("a"), await api.dataset("b")
        first, second, third = await api.upload(
            dataset, ("a.txt", ""), ("b.txt", ""), ("c.txt", "")
        )
        (foreign,) = await api.upload(other, ("a.txt", ""))
        path = f"/datasets/{dataset}/documents"
        assert await api.code("DELETE", path, {"ids": [first, NOBODY]}) == 102
        twice = await api.data("DELETE", path, {"ids": [second, second]})
        assert (twice["success_count"], len(twice["errors"])) == (1, 1)
        assert await api.code("DELETE", path, {"ids": [foreign]}) == 0
        assert [item["id"] for item in (await api.data("GET", path))["docs"]] == [third]
        assert await api.code("DELETE", path) == 0
        assert (await api.data("GET", path))["total"] == 0
        (kept,) = await api.data("GET", f"/datasets?id={other}")
        assert kept["document_count"] == 0


async def test_deleting_the_new_way() -> None:
    """The newer server deletes what it is told, all of it or nothing."""
    async with serve() as api:
        dataset, id = await api.filled()
        await api.upload(dataset, ("b.txt", ""))
        path = f"/datasets/{dataset}/documents"
        for body, code in (
            ({"ids": [id, NOBODY]}, 102),
            ({"ids": [id, id]}, 101),
            ({"ids": "x"}, 101),
            ({"ids": [id], "delete_all": True}, 102),
            ({}, 102),
        ):
            assert await api.code("DELETE", path, body) == code
        assert await api.data("DELETE", path, {"ids": [id]}) == {"deleted": 1}
        (kept,) = await api.data("GET", f"/datasets?id={dataset}")
        assert (kept["document_count"], kept["chunk_count"], kept["token_num"]) == (1, 0, 0)
        assert await api.data("DELETE", path, {"delete_all": True}) == {"deleted": 1}
