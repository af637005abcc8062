"""The last look of a job in datasets that are too large to be listed for a few files."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import httpx
import pytest

from ingest.memory_server import Fault, MemoryServer
from ingest.runs import contents, ingest
from ragflow.ingest.ledger import Ledger


def foreign(server: MemoryServer, count: int = 150) -> dict[str, bytes]:
    """Lets somebody else store many documents."""
    files = {f"else {number}.txt": f"else {number}".encode() for number in range(count)}
    for name, content in files.items():
        server.clock += 1
        server.add(name, content)
    return files


def test_few_files_among_many_newer_documents(tmp_path: Path) -> None:
    """A copy that is not among the newest documents is found by the file's name."""
    server = MemoryServer()
    others: dict[str, bytes] = {}
    pages: list[str] = []

    def doubled(request: httpx.Request) -> Fault:
        if request.method == "POST":
            server.add("a.txt", b"same")
            return Fault("reset")
        if server.uploads and not others:
            others.update(foreign(server))
        query = request.url.params
        pages.append(query.get("keywords", query.get("name", f"page {query.get('page')}")))
        return Fault()

    server.faults = doubled
    report = ingest(server, tmp_path, {"a.txt": b"same"})
    assert report.ok
    assert contents(server) == {"a.txt": b"same", **others}
    assert "page 2" not in pages


@pytest.mark.parametrize("is_free", [True, False])
def test_a_name_is_asked_for(tmp_path: Path, is_free: bool) -> None:
    """Where few documents have other names than their files, nothing but those is asked for."""
    server = MemoryServer()
    held = server.add("a.txt", b"foreign")
    others = foreign(server)
    pages: list[str] = []

    def lost(request: httpx.Request) -> Fault:
        if request.method == "POST":
            return Fault("reset")
        if server.uploads and is_free:
            server.remove([held.id])
        pages.append(f"page {request.url.params.get('page')}")
        return Fault()

    server.faults = lost
    (result,) = ingest(server, tmp_path, {"a.txt": b"same"}, on_conflict="rename").results
    there = contents(server)
    assert there.pop(result.name) == b"same"
    assert result.name == ("a.txt" if is_free else "a(1).txt")
    assert there == (others if is_free else {"a.txt": b"foreign", **others})
    assert "page 2" not in pages


def test_two_files_that_claim_one_document(tmp_path: Path) -> None:
    """A ledger that says what cannot be does not keep a job renaming for ever."""
    server = MemoryServer()
    ingest(server, tmp_path, {"a.txt": b"same", "b.txt": b"same"})
    with closing(Ledger(tmp_path / "ledger.db")) as ledger:
        rows = list(ledger.rows(1))
        for row in rows:
            row.document_id, row.doubted = rows[0].document_id, 1
        ledger.save(rows)
        server.remove([item.id for item in server.documents if item.name == "b.txt"])
    renamed: list[str] = []

    def count(request: httpx.Request) -> Fault:
        renamed.extend([request.method] if request.method in ("PUT", "PATCH") else [])
        assert len(renamed) < 9
        return Fault()

    server.faults = count
    ingest(server, tmp_path, {})
    assert len(renamed) <= 2
