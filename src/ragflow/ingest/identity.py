"""When two findings are the same file: paths repeat where there are several roots."""

from __future__ import annotations

import os
from contextlib import closing
from typing import IO, cast

import xxhash

from .items import Found, Row
from .names import split_suffix
from .paths import unescaped

__all__ = ["differs", "is_moved", "mark_of", "other_key"]

PIECE = 1 << 20


def differs(found: Found, row: Row) -> bool:
    """Tell whether a file is another than its row says; an unknown stamp tells nothing."""
    if found.size != row.size:
        return True
    return found.stamp != row.stamp and bool(found.stamp and row.stamp)


def is_moved(row: Row, found: Found) -> bool:
    """Tell whether a row of another root is this file, whose tree was moved or copied."""
    if not row.root or not found.root:
        return False
    if found.stamp and (found.size, found.stamp) == (row.size, row.stamp):
        return True
    # What is elsewhere cannot be looked at here, and so is not taken for gone.
    return "://" not in row.root and not os.path.lexists(unescaped(f"{row.root}/{row.path}"))


def other_key(root: str, path: str, mark: str | None) -> str:
    """The key of a file whose path is another file's key already.

    Args:
        root: Where the path begins.
        path: The file's path.
        mark: What tells contents in memory apart, which have no root; ``None`` for files.
    """
    tag = mark or xxhash.xxh64_hexdigest(f"{root}\0{path}".encode(errors="surrogatepass"))
    folder, slash, base = path.rpartition("/")
    stem, suffix = split_suffix(base)
    return f"{folder}{slash}{stem}~{tag[:16]}{suffix}"


def mark_of(found: Found) -> str:
    """Hash contents without a root, to tell two of one path apart.

    An open file is read, and left where it was; a file on disk is told by where it is.

    Raises:
        OSError: They cannot be read.
    """
    content = found.content
    if isinstance(content, bytes):
        return xxhash.xxh128_hexdigest(content)
    if isinstance(content, str):
        return xxhash.xxh128_hexdigest(os.fsencode(content))
    if callable(content):
        with closing(content()) as file:
            return _hash(file)
    start = content.tell()
    try:
        return _hash(cast("IO[bytes]", content))
    finally:
        content.seek(start)


def _hash(file: IO[bytes]) -> str:
    """Hash a file from where it stands."""
    digest = xxhash.xxh128()
    while piece := file.read(PIECE):
        digest.update(piece)
    return digest.hexdigest()
