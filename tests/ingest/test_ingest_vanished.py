"""A mirror deletes the documents of files that are gone."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from ingest.memory_server import Fault, MemoryServer
from ingest.runs import contents, ingest


@pytest.mark.parametrize("share", [0.0, 1.0], ids=["not done", "done"])
@pytest.mark.parametrize("answer", ["reset", "timeout", 502])
def test_a_deletion_whose_answer_is_lost(tmp_path: Path, answer: str | int, share: float) -> None:
    """It is asked for again, and what is gone already does no harm."""
    server = MemoryServer()
    ingest(server, tmp_path, {"a.txt": b"Alpha", "b.txt": b"Beta", "c.txt": b"Gamma"}, mirror=True)
    lost = iter([Fault(answer, share)])

    def lose(request: httpx.Request) -> Fault:
        return next(lost, Fault()) if request.method == "DELETE" else Fault()

    server.faults = lose
    for name in ("a.txt", "b.txt"):
        (tmp_path / "files" / name).unlink()
    report = ingest(server, tmp_path, {}, mirror=True, delete=True)
    assert report.vanished == ("a.txt", "b.txt")
    assert contents(server) == {"c.txt": b"Gamma"}
