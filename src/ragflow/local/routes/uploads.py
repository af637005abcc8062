"""Upload and download of documents, piece by piece."""

from __future__ import annotations

import json
import re
import unicodedata
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import quote

import anyio.to_thread
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.responses import StreamingResponse

from ragflow.local import filetypes, views
from ragflow.local.calls import Call, limited_stream
from ragflow.local.routing import Reply, RouteTable
from ragflow.local.wire import WireError, argument_error, data_error, refusal, uncaught

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator

    from starlette.responses import Response

    from ragflow.local.generations import Generation
    from ragflow.local.store.records import Dataset, Document

table: RouteTable = RouteTable("documents")


@table.add_async("POST", "/datasets/{dataset_id}/documents")
async def upload(call: Call) -> Reply:
    """Store the files of a form."""
    kind = call.query("type") or "local"
    if kind != "local" and "restful" in call.generation.features:
        raise argument_error(f"type={kind} is not supported by the embedded server")
    content_type = call.request.headers.get("content-type", "")
    stream = limited_stream(call)
    if not content_type.lower().startswith("multipart/form-data"):
        async for _ in stream:
            continue
        return await anyio.to_thread.run_sync(_store_files, call, [])
    parser = MultiPartParser(
        call.request.headers, stream, max_files=float("inf"), max_fields=float("inf")
    )
    try:
        form = await parser.parse()
    except MultiPartException:
        raise argument_error("No file part!") from None
    try:
        files = [part for part in form.getlist("file") if isinstance(part, UploadFile)]
        return await anyio.to_thread.run_sync(_store_files, call, files)
    finally:
        await form.close()


def _store_files(call: Call, files: list[UploadFile]) -> Reply:
    generation = call.generation
    if not files:
        raise argument_error("No file part!")
    if any(not file.filename for file in files):
        raise argument_error("No file selected!")
    largest = generation.largest_upload
    if largest is not None and sum(file.size or 0 for file in files) > largest:
        raise argument_error(f"The sum of the file sizes exceeds {largest} bytes")
    if generation.long_file_name_refuses == "request":
        check_file_names(generation, [file.filename or "" for file in files])
    dataset = _upload_target(call)
    stored, errors = [], []
    for file in files:
        try:
            stored.append(_store_file(call, dataset, file))
        except ValueError as error:
            errors.append(f"{file.filename}: {error}")
    shown = [views.uploaded_document(item, generation) for item in stored]
    if not errors:
        return Reply(shown)
    if shown and generation.partial_uploads_listed:
        raise WireError(500, "\n".join(errors), data=shown)
    raise WireError(500, "\n".join(errors))


def check_file_names(generation: Generation, names: Iterable[str]) -> None:
    """Refuse names that are too long for a generation."""
    if any(is_too_long(generation, name) for name in names):
        limit, unit = generation.file_name_limit, generation.file_name_unit
        raise argument_error(f"File name must be {limit} {unit} or less.")


def is_too_long(generation: Generation, name: str) -> bool:
    """Whether a file name is longer than a generation takes."""
    size = len(name.encode() if generation.file_name_unit == "bytes" else name)
    return generation.file_name_limit is not None and size > generation.file_name_limit


def _upload_target(call: Call) -> Dataset:
    generation, id = call.generation, call.params["dataset_id"]
    dataset = call.store.datasets.get(id)
    if dataset is None:
        message = f"Can't find the dataset with ID {id}!"
        raise refusal(generation.upload_unknown_dataset_code, message)
    foreign = generation.upload_foreign_dataset_code
    if foreign is not None and dataset.tenant_id != call.tenant.id:
        raise WireError(foreign, "no authorization")
    return dataset


def _store_file(call: Call, dataset: Dataset, file: UploadFile) -> Document:
    name = file.filename or ""
    if is_too_long(call.generation, name):
        raise ValueError("Exceed the maximum length of file name!")
    kind = filetypes.type_of(name)
    if kind is None or filetypes.suffix_of(name) in call.generation.refused_suffixes:
        raise ValueError("This type of file has not been supported yet!")
    if call.generation.reads_images and filetypes.is_broken_image(name, file.file):
        raise ValueError("broken data stream when reading image file")
    document = call.store.documents.create(
        dataset,
        created_by=call.tenant.id,
        name=name,
        type=kind,
        suffix=filetypes.suffix_of(name),
        chunk_method=filetypes.method_of(name, dataset.chunk_method),
        file=file.file,
    )
    if document is None:
        raise ValueError("the dataset was deleted")
    return document


@table.add("GET", "/datasets/{dataset_id}/documents/{document_id}")
def download(call: Call) -> Response:
    """Send a stored file."""
    dataset, id = call.owned_dataset(), call.params["document_id"]
    document = call.store.documents.get(id)
    if document is None or document.dataset_id != dataset.id:
        raise data_error(f"The dataset not own the document {id}.")
    return _file_response(call, document)


@table.add("GET", "/documents/{document_id}", feature="restful")
def download_by_id(call: Call) -> Response:
    """Send a stored file, found without its dataset."""
    document = call.store.documents.get(call.params["document_id"])
    if document is None:
        raise data_error("Document not found!")
    call.owned_dataset(document.dataset_id)
    return _file_response(call, document)


def _file_response(call: Call, document: Document) -> Response:
    if document.size == 0:
        raise data_error("This file is empty.")
    media_type = "application/octet-stream"
    if call.generation.download_type_by_suffix:
        media_type = filetypes.content_type(document.name)
    content, asked = call.store.documents.content(document.id), call.request.headers.get("range")
    part = _part(asked, document.size) if asked and call.generation.serves_ranges else None
    if part is None:
        response = StreamingResponse(_pieces(content))
        response.headers["content-length"] = str(document.size)
    else:
        response = StreamingResponse(_pieces(_cut(content, part)), 206)
        response.headers["content-length"] = str(len(part))
        response.headers["content-range"] = f"bytes {part.start}-{part.stop - 1}/{document.size}"
    response.headers["cache-control"] = call.generation.download_cache
    # Names may travel as raw UTF-8, which header helpers refuse to write.
    plain = call.generation.plain_header_names
    name = _quoted(document.name) if plain else _encoded(document.name)
    disposition = f"attachment; filename={name}".encode()
    response.raw_headers.append((b"content-disposition", disposition))
    response.raw_headers.append((b"content-type", media_type.encode()))
    return response


def _part(asked: str, size: int) -> range | None:
    """The bytes that a Range header asks for; None for all, and for what is not understood."""
    match = re.fullmatch(r"bytes=(\d*)-(\d*)", asked.strip())
    if match is None or not any(match.groups()):
        return None
    first, last = match.groups()
    if not first:
        return range(max(0, size - int(last)), size)
    part = range(int(first), min(int(last) + 1 if last else size, size))
    if not part:
        raise uncaught("<RequestedRangeNotSatisfiable '416: Requested Range Not Satisfiable'>")
    return part


def _cut(content: Iterator[bytes], part: range) -> Iterator[bytes]:
    position = 0
    for piece in content:
        yield piece[max(0, part.start - position) : max(0, part.stop - position)]
        position += len(piece)
        if position >= part.stop:
            return


def _quoted(name: str) -> str:
    plain = name.isascii() and all(
        letter.isalnum() or letter in "._-+~!#$%&'*^`|" for letter in name
    )
    cleaned = "".join(letter for letter in name if letter >= " ")
    return name if plain else json.dumps(cleaned, ensure_ascii=False)


def _encoded(name: str) -> str:
    """A name as RFC 5987 has it: what ASCII can say of it, and all of it percent-encoded."""
    if name.isascii():
        return _quoted(name)
    ascii_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return f"{_quoted(ascii_name)}; filename*=UTF-8''{quote(name, safe='!#$&+^`|~')}"


async def _pieces(content: Iterator[bytes]) -> AsyncIterator[bytes]:
    while (piece := await anyio.to_thread.run_sync(partial(next, content, None))) is not None:
        yield piece
