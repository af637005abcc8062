"""Which files in doubt a job looks at when it ends, and how they are found by names."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path, PurePath

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ingest.ledgers import begin, file, see
from ragflow._protocol.uploads import is_name, plain_stem
from ragflow.ingest.database import PAGE
from ragflow.ingest.items import FileState, Job, Row
from ragflow.ingest.ledger import Ledger


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """A ledger."""
    with closing(Ledger(tmp_path / "ledger.db")) as ledger:
        yield ledger


def doubt(ledger: Ledger, job: Job, *names: str, first: int = 0) -> list[Row]:
    """Files of a job that were stored, perhaps more than once."""
    rows = ledger.claim(job, see(ledger, job, *map(file, names), first=first))
    for number, row in enumerate(rows):
        row.doubted, row.document_id, row.state = 1000 - number, f"doc-{row.path}", FileState.STORED
    ledger.save(rows)
    return rows


def in_doubt(ledger: Ledger) -> list[str]:
    """The paths of all files in doubt."""
    return [row.path for row in ledger.rows(1) if row.doubted]


def test_a_job_looks_at_its_files_and_those_of_dead_jobs(ledger: Ledger, tmp_path: Path) -> None:
    """What another living job sent is looked at by that job, and is in doubt until then."""
    dead, living = begin(ledger), begin(ledger)
    doubt(ledger, dead, "dead")
    ledger.end(dead, "interrupted")
    doubt(ledger, living, "living")
    with closing(Ledger(tmp_path / "ledger.db")) as other:
        job = begin(other)
        doubt(other, job, "mine", "mine too")
        doubts = other.doubts(job)
        assert (doubts.count, doubts.earliest) == (3, 999)
        assert [row.path for row in other.doubted(doubts)] == ["dead", "mine", "mine too"]
        names = ["living(1)", "dead(2)"]
        assert [row.path for row in other.doubted_named(doubts, names)] == ["dead"]
        assert [row.path for row in other.in_doubt(job.target, names)] == ["dead", "living"]
        ids = ["doc-living", "doc-mine"]
        assert [row.path for row in other.doubted_with(doubts, ids)] == ["mine"]
        other.clear_doubts(doubts, set())
        assert in_doubt(other) == ["living"]
        assert other.doubts(job).count == 0


def test_what_a_later_job_takes_is_left_to_it(ledger: Ledger) -> None:
    """A job that begins and dies during the last look of another one leaves its files in doubt."""
    job = begin(ledger)
    doubt(ledger, job, "mine")
    doubts = ledger.doubts(job)
    later = begin(ledger)
    doubt(ledger, later, "later")
    ledger.end(later, "interrupted")
    ledger.clear_doubts(doubts, set())
    assert in_doubt(ledger) == ["later"]


def test_files_that_are_not_there_are_left_out(ledger: Ledger) -> None:
    """Those without a document, and those that are being sent, stay in doubt."""
    job = begin(ledger)
    rows = doubt(ledger, job, "none", "sending", "stored")
    rows[0].document_id, rows[1].state = "", FileState.SENDING
    ledger.save(rows)
    doubts = ledger.doubts(job)
    assert doubts.count == 1
    ledger.clear_doubts(doubts, set())
    assert in_doubt(ledger) == ["none", "sending"]


def test_doubts_are_cleared_but_for_some(ledger: Ledger) -> None:
    """However many files there are, those that must be looked at again stay in doubt."""
    job = begin(ledger)
    rows = doubt(ledger, job, *(f"{number:04}" for number in range(2 * PAGE + 1)))
    rows[7].earlier = rows[8].earlier = "5:old"
    ledger.save(rows)
    ledger.clear_doubts(ledger.doubts(job), {rows[7].id})
    assert in_doubt(ledger) == ["0007"]
    assert ledger.get(rows[7].id).earlier == "5:old"
    assert ledger.get(rows[8].id).earlier == ""


def test_names_of_no_file_in_doubt(ledger: Ledger) -> None:
    """Files whose names are others, or that are not in doubt, or of another dataset, are none."""
    job = begin(ledger)
    see(ledger, job, file("a.txt"))
    doubt(ledger, job, "b.txt", first=1)
    assert ledger.in_doubt(job.target, []) == []
    assert ledger.in_doubt(job.target, ["a(1).txt", "b(1).pdf", "bb(1).txt", "b(1)"]) == []
    assert ledger.in_doubt(begin(ledger, "d2").target, ["b(1).txt"]) == []


PIECES = st.sampled_from(["a", "B", " ", "(1)", "(2)", "(12)", ".txt", ".TXT", ".", "é"])
NAMES = st.lists(PIECES, max_size=4).map(lambda pieces: "".join(["a", *pieces]))


@settings(deadline=None)
@given(sent=NAMES, number=st.integers(1, 12), is_next=st.booleans())
def test_every_name_that_a_file_may_be_stored_under(sent: str, number: int, is_next: bool) -> None:
    """A file is found by whatever name a server may have made of its own."""
    path = PurePath(sent)
    stored = f"{plain_stem(sent) if is_next else path.stem}({number}){path.suffix}"
    assume(is_name(sent, stored) and "  " not in sent)  # servers skip one space before a number
    with closing(Ledger(None)) as ledger:
        job = begin(ledger)
        (row,) = see(ledger, job, file("x"))
        row.name, row.doubted = sent, 1
        ledger.save([row])
        for name in (sent, stored):
            assert [found.name for found in ledger.in_doubt(job.target, [name])] == [sent]
