"""This package, blocking."""

from __future__ import annotations

from measuring import DATASET, KEY, expect, in_threads, main, measure

import ragflow


def client(url: str, version: str = "0.27.0") -> ragflow.RAGFlow:
    return ragflow.RAGFlow(KEY, url, server_version=version)


def calls(url: str, count: int, workers: int) -> None:
    with client(url) as rag:
        rag.list_datasets(page_size=30)
        with measure(count):
            in_threads(lambda _: rag.list_datasets(page_size=30), range(count), workers)


def uploads(url: str, count: int, size: int, workers: int) -> None:
    blob = b"x" * size
    with client(url) as rag:
        dataset = rag.bind(ragflow.DataSet(id=DATASET, name="kb"))

        def upload(number: int) -> None:
            expect(len(dataset.upload_documents([(f"file-{number}.txt", blob)])), 1)

        upload(0)
        with measure(count):
            in_threads(upload, range(count), workers)


def large_upload(url: str, path: str, size: int) -> None:
    with client(url) as rag:
        dataset = rag.bind(ragflow.DataSet(id=DATASET, name="kb"))
        dataset.upload_documents([("warm.txt", b"warm")])
        with measure(size):
            (document,) = dataset.upload_documents([path])
            expect(document.size, size)


def large_download(url: str, path: str, size: int) -> None:
    with client(url) as rag:
        rag.list_datasets(page_size=30)
        document = rag.bind(
            ragflow.Document(id=str(size), dataset_id=DATASET, name="f.bin", size=size)
        )
        with measure(size):
            expect(document.download_to(path).stat().st_size, size)


def stream(url: str, kind: str, frames: int) -> None:
    with client(url, "0.22.1" if kind == "cumulative" else "0.27.0") as rag:
        rag.list_datasets(page_size=30)
        session = rag.bind(ragflow.Session(id="session", chat_id=f"{kind}-{frames}"))
        with measure(frames):
            expect(sum(1 for _ in session.ask("why?", stream=True)), frames)


def decode(url: str, count: int, times: int) -> None:
    with client(url) as rag:
        document = rag.bind(ragflow.Document(id=str(count), dataset_id=DATASET, name="f.bin"))
        document.list_chunks(limit=1)
        with measure(count * times):
            for _ in range(times):
                expect(len(document.list_chunks(limit=count)), count)


main(
    {
        "calls": calls,
        "uploads": uploads,
        "large_upload": large_upload,
        "large_download": large_download,
        "stream": stream,
        "decode": decode,
    }
)
