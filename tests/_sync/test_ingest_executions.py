# Generated from tests/_async/test_ingest_executions.py by tools/generate_sync.py. Do not edit.
"""Tasks that an engine executes twice at the same time, where one execution is killed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import farms
from ragflow import DataSet, IngestReport, Outcome
from ragflow._sync.ingestion.forms import Forms
from ragflow._sync.ingestion.listing import Listing
from ragflow._sync.ingestion.partition import PartitionWork
from ragflow._sync.ingestion.sweep import Sweep
from ragflow._sync.pager import Pager
from ragflow.ingest.ledger import Ledger
from ragflow.ingest.partitions import Answer

FILES = [f"{number}.txt" for number in range(6)]


class KilledError(Exception):
    """The client ends here."""


def write(folder: Path, text: str) -> Path:
    """Writes six files; none has the bytes of another one."""
    folder.mkdir(exist_ok=True)
    for name in FILES:
        (folder / name).write_text(f"{text} {name}")
    return folder


def contents(dataset: DataSet) -> dict[str, bytes]:
    """What the server has, by name."""
    documents = [document for document in dataset.iter_documents()]
    assert len({document.name for document in documents}) == len(documents)
    return {document.name: document.download() for document in documents}


def hook(executor: farms.Twofold, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets both executions of a task look before either sends, and be killed in their forms."""
    earlier, send = PartitionWork._earlier, Forms._send

    def looks(self: PartitionWork, form: Any) -> Any:
        found = earlier(self, form)
        executor.looked()
        return found

    def sends(self: Forms, form: Any) -> Any:
        if isinstance(executor, farms.Colliding):
            executor.sending()
        sent = send(self, form)
        if isinstance(executor, farms.Colliding):
            executor.stored()
        return sent

    monkeypatch.setattr(PartitionWork, "_earlier", looks)
    monkeypatch.setattr(Forms, "_send", sends)


@pytest.fixture
def killed(monkeypatch: pytest.MonkeyPatch) -> Callable[[], Any]:
    """Lets the next job be killed before its last look, and the ones after that live."""

    def kill() -> Any:
        sweep = Sweep.run

        def ends(self: Sweep) -> None:
            monkeypatch.setattr(Sweep, "run", sweep)
            raise KilledError

        monkeypatch.setattr(Sweep, "run", ends)

    return kill


def check(dataset: DataSet, report: IngestReport, policy: str) -> None:
    """Each file is there once, and what it replaced only where that was asked for."""
    held = contents(dataset)
    new = {f"new {name}".encode() for name in FILES}
    old = {f"an old one, {name}".encode() for name in FILES}
    assert Counter(held.values()) == Counter(new | old if policy == "rename" else new)
    documents = {document.id: document for document in dataset.iter_documents()}
    assert report.ok
    for result in report.results:
        assert documents[result.document_id].name == result.name
        assert held[result.name] == f"new {result.path}".encode()
        assert policy == "rename" or result.name == result.path


@pytest.mark.parametrize("has_ledger", [True, False], ids=["ledger", "no ledger"])
@pytest.mark.parametrize("is_winner_first", [True, False], ids=["winner first", "loser first"])
@pytest.mark.parametrize("policy", ["skip", "replace", "rename"])
def test_an_execution_that_is_killed_in_the_form_that_collides(
    dataset: DataSet,
    tmp_path: Path,
    policy: str,
    is_winner_first: bool,
    has_ledger: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What it stored beside the documents of the other execution is gone when the job ends."""
    ledger = tmp_path / "ledger.db" if has_ledger else None
    options: dict[str, Any] = {"parse": False, "ledger": ledger, "on_conflict": policy}
    if policy != "skip":
        dataset.ingest(write(tmp_path / "files", "an old one,"), **options)
    folder = write(tmp_path / "files", "new")
    with farms.Colliding() as executor:
        executor.is_winner_first = is_winner_first
        hook(executor, monkeypatch)
        report = dataset.ingest(folder, executor=executor, **options)
    check(dataset, report, policy)


@pytest.mark.parametrize("policy", ["skip", "replace", "rename"])
def test_the_next_run_does_what_a_killed_one_did_not(
    dataset: DataSet,
    tmp_path: Path,
    policy: str,
    killed: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A job that dies before its last look leaves it to the next one, which sends nothing."""
    ledger = tmp_path / "ledger.db"
    options: dict[str, Any] = {"parse": False, "ledger": ledger, "on_conflict": policy}
    if policy != "skip":
        dataset.ingest(write(tmp_path / "files", "an old one,"), **options)
    folder = write(tmp_path / "files", "new")
    killed()
    with farms.Colliding() as executor, monkeypatch.context() as patch:
        hook(executor, patch)
        with pytest.raises(KilledError):
            dataset.ingest(folder, executor=executor, **options)
    assert len(contents(dataset)) > len(FILES)
    report = dataset.ingest(folder, **options)
    assert report.counts == {Outcome.SKIPPED: len(FILES)}
    check(dataset, report, policy)
    book = Ledger(ledger)
    assert not any(row.doubted for row in book.rows(1))
    book.close()


def test_an_execution_that_outlives_its_job_takes_back_what_it_renamed(
    dataset: DataSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With on_conflict="rename", who comes later sees that another one has come before."""
    options: dict[str, Any] = {"parse": False, "on_conflict": "rename"}
    dataset.ingest(write(tmp_path / "files", "an old one,"), **options)
    folder = write(tmp_path / "files", "new")
    with farms.Straggling() as executor:
        hook(executor, monkeypatch)
        report = dataset.ingest(folder, executor=executor, **options)
        executor.finish()
    check(dataset, report, "rename")


def test_the_last_look_of_a_plain_job_costs_little(
    dataset: DataSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It reads the list of what is new, a hundred documents a page, and nothing else."""
    folder = tmp_path / "files"
    folder.mkdir()
    for number in range(350):
        (folder / f"{number}.txt").write_text(f"File {number}")
    dataset.upload_documents([("somebody's.txt", b"Not ours")])
    asked: list[str] = []
    is_last = []
    sweep, advance, listing = Sweep.run, Pager.advance, Listing.named

    def looks(self: Sweep) -> None:
        is_last.append(True)
        sweep(self)

    def asks(self: Pager[Any], walk: Any) -> Any:
        asked.extend("page" for _ in is_last)
        return advance(self, walk)

    def asks_for_names(self: Listing, names: Any) -> Any:
        asked.extend("name" for _ in is_last)
        return listing(self, names)

    monkeypatch.setattr(Sweep, "run", looks)
    monkeypatch.setattr(Pager, "advance", asks)
    monkeypatch.setattr(Listing, "named", asks_for_names)
    with farms.Recorder() as executor:
        report = dataset.ingest(folder, parse=False, executor=executor)
    assert report.counts == {Outcome.STORED: 350}
    assert asked == ["page"] * 4


def test_a_file_that_only_the_killed_execution_could_read(
    dataset: DataSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a task could not read, and another execution of it has stored as well, is there once."""
    folder = write(tmp_path / "files", "new")
    sweep = Sweep.run

    def cannot_read(self: PartitionWork) -> list[Answer]:
        return [Answer(id=file.row.id, read=False) for file in self._partition.files]

    def looks(self: Sweep) -> None:
        dataset.upload_documents([folder / name for name in FILES])
        sweep(self)

    monkeypatch.setattr(PartitionWork, "run", cannot_read)
    monkeypatch.setattr(Sweep, "run", looks)
    with farms.Recorder() as executor:
        report = dataset.ingest(folder, parse=False, executor=executor)
    check(dataset, report, "skip")


def test_a_copy_whose_original_is_gone(
    dataset: DataSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last look takes no document that is the only one of its file; the next run settles it."""
    folder = write(tmp_path / "files", "new")
    sweep = Sweep.run

    def looks(self: Sweep) -> None:
        originals = [document for document in dataset.iter_documents()]
        dataset.upload_documents([folder / name for name in FILES])
        dataset.delete_documents([document.id for document in originals])
        sweep(self)

    options: dict[str, Any] = {"parse": False, "ledger": tmp_path / "ledger.db"}
    with farms.Recorder() as executor, monkeypatch.context() as patch:
        patch.setattr(Sweep, "run", looks)
        dataset.ingest(folder, executor=executor, **options)
    assert set(contents(dataset).values()) == {f"new {name}".encode() for name in FILES}
    report = dataset.ingest(folder, **options)
    check(dataset, report, "skip")
