# Generated from tests/_async/test_ingest_sweep.py by tools/generate_sync.py. Do not edit.
"""The last look of a job, beside another one."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import xxhash

from ragflow import DataSet, Outcome, RAGFlow
from ragflow.ingest.items import FileState, Found
from ragflow.ingest.ledger import Ledger


def test_what_another_job_has_in_hand_is_left_alone(
    client: RAGFlow, dataset: DataSet, tmp_path: Path
) -> None:
    """A document that another job has just stored, and not yet written down, is no copy."""
    (old,) = dataset.upload_documents([("x.txt", b"old")])
    dataset.upload_documents([("x.txt", b"new")])
    settings = client._api.settings
    with closing(Ledger(tmp_path / "ledger.db")) as other:
        target = other.target(settings.base_url, settings.api_key.fingerprint, dataset.id)
        job = other.begin(target, "ingest", {})
        (row,) = other.register(job, [(0, Found("", "x.txt", 3, "", b"new"))])
        (row,) = other.claim(job, [row])
        row.document_id = row.replaces = old.id
        row.state, row.doubted, row.digest = FileState.SENDING, 1, xxhash.xxh128_hexdigest(b"new")
        other.save([row])
        report = dataset.ingest([("y.txt", b"yes")], parse=False, ledger=tmp_path / "ledger.db")
    assert report.counts == {Outcome.STORED: 1}
    names = sorted([document.name for document in dataset.iter_documents()])
    assert names == ["x(1).txt", "x.txt", "y.txt"]


def test_an_equal_file_that_another_job_has_in_hand(
    client: RAGFlow, dataset: DataSet, tmp_path: Path
) -> None:
    """What may be the document of a file that a living job sends is no copy of an equal one."""
    (own,) = dataset.upload_documents([("x.txt", b"new")])
    dataset.upload_documents([("x(1).txt", b"new")])
    settings = client._api.settings
    with closing(Ledger(tmp_path / "ledger.db")) as other:
        target = other.target(settings.base_url, settings.api_key.fingerprint, dataset.id)
        job = other.begin(target, "ingest", {})
        names = ["x.txt", "x(1).txt"]
        found = [Found("", name, 3, "", b"new") for name in names]
        rows = other.register(job, list(enumerate(found)))
        for row in rows:
            row.doubted, row.digest = 1, xxhash.xxh128_hexdigest(b"new")
        rows[0].state, rows[0].document_id = FileState.STORED, own.id
        rows[1].state = FileState.SENDING
        other.claim(job, rows[1:])
        other.save(rows)
        dataset.ingest([("y.txt", b"yes")], parse=False, ledger=tmp_path / "ledger.db")
        assert [row.name for row in other.rows(target) if row.doubted] == names
    there = sorted([document.name for document in dataset.iter_documents()])
    assert there == ["x(1).txt", "x.txt", "y.txt"]
    dataset.ingest([(name, b"new") for name in names], parse=False, ledger=tmp_path / "ledger.db")
    there = sorted([document.name for document in dataset.iter_documents()])
    assert there == ["x(1).txt", "x.txt", "y.txt"]
    with closing(Ledger(tmp_path / "ledger.db")) as book:
        assert not any(row.doubted for row in book.rows(target))
