"""Upload and download of documents, piece by piece."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

import anyio.to_thread
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.responses import StreamingResponse

from ragflow.local import filetypes, views
from ragflow.local.calls import Call, limited_stream
from ragflow.local.routing import Reply, RouteTable
from ragflow.local.wire import WireError, argument_error, data_error, refusal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from starlette.responses import Response

    from ragflow.local.store.records import Dataset, Document

table: RouteTable = RouteTable("documents")
_MAX_NAME_BYTES = 255


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
    if any(len((file.filename or "").encode()) > _MAX_NAME_BYTES for file in files):
        raise argument_error(f"File name must be {_MAX_NAME_BYTES} bytes or less.")
    dataset = _upload_target(call)
    stored, errors = [], []
    for file in files:
        try:
            stored.append(_store_file(call, dataset, file))
        except ValueError as error:
            errors.append(f"{file.filename}: {error}")
    shown = [views.uploaded_document(item, generation.upload_keys) for item in stored]
    if not errors:
        return Reply(shown)
    if shown and generation.partial_uploads_listed:
        raise WireError(500, "\n".join(errors), data=shown)
    raise WireError(500, "\n".join(errors))


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
    kind = filetypes.type_of(name)
    if kind is None:
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
    response = StreamingResponse(
        _pieces(call.store.documents.content(document.id)),
        headers={"content-length": str(document.size), "cache-control": "public"},
    )
    # Names travel as raw UTF-8, which header helpers refuse to write.
    disposition = f"attachment; filename={_quoted(document.name)}".encode()
    response.raw_headers.append((b"content-disposition", disposition))
    response.raw_headers.append((b"content-type", media_type.encode()))
    return response


def _quoted(name: str) -> str:
    plain = name.isascii() and all(
        letter.isalnum() or letter in "._-+~!#$%&'*^`|" for letter in name
    )
    cleaned = "".join(letter for letter in name if letter >= " ")
    return name if plain else json.dumps(cleaned, ensure_ascii=False)


async def _pieces(content: Iterator[bytes]) -> AsyncIterator[bytes]:
    while (piece := await anyio.to_thread.run_sync(partial(next, content, None))) is not None:
        yield piece
