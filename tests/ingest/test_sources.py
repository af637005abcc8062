"""What can be ingested, and what is told of it that cannot be read."""

from __future__ import annotations

import io
import os
import socket
import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragflow.errors import InvalidArgumentError
from ragflow.ingest.items import Found, Unreadable
from ragflow.ingest.paths import escaped
from ragflow.ingest.patterns import rules
from ragflow.ingest.sources import expand, is_source, scan


def tree(folder: Path, *paths: str) -> Path:
    """Makes files that hold their own path."""
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(path)
    return folder


def found(source: object, **chosen: Any) -> list[str]:
    """The paths that a scan finds, and the reasons of those it cannot read."""
    return [
        item.path if isinstance(item, Found) else f"{item.path}: {item.reason}"
        for item in scan(source, rules(**chosen))
    ]


def only(source: object) -> Found:
    """The one file of a source."""
    (item,) = expand(source, rules())
    assert isinstance(item, Found)
    return item


def test_folders_are_read_in_order(tmp_path: Path) -> None:
    """Files and folders together by name, each folder in its place; hidden ones are left out."""
    tree(tmp_path, "b.txt", "a/z.txt", "a/b/c.txt", "c/x", "A", ".git/config", "a/.hidden")
    assert found(tmp_path) == ["A", "a/b/c.txt", "a/z.txt", "b.txt", "c/x"]
    assert found(str(tmp_path) + "/", include=".*") == ["a/.hidden"]


def test_local_files_are_described(tmp_path: Path) -> None:
    """Root and path, size, the time of the last change in ns, and where the bytes are."""
    path = tree(tmp_path, "a/b.txt") / "a" / "b.txt"
    os.utime(path, ns=(5, 1_700_000_000_123_456_789))
    stamp = "1700000000123456789"
    assert only(tmp_path) == Found(str(tmp_path), "a/b.txt", 7, stamp, str(path))
    assert only(str(path)) == Found(str(tmp_path / "a"), "b.txt", 7, stamp, str(path))
    assert only(("x/y.txt", path)) == Found("", "x/y.txt", 7, stamp, str(path))


def test_relative_paths_become_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A job that changes its folder still finds its files; ``..`` leads where the system says."""
    tree(tmp_path, "real/sub/a.txt", "real/b.txt")
    (tmp_path / "link").symlink_to("real/sub")
    monkeypatch.chdir(tmp_path)
    for source, root, path in [
        ("real/sub", "real/sub", "a.txt"),
        ("real/b.txt", "real", "b.txt"),
        ("link", "link", "a.txt"),
        ("link/../b.txt", "real", "b.txt"),
        ("real/*.txt", "real", "b.txt"),
    ]:
        item = only(source)
        assert (item.root, item.path) == (str(tmp_path / root), path)
        assert isinstance(item.content, str)
        assert Path(item.content).is_absolute()
        assert Path(item.content).is_file()
    assert only(("n", Path("real/b.txt"))).content == str(tmp_path / "real/b.txt")


def test_globs(tmp_path: Path) -> None:
    """Wildcards name files; the root is what stands before the first."""
    tree(tmp_path, "in/a.pdf", "in/b.txt", "in/sub/c.pdf", "in/sub/x/d.pdf", "other/e.pdf")
    assert found(f"{tmp_path}/in/*.pdf") == ["a.pdf"]
    assert found(f"{tmp_path}/in/**/*.pdf") == ["a.pdf", "sub/c.pdf", "sub/x/d.pdf"]
    assert found(f"{tmp_path}/*/*.pdf", exclude="other") == ["in/a.pdf"]
    assert found(f"{tmp_path}/in/s?b/") == ["sub/c.pdf", "sub/x/d.pdf"]
    assert found(f"{tmp_path}/i[n]/*.doc") == ["i[n]/*.doc: no file matches"]


def test_files_with_wildcards_in_their_names(tmp_path: Path) -> None:
    """A name that is there is that file, and a path object is never a glob."""
    tree(tmp_path, "a[1].txt", "a1.txt")
    assert found(f"{tmp_path}/a[1].txt") == ["a[1].txt"]
    assert found(tmp_path / "a*.txt") == ["a*.txt: no such file"]


def test_patterns_hold_for_all_sources(tmp_path: Path) -> None:
    """A single file and contents in memory are left out like those of a folder."""
    tree(tmp_path, "a.tmp", "b.txt", "old/c.txt")
    sources = [tmp_path, tmp_path / "a.tmp", ("d.tmp", b"x"), ("old/e.txt", b"x"), ("f.txt", "x")]
    assert found(sources, exclude=["*.tmp", "old"]) == ["b.txt", "f.txt"]
    assert found(sources, include="*.tmp") == ["a.tmp", "a.tmp", "d.tmp"]


def test_contents_in_memory() -> None:
    """Pairs, dicts and open files have no root and no stamp."""
    assert only(("a/b.txt", "ä")) == Found("", "a/b.txt", 2, "", "ä".encode())
    assert only(("/a", bytearray(b"x"))) == Found("", "a", 1, "", b"x")
    assert only({"name": "a", "blob": b"xyz"}) == Found("", "a", 3, "", b"xyz")
    assert only({"display_name": "a", "blob": memoryview(b"")}).content == b""
    assert only(("a", io.BytesIO(b"xyz"))).size == 3


def test_open_files_are_read_from_where_they_stood(tmp_path: Path) -> None:
    """Whatever moved them in between."""
    path = tree(tmp_path, "abc.txt") / "abc.txt"
    with path.open("rb") as file:
        file.seek(2)
        item = only(file)
        assert (item.root, item.path, item.size, item.stamp) == ("", "abc.txt", 5, "")
        content: Any = item.content
        for _ in range(2):
            content.seek(0)
            assert content.tell() == 0
            assert content.read() == b"c.txt"
        assert content.seek(-1, os.SEEK_END) == 4


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (b"bytes", r"\(name, bytes\) pair"),
        (io.BytesIO(), "no name"),
        (("a.txt", io.StringIO()), "binary mode"),
        (("a.txt", 5), "must be bytes"),
        (("a.txt", "b.txt"), "two paths"),
        ({"name": "a"}, "blob"),
        ({"blob": b""}, "name"),
        (5, "not int"),
        ([["a.txt"]], "not list"),
        ([None], "not NoneType"),
        ("", "empty path"),
        (("a", "\ud800"), "two paths"),
        ([("a", "\ud800")], "Unicode"),
    ],
)
def test_what_is_no_source_is_refused(source: object, words: str) -> None:
    """Mistakes of the caller say what to write instead."""
    with pytest.raises(InvalidArgumentError, match=words):
        list(scan(source, rules()))


def test_iterables_are_read_no_further_than_needed() -> None:
    """A source that nobody asked for is not made."""

    def endless() -> Iterator[tuple[str, bytes]]:
        for number in range(1000):
            assert number < 3
            yield f"{number}.txt", b"x"

    assert [item.path for item in islice(scan(endless(), rules()), 3)] == [
        "0.txt",
        "1.txt",
        "2.txt",
    ]


def test_one_source_or_many() -> None:
    """Pairs and open files are one source, though they can be iterated."""
    assert all(is_source(value) for value in ("a", Path("a"), ("a", b""), {}, io.BytesIO(), b""))
    assert not any(is_source(value) for value in (["a"], ("a", "b"), ("a",), iter([]), 5))
    assert found((Path("/nowhere/a"), Path("/nowhere/b"))) == ["a: no such file", "b: no such file"]


def test_what_is_missing_is_told(tmp_path: Path) -> None:
    """No such file, a link to nothing, a link to itself, no path at all."""
    tree(tmp_path, "a.txt")
    (tmp_path / "gone").symlink_to("nowhere")
    (tmp_path / "self").symlink_to("self")
    assert found(tmp_path) == [
        "a.txt",
        "gone: a symbolic link to nothing",
        "self: a loop of symbolic links",
    ]
    assert found(tmp_path, exclude=["gone", "self"]) == ["a.txt"]
    assert found(str(tmp_path / "nope.txt")) == ["nope.txt: no such file"]
    assert found(str(tmp_path / "a.txt/b.txt")) == ["b.txt: no such file"]
    assert found("a\0b") == ["a\0b: not a path"]
    assert found([("n.txt", tmp_path / "nope")]) == ["n.txt: no such file"]
    assert found([("n.txt", tmp_path)]) == ["n.txt: not a regular file, but a folder"]
    assert found("x" * 300) == [f"{'x' * 300}: file name too long"]


def test_folders_that_hold_themselves(tmp_path: Path) -> None:
    """They are told once and not entered; another way to a folder is no loop."""
    tree(tmp_path, "a/b/x.txt")
    (tmp_path / "a" / "b" / "up").symlink_to(tmp_path / "a")
    (tmp_path / "twin").symlink_to("a/b")
    told = "a folder that holds itself, by a symbolic link"
    assert found(tmp_path) == [
        f"a/b/up: {told}",
        "a/b/x.txt",
        f"twin/up/b: {told}",
        "twin/x.txt",
    ]


def test_pipes_and_sockets_are_never_opened(tmp_path: Path) -> None:
    """Opening them could wait for ever."""
    os.mkfifo(tmp_path / "pipe")
    with tempfile.TemporaryDirectory(prefix="s") as short, socket.socket(socket.AF_UNIX) as sock:
        sock.bind(f"{short}/s")
        assert found(f"{short}/s") == ["s: not a regular file, but a socket"]
    assert found(tmp_path) == ["pipe: not a regular file, but a named pipe"]
    assert found("/dev/null") == ["null: not a regular file, but a device"]


@pytest.mark.skipif(os.geteuid() == 0, reason="permissions do not bind root; see the next test")
def test_permissions(tmp_path: Path) -> None:
    """A folder that must not be read is told, and the rest is found."""
    tree(tmp_path, "a/x.txt", "b.txt")
    (tmp_path / "a").chmod(0)
    try:
        assert found(tmp_path) == ["a: permission denied", "b.txt"]
    finally:
        (tmp_path / "a").chmod(0o700)


def test_refusals_of_the_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder or file that the system does not show is told, and the rest is found."""
    tree(tmp_path, "a/x.txt", "b.txt", "c/d.txt", "c/e.txt")
    listdir, stat = os.listdir, os.stat

    def no_listing(path: str) -> list[str]:
        if path == str(tmp_path / "a"):
            raise PermissionError(13, "Permission denied")
        return listdir(path)

    def no_status(path: str) -> os.stat_result:
        if path == str(tmp_path / "c/d.txt"):
            raise OSError(5, "Input/output error")
        return stat(path)

    monkeypatch.setattr("ragflow.ingest.walking.os.listdir", no_listing)
    monkeypatch.setattr("ragflow.ingest.walking.os.stat", no_status)
    told = found(str(tmp_path))
    monkeypatch.undo()
    assert told == ["a: permission denied", "b.txt", "c/d.txt: input/output error", "c/e.txt"]


def test_names_of_all_kinds(tmp_path: Path) -> None:
    """Quotes, line breaks, emoji, backslashes, and bytes that are no text."""
    names = [b'say "hi".txt', b"two\nlines.txt", "😀.txt".encode(), b"\xff.txt", b"\\xff.txt"]
    for name in names:
        (tmp_path / os.fsdecode(name)).write_bytes(name)
    items = [item for item in scan(tmp_path, rules()) if isinstance(item, Found)]
    assert {item.path for item in items} == {
        'say "hi".txt',
        "two\nlines.txt",
        "😀.txt",
        "\\xff.txt",
        "\\x5cxff.txt",
    }
    assert {Path(item.content).read_bytes() for item in items if isinstance(item.content, str)} == {
        *names
    }
    assert found(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.txt")) == ["\\xff.txt"]


@given(st.lists(st.text(st.sampled_from("\\xu5cfd0a/\udcff\ud800\udc80ä")), unique=True))
def test_escaped_paths_stay_apart(paths: list[str]) -> None:
    """Two paths never become one, and UTF-8 holds them all."""
    texts = [escaped(path) for path in paths]
    assert len(set(texts)) == len(paths)
    assert all(text.encode() for text in texts if text)


def test_closed_files_and_pipes_are_told() -> None:
    """What cannot be read from a position is one file's failure."""
    closed = io.BytesIO()
    closed.close()
    (item,) = expand(("a.txt", closed), rules())
    assert isinstance(item, Unreadable)
    assert "closed" in item.reason
