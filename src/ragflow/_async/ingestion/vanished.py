"""Files that earlier runs stored and that are gone from where they were."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from attrs import frozen

from ..._protocol import documents
from ..._protocol.paging import MAX_PAGE_SIZE
from ..._twins import async_in_thread
from ...errors import InvalidRequestError, NotFoundError
from ...ingest.deletions import refusal
from ...ingest.items import Row
from ...ingest.paths import absolute, escaped
from ...ingest.walking import is_there
from .scanning import AsyncScanStage
from .work import AsyncWork


@frozen
class Gone:
    """The files that are gone, and why their documents are not."""

    paths: tuple[str, ...] = ()
    refusal: str = ""


class AsyncVanished:
    """Tells which files are gone and, for a mirror that is asked to, deletes their documents.

    A file is gone if this job would have taken it, looked where it was, and it is not there. What
    lies below a folder that could not be read is not gone, and neither is what is behind an
    address. Nothing is deleted where that would be too much at once.

    Args:
        work: The job.
        scanning: Knows where the job looked, and what it could not read.
    """

    def __init__(self, work: AsyncWork, scanning: AsyncScanStage) -> None:
        self._work = work
        self._scanning = scanning
        self._newest = 0
        self._folder: frozenset[str] = frozenset()

    async def begin(self, sources: object) -> None:
        """Notes what is known before anything new comes in."""
        self._newest = await async_in_thread(self._work.ledger.newest)
        if self._work.options.mirror and isinstance(sources, Path):
            self._folder = frozenset([escaped(absolute(str(sources)))])  # it may have no file

    async def run(self) -> Gone:
        """The files that are gone."""
        options = self._work.options
        gone: list[str] = []
        rows = self._rows()
        while some := await async_in_thread(self._next, rows):
            gone += [row.path for row in some]
        refused = await async_in_thread(self._refusal, len(gone)) if options.delete else ""
        if options.delete and not refused and not options.dry_run:
            rows = self._rows()
            while some := await async_in_thread(self._next, rows):
                await self._delete(some)
                await async_in_thread(self._work.ledger.forget, some)
        return Gone(tuple(gone), refused)

    def _rows(self) -> Iterator[Row]:
        return iter(self._work.ledger.vanished(self._work.job, self._scanning.roots | self._folder))

    def _refusal(self, gone: int) -> str:
        ledger, job = self._work.ledger, self._work.job
        kept, found = ledger.kept(job, self._newest), ledger.found(job.id)
        return refusal(gone, kept, found, self._work.options.max_delete)

    def _next(self, rows: Iterator[Row]) -> list[Row]:
        return list(islice((row for row in rows if self._is_gone(row)), MAX_PAGE_SIZE))

    def _is_gone(self, row: Row) -> bool:
        options = self._work.options
        if is_there(row):
            return False
        if not (options.is_ours(row.path) and options.rules.takes(row.path)):
            return False
        parts = row.path.split("/")
        above = ("/".join(parts[:depth]) for depth in range(len(parts)))
        return not any((row.root, folder) in self._scanning.unreadable for folder in above)

    async def _delete(self, rows: Sequence[Row]) -> None:
        """Deletes documents together, and one by one where some are gone already."""
        api, dataset_id = self._work.api, self._work.dataset_id
        ids = [row.document_id for row in rows]
        try:
            await self._work.forms.patiently(lambda: api.send(documents.delete(dataset_id, ids)))
        except (InvalidRequestError, NotFoundError):
            for id in ids:
                await self._work.forms.remove(id)
