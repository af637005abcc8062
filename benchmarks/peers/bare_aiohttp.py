"""aiohttp by itself, as its documentation shows it."""

from __future__ import annotations

import json

import aiohttp
from measuring import DATASET, count_async, expect, files_of, in_tasks, main, measure

DATASETS = "/api/v1/datasets"
DOCUMENTS = f"{DATASETS}/{DATASET}/documents"


def client(url: str, workers: int) -> aiohttp.ClientSession:
    timeout = aiohttp.ClientTimeout(total=300)
    connector = aiohttp.TCPConnector(limit=workers)
    return aiohttp.ClientSession(url, connector=connector, timeout=timeout)


async def calls(url: str, count: int, workers: int) -> None:
    async with client(url, workers) as http:

        async def call(_: int) -> None:
            async with http.get(DATASETS) as reply:
                expect(len((await reply.json())["data"]), 1)

        await call(0)
        with measure(count):
            await in_tasks(call, range(count), workers)


async def send(http: aiohttp.ClientSession, name: str, content: object) -> None:
    form = aiohttp.FormData()
    form.add_field("file", content, filename=name)
    async with http.post(DOCUMENTS, data=form) as reply:
        expect(len((await reply.json())["data"]), 1)


async def uploads(url: str, count: int, size: int, workers: int) -> None:
    blob = b"x" * size
    async with client(url, workers) as http:
        await send(http, "warm.txt", blob)
        with measure(count):
            await in_tasks(lambda n: send(http, f"file-{n}.txt", blob), range(count), workers)


async def ingest(url: str, folder: str, workers: int) -> None:
    files = files_of(folder)
    async with client(url, workers) as http:
        with measure(len(files)):
            await in_tasks(lambda path: send(http, path.name, path.read_bytes()), files, workers)


async def large_upload(url: str, path: str, size: int) -> None:
    async with client(url, 1) as http:
        await send(http, "warm.txt", b"warm")
        with measure(size), open(path, "rb") as file:
            await send(http, "large.bin", file)


async def large_download(url: str, path: str, size: int) -> None:
    async with client(url, 1) as http:
        await send(http, "warm.txt", b"warm")
        with measure(size), open(path, "wb") as file:
            async with http.get(f"{DOCUMENTS}/{size}") as reply:
                async for piece in reply.content.iter_any():
                    file.write(piece)


async def stream(url: str, kind: str, frames: int) -> None:
    path = f"/api/v1/chats/{kind}-{frames}/completions"
    async with aiohttp.ClientSession(url, read_bufsize=1 << 18) as http:
        with measure(frames):
            async with http.post(path, json={"question": "why?"}) as reply:
                lines = (line async for line in reply.content if line != b"\n")
                expect(await count_async(json.loads(line[5:]) async for line in lines), frames)


async def decode(url: str, count: int, times: int) -> None:
    async with client(url, 1) as http:
        with measure(count * times):
            for _ in range(times):
                async with http.get(f"{DOCUMENTS}/{count}/chunks") as reply:
                    expect(len(json.loads(await reply.read())["data"]["chunks"]), count)


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
