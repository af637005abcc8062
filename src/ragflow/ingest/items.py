"""A file on its way through a job."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import IO

from attrs import define, frozen

from .._protocol.multipart import BinaryFile
from ..models.ingest import Outcome

__all__ = ["Content", "FileState", "Found", "Job", "Row", "Settled", "Unreadable"]

Content = bytes | str | BinaryFile | Callable[[], IO[bytes]]  # a text is a local file's path


class FileState(StrEnum):
    """How far a file is; the ledger knows it before the server does."""

    FOUND = "found"
    HASHED = "hashed"
    SENDING = "sending"
    STORED = "stored"
    PARSING = "parsing"
    DONE = "done"
    SKIPPED = "skipped"
    FAILED = "failed"
    QUARANTINED = "quarantined"


@define  # and not frozen: there is one for each of many files
class Found:
    """A file as the scan sees it.

    Attributes:
        root: Where ``path`` begins: a directory, an address, or empty for contents in memory.
        path: Relative to the root, with ``/`` between its parts.
        size: Bytes.
        stamp: A text that changes when the file does, without reading it: the time of its last
            change, an entity tag. Empty where there is none, so that only the contents tell.
        content: Where its bytes are.
    """

    root: str
    path: str
    size: int
    stamp: str
    content: Content


@frozen
class Unreadable:
    """A file, or a directory, that the scan cannot read, and why."""

    root: str
    path: str
    reason: str


@define
class Row:
    """What the ledger knows about one file of one dataset.

    Attributes:
        id: Its number in the ledger.
        path: Its key: the relative path, qualified where another root has the same.
        root: Where the path begins.
        name: Its name on the server.
        size: Bytes, as last sent or found.
        stamp: As found when it was last sent; a change shows that it must be looked at again.
        digest: xxh128 of the contents, in hexadecimal; empty while unknown.
        state: How far it is.
        document_id: Its document; empty while there is none.
        replaces: A document that gives way to this one when it is stored.
        doubted: The newest creation time on the server before it was sent, in ms, as long as it is
            not certain what the server made of it; else 0.
        attempts: How often sending or parsing it has failed.
        code: The server's code of the last failure.
        reason: Why it was skipped or has failed.
        earlier: Other contents of it that are still in doubt: sizes and digests.
        created: Whether this job saw it for the first time.
        changed: Whether its size or stamp is another than when it was sent.
        replaced: Whether this job replaced an older document.
        found: What the scan saw; ``None`` for a row that was only read.
    """

    id: int
    path: str
    root: str
    name: str
    size: int
    stamp: str
    digest: str = ""
    state: FileState = FileState.FOUND
    document_id: str = ""
    replaces: str = ""
    doubted: int = 0
    attempts: int = 0
    code: int | None = None
    reason: str = ""
    earlier: str = ""
    created: bool = False
    changed: bool = False
    replaced: bool = False
    found: Found | None = None


@frozen
class Job:
    """A running job: its number, and the number of the dataset it is for."""

    id: int
    target: int


@define  # and not frozen: there is one for each of many files
class Settled:
    """What became of a file."""

    row: Row
    outcome: Outcome
    code: int | None = None
    reason: str = ""
