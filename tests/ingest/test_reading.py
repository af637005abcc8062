"""Bytes and digests of groups, and files that do not hold still."""

from __future__ import annotations

import io
import os
import tracemalloc
from pathlib import Path

import pytest
import xxhash

from ragflow._protocol.multipart import Multipart
from ragflow.ingest import reading
from ragflow.ingest.items import Found, Row
from ragflow.ingest.patterns import rules
from ragflow.ingest.reading import PIECE, SMALL, Prepared, changed_since, prepare
from ragflow.ingest.sources import expand


def row(source: object, name: str = "a.txt") -> Row:
    """The row of a source of one file."""
    (found,) = expand(source, rules())
    assert isinstance(found, Found)
    return Row(1, found.path, found.root, name, found.size, found.stamp, found=found)


def read(source: object) -> Prepared:
    """One file prepared."""
    (prepared,) = prepare([row(source)])
    return prepared


def sent(prepared: Prepared) -> bytes:
    """What a form would carry of it."""
    assert prepared.part is not None
    return b"".join(prepared.part.pieces())


@pytest.mark.parametrize("size", [1, 1000, SMALL, SMALL + 1, 3 * PIECE + 7])
def test_files_are_digested(tmp_path: Path, size: int) -> None:
    """Small and large files, from wherever: the bytes, the size, and the servers' digest."""
    blob = os.urandom(size)
    path = tmp_path / "a.bin"
    path.write_bytes(blob)
    head = io.BytesIO(b"head" + blob)
    head.seek(4)
    called = Found("s3://b", "a.bin", size, "tag", lambda: io.BytesIO(blob))
    rows = [
        row(path),
        row(("a", blob)),
        row(("a", head)),
        Row(1, "a", "", "a", 0, "", found=called),
    ]
    for prepared in prepare(rows):
        assert prepared.problem == ""
        assert prepared.size == size
        assert prepared.digest == xxhash.xxh128_hexdigest(blob)
        assert sent(prepared) == sent(prepared) == blob
        assert prepared.stamp == prepared.row.stamp or prepared.stamp == "tag"
        assert not changed_since(prepared)


def test_open_files_can_be_prepared_again(tmp_path: Path) -> None:
    """A retry finds the file where it stood at first."""
    head = io.BytesIO(b"head" + b"x" * (SMALL + 1))
    head.seek(4)
    again = row(("a.txt", head))
    for _ in range(2):
        (prepared,) = prepare([again])
        assert sent(prepared) == b"x" * (SMALL + 1)


def test_the_name_is_the_rows(tmp_path: Path) -> None:
    """Parts are named as the ledger says, and a form carries quotes and line breaks safely."""
    (prepared,) = prepare([row(("a", b"x"), 'say "hi"\r\n.txt')])
    assert prepared.part is not None
    body = b"".join(Multipart([prepared.part]))
    assert b'filename="say \\"hi\\"%0D%0A.txt"\r\n' in body


def test_problems_stay_with_their_file(tmp_path: Path) -> None:
    """Empty, vanished, turned into a folder or a pipe: the others of the group are read."""
    paths = [tmp_path / name for name in ("empty", "gone", "folder", "pipe", "good")]
    for path in paths:
        path.write_text("" if path.name == "empty" else "text")
    rows = [row(path) for path in paths]
    for path in paths[1:4]:
        path.unlink()
    paths[2].mkdir()
    os.mkfifo(paths[3])
    prepared = prepare(rows)
    assert [item.problem for item in prepared] == [
        "the file is empty; servers can neither parse it nor give it back",
        "it has vanished since it was found",
        "not a regular file, but a folder",
        "not a regular file, but a named pipe",
        "",
    ]
    assert [item.part is None for item in prepared] == [True, True, True, True, False]
    assert [item.row for item in prepared] == rows
    assert not changed_since(prepared[0])


@pytest.mark.skipif(os.geteuid() == 0, reason="permissions do not bind root; see the next test")
def test_permission(tmp_path: Path) -> None:
    """A file that must not be read says so."""
    path = tmp_path / "a.txt"
    path.write_text("x")
    path.chmod(0)
    assert read(path).problem == "permission denied"


@pytest.mark.parametrize(
    ("error", "problem"),
    [
        (PermissionError(13, "Permission denied"), "permission denied"),
        (OSError(5, "Input/output error"), "input/output error"),
    ],
)
def test_refusals_of_the_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: OSError, problem: str
) -> None:
    """What the system says is the file's problem."""
    path = tmp_path / "a.txt"
    path.write_text("x")

    def refuse(*_: object) -> int:
        raise error

    found = row(path)
    monkeypatch.setattr("ragflow.ingest.reading.os.open", refuse)
    (prepared,) = prepare([found])
    monkeypatch.undo()
    assert prepared.problem == problem


def test_stale_scans_give_way(tmp_path: Path) -> None:
    """What counts is the file as it is read, not as the scan saw it."""
    path = tmp_path / "a.txt"
    path.write_text("old")
    seen = row(path)
    path.write_text("longer")
    os.utime(path, ns=(5, 5))
    (prepared,) = prepare([seen])
    assert (prepared.size, prepared.stamp, prepared.problem) == (6, "5", "")
    assert sent(prepared) == b"longer"


@pytest.mark.parametrize("size", [100, 2 * PIECE])
@pytest.mark.parametrize("change", ["append", "truncate", "touch"])
def test_files_that_change_while_they_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int, change: str
) -> None:
    """Neither half the old nor half the new is sent."""
    path = tmp_path / "a.txt"
    path.write_bytes(b"x" * size)
    seen = row(path)
    os.utime(path, ns=(3, 3))  # since the scan, so that it is looked at once more
    looks = -1 if size <= SMALL else 0

    def changing(descriptor: int) -> os.stat_result:
        nonlocal looks
        looks += 1
        if change == "touch" and looks == 2:
            os.utime(path, ns=(5, 5))
        status = os.fstat(descriptor)
        if change == "append" and looks == 1:
            with path.open("ab") as file:
                file.write(b"more")
        elif change == "truncate" and looks == 1:
            os.truncate(path, 10)
        return status

    monkeypatch.setattr(reading, "_status", changing)
    (prepared,) = prepare([seen])
    assert prepared.problem == "it was changed while it was read"
    assert prepared.part is None


def test_changes_while_a_form_is_sent(tmp_path: Path) -> None:
    """A large file is looked at again afterwards; a small one was in memory."""
    large, small, gone = (tmp_path / name for name in ("large", "small", "gone"))
    for path in (large, gone):
        path.write_bytes(b"x" * (SMALL + 1))
    small.write_bytes(b"x")
    prepared = prepare([row(large), row(small), row(gone)])
    assert [changed_since(item) for item in prepared] == [False, False, False]
    os.utime(large, ns=(5, 5))
    os.utime(small, ns=(5, 5))
    gone.unlink()
    assert [changed_since(item) for item in prepared] == [True, False, True]


def test_rows_without_a_file_are_a_mistake() -> None:
    """Only what a scan found can be read."""
    with pytest.raises(ValueError, match="not found"):
        prepare([Row(1, "a", "", "a", 1, "")])


def test_closed_files_are_told() -> None:
    """A file that was closed in the meantime has a problem."""
    file = io.BytesIO(b"x")
    seen = row(("a.txt", file))
    file.close()
    assert prepare([seen])[0].problem == "it cannot be read (ValueError)"


def test_large_files_are_not_kept(tmp_path: Path) -> None:
    """200 MiB pass through a few."""
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.truncate(200 << 20)
    tracemalloc.start()
    try:
        prepared = read(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert prepared.size == 200 << 20
    assert peak < 8 << 20
