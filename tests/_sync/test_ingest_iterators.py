# Generated from tests/_async/test_ingest_iterators.py by tools/generate_sync.py. Do not edit.
"""Sources that come one by one: slow ones, endless ones, and some that are none."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import pytest

import farms
from ragflow import (
    DataSet,
    IngestAbortedError,
    InvalidArgumentError,
    InvalidSourceError,
    Outcome,
)


def names(dataset: DataSet) -> list[str]:
    """The names of all documents."""
    return sorted([document.name for document in dataset.iter_documents()])


@pytest.mark.parametrize("make", [nullcontext, farms.Recorder])
def test_a_file_does_not_wait_for_the_next(
    dataset: DataSet,
    tmp_path: Path,
    make: Callable[[], AbstractContextManager[Executor | None]],
) -> None:
    """A file is stored and parsed while its source waits for what comes after it."""
    for name in ("first.txt", "second.txt"):
        (tmp_path / name).write_text(f"This is the {name}.")
    parsed = threading.Event()

    def source() -> Iterator[Path]:
        yield tmp_path / "first.txt"
        assert parsed.wait(60)
        yield tmp_path / "second.txt"

    with make() as executor:
        report = dataset.ingest(source(), executor=executor, on_result=lambda _: parsed.set())
    assert report.counts == {Outcome.PARSED: 2}


def test_progress_tells_what_is_being_parsed(dataset: DataSet) -> None:
    """Documents count as being parsed until they are, and no longer."""
    seen: list[int] = []
    report = dataset.ingest(
        [("a.txt", b"alpha"), ("b.txt", b"beta")], progress=lambda now: seen.append(now.parsing)
    )
    assert report.counts == {Outcome.PARSED: 2}
    assert max(seen) > 0
    assert seen[-1] == 0


def test_a_waiting_source_does_not_hold_up_the_end(dataset: DataSet) -> None:
    """A job that gives up does not wait for a source that has nothing to give."""
    released = threading.Event()

    def source() -> Iterator[tuple[str, bytes]]:
        yield "empty.txt", b""
        released.wait(100)

    with pytest.raises(IngestAbortedError, match="max_failures"):
        dataset.ingest(source(), max_failures=0)
    assert not released.is_set()
    released.set()


@pytest.mark.parametrize("bad", [42, None, ("a.txt", 5), "", "nothing://x"])
@pytest.mark.parametrize("place", [0, 300])
def test_a_list_with_a_bad_source_sends_nothing(
    dataset: DataSet, tmp_path: Path, bad: object, place: int
) -> None:
    """What is known from the beginning is looked at before anything is sent or written down."""
    sources: list[object] = [(f"{number}.txt", b"good") for number in range(301)]
    sources[place] = bad
    with pytest.raises(InvalidArgumentError) as raised:
        dataset.ingest(sources, parse=False, ledger=tmp_path / "l.db")  # type: ignore[arg-type]
    assert not isinstance(raised.value, IngestAbortedError)
    assert not (tmp_path / "l.db").exists()
    assert names(dataset) == []


@pytest.mark.parametrize("good", [0, 3, 300])
def test_files_before_a_bad_source_are_done(dataset: DataSet, good: int) -> None:
    """An iterator's good files are stored, the report has them, and nothing is read after."""

    def source() -> Iterator[object]:
        for number in range(good):
            yield f"{number}.txt", f"Number {number}.".encode()
        yield 42
        yield "late.txt", b"after the bad one"

    told = f"{good} files" if good else "no file"
    with pytest.raises(InvalidSourceError, match=rf"not int \(it came after {told}\)") as raised:
        dataset.ingest(source(), parse=False)  # type: ignore[arg-type]
    assert isinstance(raised.value, InvalidArgumentError)
    report = raised.value.report
    assert report.total == good
    assert all(result.outcome is Outcome.STORED for result in report.results)
    assert names(dataset) == sorted(f"{number}.txt" for number in range(good))


def test_an_error_of_the_iterator_is_its_own(dataset: DataSet, tmp_path: Path) -> None:
    """What an iterator raises is raised; the next job finds what was sent."""

    def source() -> Iterator[tuple[str, bytes]]:
        yield "a.txt", b"alpha"
        raise KeyError("no more")

    with pytest.raises(KeyError, match="no more"):
        dataset.ingest(source(), parse=False, ledger=tmp_path / "ledger.db")
    report = dataset.ingest([("a.txt", b"alpha")], parse=False, ledger=tmp_path / "ledger.db")
    assert report.ok
    assert names(dataset) == ["a.txt"]


def test_metadata_that_cannot_be_sent(dataset: DataSet) -> None:
    """Metadata that JSON cannot hold is the failure of its file."""
    found = {"a.txt": {"weight": object()}, "b.txt": {"weight": 5}}
    report = dataset.ingest(
        [("a.txt", b"alpha"), ("b.txt", b"beta")], parse=False, metadata_for=found.get
    )
    assert report.counts == {Outcome.FAILED: 1, Outcome.STORED: 1}
    (failed,) = report.failed
    assert (failed.path, "JSON" in failed.reason) == ("a.txt", True)
