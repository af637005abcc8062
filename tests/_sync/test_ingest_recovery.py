# Generated from tests/_async/test_ingest_recovery.py by tools/generate_sync.py. Do not edit.
"""Ingestion after a crash: what an earlier job had sent is found, told apart, and never doubled."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
import xxhash

from ragflow import DataSet, IngestProgress
from ragflow._sync.resource import api_of
from ragflow.ingest.items import FileState, Found
from ragflow.ingest.ledger import Ledger


def crashed(dataset: DataSet, ledger: Path, folder: Path) -> None:
    """Leaves a ledger as a job does that is killed while it sends all files of a folder."""
    settings = api_of(dataset).settings
    book = Ledger(ledger)
    target = book.target(settings.base_url, settings.api_key.fingerprint, dataset.id, dataset.name)
    job = book.begin(target, "ingest", {})
    found = []
    for path in sorted(folder.iterdir()):
        status = path.stat()
        found.append(Found(str(folder), path.name, status.st_size, str(status.st_mtime_ns), path))
    rows = book.register(job, list(enumerate(found)))
    for row in rows:
        row.state, row.doubted = FileState.SENDING, 1
        row.digest = xxhash.xxh128_hexdigest((folder / row.path).read_bytes())
    book.save(rows)
    book.close()


def contents(dataset: DataSet) -> dict[str, bytes]:
    """What the dataset has, by name."""
    return {document.name: document.download() for document in dataset.iter_documents()}


def test_what_was_stored_before_the_crash_is_not_sent(dataset: DataSet, tmp_path: Path) -> None:
    """A file whose document is there costs no upload."""
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "a.txt").write_bytes(b"first")
    (folder / "b.txt").write_bytes(b"second")
    crashed(dataset, tmp_path / "ledger.db", folder)
    dataset.upload_documents([folder / "a.txt"])
    report = dataset.ingest(folder, ledger=tmp_path / "ledger.db", parse=False)
    assert report.ok
    assert report.bytes_sent == len(b"second")
    assert contents(dataset) == {"a.txt": b"first", "b.txt": b"second"}


def test_a_numbered_name_is_its_own_files(dataset: DataSet, tmp_path: Path) -> None:
    """Of a(1).txt and a.txt, of one size, only the first was stored: the other is sent."""
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "a.txt").write_bytes(b"plain")
    (folder / "a(1).txt").write_bytes(b"tally")
    crashed(dataset, tmp_path / "ledger.db", folder)
    dataset.upload_documents([folder / "a(1).txt"])
    report = dataset.ingest(folder, ledger=tmp_path / "ledger.db", parse=False)
    assert report.ok
    assert contents(dataset) == {"a.txt": b"plain", "a(1).txt": b"tally"}


@pytest.mark.parametrize("order", [("a.txt", "a(1).txt"), ("a(1).txt", "a.txt")])
def test_equal_files_are_two_documents(
    dataset: DataSet, tmp_path: Path, order: tuple[str, str]
) -> None:
    """Of two files with the same bytes only one was stored: the other is sent, under its name."""
    folder = tmp_path / "files"
    folder.mkdir()
    for name in order:
        (folder / name).write_bytes(b"the same")
    crashed(dataset, tmp_path / "ledger.db", folder)
    dataset.upload_documents([folder / order[0]])
    report = dataset.ingest(folder, ledger=tmp_path / "ledger.db", parse=False)
    assert report.ok
    assert report.bytes_sent == len(b"the same")
    assert contents(dataset) == dict.fromkeys(order, b"the same")
    assert {result.name: result.path for result in report.results} == {n: n for n in order}
    assert len({result.document_id for result in report.results}) == 2


def test_a_copy_has_another_files_name(dataset: DataSet, tmp_path: Path) -> None:
    """What came twice of a.txt goes, and a(1).txt gets its name back."""
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "a.txt").write_bytes(b"plain")
    (folder / "a(1).txt").write_bytes(b"tally")
    crashed(dataset, tmp_path / "ledger.db", folder)
    for _ in range(2):
        dataset.upload_documents([folder / "a.txt"])
    report = dataset.ingest(folder, ledger=tmp_path / "ledger.db", parse=False)
    assert report.ok
    assert contents(dataset) == {"a.txt": b"plain", "a(1).txt": b"tally"}
    assert {result.name: result.path for result in report.results} == {
        "a.txt": "a.txt",
        "a(1).txt": "a(1).txt",
    }


@pytest.mark.parametrize("parse", [False, True])
def test_what_arrives_while_it_is_sent_again(dataset: DataSet, tmp_path: Path, parse: bool) -> None:
    """A form of the crashed job is stored after the next job has looked: no copy stays."""
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "a.txt").write_bytes(b"It is late.")
    (folder / "b.txt").write_bytes(b"It is later.")
    crashed(dataset, tmp_path / "ledger.db", folder)
    late = [(name, (folder / name).read_bytes()) for name in ("a.txt", "b.txt")]

    arrived = []

    def arrive(now: IngestProgress) -> None:
        if not arrived and now.found == 2:
            arrived.append(now)
            upload(dataset, late)

    report = dataset.ingest(folder, ledger=tmp_path / "ledger.db", parse=parse, progress=arrive)
    assert report.ok
    assert arrived
    assert contents(dataset) == dict(late)
    assert {result.name for result in report.results} == {"a.txt", "b.txt"}
    again = dataset.ingest(folder, ledger=tmp_path / "ledger.db", parse=parse)
    assert again.bytes_sent == 0
    assert again.counts == {"skipped": 2}
    book = Ledger(tmp_path / "ledger.db")
    assert not any(row.doubted for row in book.rows(1))
    book.close()


def upload(dataset: DataSet, files: list[tuple[str, bytes]]) -> None:
    """Uploads from a blocking callback, as somebody else would."""
    settings = api_of(dataset).settings
    answer = httpx.post(
        f"{settings.base_url}/api/v1/datasets/{dataset.id}/documents",
        headers={"Authorization": f"Bearer {settings.api_key.reveal()}"},
        files=[("file", item) for item in files],
    )
    assert answer.json()["code"] == 0
