"""Background parsing: takes documents off a queue and gives them chunks."""

from __future__ import annotations

import logging
import threading
import time
from queue import SimpleQueue
from typing import TYPE_CHECKING

from ragflow.local import chunking, embedding, extraction
from ragflow.local.store import StoreClosedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ragflow.local.chunking import Piece
    from ragflow.local.generations import Generation
    from ragflow.local.store import Store
    from ragflow.local.store.records import Document

_log = logging.getLogger("ragflow.local")
_METHODS = ("naive", "one")
_WHOLE = 10_000_000  # more tokens than a document has
_BATCH = 128  # chunks embedded and stored at a time


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
            self._store.jobs.fail(id, task, f"[ERROR][Exception]: {error}")
        except StoreClosedError:
            _log.debug("the data file was closed before a failure could be noted")

    def _parse(self, id: str, task: str) -> None:
        """Parse one document, and stop as soon as its task is given up."""
        jobs, span, begun = self._store.jobs, self._span, time.monotonic()
        document = self._store.documents.get(id)
        if document is None or not jobs.receive(id, task):
            return
        jobs.report(id, task, f"{span}: Start to parse.", progress=0.1)
        content = b"".join(self._store.documents.content(id))
        try:
            sections = extraction.extract(document.name, content)
        except extraction.ExtractionError as error:
            jobs.report(id, task, f"{span}: [ERROR]{error}")
            self._fail(id, task, error)
            return
        jobs.report(id, task, f"{span}: Finish parsing.", progress=0.3)
        for note in _notes(document):
            jobs.report(id, task, f"{span}: {note}")
        pieces = _split(document, sections)
        line = f"{span}: Generate {len(pieces)} chunks"
        if jobs.report(id, task, line, progress=0.4) and self._index(document, task, pieces):
            jobs.finish(id, task, f"{span}: Task done ({time.monotonic() - begun:.2f}s)")

    def _index(self, document: Document, task: str, pieces: Sequence[Piece]) -> bool:
        """Embed and store chunks, some at a time; False when the task was given up meanwhile."""
        jobs, chunks, span = self._store.jobs, self._store.chunks, self._span
        embedding_time = indexing_time = 0.0
        for first in range(0, len(pieces), _BATCH):
            batch = pieces[first : first + _BATCH]
            begun = time.monotonic()
            vectors = embedding.embed([piece.text for piece in batch])
            embedded = time.monotonic()
            if self._stopping.is_set() or not chunks.append(document, task, batch, vectors):
                return False
            embedding_time += embedded - begun
            indexing_time += time.monotonic() - embedded
            done = 0.4 + 0.5 * (first + len(batch)) / len(pieces)
            jobs.advance(document.id, task, done)
        jobs.report(document.id, task, f"{span}: Embedding chunks ({embedding_time:.2f}s)")
        line = f"{span}: Indexing done ({indexing_time:.2f}s)."
        return jobs.report(document.id, task, line, progress=0.95)


def _notes(document: Document) -> Iterator[str]:
    """What the document's configuration asks for and this server does not do."""
    if document.chunk_method not in _METHODS:
        yield f"Chunk method {document.chunk_method!r} is not available, using naive."
    for key in ("auto_keywords", "auto_questions"):
        if document.parser_config.get(key):
            yield f"{key} needs a language model and is not available here."


def _split(document: Document, sections: Sequence[extraction.Section]) -> Sequence[Piece]:
    """Cut a text as the document's configuration says; the method "one" does not cut."""
    config, whole = document.parser_config, document.chunk_method == "one"
    return chunking.split(
        sections,
        chunk_token_num=_WHOLE if whole else config.get("chunk_token_num") or 512,
        delimiter="" if whole else config.get("delimiter") or "\n",
    )
