"""Files behind addresses: found, read, and no credential kept."""

from __future__ import annotations

import builtins
import functools
import secrets
import threading
import zipfile
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import fsspec
import pytest

from ragflow.errors import ConfigurationError, InvalidArgumentError
from ragflow.ingest.addresses import address
from ragflow.ingest.items import Found, Row, Unreadable
from ragflow.ingest.patterns import rules
from ragflow.ingest.reading import SMALL, Prepared, changed_since, prepare
from ragflow.ingest.remote import remote
from ragflow.ingest.sources import scan


def found(source: object, **chosen: Any) -> list[Found]:
    """The files that a scan finds; there is nothing that cannot be read."""
    items = list(scan(source, rules(**chosen)))
    assert all(isinstance(item, Found) for item in items), items
    return [item for item in items if isinstance(item, Found)]


def read(item: Found) -> Prepared:
    """A file as it is prepared for a form."""
    row = Row(1, item.path, item.root, "a.txt", item.size, item.stamp, found=item)
    return prepare([row])[0]


def sent(item: Found) -> bytes:
    """The bytes that a form would carry."""
    prepared = read(item)
    assert prepared.problem == ""
    assert prepared.part is not None
    return b"".join(prepared.part.pieces())


@pytest.fixture
def memory() -> Iterator[str]:
    """The address of a folder in memory."""
    folder = f"memory://{secrets.token_hex(4)}"
    fs, base = fsspec.url_to_fs(folder)
    for path in ("b.txt", "a/c.pdf", "a/.hidden", "a b/ä.txt"):
        fs.pipe(f"{base}/{path}", path.encode())
    yield folder
    fs.rm(base, recursive=True)


class Quiet(SimpleHTTPRequestHandler):
    """Serves a folder; HEAD of ``untold`` files tells no size."""

    def log_message(self, *_: object) -> None: ...

    def send_header(self, keyword: str, value: str) -> None:
        if keyword.lower() == "content-length" and "untold" in self.path:
            return
        super().send_header(keyword, value)


@pytest.fixture
def web(tmp_path: Path) -> Iterator[str]:
    """The address of a folder behind a web server."""
    server = ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Quiet, directory=str(tmp_path))
    )
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_folders_in_memory(memory: str) -> None:
    """Sorted, hidden ones left out, read back."""
    items = found(memory)
    assert [item.path for item in items] == ["a/c.pdf", "a b/ä.txt", "b.txt"]
    assert {item.root for item in items} == {memory}
    assert all(item.size == len(item.path.encode()) for item in items)
    assert all(item.stamp for item in items)
    assert all(sent(item) == item.path.encode() for item in items)
    assert [item.path for item in found(memory, exclude="a*/")] == ["b.txt"]


def test_single_files_and_globs(memory: str) -> None:
    """A file's root is its folder; a glob's what stands before the first wildcard."""
    (item,) = found(f"{memory}/a/c.pdf")
    assert (item.root, item.path) == (f"{memory}/a", "c.pdf")
    assert [(item.root, item.path) for item in found(f"{memory}/**/*.pdf")] == [(memory, "a/c.pdf")]
    assert found(f"{memory}/b.txt", exclude="*.txt") == []
    (missing,) = scan(f"{memory}/*.doc", rules())
    assert missing == Unreadable(memory, "*.doc", "no file matches")
    (missing,) = scan(f"{memory}/nope.txt", rules())
    assert missing == Unreadable(memory, "nope.txt", "no such file")


def test_changed_files_have_other_stamps(memory: str) -> None:
    """A later scan, or a look after the form was sent, sees a file that was written again."""
    fs, path = fsspec.url_to_fs(f"{memory}/large.bin")
    fs.pipe(path, b"x" * (SMALL + 1))
    (first,) = found(f"{memory}/large.bin")
    prepared = read(first)
    assert not changed_since(prepared)
    fs.pipe(path, b"y" * (SMALL + 1))
    (second,) = found(f"{memory}/large.bin")
    assert second.stamp != first.stamp
    assert changed_since(prepared)
    fs.rm(path)
    assert changed_since(prepared)
    assert read(second).problem == "it has vanished since it was found"


def test_archives(tmp_path: Path) -> None:
    """What is in an archive, and in the archive that took its place."""
    archive = tmp_path / "a.zip"
    for text in ("one", "other"):
        with zipfile.ZipFile(archive, "w") as file:
            file.writestr("in/a.txt", text)
            file.writestr("b.txt", "b")
        items = found(f"zip://::{archive}")
        assert [(item.root, item.path) for item in items] == [
            (f"zip://::{archive}", "b.txt"),
            (f"zip://::{archive}", "in/a.txt"),
        ]
        assert [sent(item) for item in items] == [b"b", text.encode()]
    (item,) = found(f"zip://in/a.txt::{archive}")
    assert (item.root, item.path) == (f"zip://in::{archive}", "a.txt")
    assert [item.path for item in found(f"zip://*.txt::{archive}")] == ["b.txt"]
    (missing,) = scan(f"zip://::{tmp_path}/no.zip", rules())
    assert isinstance(missing, Unreadable)
    archive.write_text("no archive")
    (broken,) = scan(f"zip://::{archive}", rules())
    assert isinstance(broken, Unreadable)
    assert broken.reason == "it cannot be read (BadZipFile)"


def test_local_addresses(tmp_path: Path) -> None:
    """``file://`` is a local path."""
    (tmp_path / "a b.txt").write_text("x")
    (item,) = found((tmp_path / "a b.txt").as_uri())
    assert (item.root, item.path) == (str(tmp_path), "a b.txt")


def test_web_servers(tmp_path: Path, web: str) -> None:
    """A file, a folder's page with what it links to, and a size that nobody tells."""
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "ä b.txt").write_text("sub")
    (tmp_path / "a.txt").write_bytes(b"x" * (SMALL + 7))
    (tmp_path / "untold.txt").write_text("untold")
    items = found(f"{web}/")
    assert [(item.root, item.path, item.size) for item in items] == [
        (web, "a.txt", SMALL + 7),
        (web, "sub/ä b.txt", 3),
        (web, "untold.txt", 6),
    ]
    assert sent(items[0]) == b"x" * (SMALL + 7)
    assert sent(items[1]) == b"sub"
    assert sent(items[2]) == b"untold"
    assert [item.path for item in found(f"{web}/sub/*.txt")] == ["ä b.txt"]
    (item,) = found(f"{web}/sub/%C3%A4%20b.txt")
    assert (item.root, item.path) == (f"{web}/sub", "ä b.txt")
    (missing,) = scan(f"{web}/nope.txt", rules())
    assert missing == Unreadable(web, "nope.txt", "no such file")


def test_pages_link_to_other_things(tmp_path: Path, web: str) -> None:
    """What is above a folder, elsewhere, or the page itself sorted anew is not in it."""
    links = ["?C=N;O=D", "#top", "/other/x.txt", "http://example.org/y.txt", "a.txt", "%FF.txt"]
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "index.html").write_text("".join(f'<a href="{link}">x' for link in links))
    (tmp_path / "in" / "a.txt").write_text("x")
    items = list(scan(f"{web}/in/", rules()))
    assert [item.path for item in items] == ["%FF.txt", "a.txt"]
    assert isinstance(items[0], Unreadable)
    (missing,) = scan(f"{web}/nope/", rules())
    assert missing == Unreadable(f"{web}/nope", "", "no such file")


def test_strange_folders(memory: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is no file, a folder that fails, and one without end are told."""
    fs, base = fsspec.url_to_fs(memory)

    def listed(_: object, path: str, **__: object) -> list[dict[str, object]]:
        if path.endswith("fails"):
            raise OSError(5, "Input/output error")
        names = ["dev", "fails", "on"] if path == base else ["on"]
        kinds = {"dev": "other"}
        inner: list[dict[str, object]] = [
            {"name": f"{path}/{name}", "size": 0, "type": kinds.get(name, "directory")}
            for name in names
        ]
        return [{"name": f"{path}/", "size": 0, "type": "file"}, *inner]  # as object stores do

    monkeypatch.setattr(type(fs), "ls", listed)
    items = list(scan(memory, rules()))
    assert items[0] == Unreadable(memory, "dev", "not a regular file")
    assert items[1] == Unreadable(memory, "fails", "input/output error")
    assert items[2].path == "/".join(["on"] * 100)
    assert items[3:] == []
    assert list(scan(memory, rules(exclude=["on", "fails/", "dev"]))) == []


def test_files_whose_size_cannot_be_found(memory: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that fails when it is asked for is told alone, in words without its address."""
    fs, base = fsspec.url_to_fs(memory)

    def listed(_: object, path: str, **__: object) -> list[dict[str, object]]:
        return [{"name": f"{path}/b.txt", "size": None, "type": "file"}]

    def refused(*_: object, **__: object) -> None:
        raise RuntimeError(f"secret {base}")

    monkeypatch.setattr(type(fs), "ls", listed)
    info = type(fs).info
    monkeypatch.setattr(
        type(fs),
        "info",
        lambda self, path, **options: refused() if path != base else info(self, path, **options),
    )
    assert list(scan(memory, rules())) == [
        Unreadable(memory, "b.txt", "it cannot be read (RuntimeError)")
    ]


def test_bad_addresses_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file system that cannot be set up is one source's failure."""

    def failing(*_: object, **__: object) -> None:
        raise ValueError("bad port in s3://user:secret@bucket")

    monkeypatch.setattr("fsspec.core.url_to_fs", failing)
    (item,) = scan("s3://user:secret@bucket/a", rules())
    assert item == Unreadable("s3://bucket", "a", "it cannot be read (ValueError)")


def test_credentials_are_not_kept(tmp_path: Path, web: str) -> None:
    """Neither a user nor a query's token is in what the ledger records or a report says."""
    (tmp_path / "a.txt").write_text("x")
    host = web.removeprefix("http://")
    for url in (f"http://user:s3cret@{host}/a.txt?token=s3cret#s3cret", f"http://s3cret@{host}/"):
        (item,) = found(url)
        assert item.path == "a.txt"
        assert "s3cret" not in repr(item)
        assert "user" not in repr(item)
    for name in ("b.txt", "*.doc"):
        (missing,) = scan(f"http://user:s3cret@{host}/{name}?token=s3cret", rules())
        assert isinstance(missing, Unreadable)
        assert missing.path == name
        assert "s3cret" not in repr(missing)


@pytest.mark.parametrize(
    ("url", "root"),
    [
        ("s3://bucket/dir", "s3://bucket/dir"),
        ("s3://key:secret@bucket/dir/", "s3://bucket/dir"),
        ("sftp://user:pass@host:22/dir", "sftp://host:22/dir"),
        ("https://u:p%2Fq@host:80/dir/", "https://host:80/dir"),
        ("abfs://container@account.dfs.core.windows.net/d", None),
        ("github://org:repo@main/docs", None),
        ("zip://a@b:c::https://u:p@h/x.zip", "zip://a@b:c::https://h/x.zip"),
        ("simplecache::s3://k:s@bucket/x", "s3://bucket/x"),
    ],
)
def test_addresses(url: str, root: str | None) -> None:
    """Users go, what is part of a name stays."""
    assert address(url).root == (root or url)


def test_queries_keep_files_apart() -> None:
    """Two queries of one path are two files, in words that tell neither."""
    one, other = (address(f"https://h/get?id={number}") for number in (1, 2))
    assert one.split[1] == other.split[1] == "get"
    assert one.split[0] != other.split[0]
    assert one == address("https://user@h/get?id=1")


@pytest.mark.parametrize(
    "url", ["https://user:pa/ss@host/x", "s3://user:pa/ss@bucket/x", "https://user:1::pass@host/x"]
)
def test_passwords_that_cannot_be_told_are_refused(url: str) -> None:
    """A slash or colons in a password would leave a part of it in the path."""
    with pytest.raises(InvalidArgumentError, match="percent-encode") as caught:
        list(remote(url, rules()))
    assert "pa" not in str(caught.value).replace("password", "").replace("part", "")


def test_unknown_kinds_of_addresses() -> None:
    """They are the caller's mistake."""
    with pytest.raises(InvalidArgumentError, match="nosuch://"):
        list(scan("nosuch://a/b", rules()))


def test_missing_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without fsspec the error says what to install."""
    plain = builtins.__import__

    def without(name: str, *arguments: Any, **options: Any) -> Any:
        if name.startswith("fsspec"):
            raise ImportError(name)
        return plain(name, *arguments, **options)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ConfigurationError, match=r"pip install 'ragflow\[fsspec\]'"):
        list(scan("memory://a", rules()))


def test_missing_kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a kind of address needs besides fsspec is told in fsspec's words."""

    def missing(*_: object, **__: object) -> None:
        raise ImportError("Install s3fs to access S3")

    monkeypatch.setattr("fsspec.core.url_to_fs", missing)
    with pytest.raises(ConfigurationError, match="Install s3fs"):
        list(scan("s3://a/b", rules()))
