"""Older versions of a file, which on_conflict="rename" leaves on the server."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from ingest.memory_server import MemoryServer
from ingest.runs import contents, ingest
from ragflow.ingest.ledger import Ledger


@pytest.mark.parametrize("tells_hashes", [True, False])
def test_an_older_version_with_the_name_of_a_file_whose_document_is_gone(
    tmp_path: Path, tells_hashes: bool
) -> None:
    """It has the size of the file and is still not taken for it."""
    server = MemoryServer(tells_hashes=tells_hashes)
    ingest(server, tmp_path, {"a.txt": b"old"}, on_conflict="rename")
    ingest(server, tmp_path, {"a.txt": b"new"}, on_conflict="rename")
    with closing(Ledger(tmp_path / "ledger.db")) as ledger:
        (row,) = ledger.rows(1)
        row.name = "a.txt"  # as a job leaves it that ends before its last look
        ledger.save([row])
    server.remove([row.document_id])
    (result,) = ingest(server, tmp_path, {}, on_conflict="rename").results
    assert contents(server) == {"a.txt": b"old", "a(1).txt": b"new"}
    assert result.name == "a(1).txt"
