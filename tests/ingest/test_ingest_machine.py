"""No sequence of changes, faults and crashes makes an ingestion lose or double a file."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
import xxhash
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from ingest.executions import Engine, Other
from ingest.memory_server import DATASET, CrashError, Fault, MemoryServer, Stored, is_upload
from ingest.simulation import simulate
from ragflow import AsyncDataSet, AsyncRAGFlow, IngestReport, Outcome
from ragflow._async.ingestion import job as jobs
from ragflow._async.ingestion.sweep import AsyncSweep
from ragflow.errors import RAGFlowError
from ragflow.ingest import grouping
from ragflow.ingest.items import FileState, Row
from ragflow.ingest.ledger import Ledger
from ragflow.ingest.reconcile import CHANGED, OTHER_FILE

# A server makes most of these names of others among them when those are taken.
PATHS = ("a(1)(1).txt", "a(1).txt", "a(2).txt", "a.txt", "b.txt", "x/a.txt")
FOREIGN = ("a.txt", "A.txt", "a(1).txt", "x - a.txt", "else.txt")

STORED = (FileState.STORED, FileState.DONE)

DELAYS = st.sampled_from([0.0, 0.0, 0.5, 2.0])
SHARES = st.sampled_from([0.0, 0.5, 1.0])
LOST_ANSWERS = st.sampled_from(["reset", "timeout", "cut", 500, 502, 504])
GOOD = st.builds(Fault, delay=DELAYS)
UPLOAD_FAULTS = st.one_of(
    GOOD,
    st.builds(Fault, LOST_ANSWERS, SHARES, delay=DELAYS),
    st.builds(Fault, st.just("partial"), SHARES, told=st.booleans()),
    st.builds(Fault, st.sampled_from(["timeout", 504, 502]), SHARES, late=st.integers(1, 6)),
    st.builds(Fault, st.sampled_from([100, 429]), st.just(0.0)),
)
OTHER_FAULTS = st.one_of(
    GOOD,
    GOOD,
    GOOD,
    st.builds(Fault, LOST_ANSWERS, st.sampled_from([0.0, 1.0])),
)
OTHERS = st.builds(
    Other,
    delay=st.sampled_from([-3.0, -1.0, 0.0, 0.0, 1.0, 3.0]),
    kill=st.one_of(st.integers(0, 6), st.none()),
    outlives=st.booleans(),
)


class MortalLedger(Ledger):
    """A ledger whose process may end before or after anything is written to it."""

    def kill(self) -> None:
        """Leave everything as a process does that is killed."""
        for lock in self._locks.values():
            if lock is not None:
                lock._file.close()
        self._locks.clear()
        self._db._connection.close()


def _stepping(name: str) -> Any:
    method = getattr(Ledger, name)

    def stepping(self: MortalLedger, *arguments: Any, **more: Any) -> Any:
        self.step()
        result = method(self, *arguments, **more)
        self.step()
        return result

    return stepping


for _name in ("begin", "register", "save", "claim", "settle", "end"):
    setattr(MortalLedger, _name, _stepping(_name))


class IngestMachine(RuleBasedStateMachine):
    """A tree, a server, and jobs between them."""

    def __init__(self) -> None:
        super().__init__()
        self.made = 0
        self.folder = Path(tempfile.mkdtemp(prefix="ingest-machine-"))
        self.tree = self.folder / "tree"
        self.tree.mkdir()
        self.server = MemoryServer()
        self.time = 1_700_000_000
        self.versions: dict[str, list[bytes]] = {path: [] for path in PATHS}
        self.foreign: dict[str, Stored] = {}
        self.steps_left = -1
        self.ledger: MortalLedger | None = None
        self.untold: set[tuple[str, bytes]] = set()
        self.unheard: Counter[bytes] = Counter()

    def teardown(self) -> None:
        """Remove the tree."""
        shutil.rmtree(self.folder)

    @initialize(
        policy=st.sampled_from(["skip", "replace", "rename", "sync"]),
        parse=st.booleans(),
        newest=st.booleans(),
        counts_on=st.booleans(),
        ignores_case=st.booleans(),
        group=st.sampled_from([1, 2, 32]),
        forms=st.sampled_from(["auto", 1, 3]),
        files=st.sets(st.sampled_from(PATHS), min_size=1),
        documents=st.sets(st.sampled_from(FOREIGN), max_size=2),
    )
    def begin(
        self,
        policy: str,
        parse: bool,
        newest: bool,
        counts_on: bool,
        ignores_case: bool,
        group: int,
        forms: int | str,
        files: set[str],
        documents: set[str],
    ) -> None:
        """Choose the server's habits, the caller's wishes, and what there is at first."""
        self.policy, self.parse, self.group, self.forms = policy, parse, group, forms
        self.version = "0.27.0" if newest else "0.22.1"
        self.server.tells_hashes = newest
        self.server.counts_on = counts_on
        self.server.ignores_case = ignores_case
        for path in sorted(files):
            self.write(path, 4)
        for name in sorted(documents):
            self.somebody_stores(name)

    # what happens between jobs

    @rule(path=st.sampled_from(PATHS), size=st.sampled_from([4, 4, 5]))
    def write(self, path: str, size: int) -> None:
        """A file is made, or changed."""
        self.made += 1
        self._put(path, f"{self.made:0{size}}".encode())

    @precondition(lambda self: self.files)
    @rule(path=st.sampled_from(PATHS), data=st.data())
    def copy(self, path: str, data: st.DataObject) -> None:
        """A file gets the contents of another one, or its own once more."""
        self._put(path, (self.tree / data.draw(st.sampled_from(self.files))).read_bytes())

    def _put(self, path: str, content: bytes) -> None:
        self.versions[path].append(content)
        target = self.tree / path
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(content)
        self._stamp(target)

    @precondition(lambda self: self.files)
    @rule(data=st.data())
    def touch(self, data: st.DataObject) -> None:
        """A file gets another time and keeps its contents."""
        self._stamp(self.tree / data.draw(st.sampled_from(self.files)))

    @precondition(lambda self: self.files)
    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        """A file is gone."""
        (self.tree / data.draw(st.sampled_from(self.files))).unlink()

    @rule(name=st.sampled_from(FOREIGN))
    def somebody_stores(self, name: str) -> None:
        """Somebody else puts a document into the dataset."""
        self.server.clock += 1
        self.made += 1
        stored = self.server.add(name, f"foreign {self.made}".encode())
        self.foreign[stored.id] = Stored(stored.id, stored.name, stored.content, stored.created)

    @precondition(lambda self: self.server.documents)
    @rule(data=st.data())
    def somebody_deletes(self, data: st.DataObject) -> None:
        """Somebody else takes a document out of the dataset."""
        document = data.draw(st.sampled_from([item.id for item in self.server.documents]))
        self.server.remove([document])
        self.foreign.pop(document, None)

    # jobs

    @rule(
        uploads=st.lists(UPLOAD_FAULTS, min_size=1, max_size=5),
        others=st.lists(OTHER_FAULTS, max_size=8),
        crash=st.one_of(st.integers(0, 50), st.none()),
        delete=st.booleans(),
    )
    def troubled_job(
        self, uploads: list[Fault], others: list[Fault], crash: int | None, delete: bool
    ) -> None:
        """A job meets trouble, and perhaps its end."""
        report = self._job(iter(uploads), iter(others), crash, delete)
        if report is not None:
            self._check(report)

    @precondition(lambda self: self.policy != "sync")  # which takes no executor
    @rule(
        seconds=st.lists(OTHERS, min_size=1, max_size=3),
        uploads=st.lists(UPLOAD_FAULTS, max_size=3),
        crash=st.one_of(st.integers(0, 80), st.none()),
        delete=st.booleans(),
    )
    def executed_job(
        self, seconds: list[Other], uploads: list[Fault], crash: int | None, delete: bool
    ) -> None:
        """A job gives its files to an engine that executes tasks twice at once."""
        engine = Engine(self.server, self.version, iter(seconds))
        report = self._job(iter(uploads), iter(()), crash, delete, engine)
        if report is None:
            self._note_untold()
        else:
            self.unheard += engine.unheard
            self._check(report)

    def _note_untold(self) -> None:
        """What workers read for a job that died is known to nobody, unless it is read again."""
        ledger = Ledger(self.folder / "ledger.db")
        try:
            for row in ledger.rows(1):
                if row.state is FileState.SENDING and not row.digest:
                    self.untold |= {(row.path, sent) for sent in self.versions[row.path]}
        finally:
            ledger.close()

    @rule(delete=st.booleans())
    def quiet_job(self, delete: bool) -> None:
        """A job has its way."""
        report = self._job(iter(()), iter(()), None, delete)
        assert report is not None
        assert not [result for result in report.failed if result.outcome is Outcome.FAILED]
        self._check(report)
        uploads = self.server.uploads
        report = self._job(iter(()), iter(()), None, delete)
        assert report is not None
        assert self.server.uploads == uploads, "a second run sent something again"

    @property
    def files(self) -> list[str]:
        """What is in the tree, in the order of a scan."""
        return [path for path in PATHS if (self.tree / path).exists()]

    def _stamp(self, path: Path) -> None:
        self.time += 1
        os.utime(path, (self.time, self.time))

    def _step(self) -> None:
        if self.steps_left == 0 and self.ledger is not None:
            self.server.dead = True
            self.ledger.kill()
            raise CrashError
        self.steps_left -= 1

    def _job(
        self,
        uploads: Iterator[Fault],
        others: Iterator[Fault],
        crash: int | None,
        delete: bool,
        engine: Engine | None = None,
    ) -> IngestReport | None:
        """Run a job; nothing comes of one that crashed."""
        server = self.server
        server.clock += 10
        server.dead = False
        server.on_request = self._step
        server.faults = lambda request: next(uploads if is_upload(request) else others, Fault())
        self.steps_left = -1 if crash is None else crash
        self.ledger = None
        machine = self

        class ThisLedger(MortalLedger):
            def __init__(self, path: Path | None) -> None:
                super().__init__(path)
                machine.ledger = self

            def step(self) -> None:
                machine._step()

        sweep = AsyncSweep.run

        async def last_look(self: AsyncSweep) -> None:
            server.settle()
            if engine is not None:
                engine.is_late = True
            await sweep(self)

        with ExitStack() as stack:
            stack.enter_context(patch.object(jobs, "Ledger", ThisLedger))
            stack.enter_context(patch.object(AsyncSweep, "run", last_look))
            stack.enter_context(patch.object(grouping, "GROUP_FILES", self.group))
            try:
                return simulate(lambda: self._ingest(delete, engine))
            except (CrashError, RAGFlowError):
                if not server.dead:
                    raise
                return None

    async def _ingest(self, delete: bool, engine: Engine | None) -> IngestReport:
        if engine is None:
            return await self._call(delete, None)
        with engine.at_work():
            report = await self._call(delete, engine)
            self.steps_left = -1  # the client has ended, and only the engine is left
            await engine.finish()
        return report

    async def _call(self, delete: bool, engine: Engine | None) -> IngestReport:
        client = AsyncRAGFlow(
            "the-secret", "http://server", transport=self.server, server_version=self.version
        )
        async with client as rag:
            dataset = rag.bind(AsyncDataSet(id=DATASET, name="Papers"))
            options: dict[str, Any] = {
                "ledger": self.folder / "ledger.db",
                "parse": self.parse,
                "concurrency": self.forms,
            }
            if engine is not None:
                options["executor"] = engine
            if self.policy == "sync":
                return await dataset.sync(self.tree, delete=delete, **options)
            return await dataset.ingest(self.tree, on_conflict=self.policy, **options)

    # what must be true after a job

    def _check(self, report: IngestReport) -> None:
        documents = {item.id: item for item in self.server.documents}
        results = list(report.results)
        assert [result.path for result in results] == self.files
        assert report.total == len(self.files)
        theirs = Counter(result.document_id for result in results if result.document_id)
        assert set(theirs.values()) <= {1}, "two files have one document"
        for result in results:
            versions = self.versions[result.path]
            current = (self.tree / result.path).read_bytes()
            document = documents.get(result.document_id)
            if result.outcome is Outcome.QUARANTINED:
                continue
            if result.reason == OTHER_FILE:
                assert self.policy in ("skip", "sync")
                continue
            assert document is not None, f"{result} is not on the server"
            assert document.name == result.name
            assert _plain(document.name) == _plain(result.path.replace("/", " - "))
            if result.reason == CHANGED:
                assert self.policy == "skip"
                assert document.content in versions
            else:
                assert document.content == current, f"{result} has other bytes"
        self._check_foreign(documents)
        self._check_ledger(documents)

    def _check_foreign(self, documents: dict[str, Stored]) -> None:
        for id, before in list(self.foreign.items()):
            now = documents.get(id)
            if now is None:
                assert self.policy == "replace"
                assert before.name in {path.replace("/", " - ") for path in PATHS}
                del self.foreign[id]
            else:
                assert (now.name, now.content) == (before.name, before.content)

    def _check_ledger(self, documents: dict[str, Stored]) -> None:
        ledger = Ledger(self.folder / "ledger.db")
        try:
            rows = list(ledger.rows(1))
        finally:
            ledger.close()
        self._check_surplus(documents, rows)
        for row in rows:
            if row.document_id and row.path in self.files and row.state in STORED:
                document = documents[row.document_id]
                assert row.name == document.name
                assert row.digest in ("", xxhash.xxh3_128_hexdigest(document.content))

    def _check_surplus(self, documents: dict[str, Stored], rows: list[Row]) -> None:
        """All that is there is somebody else's, or a file's, or was sent by one that failed.

        Or it came after its job's last look, from an execution that got no answer.
        """
        owned = {row.document_id for row in rows} | self.foreign.keys()
        left = Counter(item.content for id, item in documents.items() if id not in owned)
        for row in rows:
            sent = self.versions[row.path]
            if self.policy == "rename" or row.state not in STORED:
                left -= Counter(sent)
        left -= Counter(
            sent
            for path, sent in self.untold
            if path not in self.files or (self.tree / path).read_bytes() != sent
        )
        left -= self.unheard
        assert not left, "a copy, or an older version, is left"


def _plain(name: str) -> str:
    """Without what servers put into a name, and what a ledger does where a name is taken."""
    return re.sub(r"\(\d+\)|~[0-9a-f]{8}", "", name)


TestIngestMachine = pytest.mark.timeout(1800)(IngestMachine.TestCase)
TestIngestMachine.settings = settings(
    max_examples=settings().max_examples // 2, stateful_step_count=12, deadline=None
)
