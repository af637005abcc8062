"""httpx by itself, as its documentation shows it."""

from __future__ import annotations

import json

import httpx
from measuring import DATASET, count_async, expect, files_of, in_tasks, main, measure

DATASETS = "/api/v1/datasets"
DOCUMENTS = f"{DATASETS}/{DATASET}/documents"


def client(url: str, workers: int) -> httpx.AsyncClient:
    limits = httpx.Limits(max_connections=workers, max_keepalive_connections=workers)
    return httpx.AsyncClient(base_url=url, limits=limits, timeout=300)


async def calls(url: str, count: int, workers: int) -> None:
    async with client(url, workers) as http:

        async def call(_: int) -> None:
            expect(len((await http.get(DATASETS)).json()["data"]), 1)

        await call(0)
        with measure(count):
            await in_tasks(call, range(count), workers)


def calls_sync(url: str, count: int) -> None:
    with httpx.Client(base_url=url) as http:
        http.get(DATASETS)
        with measure(count):
            for _ in range(count):
                expect(len(http.get(DATASETS).json()["data"]), 1)


async def uploads(url: str, count: int, size: int, workers: int) -> None:
    blob = b"x" * size
    async with client(url, workers) as http:

        async def upload(number: int) -> None:
            reply = await http.post(DOCUMENTS, files={"file": (f"file-{number}.txt", blob)})
            expect(len(reply.json()["data"]), 1)

        await upload(0)
        with measure(count):
            await in_tasks(upload, range(count), workers)


async def ingest(url: str, folder: str, workers: int) -> None:
    files = files_of(folder)
    async with client(url, workers) as http:

        async def upload(path: object) -> None:
            with open(str(path), "rb") as file:
                reply = await http.post(DOCUMENTS, files={"file": file})
            expect(len(reply.json()["data"]), 1)

        with measure(len(files)):
            await in_tasks(upload, files, workers)


async def large_upload(url: str, path: str, size: int) -> None:
    async with client(url, 1) as http:
        await http.get(DATASETS)
        with measure(size), open(path, "rb") as file:
            (await http.post(DOCUMENTS, files={"file": file})).raise_for_status()


async def large_download(url: str, path: str, size: int) -> None:
    async with client(url, 1) as http:
        await http.get(DATASETS)
        with measure(size), open(path, "wb") as file:
            async with http.stream("GET", f"{DOCUMENTS}/{size}") as reply:
                async for piece in reply.aiter_raw():
                    file.write(piece)


async def stream(url: str, kind: str, frames: int) -> None:
    path = f"/api/v1/chats/{kind}-{frames}/completions"
    async with client(url, 1) as http:
        await http.get(DATASETS)
        with measure(frames):
            async with http.stream("POST", path, json={"question": "why?"}) as reply:
                lines = (line async for line in reply.aiter_lines() if line)
                expect(await count_async(json.loads(line[5:]) async for line in lines), frames)


async def decode(url: str, count: int, times: int) -> None:
    async with client(url, 1) as http:
        await http.get(DATASETS)
        with measure(count * times):
            for _ in range(times):
                reply = await http.get(f"{DOCUMENTS}/{count}/chunks")
                expect(len(json.loads(reply.content)["data"]["chunks"]), count)


main(
    {
        "calls": calls,
        "calls_sync": calls_sync,
        "uploads": uploads,
        "ingest": ingest,
        "large_upload": large_upload,
        "large_download": large_download,
        "stream": stream,
        "decode": decode,
    }
)
