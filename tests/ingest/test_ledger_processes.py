"""Several processes at one ledger, and what is left when one of them is killed."""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pytest

from ingest import children
from ingest.ledgers import begin, file, see
from ragflow.ingest.items import FileState
from ragflow.ingest.ledger import Ledger
from ragflow.ingest.locks import JobLock, is_alive
from ragflow.models import Outcome

Start = Callable[..., tuple[BaseProcess, Connection]]

PATIENCE = 60.0


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the ledger is."""
    return tmp_path / "ledger.db"


@pytest.fixture
def start() -> Iterator[Start]:
    """Run a function in a process of its own, with a pipe from there."""
    spawning = multiprocessing.get_context("spawn")
    running: list[tuple[BaseProcess, Connection]] = []

    def started(function: Callable[..., None], *values: object) -> tuple[BaseProcess, Connection]:
        here, there = spawning.Pipe(duplex=False)
        process = spawning.Process(target=function, args=(*values, there), daemon=True)
        process.start()
        there.close()
        running.append((process, here))
        return process, here

    yield started
    for process, here in running:
        process.kill()
        process.join()
        process.close()
        here.close()


def told(pipe: Connection) -> Any:
    """What a process says next."""
    assert pipe.poll(PATIENCE)
    return pipe.recv()


def kill(process: BaseProcess) -> None:
    """Let a process end without a word."""
    process.kill()
    process.join(PATIENCE)
    assert process.exitcode is not None


def test_a_lock_lives_as_long_as_its_process(path: Path, start: Start) -> None:
    """It is held while the process runs; what a dead one left is removed."""
    process, pipe = start(children.hold, path, 7)
    lock = Path(told(pipe))
    assert is_alive(path, 7)
    kill(process)
    assert lock.exists()
    assert not is_alive(path, 7)
    assert not lock.exists()


def test_locks_within_one_process(path: Path) -> None:
    """Two jobs of one process have a lock each; nobody has an unknown job's."""
    one, two = JobLock(path, 1), JobLock(path, 2)
    with pytest.raises(BlockingIOError):
        JobLock(path, 1)
    one.release()
    assert (is_alive(path, 1), is_alive(path, 2), is_alive(path, 3)) == (False, True, False)
    two.release()
    assert list(path.parent.iterdir()) == []


def test_a_process_killed_while_sending(path: Path, start: Start) -> None:
    """Its job is dead, what it was about to send is seen, and another job takes it over."""
    process, pipe = start(children.die_while_sending, path)
    dead = told(pipe)
    ledger = Ledger(path)
    job = begin(ledger)
    rows = see(ledger, job, file("a"), file("b"), file("c"))
    assert [row.path for row in ledger.claim(job, rows)] == ["c"]
    kill(process)
    assert ledger.job(dead).status == "interrupted"
    sending = list(ledger.rows(job.target, {FileState.SENDING}))
    assert [row.path for row in sending] == ["a", "b"]
    assert [row.path for row in ledger.claim(job, sending)] == ["a", "b"]
    assert ledger.counts(dead) == {Outcome.STORED: 1}
    assert [row.path for row in ledger.unsettled(job)] == ["a", "b", "c"]
    ledger.close()
    assert {each.name for each in path.parent.iterdir()} == {path.name}


def test_a_process_killed_in_mid_transaction(path: Path, start: Start) -> None:
    """Nothing of the transaction is there, all before it is, and the ledger can be written."""
    process, pipe = start(children.die_while_writing, path)
    dead = told(pipe)
    kill(process)
    ledger = Ledger(path)
    assert ledger.found(dead) == 1
    assert [row.state for row in ledger.rows(1)] == [FileState.FOUND]
    job = begin(ledger)
    assert [row.created for row in see(ledger, job, file("a"), file("b"))] == [False, True]
    assert ledger.job(dead).status == "interrupted"
    ledger.close()


@pytest.mark.skipif(sys.platform == "win32", reason="files cannot be limited there")
def test_a_file_that_may_not_grow(path: Path, start: Start) -> None:
    """The batch that does not fit is an error of ours; all batches before it are kept."""
    _, pipe = start(children.fill_the_disk, path, 400_000)
    job, fit, error = told(pipe)
    assert fit > 0
    assert str(path) in error
    ledger = Ledger(path)
    assert ledger.found(job) == fit
    assert len(list(ledger.rows(1))) == fit
    ledger.close()


def test_processes_at_the_same_files(path: Path, start: Start) -> None:
    """Each file is sent by exactly one of the jobs, and each job has an outcome for each file."""
    files, processes = 300, 4
    pipes = [start(children.work, path, number, files)[1] for number in range(processes)]
    assert len({told(pipe) for pipe in pipes}) == processes
    counts = [told(pipe) for pipe in pipes]
    assert [sum(each.values()) for each in counts] == [files] * processes
    assert sum(each.get(Outcome.STORED, 0) for each in counts) == files
    ledger = Ledger(path)
    rows = list(ledger.rows(1))
    assert [(row.attempts, row.state) for row in rows] == [(1, FileState.DONE)] * files
    assert {info.status for info in ledger.jobs()} == {"done"}
    ledger.close()


def test_processes_killed_at_the_same_files(path: Path, start: Start) -> None:
    """Whoever is left sends what the dead had in hand, and nothing stays undone."""
    files = 300
    doomed = [start(children.work, path, number, files) for number in range(3)]
    _, pipe = start(children.work, path, 3, files)
    for process, news in doomed:
        told(news)
        kill(process)
    job, counts = told(pipe), told(pipe)
    assert sum(counts.values()) == files
    ledger = Ledger(path)
    assert {row.state for row in ledger.rows(1)} == {FileState.DONE}
    assert ledger.job(job).status == "done"
    ledger.close()
