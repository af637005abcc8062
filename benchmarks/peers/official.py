"""The official client, alone and as people run it in threads."""

from __future__ import annotations

from typing import Any

from measuring import DATASET, KEY, expect, files_of, in_threads, main, measure
from ragflow_sdk import RAGFlow
from ragflow_sdk.modules.dataset import DataSet
from ragflow_sdk.modules.document import Document
from ragflow_sdk.modules.session import Session


def calls(url: str, count: int, workers: int) -> None:
    rag = RAGFlow(KEY, url)
    rag.list_datasets()
    with measure(count):
        in_threads(lambda _: rag.list_datasets(), range(count), workers)


def uploads(url: str, count: int, size: int, workers: int) -> None:
    dataset = DataSet(RAGFlow(KEY, url), {"id": DATASET})
    dataset.upload_documents([{"display_name": "warm.txt", "blob": b"warm"}])
    blob = b"x" * size

    def upload(number: int) -> None:
        form = [{"display_name": f"file-{number}.txt", "blob": blob}]
        expect(len(dataset.upload_documents(form)), 1)

    with measure(count):
        in_threads(upload, range(count), workers)


def ingest(url: str, folder: str, workers: int) -> None:
    dataset = DataSet(RAGFlow(KEY, url), {"id": DATASET})
    files = files_of(folder)

    def upload(path: Any) -> None:
        form = [{"display_name": path.name, "blob": path.read_bytes()}]
        expect(len(dataset.upload_documents(form)), 1)

    with measure(len(files)):
        in_threads(upload, files, workers)


def large_upload(url: str, path: str, size: int) -> None:
    dataset = DataSet(RAGFlow(KEY, url), {"id": DATASET})
    dataset.upload_documents([{"display_name": "warm.txt", "blob": b"warm"}])
    with measure(size), open(path, "rb") as file:
        dataset.upload_documents([{"display_name": "large.bin", "blob": file}])


def large_download(url: str, path: str, size: int) -> None:
    document = Document(RAGFlow(KEY, url), {"id": str(size), "dataset_id": DATASET})
    with measure(size), open(path, "wb") as file:
        file.write(document.download())


def stream(url: str, kind: str, frames: int) -> None:
    session = Session(RAGFlow(KEY, url), {"id": "session", "chat_id": f"{kind}-{frames}"})
    with measure(frames):
        expect(sum(1 for _ in session.ask("why?", stream=True)), frames)


def decode(url: str, count: int, times: int) -> None:
    document = Document(RAGFlow(KEY, url), {"id": str(count), "dataset_id": DATASET})
    with measure(count * times):
        for _ in range(times):
            expect(len(document.list_chunks(page_size=count)), count)


main(
    {
        "calls": calls,
        "uploads": uploads,
        "ingest": ingest,
        "large_upload": large_upload,
        "large_download": large_download,
        "stream": stream,
        "decode": decode,
    }
)
