"""Several jobs on one ledger at the same time, and forms that a server wants one by one."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from checking import check
from running import Run
from tree import make_tree

from ragflow import RAGFlow
from ragflow.testing import Faults, LocalServer

FILES = 240
LARGEST = 3 << 20
DATASET = "kb_together"
DISTURBED = Faults(seed=5, error_rate=0.04, reset_after=0.02, late_store=0.02, late_by=0.5)


def ingest_together(
    place: Path, faults: Faults, *options: dict[str, Any]
) -> tuple[list[dict[str, Any]], list[str]]:
    """Runs a client for each of the options, all at once: their reports, and what is wrong."""
    folder, data, ledger = place / "files", place / "server.db", place / "ledger.db"
    folder.mkdir()
    make_tree(folder, FILES, seed=3, largest=LARGEST)
    with LocalServer(data, faults=faults) as server:
        with RAGFlow(server.api_key, server.base_url, max_retries=9) as rag:
            rag.create_dataset(DATASET)
        runs = [
            Run(server, DATASET, folder, {"ledger": str(ledger), **given}, is_async=number % 2 == 0)
            for number, given in enumerate(options)
        ]
        try:
            ended = [run.ended() for run in runs]
        finally:
            for run in runs:
                run.close()
        key = server.api_key
    with LocalServer(data, api_key=key) as clean:
        parsed = all(given["parse"] for given in options)
        problems = asyncio.run(check(clean, DATASET, folder, ledger, parsed=parsed))
    problems += [complaints for _, complaints in ended if complaints]
    return [state for state, _ in ended], problems


@pytest.mark.parametrize("parse", [False, True])
def test_two_jobs_for_the_same_files(parse: bool, tmp_path: Path) -> None:
    """Each file is stored by one of them, and both tell of all files."""
    options = {"parse": parse}
    states, problems = ingest_together(tmp_path, DISTURBED, options, options)
    assert not problems
    assert [sum(state["counts"].values()) for state in states] == [FILES, FILES]
    stored = "parsed" if parse else "stored"
    assert sum(state["counts"].get(stored, 0) for state in states) >= FILES
    assert all(state["ok"] for state in states)


def test_two_shards_at_once(tmp_path: Path) -> None:
    """Their files together are all files, each of them once."""
    shards = [{"parse": False, "shard": f"{number}/2"} for number in (1, 2)]
    states, problems = ingest_together(tmp_path, DISTURBED, *shards)
    assert not problems
    assert sum(state["counts"]["stored"] for state in states) == FILES


@pytest.mark.parametrize("concurrency", ["auto", 4])
def test_a_server_that_takes_one_form_at_a_time(concurrency: int | str, tmp_path: Path) -> None:
    """Forms that it refuses are sent again, and no file of them is there twice."""
    refusing = Faults(refuse_concurrent_forms=True, latency=0.02)
    options = {"parse": False, "concurrency": concurrency}
    (state,), problems = ingest_together(tmp_path, refusing, options)
    assert not problems
    assert state["counts"] == {"stored": FILES}
