"""Equal files in a task that is executed twice at once."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from ingest.executions import Engine, Other
from ingest.memory_server import Fault, MemoryServer, Stored
from ingest.runs import NEWEST, contents, ingest
from ragflow.ingest import grouping


@pytest.mark.parametrize("kill", range(6))
def test_each_of_two_equal_files_has_its_own_document(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kill: int
) -> None:
    """What a killed execution stored of one file is not taken for the other one as well."""
    monkeypatch.setattr(grouping, "GROUP_FILES", 1)
    server = MemoryServer()
    engine = Engine(server, NEWEST, iter([Other(delay=-3.0, kill=kill)]))
    files = {"a(1).txt": b"same", "a(2).txt": b"same"}
    with engine.at_work():
        report = ingest(server, tmp_path, files, executor=engine)
    assert report.ok
    assert len({result.document_id for result in report.results}) == 2
    assert contents(server) == files
    assert {result.path: result.name for result in report.results} == {n: n for n in files}


@pytest.mark.parametrize("number", [1, 7])
def test_whoever_comes_later_takes_its_document_back(tmp_path: Path, number: int) -> None:
    """Of two executions that outlive each other one document is left, whatever their numbers."""
    server = MemoryServer(ignores_case=True)
    server.add("A.txt", b"somebody's")

    def fault(request: httpx.Request) -> Fault:
        if request.method == "POST" and all(item.id != "another" for item in server.documents):
            server.documents.append(Stored("another", f"a({number}).txt", b"new", server.clock))
        return Fault()

    server.faults = fault
    engine = Engine(server, NEWEST, iter(()))
    with engine.at_work():
        report = ingest(server, tmp_path, {"a.txt": b"new"}, executor=engine)
    assert [result.document_id for result in report.results] == ["another"]
    assert [item.id for item in server.documents] == ["doc1", "another"]
