"""This package, async."""

from __future__ import annotations

import tempfile

from measuring import (
    DATASET,
    KEY,
    count_async,
    expect,
    files_of,
    in_tasks,
    main,
    measure,
    measured,
)

import ragflow

CUMULATIVE, DELTA = "0.22.1", "0.27.0"  # servers that stream the one way and the other


def client(url: str, version: str = DELTA) -> ragflow.AsyncRAGFlow:
    return ragflow.AsyncRAGFlow(KEY, url, server_version=version)


def dataset_of(rag: ragflow.AsyncRAGFlow) -> ragflow.AsyncDataSet:
    return rag.bind(ragflow.AsyncDataSet(id=DATASET, name="kb"))


def document_of(rag: ragflow.AsyncRAGFlow, count: int) -> ragflow.AsyncDocument:
    return rag.bind(ragflow.AsyncDocument(id=str(count), dataset_id=DATASET, name="f.bin", size=9))


async def calls(url: str, count: int, workers: int) -> None:
    async with client(url) as rag:
        await rag.list_datasets(page_size=30)
        with measure(count):
            await in_tasks(lambda _: rag.list_datasets(page_size=30), range(count), workers)


async def uploads(url: str, count: int, size: int, workers: int) -> None:
    blob = b"x" * size
    async with client(url) as rag:
        dataset = dataset_of(rag)

        async def upload(number: int) -> None:
            expect(len(await dataset.upload_documents([(f"file-{number}.txt", blob)])), 1)

        await upload(0)
        with measure(count):
            await in_tasks(upload, range(count), workers)


async def upload_all(url: str, folder: str) -> None:
    """All files in one call of ``upload_documents``."""
    files = files_of(folder)
    async with client(url) as rag:
        dataset = dataset_of(rag)
        await dataset.upload_documents([("warm.txt", b"warm")])
        with measure(len(files)):
            expect(len(await dataset.upload_documents(files)), len(files))


async def ingest(url: str, folder: str, ledger: bool = False) -> None:
    """All files in one call of ``ingest``, with a result for each."""
    files = files_of(folder)
    with tempfile.TemporaryDirectory() as scratch:
        place = f"{scratch}/ledger" if ledger else None
        async with client(url) as rag:
            dataset = dataset_of(rag)
            await dataset.ingest([("warm.txt", b"warm")], parse=False)
            with measure(len(files)):
                report = await dataset.ingest(files, parse=False, ledger=place)
                expect(sum(result.outcome.ok for result in report.results), len(files))


async def grow(url: str, folder: str) -> None:
    """A whole folder with a ledger, as people do it who have many files."""
    with tempfile.TemporaryDirectory() as scratch:
        ledger = f"{scratch}/ledger"
        async with client(url) as rag:
            dataset = dataset_of(rag)
            await dataset.ingest([("warm.txt", b"warm")], parse=False, ledger=ledger)
            files = len(files_of(folder))
            with measure(files):
                report = await dataset.ingest(folder, parse=False, ledger=ledger)
                expect(report.counts[ragflow.Outcome.STORED], files)
        measured["kept"] = sum(path.stat().st_size for path in files_of(scratch))


async def large_upload(url: str, path: str, size: int) -> None:
    async with client(url) as rag:
        dataset = dataset_of(rag)
        await dataset.upload_documents([("warm.txt", b"warm")])
        with measure(size):
            (document,) = await dataset.upload_documents([path])
            expect(document.size, size)


async def large_download(url: str, path: str, size: int) -> None:
    async with client(url) as rag:
        await rag.list_datasets(page_size=30)
        with measure(size):
            target = await document_of(rag, size).download_to(path)
            expect(target.stat().st_size, size)


async def stream(url: str, kind: str, frames: int) -> None:
    version = CUMULATIVE if kind == "cumulative" else DELTA
    async with client(url, version) as rag:
        await rag.list_datasets(page_size=30)
        session = rag.bind(ragflow.AsyncSession(id="session", chat_id=f"{kind}-{frames}"))
        with measure(frames):
            expect(await count_async(session.ask("why?", stream=True)), frames)


async def decode(url: str, count: int, times: int) -> None:
    async with client(url) as rag:
        await rag.list_datasets(page_size=30)
        document = document_of(rag, count)
        await document.list_chunks(limit=1)
        with measure(count * times):
            for _ in range(times):
                expect(len(await document.list_chunks(limit=count)), count)


main(
    {
        "calls": calls,
        "uploads": uploads,
        "upload_all": upload_all,
        "ingest": ingest,
        "grow": grow,
        "large_upload": large_upload,
        "large_download": large_download,
        "stream": stream,
        "decode": decode,
    }
)
