"""The bytes and digests of a group of files, read in one blocking call."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO

import xxhash
from attrs import define

from .._protocol.multipart import BinaryFile, FilePart
from .items import Found, Row
from .paths import kind, reason, stamp_of
from .remote import RemoteFile

__all__ = ["SMALL", "Prepared", "changed_since", "prepare"]

SMALL = 1 << 20  # bytes; up to here a file is kept in memory until its form is sent
PIECE = 1 << 20

CHANGED = "it was changed while it was read"
EMPTY = "the file is empty; servers can neither parse it nor give it back"
VANISHED = "it has vanished since it was found"
# Opening a pipe that took a file's place would wait for its writer.
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)

_status = os.fstat


class _ProblemError(Exception):
    """Why one file cannot be sent."""


@define  # and not frozen, which would cost each of many files more than its digest
class Prepared:
    """A file that has been read once.

    Attributes:
        row: The file's row, unchanged.
        part: Its part of a form; ``None`` where there is a problem.
        size: Bytes, as read.
        stamp: As it was when the file was read.
        digest: xxh128 of the contents, in hexadecimal.
        problem: Why it cannot be sent; empty if it can.
    """

    row: Row
    part: FilePart | None
    size: int
    stamp: str
    digest: str
    problem: str = ""


_Read = tuple[int, str, str, bytes | None]  # size, stamp, digest, and the bytes of a small file


def prepare(rows: Sequence[Row], is_over: Callable[[], bool] = lambda: False) -> list[Prepared]:
    """Reads and digests files: small ones into memory, large ones a MiB at a time.

    Args:
        rows: What the scan found; each needs its ``found``.
        is_over: Asked on the way; when it says so, the rest is not read.

    Returns:
        One for each row, in the same order. A file that cannot be sent has a problem and does not
        keep the others back.
    """
    return [_as_found(row) or _prepared(row, is_over) for row in rows]


def changed_since(prepared: Prepared) -> bool:
    """Whether a file is another than it was when it was read, or gone.

    To be asked when the form is sent, since a large file is read again for it. What was kept in
    memory never is; of an open file that somebody else holds it cannot be told.
    """
    part = prepared.part
    if part is None or isinstance(part.source, bytes):
        return False
    seen = (prepared.size, prepared.stamp)
    if isinstance(part.source, Path):
        try:
            status = part.source.stat()
        except OSError:
            return True
        return (status.st_size, stamp_of(status)) != seen
    if isinstance(part.source, RemoteFile):
        try:
            return part.source.status() != seen
        except Exception:
            return True
    return False


def _as_found(row: Row) -> Prepared | None:
    """Reads a small local file that still is what the scan saw, as most are."""
    found = row.found
    if found is None or not isinstance(found.content, str) or not 0 < found.size <= SMALL:
        return None
    try:
        descriptor = os.open(found.content, _FLAGS)
        try:
            content = os.read(descriptor, found.size + 1)
            status = _status(descriptor)
        finally:
            os.close(descriptor)
    except OSError:  # which is looked into when it is read for good
        return None
    size = len(content)
    if size != found.size or size != status.st_size or stamp_of(status) != found.stamp:
        return None
    part = FilePart(row.name, size, content)
    return Prepared(row, part, size, found.stamp, xxhash.xxh3_128_hexdigest(content))


def _prepared(row: Row, is_over: Callable[[], bool]) -> Prepared:
    found = row.found
    if found is None:
        raise ValueError(f"{row.path} was not found by this scan")
    try:
        size, stamp, digest, small = _read(found, is_over)
    except _ProblemError as problem:
        return Prepared(row, None, found.size, found.stamp, "", str(problem))
    if small is not None:
        part = FilePart(row.name, size, small)
    elif isinstance(found.content, str):
        part = FilePart(row.name, size, Path(found.content))
    else:
        part = FilePart(row.name, size, found.content)
    return Prepared(row, part, size, stamp, digest)


def _read(found: Found, is_over: Callable[[], bool]) -> _Read:
    content = found.content
    try:
        if isinstance(content, str):
            read = _local(content, is_over)
        elif isinstance(content, bytes):
            read = (len(content), "", xxhash.xxh3_128_hexdigest(content), content)
        elif callable(content):
            with content() as file:
                read = _digested(file, found.stamp, is_over)
        else:
            content.seek(0)
            read = _digested(content, found.stamp, is_over)
    except FileNotFoundError:
        raise _ProblemError(VANISHED) from None
    except _ProblemError:
        raise
    except Exception as error:  # file systems behind addresses raise what they like
        raise _ProblemError(reason(error)) from error
    if not read[0]:
        raise _ProblemError(EMPTY)
    return read


def _local(path: str, is_over: Callable[[], bool]) -> _Read:
    """Reads a file, whatever the scan saw, unless it changes meanwhile."""
    descriptor = os.open(path, _FLAGS)
    try:
        return _unchanged(descriptor, is_over)
    finally:
        os.close(descriptor)


def _unchanged(descriptor: int, is_over: Callable[[], bool]) -> _Read:
    before = _status(descriptor)
    if not stat.S_ISREG(before.st_mode):
        raise _ProblemError(kind(before.st_mode))
    expected, stamp = before.st_size, stamp_of(before)
    if expected <= SMALL:
        content = os.read(descriptor, expected + 1)
        digest = xxhash.xxh3_128_hexdigest(content)
        read: _Read = (len(content), stamp, digest, content)
    else:
        with open(descriptor, "rb", buffering=0, closefd=False) as file:
            read = _digested(file, stamp, is_over, expected)
    after = _status(descriptor)
    if read[0] != after.st_size or before.st_mtime_ns != after.st_mtime_ns:
        raise _ProblemError(CHANGED)
    return read


def _digested(
    file: BinaryFile | IO[bytes],
    stamp: str,
    is_over: Callable[[], bool],
    expected: int | None = None,
) -> _Read:
    """Reads to the end, or a byte beyond what was expected."""
    digest = xxhash.xxh3_128()
    size, first = 0, b""
    while piece := file.read(PIECE if expected is None else min(PIECE, expected + 1 - size)):
        digest.update(piece)
        size += len(piece)
        first = first + piece if size <= SMALL else b""
        if is_over():
            raise _ProblemError("the job has ended")
        if expected is not None and size > expected:
            raise _ProblemError(CHANGED)
    return size, stamp, digest.hexdigest(), first if size <= SMALL else None
