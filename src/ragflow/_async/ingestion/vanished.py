"""Files that earlier runs stored and that are gone from where they were."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from itertools import islice

from ..._protocol import documents
from ..._protocol.paging import MAX_PAGE_SIZE
from ..._twins import async_in_thread
from ...errors import InvalidRequestError, NotFoundError
from ...ingest.items import Row
from ...ingest.paths import unescaped
from .work import AsyncWork


class AsyncVanished:
    """Tells which files are gone and, for a mirror that is asked to, deletes their documents.

    A file is gone if this job would have taken it, looked where it was, and it is not there. What
    lies below a folder that could not be read is not gone, and neither is what is behind an
    address.

    Args:
        work: The job.
        roots: Where the job looked.
        unreadable: What it could not read, as pairs of root and path.
    """

    def __init__(
        self,
        work: AsyncWork,
        roots: AbstractSet[str],
        unreadable: AbstractSet[tuple[str, str]],
    ) -> None:
        self._work = work
        self._roots = roots
        self._unreadable = unreadable

    async def run(self) -> tuple[str, ...]:
        """The paths of the files that are gone."""
        rows = iter(self._work.ledger.vanished(self._work.job, self._roots))
        gone: list[str] = []
        while some := await async_in_thread(self._next, rows):
            gone += [row.path for row in some]
            if self._work.options.delete and not self._work.options.dry_run:
                await self._delete([row for row in some if row.document_id])
                await async_in_thread(self._work.ledger.forget, some)
        return tuple(gone)

    def _next(self, rows: Iterator[Row]) -> list[Row]:
        return list(islice((row for row in rows if self._is_gone(row)), MAX_PAGE_SIZE))

    def _is_gone(self, row: Row) -> bool:
        options = self._work.options
        if not row.root or "://" in row.root:  # nobody can tell cheaply
            return False
        if not (options.is_ours(row.path) and options.rules.takes(row.path)):
            return False
        parts = row.path.split("/")
        above = ("/".join(parts[:depth]) for depth in range(len(parts)))
        if any((row.root, folder) in self._unreadable for folder in above):
            return False
        return not os.path.lexists(unescaped(f"{row.root}/{row.path}"))

    async def _delete(self, rows: Sequence[Row]) -> None:
        """Deletes documents together, and one by one where some are gone already."""
        api, dataset_id = self._work.api, self._work.dataset_id
        ids = [row.document_id for row in rows]
        try:
            await self._work.forms.patiently(lambda: api.send(documents.delete(dataset_id, ids)))
        except (InvalidRequestError, NotFoundError):
            for id in ids:
                await self._work.forms.remove(id)
