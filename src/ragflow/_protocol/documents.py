"""Requests about documents: upload, listing, parsing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import PurePath

from ..errors import InvalidArgumentError
from ..models import DocumentData
from .datasets import drop_unchanged, wire_parser_config
from .dialects import Dialect
from .multipart import FilePart, Multipart
from .paging import PageCall
from .requests import Pace, Param, Request, listing, path

MISSING = (102,)
READ_ONLY = ("id", "dataset_id", "size", "token_count", "progress", "chunk_count")
FILTERS = frozenset({"name", "run", "suffix"})
GROUP_FILES = 32
GROUP_BYTES = 8 << 20


def upload(dialect: Dialect, dataset_id: str, parts: Sequence[FilePart]) -> Request:
    """Uploads files in one form."""
    check_names(dialect, parts)
    form = Multipart(parts)
    return Request(
        method="POST",
        path=path("datasets", dataset_id, "documents"),
        body=form,
        content_type=form.content_type,
        pace=Pace.TRANSFER,
    )


def check_names(dialect: Dialect, parts: Sequence[FilePart]) -> None:
    """Refuses file names that the server would refuse, and the whole form with them.

    Raises:
        InvalidArgumentError: A name is too long.
    """
    most = dialect.file_name_bytes // 4  # characters that fit in any case
    for part in parts:
        if len(part.name) <= most:
            continue
        length = len(part.name.encode())
        if length > dialect.file_name_bytes:
            raise InvalidArgumentError(
                f"servers like this take file names of up to {dialect.file_name_bytes} bytes; "
                f"this has {length}: {part.name[:60]}…"
            )


def grouped(parts: Sequence[FilePart]) -> Iterator[list[FilePart]]:
    """Forms of many small files or of one large file, in order.

    Servers store the files of a dataset one after the other; what costs is the request.
    """
    group: list[FilePart] = []
    size = 0
    for part in parts:
        if group and (len(group) == GROUP_FILES or size + part.size > GROUP_BYTES):
            yield group
            group, size = [], 0
        group.append(part)
        size += part.size
    if group:
        yield group


def list_page(dialect: Dialect, dataset_id: str, call: PageCall, **filters: Param) -> Request:
    """One page of a dataset's documents; filters that the server does not know are left out."""
    known = {k: v for k, v in filters.items() if k not in FILTERS - dialect.document_filters}
    return listing(
        path("datasets", dataset_id, "documents"),
        call,
        known,
        missing=MISSING,
        empty=MISSING,
        paging=dialect.paging,
    )


def local_filter(dialect: Dialect, **filters: Param) -> Callable[[DocumentData], bool] | None:
    """What is left to filter when the server has done what it can; ``None`` for nothing."""
    left = {k: v for k, v in filters.items() if v and k in FILTERS - dialect.document_filters}
    if not left:
        return None

    def keep(document: DocumentData) -> bool:
        have = {
            "name": document.name,
            "run": document.run.value,
            "suffix": PurePath(document.name).suffix.lstrip("."),
        }
        return all(have[k] in ([v] if isinstance(v, str) else v) for k, v in left.items())  # type: ignore[operator]

    return keep


def update(dialect: Dialect, document: DocumentData, message: Mapping[str, object]) -> Request:
    """Changes a document."""
    body = drop_unchanged(message, document, READ_ONLY)
    if "parser_config" in body:
        body["parser_config"] = wire_parser_config(dialect, body["parser_config"])
    if isinstance(body.get("enabled"), bool):
        body["enabled"] = int(bool(body["enabled"]))
    where = path("datasets", document.dataset_id, "documents", document.id)
    return Request.json(dialect.document_update, where, body, idempotent=True)


def download(dataset_id: str, document_id: str) -> Request:
    """Fetches a document's bytes."""
    return Request(
        method="GET",
        path=path("datasets", dataset_id, "documents", document_id),
        idempotent=True,
        pace=Pace.TRANSFER,
        missing=frozenset(MISSING),
    )


def delete(dataset_id: str, ids: Sequence[str]) -> Request:
    """Deletes the named documents of a dataset."""
    return Request.json("DELETE", path("datasets", dataset_id, "documents"), {"ids": list(ids)})


def parse(dialect: Dialect, dataset_id: str, ids: Sequence[str]) -> Request:
    """Starts parsing in the background of the server."""
    method, *tail = dialect.parse_route
    return Request.json(method, path("datasets", dataset_id, *tail), {"document_ids": list(ids)})


def stop(dialect: Dialect, dataset_id: str, ids: Sequence[str]) -> Request:
    """Stops parsing."""
    dialect.require("stops_running", "stopping a document that is being parsed")
    method, *tail = dialect.stop_route
    return Request.json(method, path("datasets", dataset_id, *tail), {"document_ids": list(ids)})
