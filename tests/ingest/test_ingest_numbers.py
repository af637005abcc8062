"""Files named a.txt, a(1).txt and so on: what a server makes of one name is another's own."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import pytest

from ingest.memory_server import CrashError, Fault, MemoryServer
from ingest.runs import contents, ingest
from ragflow import Outcome
from ragflow.ingest import grouping
from ragflow.ingest.shards import in_shard

EQUAL = {"a(1).txt": b"same", "a(2).txt": b"same", "a.txt": b"same"}
DIFFERENT = {"a(1).txt": b"once", "a(2).txt": b"more", "a.txt": b"past"}


def failing(*faults: Fault) -> Any:
    """Gives these faults to the first uploads."""
    left = iter(faults)

    def fault(request: httpx.Request) -> Fault:
        is_upload = request.method == "POST" and request.url.path.endswith("/documents")
        return next(left, Fault()) if is_upload else Fault()

    return fault


@pytest.fixture(params=[True, False], ids=["digests", "no digests"])
def server(request: pytest.FixtureRequest) -> MemoryServer:
    """A server that tells the digests of documents, and one that does not."""
    return MemoryServer(tells_hashes=request.param)


@pytest.mark.parametrize("files", [EQUAL, DIFFERENT], ids=["equal", "different"])
def test_a_form_that_succeeds_costs_nothing_more(
    server: MemoryServer, tmp_path: Path, files: dict[str, bytes]
) -> None:
    """Such names travel together, and nothing is looked up or downloaded afterwards."""
    asked: Counter[str] = Counter()

    def count(request: httpx.Request) -> Fault:
        asked[request.method] += 1
        return Fault()

    server.faults = count
    assert ingest(server, tmp_path, files).ok
    assert contents(server) == files
    assert asked == {"POST": 1, "GET": 1}


@pytest.mark.parametrize("files", [EQUAL, DIFFERENT], ids=["equal", "different"])
@pytest.mark.parametrize(
    "faults",
    [
        [Fault("reset")],
        [Fault("reset", 0.7)],
        [Fault("timeout", 0.3), Fault("reset", 0.5)],
        [Fault("timeout", late=2)],
        [Fault(504, late=5), Fault("reset", late=1)],
        [Fault("partial", 0.7, told=True)],
        [Fault("partial", 0.4, told=False)],
    ],
    ids=str,
)
def test_each_is_there_once_under_its_own_name(
    server: MemoryServer, tmp_path: Path, files: dict[str, bytes], faults: list[Fault]
) -> None:
    """Answers that are lost and forms that come late lose none, double none and rename none."""
    server.faults = failing(*faults)
    report = ingest(server, tmp_path, files)
    assert report.ok
    assert contents(server) == files
    ids = {item.name: item.id for item in server.documents}
    assert {result.path: result.document_id for result in report.results} == ids
    assert {result.path: result.name for result in report.results} == {n: n for n in files}


def test_equal_files_in_two_forms(
    server: MemoryServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file whose form was lost is not taken for an equal one that came with another form."""
    monkeypatch.setattr(grouping, "GROUP_FILES", 1)
    server.add("a.txt", b"foreign")
    server.faults = failing(Fault(), Fault("reset", 0.0))
    files = {"a(1).txt": b"same", "a.txt": b"same"}
    report = ingest(server, tmp_path, files, on_conflict="rename", concurrency=1)
    assert contents(server) == {"a.txt": b"foreign", "a(1).txt": b"same", "a(2).txt": b"same"}
    assert [result.name for result in report.results] == ["a(1).txt", "a(2).txt"]
    assert len({result.document_id for result in report.results}) == 2


@pytest.mark.parametrize("counts_on", [True, False])
def test_somebody_elses_document(server: MemoryServer, tmp_path: Path, counts_on: bool) -> None:
    """Where another's A.txt makes a.txt an a(1).txt, the file of that name gets one of its own."""
    server.ignores_case, server.counts_on = True, counts_on
    server.add("A.txt", b"foreign")
    server.faults = failing(Fault("reset"))
    files = {"a(1).txt": b"once", "a.txt": b"past"}
    report = ingest(server, tmp_path, files)
    assert report.ok
    documents = {item.id: item for item in server.documents}
    assert len(documents) == 3
    for result in report.results:
        assert documents[result.document_id].content == files[result.path]
        assert documents[result.document_id].name == result.name


def test_an_older_version_is_not_another_file(server: MemoryServer, tmp_path: Path) -> None:
    """What on_conflict="rename" has left under a file's name is compared with the file."""
    server.add("a.txt", b"foreign")
    server.clock += 1
    ingest(server, tmp_path, {"a.txt": b"past"}, on_conflict="rename")
    server.clock += 1
    ingest(server, tmp_path, {"a.txt": b"paste"}, on_conflict="rename")
    server.clock += 1
    report = ingest(server, tmp_path, {"a(1).txt": b"once"}, on_conflict="rename")
    result = {result.path: result for result in report.results}["a(1).txt"]
    assert result.outcome is Outcome.STORED
    held = {item.id: item.content for item in server.documents}
    assert held[result.document_id] == b"once"
    assert sorted(held.values()) == [b"foreign", b"once", b"past", b"paste"]


def test_what_is_there_with_the_same_bytes_is_kept(server: MemoryServer, tmp_path: Path) -> None:
    """Files whose names have numbers find their documents without a ledger of them, by bytes."""
    ingest(server, tmp_path, DIFFERENT)
    (tmp_path / "ledger.db").unlink()
    report = ingest(server, tmp_path, DIFFERENT)
    assert report.counts == {Outcome.SKIPPED: 3}
    assert server.uploads == 1
    ids = {item.name: item.id for item in server.documents}
    assert {result.path: result.document_id for result in report.results} == ids


@pytest.mark.parametrize(
    ("policy", "tells_hashes"),
    [("skip", True), ("replace", True), ("rename", True), ("rename", False)],
)
def test_what_is_there_with_other_bytes(tmp_path: Path, policy: str, tells_hashes: bool) -> None:
    """A document of the same name and size that is no file of the ledger is a conflict."""
    server = MemoryServer(tells_hashes=tells_hashes)
    server.add("a(1).txt", b"else")
    files = {"a(1).txt": b"once", "a.txt": b"past"}
    report = ingest(server, tmp_path, files, on_conflict=policy)
    assert report.ok
    there = contents(server)
    assert there["a.txt"] == b"past"
    assert there["a(1).txt"] == (b"once" if policy == "replace" else b"else")
    assert len(there) == (3 if policy == "rename" else 2)
    is_skipped = Outcome.SKIPPED in report.counts
    assert is_skipped is (policy == "skip")


def test_what_is_there_is_not_downloaded(tmp_path: Path) -> None:
    """Where a server tells no digests, a name and a size do, unless older versions are kept."""
    server = MemoryServer(tells_hashes=False)
    for name, content in DIFFERENT.items():
        server.add(name, content)
    asked: Counter[str] = Counter()

    def count(request: httpx.Request) -> Fault:
        asked[request.url.path.rpartition("/")[2]] += 1
        return Fault()

    server.faults = count
    report = ingest(server, tmp_path, DIFFERENT)
    assert report.counts == {Outcome.SKIPPED: 3}
    assert asked.keys() == {"documents"}


def test_a_document_that_is_gone_is_forgotten(server: MemoryServer, tmp_path: Path) -> None:
    """A file whose document was deleted has none, if another one has its name now."""
    ingest(server, tmp_path, {"a.txt": b"past"})
    server.documents.clear()
    server.clock += 1
    server.add("a.txt", b"foreign")
    (result,) = ingest(server, tmp_path, {}).results
    assert (result.outcome, result.document_id) == (Outcome.SKIPPED, "")


def dying(server: MemoryServer) -> Any:
    """Lets the first upload be the last of a job."""

    def die(request: httpx.Request) -> Fault:
        if request.method == "POST":
            server.dead = True
            raise CrashError
        return Fault()

    return die


@pytest.mark.parametrize("policy", ["skip", "replace", "rename"])
def test_an_older_version_comes_late(server: MemoryServer, tmp_path: Path, policy: str) -> None:
    """What a dead job sent of a file that has changed since goes when it comes, name and all."""
    server.faults = dying(server)
    with pytest.raises(CrashError):
        ingest(server, tmp_path, {"a.txt": b"past"})
    server.dead = False

    def arrive(request: httpx.Request) -> Fault:
        if request.method == "POST" and not server.documents:
            server.add("a.txt", b"past")
        return Fault()

    server.faults = arrive
    (result,) = ingest(server, tmp_path, {"a.txt": b"new!"}, on_conflict=policy).results
    assert contents(server) == {"a.txt": b"new!"}
    assert result.name == "a.txt"


def test_another_shards_file_is_no_copy(server: MemoryServer, tmp_path: Path) -> None:
    """What another machine stores of the same bytes, as its share of the folder, stays."""
    count = next(n for n in range(2, 99) if not in_shard("a(1).txt", shard_of("a.txt", n), n))

    def arrive(request: httpx.Request) -> Fault:
        if request.method == "POST" and not server.documents:
            server.add("a(1).txt", b"same")
            return Fault("reset")
        return Fault()

    server.faults = arrive
    shard = f"{shard_of('a.txt', count)}/{count}"
    files = {"a.txt": b"same", "a(1).txt": b"same"}
    report = ingest(server, tmp_path, files, shard=shard)
    assert [result.path for result in report.results] == ["a.txt"]
    assert contents(server) == files


def shard_of(path: str, count: int) -> int:
    """Which of some shares a path is in."""
    return next(index for index in range(1, count + 1) if in_shard(path, index, count))
