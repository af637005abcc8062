"""A private ledger keeps in memory what it knows while that is little, and nobody can tell."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest
from attrs import evolve

from ingest.ledgers import begin, file, result, see
from ragflow.errors import LedgerError
from ragflow.ingest import unwritten
from ragflow.ingest.database import Database
from ragflow.ingest.items import FileState, Settled
from ragflow.ingest.jobs import Job
from ragflow.ingest.ledger import Ledger
from ragflow.models import Outcome


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    """A private ledger."""
    ledger = Ledger(None)
    yield ledger
    ledger.close()


@pytest.fixture
def job(ledger: Ledger) -> Job:
    """A job in it."""
    return begin(ledger)


def written(ledger: Ledger) -> int:
    """How many files the database itself has."""
    count = ledger._db._connection.execute("SELECT count(*) FROM files").fetchone()[0]
    assert isinstance(count, int)
    return count


def test_few_files_are_written_nowhere(ledger: Ledger, job: Job) -> None:
    """A job of few files is told from beginning to end without the database."""
    rows = see(ledger, job, *(file(f"{name}.txt") for name in "abc"))
    rows[1].state, rows[1].document_id = FileState.STORED, "d1"
    ledger.save(rows)
    ledger.settle(job, [result(row) for row in rows], rows)
    ledger.end(job, "done")
    assert [found.document_id for found in ledger.results(job.id)] == ["", "d1", ""]
    assert ledger.counts(job.id) == {Outcome.STORED: 3}
    assert ledger.doubts(job).count == 0
    assert ledger.newest() == 3
    assert ledger._db._opened is None
    assert written(ledger) == 0
    info = ledger.job(job.id)
    assert (info.status, info.dataset_name, info.found) == ("done", "Papers", 3)


def test_a_job_is_known_once_the_database_is_there(ledger: Ledger) -> None:
    """What was put off comes first, and a second dataset or job after it."""
    first, second = begin(ledger), begin(ledger, "d2")
    ledger.end(second, "aborted", 9)
    told = [(job.id, job.target, job.dataset_id, job.status) for job in ledger.jobs()]
    assert told == [(first.id, 1, "d1", "running"), (second.id, 2, "d2", "aborted")]


def test_a_database_that_cannot_take_what_was_put_off(
    ledger: Ledger, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error is that of a ledger, and no connection is left open."""
    connections: list[sqlite3.Connection] = []
    set_up = Database._set_up

    def remembers(self: Database, connection: sqlite3.Connection) -> None:
        connections.append(connection)
        set_up(self, connection)

    monkeypatch.setattr(Database, "_set_up", remembers)
    assert ledger._db.postpone("more", "INSERT INTO nowhere VALUES (?)", (1,))
    with pytest.raises(LedgerError, match="nowhere"):
        ledger.job(job.id)
    (connection,) = connections
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        connection.execute("SELECT 1")


def test_a_ledger_that_was_closed_unopened(ledger: Ledger, job: Job) -> None:
    """It says so, and makes no database any more."""
    ledger.close()
    with pytest.raises(LedgerError, match="closed"):
        ledger.job(job.id)


def test_memory_holds_few(ledger: Ledger, job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of many files, those that ended first are written, and those on their way are not."""
    monkeypatch.setattr(unwritten, "KEPT", 2)
    rows = see(ledger, job, *(file(f"{name}.txt") for name in "abcde"))
    for number, row in enumerate((rows[4], rows[0], rows[3], rows[1])):
        ledger.settle(job, [result(row)], [row])
        assert written(ledger) == max(0, number - 1)
    assert ledger._db.unwritten.paths.keys() == {"b.txt", "c.txt", "d.txt"}
    told = [found.path for found in ledger.results(job.id)]
    assert told == ["a.txt", "b.txt", "d.txt", "e.txt"]


@pytest.mark.parametrize("kept", [0, 1, 100])
def test_all_is_told_the_same(
    ledger: Ledger, job: Job, kept: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether files are in memory or in the database, answers are the same."""
    monkeypatch.setattr(unwritten, "KEPT", kept)
    rows = see(ledger, job, *(file(f"{name}.txt") for name in "abcd"))
    rows[3].document_id, rows[3].doubted = "d3", 7
    ledger.settle(job, [result(rows[3])], [rows[3]])
    assert ledger.settled_prefix(job) == []
    failed = Settled(rows[0], Outcome.FAILED, 102, "no \ud800")
    ledger.settle(job, [failed])
    assert [seq for seq, _ in ledger.settled_prefix(job)] == [0]
    ledger.settle(job, [result(rows[1])])
    prefix = ledger.settled_prefix(job, after_seq=0)
    assert [(seq, found.path) for seq, found in prefix] == [(1, "b.txt")]
    first, *_ = ledger.results(job.id, {Outcome.FAILED})
    assert (first.path, first.code, first.reason) == ("a.txt", 102, "no \\ud800")
    assert ledger.counts(job.id) == {Outcome.STORED: 2, Outcome.FAILED: 1}
    assert ledger.counts(job.id, range(1, 3)) == {Outcome.STORED: 1}
    assert ledger.found(job.id) == 4
    doubted = ledger.doubted(ledger.doubts(job))
    assert [row.document_id for row in doubted] == ["d3"]
    with pytest.raises(LedgerError, match="twice"):
        ledger.settle(job, [result(rows[3])])
    assert [row.path for row in ledger.unsettled(job)] == ["c.txt"]


def test_what_changes_after_the_end(ledger: Ledger, job: Job) -> None:
    """A file that has ended and is saved once more is told as it is now."""
    (row,) = see(ledger, job, file("a.txt"))
    ledger.settle(job, [result(row)])
    ledger.save([evolve(row, document_id="d9")])
    assert [found.document_id for found in ledger.results(job.id)] == ["d9"]


def test_results_keep_the_order_of_the_input(ledger: Ledger, job: Job) -> None:
    """However late a file is written, its result stands where it came in."""
    rows = see(ledger, job, *(file(f"{name}.txt") for name in "abc"))
    for row in (rows[2], rows[0], rows[1]):
        ledger.settle(job, [result(row)])
    assert [found.path for found in ledger.results(job.id)] == ["a.txt", "b.txt", "c.txt"]


def test_who_asks_earlier_sees_all(ledger: Ledger, job: Job) -> None:
    """Questions are answered as if all had been written at once, and the job goes on."""
    rows = see(ledger, job, file("a.txt"), file("b.txt"))
    rows[0].size = 7
    ledger.save([rows[0]])
    assert [row.size for row in ledger.unsettled(job)] == [7, 5]
    assert ledger.get(rows[1].id).path == "b.txt"
    rows[0].document_id = "d1"
    ledger.settle(job, [result(row) for row in rows], rows)
    assert [found.document_id for found in ledger.results(job.id)] == ["d1", ""]


def test_a_copy_of_a_row_takes_its_place(ledger: Ledger, job: Job) -> None:
    """What was saved last counts, also where the row was copied in between."""
    (row,) = see(ledger, job, file("a.txt"))
    other = evolve(row, size=9, document_id="d2")
    ledger.save([other])
    assert [(found.size, found.document_id) for found in ledger.unsettled(job)] == [(9, "d2")]


def test_paths_and_names_are_taken_at_once(ledger: Ledger, job: Job) -> None:
    """A later batch knows the files of an earlier one, written or not."""
    see(ledger, job, file("a.txt"))
    rows = see(ledger, job, file("a.txt"), file("A.txt"), file("a.txt", "/else"), first=1)
    assert len({"a.txt", *(row.name.lower() for row in rows)}) == 3
    assert ledger.counts(job.id) == {Outcome.SKIPPED: 1}


def test_another_job_finds_all_written(ledger: Ledger, job: Job) -> None:
    """What one job has not ended is there for the next one."""
    (row,) = see(ledger, job, file("a.txt"))
    again = begin(ledger)
    (same,) = see(ledger, again, file("a.txt"))
    assert (same.id, same.created) == (row.id, False)


def test_what_cannot_be_settled_changes_nothing(ledger: Ledger, job: Job) -> None:
    """Files that are settled twice stay as they were."""
    one, two = see(ledger, job, file("a.txt"), file("b.txt"))
    with pytest.raises(LedgerError, match="twice"):
        ledger.settle(job, [result(one), result(two), result(two)])
    assert list(ledger.results(job.id)) == []
    ledger.settle(job, [result(one), result(two)])
    assert len(list(ledger.results(job.id))) == 2
