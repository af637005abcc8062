"""Rows, parcels and documents, for tests of what is decided about them."""

from __future__ import annotations

import xxhash

from ragflow._protocol.multipart import FilePart
from ragflow.ingest.inventory import Known
from ragflow.ingest.items import FileState, Found, Row
from ragflow.ingest.parcels import Parcel
from ragflow.ingest.reading import Prepared
from ragflow.models import DocumentData, RunStatus


def row(name: str = "a.txt", **more: object) -> Row:
    """A row as a scan leaves it: found as it was when it was last sent, unless told otherwise."""
    values = {"size": 5, "stamp": "1", "digest": "d", "found": found(name), **more}
    values.setdefault("changed", False)
    return Row(1, name, "/tree", name, **values)


def found(name: str = "a.txt", size: int = 5, stamp: str = "1") -> Found:
    """A file as a scan sees it."""
    return Found("/tree", name, size, stamp, b"12345")


def known(id: str = "d1", name: str = "a.txt", **more: object) -> Known:
    """A document as the inventory has it: parsed, and there for a while."""
    values = {
        "size": 5,
        "run": RunStatus.DONE,
        "progress": 1.0,
        "chunk_count": 1,
        "create_time": 100,
        "content_hash": "",
        **more,
    }
    return Known(id, name, **values)


def sending(**more: object) -> Row:
    """A row that was being sent when its job ended, on a server whose newest document was 200."""
    return row(state=FileState.SENDING, doubted=200, **more)


def parcel(name: str = "a.txt", content: bytes = b"12345", **more: object) -> Parcel:
    """A parcel with contents in memory."""
    digest = xxhash.xxh3_128_hexdigest(content)
    part = FilePart(name, len(content), content)
    item = row(name, digest=digest)
    return Parcel(item, part, Prepared(item, part, len(content), "1", digest), **more)


def document(id: str = "d1", name: str = "a.txt", size: int = 5, **more: object) -> DocumentData:
    """A document as an upload or a list tells it."""
    return DocumentData(id=id, name=name, size=size, **more)
