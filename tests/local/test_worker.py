"""The parser threads: order, bounds, restarts, and jobs that are given up on the way."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from local.test_store import make_dataset, make_document
from ragflow.local import embedding, extraction
from ragflow.local.generations import find_generation
from ragflow.local.store import Store
from ragflow.local.worker import Worker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from ragflow.local.store.records import Document

NEW = find_generation("0.27.0")


@pytest.fixture
def store() -> Iterator[Store]:
    """A store in a temporary file."""
    store = Store(None)
    yield store
    store.close()


def wait_until(condition: Callable[[], Any]) -> None:
    """Wait until a condition holds, but not for ever."""
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def state(store: Store, document: Document) -> str:
    """The state of a document now."""
    kept = store.documents.get(document.id)
    return kept.run if kept else "GONE"


class Gate:
    """Holds extractions back until it is opened, and counts them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.waiting = 0
        self._lock = threading.Lock()
        self._open = threading.Event()
        self._extract = extraction.extract
        monkeypatch.setattr(extraction, "extract", self._held)

    def _held(self, name: str, blob: bytes) -> Any:
        with self._lock:
            self.waiting += 1
        self._open.wait(10)
        return self._extract(name, blob)

    def open(self) -> None:
        """Let all of them go on."""
        self._open.set()


def test_progress_grows(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Progress never goes back, and ends at one."""
    monkeypatch.setattr("ragflow.local.worker._BATCH", 1)
    document = make_document(store, make_dataset(store), b"one two three. " * 5000)
    worker = Worker(store, NEW, settle=0)
    worker.start()
    worker.submit([document])
    seen: list[float] = []
    while state(store, document) == "RUNNING":
        seen.append((store.documents.get(document.id) or document).progress)
    worker.stop()
    assert seen == sorted(seen)
    assert len(set(seen)) > 3
    assert (store.documents.get(document.id) or document).progress == 1.0


def test_no_more_at_a_time_than_asked(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two threads parse two documents, and the others wait."""
    gate = Gate(monkeypatch)
    dataset = make_dataset(store)
    documents = [make_document(store, dataset, b"x", f"{number}.txt") for number in range(5)]
    worker = Worker(store, NEW, threads=2, settle=0)
    worker.start()
    worker.submit(documents)
    wait_until(lambda: gate.waiting == 2)
    time.sleep(0.05)
    assert gate.waiting == 2
    gate.open()
    wait_until(lambda: all(state(store, document) == "DONE" for document in documents))
    worker.stop()


def test_unfinished_documents_are_parsed_after_a_restart(tmp_path: Path) -> None:
    """A document that was being parsed when its server ended is parsed by the next one."""
    first = Store(tmp_path / "kb.db")
    document = make_document(first, make_dataset(first), b"some text")
    first.jobs.start([document])
    first.close()
    second = Store(tmp_path / "kb.db")
    worker = Worker(second, NEW)
    worker.start()
    wait_until(lambda: state(second, document) == "DONE")
    worker.stop()
    second.close()


@pytest.mark.parametrize("end", ["stop", "delete", "restart"])
def test_giving_up(store: Store, monkeypatch: pytest.MonkeyPatch, end: str) -> None:
    """What is stopped, deleted or started anew while it is parsed writes nothing any more."""
    gate = Gate(monkeypatch)
    document = make_document(store, make_dataset(store), b"some text")
    worker = Worker(store, NEW, settle=0)
    worker.start()
    worker.submit([document])
    wait_until(lambda: gate.waiting == 1)
    if end == "stop":
        store.jobs.stop(document)
    elif end == "delete":
        store.documents.delete([document])
    else:
        worker.submit([document])
    gate.open()
    expected = {"stop": "CANCEL", "delete": "GONE", "restart": "DONE"}[end]
    wait_until(lambda: state(store, document) == expected)
    worker.stop(5)
    assert state(store, document) == expected
    dataset = store.datasets.get(document.dataset_id)
    assert dataset is not None
    assert dataset.chunk_count == (1 if end == "restart" else 0)


@pytest.mark.parametrize("stage", range(9))
def test_a_stop_at_every_stage(store: Store, monkeypatch: pytest.MonkeyPatch, stage: int) -> None:
    """A document that is stopped before any step stays cancelled and empty."""
    document = make_document(store, make_dataset(store), b"some text")
    count = 0

    def stopping(function: Callable[..., Any]) -> Callable[..., Any]:
        def step(*arguments: Any, **values: Any) -> Any:
            nonlocal count
            if count == stage:
                store.jobs.stop(document)
            count += 1
            return function(*arguments, **values)

        return step

    for name in ("receive", "report", "advance", "finish"):
        monkeypatch.setattr(store.jobs, name, stopping(getattr(store.jobs, name)))
    monkeypatch.setattr(store.chunks, "append", stopping(store.chunks.append))
    worker = Worker(store, NEW, threads=1, settle=0)
    worker.start()
    worker.submit([document])
    wait_until(lambda: count > stage)
    worker.stop(5)
    kept = store.documents.get(document.id)
    assert kept is not None
    assert (kept.run, kept.chunk_count) == ("CANCEL", 0)


def test_a_stop_while_embedding(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A long document is given up between two batches of vectors."""
    document = make_document(store, make_dataset(store), b"word. " * 20_000)
    embed, batches = embedding.embed, 0

    def stopping(texts: Any) -> Any:
        nonlocal batches
        batches += 1
        store.jobs.stop(document)
        return embed(texts)

    monkeypatch.setattr(embedding, "embed", stopping)
    monkeypatch.setattr("ragflow.local.worker._BATCH", 2)
    worker = Worker(store, NEW, threads=1, settle=0)
    worker.start()
    worker.submit([document])
    wait_until(lambda: batches)
    worker.stop(5)
    assert batches == 1


def test_a_failure_leaves_no_chunks(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks that were stored before a failure go away again, and so do their counts."""
    monkeypatch.setattr("ragflow.local.worker._BATCH", 1)
    embed, batches = embedding.embed, 0

    def failing(texts: Any) -> Any:
        nonlocal batches
        batches += 1
        if batches == 3:
            raise ZeroDivisionError
        return embed(texts)

    monkeypatch.setattr(embedding, "embed", failing)
    dataset = make_dataset(store)
    document = make_document(store, dataset, b"one two three. " * 5000)
    worker = Worker(store, NEW, threads=1, settle=0)
    worker.start()
    worker.submit([document])
    wait_until(lambda: state(store, document) == "FAIL")
    worker.stop()
    kept = store.datasets.get(dataset.id)
    assert kept is not None
    assert (kept.chunk_count, kept.token_num) == (0, 0)


def test_repeated_passages_are_kept_once(store: Store) -> None:
    """A text that stands twice in a document is one chunk, and counted once."""
    dataset = make_dataset(store)
    document = make_document(store, dataset, b"the same words again and again here. " * 5000)
    worker = Worker(store, NEW, threads=1, settle=0)
    worker.start()
    worker.submit([document])
    wait_until(lambda: state(store, document) == "DONE")
    worker.stop()
    chunks, total = store.chunks.select(document.id, limit=-1, offset=0)
    assert len({chunk.content for chunk in chunks}) == total
    kept = store.documents.get(document.id)
    assert kept is not None
    assert (kept.chunk_count, kept.token_count) == (total, sum(chunk.tokens for chunk in chunks))


def test_a_defect_fails_one_document(
    store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A parser that raises anything fails its document, is logged, and the thread goes on."""
    extract = extraction.extract

    def defective(name: str, blob: bytes) -> Any:
        if name == "bad.txt":
            raise ZeroDivisionError("oops")
        return extract(name, blob)

    monkeypatch.setattr(extraction, "extract", defective)
    dataset = make_dataset(store)
    bad, good = (make_document(store, dataset, b"x", name) for name in ("bad.txt", "good.txt"))
    worker = Worker(store, NEW, threads=1, settle=0)
    worker.start()
    worker.submit([bad, good])
    wait_until(lambda: state(store, good) == "DONE")
    worker.stop()
    assert state(store, bad) == "FAIL"
    assert "oops" in caplog.text


@pytest.mark.parametrize("failing", [False, True])
def test_a_store_that_closes(monkeypatch: pytest.MonkeyPatch, failing: bool) -> None:
    """A thread that is still at work when the file closes ends without noise."""
    store = Store(None)
    started, go_on = threading.Event(), threading.Event()

    def slow(name: str, blob: bytes) -> Any:
        started.set()
        go_on.wait(10)
        if failing:
            raise ZeroDivisionError
        return []

    monkeypatch.setattr(extraction, "extract", slow)
    document = make_document(store, make_dataset(store), b"x")
    worker = Worker(store, NEW, threads=1, settle=0)
    worker.start()
    worker.submit([document])
    started.wait(10)
    worker.stop(0.01)
    store.close()
    go_on.set()
    for thread in worker._threads:
        thread.join(10)
        assert not thread.is_alive()


def test_stopping_does_not_wait_for_the_queue(store: Store) -> None:
    """Documents that have just been queued are left for the next start."""
    document = make_document(store, make_dataset(store), b"x")
    worker = Worker(store, NEW, settle=60)
    worker.start()
    worker.submit([document])
    begun = time.monotonic()
    worker.stop(5)
    assert time.monotonic() - begun < 2
    assert state(store, document) == "RUNNING"
