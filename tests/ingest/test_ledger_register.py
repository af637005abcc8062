"""How files find their rows: roots, moved trees, contents in memory, names."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.ledgers import ROOT, begin, file, memory, result, see, store
from ragflow.ingest.items import FileState, Found, Unreadable
from ragflow.ingest.jobs import Job
from ragflow.ingest.ledger import Ledger
from ragflow.ingest.names import folded_name
from ragflow.models import Outcome


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


def outcomes(ledger: Ledger, job: Job) -> list[tuple[str, Outcome, str]]:
    """What is settled: path, outcome, reason."""
    return [(each.path, each.outcome, each.reason) for each in ledger.results(job.id)]


def test_a_new_file(ledger: Ledger, job: Job) -> None:
    """It gets a row with a name; what the scan saw is with it."""
    found = file("hr/guide.pdf", size=7, stamp="3")
    (row,) = see(ledger, job, found)
    assert (row.path, row.name, row.size, row.stamp) == ("hr/guide.pdf", "hr - guide.pdf", 7, "3")
    assert (row.created, row.changed, row.state) == (True, False, FileState.FOUND)
    assert row.found is found
    assert ledger.get(row.id).name == "hr - guide.pdf"
    assert ledger.found(job.id) == 1
    assert ledger.counts(job.id) == {}


@pytest.mark.parametrize(
    ("size", "stamp", "changed"),
    [(5, "1", False), (6, "1", True), (5, "2", True), (5, "", False), (6, "", True)],
)
def test_a_file_again(ledger: Ledger, job: Job, size: int, stamp: str, changed: bool) -> None:
    """Another size or stamp is a change; a stamp that is unknown tells nothing."""
    store(ledger, job, see(ledger, job, file("a.txt")))
    (row,) = see(ledger, begin(ledger), file("a.txt", size=size, stamp=stamp))
    assert (row.created, row.changed, row.state) == (False, changed, FileState.DONE)
    assert (row.size, row.stamp) == (5, "1")


def test_input_order_is_kept(ledger: Ledger, job: Job) -> None:
    """Rows come back as the files were given, known and new ones mixed."""
    see(ledger, job, file("b"), file("d"))
    rows = see(ledger, begin(ledger), *(file(path) for path in "edcba"))
    assert [row.path for row in rows] == list("edcba")


def test_a_file_given_twice(ledger: Ledger, job: Job) -> None:
    """The second time it is skipped, in the same batch and in a later one."""
    assert len(see(ledger, job, file("a"), file("a"))) == 1
    assert see(ledger, job, file("a"), first=2) == []
    assert outcomes(ledger, job) == [("a", Outcome.SKIPPED, "given twice")] * 2
    assert ledger.found(job.id) == 3


def test_two_roots_with_the_same_path(ledger: Ledger, job: Job) -> None:
    """Both files are kept, with keys and names of their own; and so at every later run."""
    first = see(ledger, job, file("a.txt", "/one"), file("a.txt", "/two"))
    assert [row.path.partition("~")[0] for row in first] == ["a.txt", "a"]
    assert len({row.name for row in first}) == 2
    for order in (("/two", "/one"), ("/one", "/two"), ("/two",)):
        rows = see(ledger, begin(ledger), *(file("a.txt", root) for root in order))
        assert {row.root: row.id for row in rows}.items() <= {
            row.root: row.id for row in first
        }.items()


def test_two_roots_in_two_batches(ledger: Ledger, job: Job) -> None:
    """What this job has seen is another file, even if size and stamp are the same."""
    (one,) = see(ledger, job, file("a.txt", "/one"))
    (two,) = see(ledger, job, file("a.txt", "/two"), first=1)
    assert one.id != two.id
    assert ledger.get(one.id).root == "/one"


def test_a_tree_that_was_moved(ledger: Ledger, job: Job) -> None:
    """With size and stamp as before, the row goes with the tree."""
    store(ledger, job, see(ledger, job, file("a.txt", "/old")))
    (row,) = see(ledger, begin(ledger), file("a.txt", "/new"))
    assert (row.created, row.changed, row.state) == (False, False, FileState.DONE)
    assert ledger.get(row.id).root == "/new"


def test_a_changed_file_of_another_tree(ledger: Ledger, job: Job, tmp_path: Path) -> None:
    """It is another file while the old one exists, and the old one's successor when it does not."""
    old = tmp_path / "a.txt"
    old.write_bytes(b"12345")
    (first,) = see(ledger, job, file("a.txt", str(tmp_path)))
    store(ledger, job, [first])
    (second,) = see(ledger, begin(ledger), file("a.txt", "/new", size=6))
    assert second.created
    ledger.forget([second])
    old.unlink()
    (third,) = see(ledger, begin(ledger), file("a.txt", "/new", size=6))
    assert (third.id, third.changed) == (first.id, True)


def test_escaped_paths_are_looked_at(ledger: Ledger, job: Job, tmp_path: Path) -> None:
    """A file whose name the scan had to escape is not taken for gone."""
    (tmp_path / "a\\xb").touch()
    store(ledger, job, see(ledger, job, file("a\\x5cxb", str(tmp_path))))
    (row,) = see(ledger, begin(ledger), file("a\\x5cxb", "/new", size=6))
    assert row.created


@pytest.mark.parametrize("root", ["s3://bucket", ""])
def test_places_that_cannot_be_looked_at(ledger: Ledger, job: Job, root: str) -> None:
    """A row of an address, or of memory, is never taken over by another root that differs."""
    store(ledger, job, see(ledger, job, file("a.txt", root)))
    (row,) = see(ledger, begin(ledger), file("a.txt", "/new", size=6))
    assert row.created


def test_contents_in_memory(ledger: Ledger, job: Job) -> None:
    """Two of one path are two files if their bytes differ, in this job and the next."""
    first = see(ledger, job, memory("a.txt", b"1"), memory("a.txt", b"2"), memory("a.txt", b"1"))
    first += see(ledger, job, memory("a.txt", b"2"), memory("a.txt", b"3"), first=3)
    assert [row.found.content for row in first if row.found] == [b"1", b"2", b"3"]
    assert len({row.path for row in first}) == len({row.name for row in first}) == 3
    assert outcomes(ledger, job) == [
        ("a.txt", Outcome.SKIPPED, "given twice"),
        (first[1].path, Outcome.SKIPPED, "given twice"),
    ]
    contents = (b"3", b"2", b"1")
    again = see(ledger, begin(ledger), *(memory("a.txt", content) for content in contents))
    assert [row.id for row in again] == [row.id for row in reversed(first)]


def test_contents_that_are_read(ledger: Ledger, job: Job, tmp_path: Path) -> None:
    """Open files and files under another name are told apart too, and left where they were."""
    opened = io.BytesIO(b"head12")
    opened.seek(4)
    path = tmp_path / "2"
    path.write_bytes(b"12")
    rows = see(
        ledger,
        job,
        Found("", "a", 2, "", opened),
        Found("", "a", 2, "", b"34"),
        Found("", "a", 2, "7", str(path)),
        Found("", "a", 2, "7", str(path)),
        Found("", "a", 2, "", lambda: io.BytesIO(b"12")),
    )
    assert [row.found.content for row in rows if row.found] == [opened, b"34", str(path)]
    assert opened.read() == b"12"
    assert [reason for *_, reason in outcomes(ledger, job)] == ["given twice"] * 2


def test_contents_that_cannot_be_read(ledger: Ledger, job: Job) -> None:
    """Only this file fails."""

    def broken() -> io.BytesIO:
        raise OSError("the line is cut")

    rows = see(ledger, job, Found("", "a", 2, "", broken), memory("b", b"1"))
    assert [row.path for row in rows] == ["b"]
    assert outcomes(ledger, job) == [("a", Outcome.FAILED, "the line is cut")]


def test_unreadable_files(ledger: Ledger, job: Job) -> None:
    """They fail, each time they are given; what was known of them stays as it was."""
    (row,) = see(ledger, job, file("a"))
    store(ledger, job, [row])
    again = begin(ledger)
    bad = [Unreadable(ROOT, path, "permission denied") for path in ("a", "b", "b")]
    assert see(ledger, again, *bad) == []
    assert [each[1:] for each in outcomes(ledger, again)] == [
        (Outcome.FAILED, "permission denied")
    ] * 3
    assert ledger.get(row.id).state is FileState.DONE
    (healed,) = see(ledger, begin(ledger), file("b"))
    assert (healed.name, healed.state, healed.reason, healed.changed) == (
        "b",
        FileState.FOUND,
        "",
        False,
    )
    assert ledger.get(healed.id).size == 5


def test_an_unreadable_file_of_another_root(ledger: Ledger, job: Job) -> None:
    """It takes no row over."""
    (row,) = see(ledger, job, file("a"))
    assert see(ledger, begin(ledger), Unreadable("/other", "a", "no such file")) == []
    assert ledger.get(row.id).root == ROOT


def test_names_that_are_taken(ledger: Ledger, job: Job) -> None:
    """Two paths that give one name, or names that servers take for one, get two names."""
    rows = see(ledger, job, file("a/b.txt"), file("a - b.txt"), file("A - B.txt"))
    rows += see(ledger, job, file("Á/b.txt"), first=3)
    assert rows[0].name == "a - b.txt"
    assert len({folded_name(row.name) for row in rows}) == 4
    assert all(row.name.endswith(".txt") for row in rows[1:])
    other = begin(ledger, "d2")
    assert see(ledger, other, file("a - b.txt"))[0].name == "a - b.txt"


def test_names_of_the_users(ledger: Ledger, job: Job) -> None:
    """``name_for`` names new files only; what it gives is made unique, or fails the file."""

    def name_for(path: str) -> str:
        return {"bad": "a/b", "worse": ""}.get(path) or names[path]

    names = {"a": "same.txt", "b": "same.txt"}
    batch = [(seq, file(path)) for seq, path in enumerate(["a", "bad", "b", "worse"])]
    rows = ledger.register(job, batch, name_for=name_for)
    assert [row.path for row in rows] == ["a", "b"]
    assert rows[0].name == "same.txt"
    assert rows[1].name.startswith("same~")
    reasons = {path: reason for path, _, reason in outcomes(ledger, job)}
    assert "slash" in reasons["bad"]
    assert "KeyError" in reasons["worse"]
    mended = see(ledger, begin(ledger), *(found for _, found in batch))
    assert [row.name for row in mended] == ["same.txt", "bad", rows[1].name, "worse"]


def test_a_name_that_cannot_be_made_unique(ledger: Ledger, job: Job) -> None:
    """Where no qualified name fits, the file fails instead of taking another's name."""
    batch = [(seq, file(path)) for seq, path in enumerate("abc")]
    rows = ledger.register(job, batch, name_for=lambda path: "x.pdf", max_name_bytes=5)
    assert [row.name for row in rows] == ["x.pdf"]
    assert ledger.counts(job.id) == {Outcome.FAILED: 2}


def test_paths_that_are_no_text(ledger: Ledger, job: Job) -> None:
    """Files whose names look the same get different ones."""
    paths = ["a\\xff", "a\\xfe", "a\ufffd"]
    rows = see(ledger, job, *(file(path) for path in paths))
    assert [ledger.get(row.id).path for row in rows] == paths
    assert rows[0].name == "a\ufffd"
    assert len({row.name for row in rows}) == 3


def test_reasons_that_are_no_text(ledger: Ledger, job: Job) -> None:
    """An error that names an undecodable file can be written down."""
    (row,) = see(ledger, job, file("a"), Unreadable(ROOT, "b", "no \udcff"))
    row.reason = "no \udcff"
    ledger.save([row])
    ledger.settle(job, [result(row, Outcome.FAILED, reason="no \udcff")])
    assert [reason for *_, reason in outcomes(ledger, job)] == ["no \\udcff"] * 2
    assert ledger.get(row.id).reason == "no \\udcff"


PATHS = st.lists(st.sampled_from(["a", "A", "a - b", "b", "á", "c.d"]), min_size=1, max_size=3)
FILES = st.builds(
    file,
    PATHS.map("/".join),
    st.sampled_from(["/1", "/2", "s3://b"]),
    st.integers(0, 2),
    st.sampled_from(["", "1", "2"]),
) | st.builds(memory, PATHS.map("/".join), st.binary(max_size=1))
RUNS = st.lists(st.lists(st.lists(FILES, max_size=8), max_size=3), min_size=1, max_size=3)


@given(RUNS)
def test_no_two_files_are_one(runs: list[list[list[Found]]]) -> None:
    """Whatever is given: each file has one row in a job, and each row a name of its own."""
    ledger = Ledger(None)
    try:
        for batches in runs:
            job, rows, given = begin(ledger), [], 0
            for batch in batches:
                rows += see(ledger, job, *batch, first=given)
                given += len(batch)
            files = {
                (item.root, item.path, item.content if not item.root else None)
                for batch in batches
                for item in batch
            }
            assert len({row.id for row in rows}) == len(rows) == len(files)
            assert ledger.counts(job.id).get(Outcome.SKIPPED, 0) == given - len(files)
            everything = list(ledger.rows(job.target))
            assert len({folded_name(row.name) for row in everything}) == len(everything)
            again = see(ledger, begin(ledger), *(row.found for row in rows if row.found))
            assert [row.id for row in again] == [row.id for row in rows]
            store(ledger, job, rows)
    finally:
        ledger.close()
