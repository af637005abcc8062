"""What became of files: settled once, told in input order."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.ledgers import begin, file, result, see, store
from ragflow.errors import LedgerError
from ragflow.ingest.jobs import Job
from ragflow.ingest.ledger import Ledger
from ragflow.models import FileResult, Outcome


@pytest.fixture(params=["private", "file"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ledger]:
    """A private ledger, which writes late, and one in a file."""
    ledger = Ledger(None if request.param == "private" else tmp_path / "of its own" / "ledger.db")
    yield ledger
    ledger.close()


@pytest.fixture
def job(ledger: Ledger) -> Job:
    """A job in it."""
    return begin(ledger)


def test_a_result_is_kept(ledger: Ledger, job: Job) -> None:
    """Outcome, code and reason are those given; the rest is what the row says."""
    (row,) = see(ledger, job, file("hr/a.txt"))
    row.document_id = "d1"
    ledger.save([row])
    row.replaced = True
    ledger.settle(job, [result(row, Outcome.FAILED, code=102, reason="no")])
    assert list(ledger.results(job.id)) == [
        FileResult(
            path="hr/a.txt",
            name="hr - a.txt",
            outcome=Outcome.FAILED,
            document_id="d1",
            size=5,
            code=102,
            reason="no",
            replaced=True,
        )
    ]


def test_nothing_is_settled_twice(ledger: Ledger, job: Job) -> None:
    """A second outcome is refused, with all that came in the same call."""
    one, two = see(ledger, job, file("a"), file("b"))
    ledger.settle(job, [result(one)])
    for bad in ([result(two), result(one)], [result(two), result(two)]):
        with pytest.raises(LedgerError, match="twice"):
            ledger.settle(job, bad)
    assert ledger.counts(job.id) == {Outcome.STORED: 1}
    ledger.settle(job, [])


def test_nothing_is_settled_unseen(ledger: Ledger, job: Job) -> None:
    """A file that only another job has seen has no outcome here."""
    (row,) = see(ledger, begin(ledger), file("a"))
    with pytest.raises(LedgerError, match="never saw"):
        ledger.settle(job, [result(row)])


def test_results_over_many_pages(ledger: Ledger, job: Job) -> None:
    """They come in input order, all or those of some outcomes; others may write in between."""
    rows = see(ledger, job, *(file(f"{number:04}") for number in range(700)))
    kinds = [Outcome.STORED, Outcome.PARSED, Outcome.FAILED]
    for number in reversed(range(690)):
        ledger.settle(job, [result(rows[number], kinds[number % 3])])
    read = []
    for each in ledger.results(job.id):
        read.append(each.path)
        if len(read) == 300:
            ledger.save(rows)
    assert read == [f"{number:04}" for number in range(690)]
    failed = [each.path for each in ledger.results(job.id, {Outcome.FAILED, Outcome.QUARANTINED})]
    assert failed == [f"{number:04}" for number in range(2, 690, 3)]
    assert ledger.counts(job.id) == dict.fromkeys(kinds, 230)
    assert ledger.found(job.id) == 700
    assert [row.path for row in ledger.unsettled(job)] == [f"{n:04}" for n in range(690, 700)]


def test_the_stream_of_results(ledger: Ledger, job: Job) -> None:
    """Results are given as far as all before them are settled."""
    rows = see(ledger, job, *(file(path) for path in "abcd"))
    ledger.settle(job, [result(rows[1]), result(rows[3])])
    assert ledger.settled_prefix(job) == []
    ledger.settle(job, [result(rows[0])])
    assert [(seq, each.path) for seq, each in ledger.settled_prefix(job)] == [(0, "a"), (1, "b")]
    ledger.settle(job, [result(rows[2])])
    prefix = ledger.settled_prefix(job, after_seq=1, limit=1)
    assert [(seq, each.path) for seq, each in prefix] == [(2, "c")]
    assert ledger.settled_prefix(job, after_seq=3) == []


def test_a_run_over_unchanged_files_writes_outcomes_only(ledger: Ledger, job: Job) -> None:
    """Their rows stay as they are, to the time of their last change."""
    query = "SELECT * FROM files"
    store(ledger, job, see(ledger, job, file("a"), file("b")))
    with ledger._db.reading() as connection:
        before = connection.execute(query).fetchall()
    again = begin(ledger)
    rows = see(ledger, again, file("a"), file("b"))
    ledger.settle(again, [result(row, Outcome.SKIPPED) for row in rows])
    with ledger._db.reading() as connection:
        assert connection.execute(query).fetchall() == before
