"""Background parsing: takes documents off a queue and gives them chunks."""

from __future__ import annotations

import logging
import threading
import time
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from ragflow.local import chunking, embedding, extraction
from ragflow.local.store import StoreClosedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ragflow.local.generations import Generation
    from ragflow.local.store import Store
    from ragflow.local.store.records import Document

_log = logging.getLogger("ragflow.local")
_METHODS = ("naive", "one")
_WHOLE = 10_000_000  # more tokens than a document has
_BATCH = 64  # chunks embedded between two looks at whether the task is still wanted


class Worker:
    """A few threads that parse documents, oldest first.

    Documents that were being parsed when the last server on this file ended are parsed again.

    Args:
        store: Where documents and chunks are kept.
        generation: The server generation, for the wording of progress lines.
        threads: How many documents are parsed at the same time.
        settle: Seconds a queued document waits, so that the request that queued it, and others
            that belong to it, are answered before the work begins.
    """

    def __init__(
        self, store: Store, generation: Generation, *, threads: int = 2, settle: float = 0.1
    ) -> None:
        self._store = store
        self._span = generation.page_span
        self._settle = settle
        self._queue: SimpleQueue[tuple[str, str, float] | None] = SimpleQueue()
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, name=f"ragflow-parser-{number}", daemon=True)
            for number in range(threads)
        ]

    def start(self) -> None:
        """Begin to work, with what an earlier server left unfinished."""
        for id, task in self._store.jobs.running():
            self._queue.put((id, task, 0.0))
        for thread in self._threads:
            thread.start()

    def stop(self, timeout: float = 0.2) -> None:
        """Stop taking documents; one that is being parsed is left for the next start."""
        self._stopping.set()
        for _ in self._threads:
            self._queue.put(None)
        deadline = time.monotonic() + timeout
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def submit(self, documents: Sequence[Document]) -> None:
        """Queue documents, from their beginning."""
        not_before = time.monotonic() + self._settle
        for id, task in self._store.jobs.start(documents):
            self._queue.put((id, task, not_before))

    def _run(self) -> None:
        while not self._stopping.is_set():
            job = self._queue.get()
            if job is None:
                return
            id, task, not_before = job
            if self._stopping.wait(max(0.0, not_before - time.monotonic())):
                return
            try:
                self._parse(id, task)
            except StoreClosedError:
                return
            except Exception as error:  # a defect must not end the thread, and must be seen
                _log.exception("parsing of document %s failed", id)
                self._fail(id, task, error)

    def _fail(self, id: str, task: str, error: Exception) -> None:
        try:
            self._store.jobs.report(
                id, task, f"[ERROR][Exception]: {error}", run="FAIL", progress=-1.0
            )
        except StoreClosedError:
            _log.debug("the data file was closed before a failure could be noted")

    def _parse(self, id: str, task: str) -> None:
        """Parse one document, and stop as soon as its task is not wanted any more."""
        documents, jobs = self._store.documents, self._store.jobs
        span, begun = self._span, time.monotonic()
        document = documents.get(id)
        if document is None or not jobs.report(id, task, "Task has been received."):
            return
        if not jobs.report(id, task, f"{span}: Start to parse.", progress=0.1):
            return
        try:
            sections = extraction.extract(document.name, b"".join(documents.content(id)))
        except extraction.ExtractionError as error:
            jobs.report(id, task, f"{span}: [ERROR]{error}")
            self._fail(id, task, error)
            return
        if not jobs.report(id, task, f"{span}: Finish parsing.", progress=0.4):
            return
        config = document.parser_config
        method = document.chunk_method
        if method not in _METHODS:
            jobs.report(id, task, f"{span}: Chunk method {method!r} is not available, using naive.")
        pieces = chunking.split(
            sections,
            chunk_token_num=_WHOLE if method == "one" else config.get("chunk_token_num") or 512,
            delimiter="" if method == "one" else config.get("delimiter") or "\n",
        )
        line = f"{span}: Generate {len(pieces)} chunks"
        if not jobs.report(id, task, line, progress=0.6):
            return
        vectors: list[Any] = []
        embedded = time.monotonic()
        for first in range(0, len(pieces), _BATCH):
            if self._stopping.is_set() or not self._wanted(id, task):
                return
            vectors.extend(embedding.embed([p.text for p in pieces[first : first + _BATCH]]))
        line = f"{span}: Embedding chunks ({time.monotonic() - embedded:.2f}s)"
        if not jobs.report(id, task, line, progress=0.8):
            return
        dataset = self._store.datasets.get(document.dataset_id)
        indexed = time.monotonic()
        if dataset is None:
            return
        if self._store.chunks.fill(document, task, dataset.tenant_id, pieces, vectors) is None:
            return
        line = f"{span}: Indexing done ({time.monotonic() - indexed:.2f}s)."
        if jobs.report(id, task, line, progress=0.95):
            line = f"{span}: Task done ({time.monotonic() - begun:.2f}s)"
            jobs.report(id, task, line, progress=1.0, run="DONE")

    def _wanted(self, id: str, task: str) -> bool:
        document = self._store.documents.get(id)
        return document is not None and document.task_id == task and document.run == "RUNNING"
