"""What must be true after a chaos run: each file on the server once, with its bytes and name."""

from __future__ import annotations

import asyncio
import hashlib
import os
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

from ragflow import AsyncDataSet, AsyncDocument, AsyncRAGFlow, RunStatus
from ragflow.ingest.names import document_name, qualified_name
from ragflow.ingest.paths import escaped
from ragflow.testing import LocalServer

DOWNLOADS = 4
SHOWN = 5
ENDED = ("done", "stored")


async def check(
    server: LocalServer, dataset: str, folder: Path, ledger: Path, *, parsed: bool
) -> list[str]:
    """What is wrong; nothing if all is well.

    Args:
        server: The server, without faults by now.
        dataset: The dataset's name.
        folder: What was ingested.
        ledger: The ledger of it.
        parsed: Whether all documents must be parsed.
    """
    expected = _digests(folder)
    async with AsyncRAGFlow(server.api_key, server.base_url) as rag:
        home = await rag.get_dataset(name=dataset)
        documents, stored = await _downloaded(home)
    problems = _about_contents(expected, stored)
    problems += _about_names(folder, expected, {d.id: d for d in documents}, stored)
    if parsed:
        undone = [item.name for item in documents if item.run is not RunStatus.DONE]
        problems += _some("not parsed", undone)
    problems += _about_ledger(ledger, expected, stored)
    return problems


def _digests(folder: Path) -> dict[str, str]:
    """The files by their digests; no two have the same."""
    found: dict[str, str] = {}
    for place, _, names in os.walk(folder):
        for name in names:
            path = Path(place, name)
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            found[digest] = escaped(str(path.relative_to(folder)))
    return found


async def _downloaded(dataset: AsyncDataSet) -> tuple[list[AsyncDocument], dict[str, str]]:
    """The documents, and the digest of each by its id."""
    documents = [document async for document in dataset.iter_documents()]
    digests: dict[str, str] = {}
    feed = iter(documents)

    async def work() -> None:
        for document in feed:
            digests[document.id] = hashlib.sha256(await document.download()).hexdigest()

    await asyncio.gather(*(work() for _ in range(DOWNLOADS)))
    return documents, digests


def _about_contents(expected: dict[str, str], stored: dict[str, str]) -> list[str]:
    times = Counter(stored.values())
    lost = [path for digest, path in expected.items() if not times[digest]]
    doubled = [path for digest, path in expected.items() if times[digest] > 1]
    strange = [id for id, digest in stored.items() if digest not in expected]
    return [
        *_some("lost", lost),
        *_some("stored more than once", doubled),
        *_some("on the server with other bytes", strange),
    ]


def _about_names(
    folder: Path,
    expected: dict[str, str],
    documents: dict[str, AsyncDocument],
    stored: dict[str, str],
) -> list[str]:
    wrong = []
    for id, digest in stored.items():
        path = expected.get(digest)
        if path is not None:
            name = document_name(path)
            own = {name, qualified_name(name, escaped(str(folder)), path)}
            if documents[id].name not in own:
                wrong.append(f"{path} as {documents[id].name}")
    return _some("under another name", wrong)


def _about_ledger(ledger: Path, expected: dict[str, str], stored: dict[str, str]) -> list[str]:
    with closing(sqlite3.connect(ledger)) as connection:
        rows = connection.execute("SELECT path, document_id, state, doubted FROM files").fetchall()
    wrong = [
        f"{path} as {id or 'nothing'}"
        for path, id, _, _ in rows
        if expected.get(stored.get(id, "")) != path
    ]
    unfinished = [f"{path} ({state})" for path, _, state, _ in rows if state not in ENDED]
    doubted = [path for path, *_, doubted in rows if doubted]
    problems = [
        *_some("wrong in the ledger", wrong),
        *_some("unfinished in the ledger", unfinished),
        *_some("still in doubt", doubted),
    ]
    if len(rows) != len(expected):
        problems.append(f"the ledger knows {len(rows)} files of {len(expected)}")
    return problems


def _some(problem: str, cases: list[str]) -> list[str]:
    if not cases:
        return []
    return [f"{len(cases)} {problem}: {', '.join(map(ascii, cases[:SHOWN]))}"]
