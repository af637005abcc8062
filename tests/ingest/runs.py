"""Whole jobs against a server in memory, in a time of their own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ingest.memory_server import DATASET, MemoryServer
from ingest.simulation import simulate
from ragflow import AsyncDataSet, AsyncRAGFlow, IngestReport

NEWEST, OLD = "0.27.0", "0.22.1"  # the old one tells no digests


def ingest(
    server: MemoryServer,
    tmp_path: Path,
    files: Mapping[str, bytes],
    *,
    mirror: bool = False,
    **options: Any,
) -> IngestReport:
    """Writes these files into a folder, and brings it into the server's dataset."""
    folder = tmp_path / "files"
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)

    async def run() -> IngestReport:
        version = NEWEST if server.tells_hashes else OLD
        client = AsyncRAGFlow("key", "http://server", transport=server, server_version=version)
        async with client as rag:
            dataset = rag.bind(AsyncDataSet(id=DATASET, name="Papers"))
            job = dataset.sync if mirror else dataset.ingest
            wanted = {"ledger": tmp_path / "ledger.db", "parse": False, **options}
            return await job(folder, **wanted)

    return simulate(run)


def contents(server: MemoryServer) -> dict[str, bytes]:
    """What the server has, by name."""
    assert len({item.name for item in server.documents}) == len(server.documents)
    return {item.name: item.content for item in server.documents}
