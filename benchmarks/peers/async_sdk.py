"""``ragflow-async-sdk``, with its calls gathered under a semaphore as its users do.

It cannot stream: on Python 3.11 and newer it asks at a path that no server has.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from measuring import DATASET, KEY, expect, files_of, main, measure
from ragflow_async_sdk import AsyncRAGFlowClient


async def gathered(
    work: Callable[[Any], Awaitable[object]], items: Iterable[Any], workers: int
) -> None:
    limit = asyncio.Semaphore(workers)

    async def one(item: Any) -> None:
        async with limit:
            await work(item)

    await asyncio.gather(*(one(item) for item in items))


async def calls(url: str, count: int, workers: int) -> None:
    async with AsyncRAGFlowClient(url, KEY) as rag:
        await rag.datasets.list_datasets()
        with measure(count):
            await gathered(lambda _: rag.datasets.list_datasets(), range(count), workers)


async def uploads(url: str, count: int, size: int, workers: int) -> None:
    blob = b"x" * size
    async with AsyncRAGFlowClient(url, KEY) as rag:

        async def upload(number: int) -> None:
            form = [(f"file-{number}.txt", blob, "text/plain")]
            expect(len(await rag.documents.upload_documents(DATASET, form)), 1)

        await upload(0)
        with measure(count):
            await gathered(upload, range(count), workers)


async def ingest(url: str, folder: str, workers: int) -> None:
    files = files_of(folder)
    async with AsyncRAGFlowClient(url, KEY) as rag:

        async def upload(path: Any) -> None:
            form = [(path.name, path.read_bytes(), "text/plain")]
            expect(len(await rag.documents.upload_documents(DATASET, form)), 1)

        with measure(len(files)):
            await gathered(upload, files, workers)


async def decode(url: str, count: int, times: int) -> None:
    async with AsyncRAGFlowClient(url, KEY) as rag:
        with measure(count * times):
            for _ in range(times):
                chunks, _ = await rag.chunks.list_chunks(DATASET, str(count), page_size=count)
                expect(len(chunks), count)


main({"calls": calls, "uploads": uploads, "ingest": ingest, "decode": decode})
