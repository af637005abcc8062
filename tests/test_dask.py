"""A job whose files are sent by the workers of a Dask cluster."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from ragflow import DataSet, Outcome, RAGFlow
from ragflow.testing import Faults, LocalServer

distributed = pytest.importorskip("distributed")


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    """A server that takes its time for forms, and whose key workers find in the environment."""
    slow = Faults(latency=0.1, only="^POST .*/documents$")
    with LocalServer(faults=slow) as server, pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAGFLOW_API_KEY", server.api_key)
        yield server


@pytest.fixture(scope="module")
def cluster(server: LocalServer) -> Iterator[Any]:
    """A client of a cluster that has two workers on this machine."""
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


@pytest.fixture
def dataset(server: LocalServer, request: pytest.FixtureRequest) -> Iterator[DataSet]:
    """An empty dataset."""
    with RAGFlow(server.api_key, server.base_url) as rag:
        yield rag.create_dataset(request.node.name)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Five hundred small files."""
    folder = tmp_path / "files"
    folder.mkdir()
    for number in range(500):
        (folder / f"{number:03}.txt").write_text(f"File number {number} of five hundred.")
    return folder


def is_complete(dataset: DataSet, folder: Path) -> bool:
    """Whether a dataset has each file once, and nothing else."""
    found = Counter(document.name for document in dataset.iter_documents())
    return found == Counter(path.name for path in folder.iterdir())


def test_two_workers_send_every_file_once(dataset: DataSet, folder: Path, cluster: Any) -> None:
    """All files are stored by the workers, and the results come in input order."""
    report = dataset.ingest(folder, parse=False, executor=cluster.get_executor())
    assert report.counts == {Outcome.STORED: 500}
    assert [result.path for result in report.results] == [f"{n:03}.txt" for n in range(500)]
    assert is_complete(dataset, folder)


def test_a_killed_worker_loses_and_doubles_nothing(
    dataset: DataSet, folder: Path, cluster: Any
) -> None:
    """The cluster runs the tasks of a worker that died again, and no file is there twice."""
    with ThreadPoolExecutor(1) as side:
        job = side.submit(dataset.ingest, folder, parse=False, executor=cluster.get_executor())
        while len(dataset.list_documents()) < 3:
            time.sleep(0.01)
        victim, *_ = cluster.run(os.getpid).values()
        os.kill(victim, signal.SIGKILL)
        report = job.result()
    assert report.counts == {Outcome.STORED: 500}
    assert is_complete(dataset, folder)


def test_two_shards_at_once_on_one_ledger(
    dataset: DataSet, folder: Path, cluster: Any, tmp_path: Path
) -> None:
    """Two jobs on one ledger and one cluster share the files, and do each other no harm."""

    def share(number: int) -> int:
        return dataset.ingest(
            folder,
            parse=False,
            ledger=tmp_path / "ledger.db",
            shard=(number, 2),
            executor=cluster.get_executor(),
        ).counts[Outcome.STORED]

    with ThreadPoolExecutor(2) as side:
        assert sum(side.map(share, (1, 2))) == 500
    assert is_complete(dataset, folder)
