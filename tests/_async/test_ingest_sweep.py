"""The last look of a job, beside another one."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import xxhash

from ragflow import AsyncDataSet, AsyncRAGFlow, Outcome
from ragflow.ingest.items import FileState, Found
from ragflow.ingest.ledger import Ledger


async def test_what_another_job_has_in_hand_is_left_alone(
    async_client: AsyncRAGFlow, dataset: AsyncDataSet, tmp_path: Path
) -> None:
    """A document that another job has just stored, and not yet written down, is no copy."""
    (old,) = await dataset.upload_documents([("x.txt", b"old")])
    await dataset.upload_documents([("x.txt", b"new")])
    settings = async_client._api.settings
    with closing(Ledger(tmp_path / "ledger.db")) as other:
        target = other.target(settings.base_url, settings.api_key.fingerprint, dataset.id)
        job = other.begin(target, "ingest", {})
        (row,) = other.register(job, [(0, Found("", "x.txt", 3, "", b"new"))])
        (row,) = other.claim(job, [row])
        row.document_id = row.replaces = old.id
        row.state, row.doubted, row.digest = FileState.SENDING, 1, xxhash.xxh128_hexdigest(b"new")
        other.save([row])
        report = await dataset.ingest(
            [("y.txt", b"yes")], parse=False, ledger=tmp_path / "ledger.db"
        )
    assert report.counts == {Outcome.STORED: 1}
    names = sorted([document.name async for document in dataset.iter_documents()])
    assert names == ["x(1).txt", "x.txt", "y.txt"]


async def test_an_equal_file_that_another_job_has_in_hand(
    async_client: AsyncRAGFlow, dataset: AsyncDataSet, tmp_path: Path
) -> None:
    """What may be the document of a file that a living job sends is no copy of an equal one."""
    (own,) = await dataset.upload_documents([("x.txt", b"new")])
    await dataset.upload_documents([("x(1).txt", b"new")])
    settings = async_client._api.settings
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
        await dataset.ingest([("y.txt", b"yes")], parse=False, ledger=tmp_path / "ledger.db")
        assert [row.name for row in other.rows(target) if row.doubted] == names
    there = sorted([document.name async for document in dataset.iter_documents()])
    assert there == ["x(1).txt", "x.txt", "y.txt"]
    await dataset.ingest(
        [(name, b"new") for name in names], parse=False, ledger=tmp_path / "ledger.db"
    )
    there = sorted([document.name async for document in dataset.iter_documents()])
    assert there == ["x(1).txt", "x.txt", "y.txt"]
    with closing(Ledger(tmp_path / "ledger.db")) as book:
        assert not any(row.doubted for row in book.rows(target))
