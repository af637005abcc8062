"""The ledger's file, what it keeps of files, and who may work on them."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ingest.ledgers import ROOT, begin, file, result, see, store
from ragflow.errors import LedgerError
from ragflow.ingest.items import FileState, Found
from ragflow.ingest.ledger import Ledger
from ragflow.ingest.schema import VERSION
from ragflow.models import Outcome

Open = Callable[[], Ledger]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a ledger is to be."""
    return tmp_path / "new folder" / "ledger.db"


@pytest.fixture
def open_ledger(path: Path) -> Iterator[Open]:
    """Open the same ledger as often as wanted."""
    ledgers: list[Ledger] = []

    def opened() -> Ledger:
        ledgers.append(Ledger(path))
        return ledgers[-1]

    yield opened
    for ledger in ledgers:
        ledger.close()


def test_a_ledger_is_kept(path: Path, open_ledger: Open) -> None:
    """What is written is there when it is opened again; the file is marked as a ledger."""
    ledger = open_ledger()
    assert ledger.path == path
    job = begin(ledger)
    store(ledger, job, see(ledger, job, file("a")))
    ledger.close()
    (row,) = open_ledger().rows(1)
    assert (row.path, row.state, row.document_id) == ("a", FileState.DONE, "doc-1")
    raw = sqlite3.connect(path)
    assert raw.execute("PRAGMA application_id").fetchone() == (0x52464C47,)
    assert raw.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    raw.close()


def test_a_private_ledger_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a path there is no file, nor any lock."""
    monkeypatch.chdir(tmp_path)
    ledger = Ledger(None)
    see(ledger, begin(ledger), file("a"))
    assert ledger.path is None
    assert list(tmp_path.iterdir()) == []
    ledger.close()


def test_a_file_that_is_no_database(path: Path) -> None:
    """Anything else is refused and left as it is."""
    path.parent.mkdir()
    path.write_bytes(b"%PDF-1.7 " * 1000)
    with pytest.raises(LedgerError, match="not a ledger"):
        Ledger(path)
    assert path.read_bytes() == b"%PDF-1.7 " * 1000


def test_a_database_of_another_program(path: Path) -> None:
    """It is refused before anything is written to it."""
    path.parent.mkdir()
    raw = sqlite3.connect(path)
    raw.execute("CREATE TABLE mine (x)")
    raw.close()
    before = path.read_bytes()
    with pytest.raises(LedgerError, match="another program"):
        Ledger(path)
    assert path.read_bytes() == before


def test_a_ledger_of_a_newer_version(path: Path, open_ledger: Open) -> None:
    """A schema that this version does not know is not touched."""
    open_ledger().close()
    raw = sqlite3.connect(path)
    raw.execute(f"PRAGMA user_version = {VERSION + 1}")
    raw.close()
    with pytest.raises(LedgerError, match="another version"):
        Ledger(path)


def test_a_ledger_of_the_first_version(path: Path) -> None:
    """It is brought up to date, and what it knows stays."""
    with closing(Ledger(path)) as ledger:
        target = ledger.target("http://server", "print", "ds")
        job = ledger.begin(target, "ingest", {})
        (before,) = ledger.register(job, [(0, Found("/files", "a.txt", 1, "1", "/files/a.txt"))])
    raw = sqlite3.connect(path)
    raw.execute("ALTER TABLE files DROP COLUMN earlier")
    raw.execute("PRAGMA user_version = 1")
    raw.close()
    with closing(Ledger(path)) as ledger:
        (row,) = ledger.rows(target)
        assert (row.id, row.path, row.name, row.earlier) == (before.id, "a.txt", "a.txt", "")


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    """A folder in place of the file, or a file in place of its folder, is told as such."""
    with pytest.raises(LedgerError, match="cannot be read or written"):
        Ledger(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(LedgerError, match="cannot be read or written"):
        Ledger(tmp_path / "file" / "ledger.db")


def test_a_closed_ledger(open_ledger: Open) -> None:
    """Closing twice is no error; using it afterwards is one of ours."""
    ledger = open_ledger()
    ledger.close()
    ledger.close()
    with pytest.raises(LedgerError):
        ledger.get(1)


def test_a_full_disk(path: Path, open_ledger: Open) -> None:
    """The call that does not fit is undone as a whole; what was written before is there."""
    ledger = open_ledger()
    job = begin(ledger)
    see(ledger, job, file("a"))
    with ledger._db.reading() as connection:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(LedgerError, match="disk is full"):
        see(ledger, job, *(file(f"{number}" * 50) for number in range(1000)), first=1)
    assert ledger.found(job.id) == 1
    with ledger._db.reading() as connection:
        connection.execute("PRAGMA max_page_count = 100000")
    assert len(see(ledger, job, file("b"), first=1)) == 1


def test_a_dataset_is_known_by_server_key_and_id(open_ledger: Open) -> None:
    """Each of the three makes another target; a new name of the dataset does not."""
    ledger = open_ledger()
    keys = [("s", "k", "d"), ("s2", "k", "d"), ("s", "k2", "d"), ("s", "k", "d2")]
    first = [ledger.target(*key, "Papers") for key in keys]
    assert len(set(first)) == 4
    assert [ledger.target(*key, "Other") for key in keys] == first
    assert ledger.job(ledger.begin(first[0], "sync", {}).id).dataset_name == "Other"


def test_all_of_a_row_is_saved(open_ledger: Open) -> None:
    """Each field that may change is written and read back."""
    ledger = open_ledger()
    job = begin(ledger)
    (row,) = see(ledger, job, file("a"))
    row.root, row.name, row.size, row.stamp, row.digest = "/r", "b", 9, "7", "abc"
    row.state, row.document_id, row.replaces = FileState.SENDING, "d", "e"
    row.attempts, row.code, row.reason = 3, 102, "no"
    ledger.save([row])
    row.created, row.found = False, None
    assert ledger.get(row.id) == row
    assert see(ledger, job, file("b", "/r"), first=1)[0].name != "b"


def test_rows_by_state_and_document(open_ledger: Open) -> None:
    """Rows are found by their state, over many pages, and by the document that they have."""
    ledger = open_ledger()
    job = begin(ledger)
    rows = see(ledger, job, *(file(f"{number:04}") for number in range(600)))
    store(ledger, job, rows[:300])
    assert [row.id for row in ledger.rows(job.target, {FileState.FOUND})] == list(range(301, 601))
    assert len(list(ledger.rows(job.target))) == 600
    assert list(ledger.rows(job.target + 1)) == []
    found = ledger.documents(job.target, [f"doc-{number}" for number in range(1000)])
    assert len(found) == 300
    assert found["doc-7"].id == 7


def test_what_has_vanished(open_ledger: Open) -> None:
    """Files that were stored from these roots and that a later job did not see."""
    ledger = open_ledger()
    job = begin(ledger)
    rows = see(ledger, job, file("a"), file("b"), file("c", "/other"), file("never stored"))
    store(ledger, job, rows[:3])
    later = begin(ledger)
    see(ledger, later, file("b"))
    assert [row.path for row in ledger.vanished(later, {ROOT})] == ["a"]
    assert [row.path for row in ledger.vanished(later, {ROOT, "/other"})] == ["a", "c"]
    assert list(ledger.vanished(later, set())) == []


def test_files_are_forgotten(open_ledger: Open) -> None:
    """Row and outcomes are gone; the file is a new one when it comes again."""
    ledger = open_ledger()
    job = begin(ledger)
    rows = see(ledger, job, file("a"), file("b"), file("a"))
    store(ledger, job, rows)
    ledger.forget(rows[:1])
    assert [each.path for each in ledger.results(job.id)] == ["b"]
    with pytest.raises(LedgerError, match="no file 1"):
        ledger.get(1)
    assert see(ledger, begin(ledger), file("a"))[0].created


def test_a_file_has_one_owner(open_ledger: Open) -> None:
    """What a living job has claimed is left out for others, until it is settled."""
    ledger, other = open_ledger(), open_ledger()
    mine, theirs = begin(ledger), begin(other)
    rows = see(ledger, mine, file("a"), file("b"))
    see(other, theirs, file("a"), file("b"))
    assert [row.path for row in ledger.claim(mine, rows[:1])] == ["a"]
    assert [row.path for row in ledger.claim(mine, rows[:1])] == ["a"]
    assert [row.path for row in other.claim(theirs, rows)] == ["b"]
    store(ledger, mine, rows[:1])
    assert [row.path for row in other.unsettled(theirs)] == ["a", "b"]
    assert [row.path for row in other.claim(theirs, rows[:1])] == ["a"]


@pytest.mark.parametrize("leave", ["end", "close"])
def test_a_dead_owner_loses_its_files(open_ledger: Open, leave: str) -> None:
    """When a job is over, what it has claimed and not settled is free."""
    ledger, other = open_ledger(), open_ledger()
    mine, theirs = begin(ledger), begin(other)
    rows = see(ledger, mine, file("a"))
    ledger.claim(mine, rows)
    assert other.claim(theirs, rows) == []
    if leave == "end":
        ledger.end(mine, "aborted")
    else:
        ledger.close()
    assert len(other.claim(theirs, rows)) == 1


def test_a_claim_tells_what_others_did(open_ledger: Open) -> None:
    """A row that another job has stored in between comes with its state of now."""
    ledger, other = open_ledger(), open_ledger()
    mine, theirs = begin(ledger), begin(other)
    rows = see(other, theirs, file("a", size=6))
    (stale,) = see(ledger, mine, file("a", size=6))
    store(other, theirs, other.claim(theirs, rows))
    (fresh,) = ledger.claim(mine, [stale])
    assert (stale.state, stale.document_id) == (FileState.FOUND, "")
    assert (fresh.state, fresh.document_id) == (FileState.DONE, "doc-1")
    assert fresh.found == stale.found
    assert not fresh.changed


def test_claims_keep_their_order(open_ledger: Open) -> None:
    """Rows come back as they were given, however many; those forgotten are left out."""
    ledger = open_ledger()
    job = begin(ledger)
    rows = see(ledger, job, *(file(f"{number:04}") for number in range(600)))[::-1]
    ledger.forget(rows[:1])
    assert [row.id for row in ledger.claim(job, rows)] == [row.id for row in rows[1:]]
    assert ledger.claim(job, []) == []


def test_threads_share_a_ledger(open_ledger: Open) -> None:
    """Calls from several threads do not mix."""
    ledger = open_ledger()
    jobs = [begin(ledger) for _ in range(4)]

    def work(number: int) -> None:
        for start in range(0, 200, 20):
            batch = [file(f"{name}") for name in range(start, start + 20)]
            rows = ledger.claim(jobs[number], see(ledger, jobs[number], *batch, first=start))
            ledger.settle(jobs[number], [result(row) for row in rows])

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(list(ledger.rows(jobs[0].target))) == 200
    for job in jobs:
        left = sum(1 for _ in ledger.unsettled(job))
        assert left + ledger.counts(job.id).get(Outcome.STORED, 0) == 200


@pytest.mark.parametrize(
    ("name", "related"),
    [
        ("a.txt", True),
        ("A (3).txt", True),
        ("a(1)(2).txt", True),
        ("b.txt", False),
        ("a.pdf", False),
        ("a", False),
        ("aa(1).txt", False),
        ("a_xt", False),
    ],
)
def test_relatives(open_ledger: Open, name: str, related: bool) -> None:
    """Files of a dataset whose names differ by numbers, or by case, alone."""
    ledger = open_ledger()
    job = begin(ledger)
    (item,) = see(ledger, job, file("a(1).txt"))
    assert not ledger.has_relatives(job.target, item)
    (other,) = see(ledger, job, file(name), first=1)
    assert ledger.has_relatives(job.target, item) is related
    assert ledger.has_relatives(job.target, other) is related
    assert not ledger.has_relatives(begin(ledger, "d2").target, item)
