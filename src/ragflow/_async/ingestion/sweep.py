"""The last look of a job: whether what was in doubt is on the server once, and only once."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TypeVar

from ..._protocol.uploads import is_name, plain_stem
from ..._twins import async_in_thread
from ...ingest.doubts import DoubtsOfJob
from ...ingest.inventory import Inventory, Known
from ...ingest.items import FileState, Row
from ...ingest.ownership import is_unclear, path_beside
from ...ingest.paths import unescaped
from ...ingest.reconcile import is_suspect
from ...ingest.versions import versions
from .batches import BATCH
from .renaming import AsyncRenaming
from .work import AsyncWork

T = TypeVar("T")


class AsyncSweep:
    """Removes the copies that a server stored after it seemed to have stored nothing.

    A document is taken for such a copy if it has the file's name, perhaps with a number put into
    it, and the file's very bytes, came after the file was sent first, and is no other file's
    document.

    All files that an executor was given are in doubt, since it may have run a task twice. There may
    be millions of them, so the documents are gone through and not the files: where each is a
    file's, that was all.
    """

    def __init__(self, work: AsyncWork) -> None:
        self._work = work
        self._left: set[int] = set()  # files that must be looked at once more by a later job

    async def run(self) -> None:
        """Looks at each file of the dataset that was in doubt."""
        ledger = self._work.ledger
        doubts = await async_in_thread(ledger.doubts, self._work.job)
        if not doubts.count:
            return
        inventory = Inventory()
        try:
            await self._learn(doubts, inventory)
            documents = inventory.all()
            while some := await async_in_thread(_batch, documents):
                for row in await async_in_thread(self._suspected, doubts, some):
                    await self._remove_copies(row, inventory)
            await AsyncRenaming(self._work, doubts, inventory).run()
        finally:
            await async_in_thread(inventory.close)
        await async_in_thread(ledger.clear_doubts, doubts, self._left)

    async def _learn(self, doubts: DoubtsOfJob, inventory: Inventory) -> None:
        """Finds out what came since the first of the files was sent.

        Asking for the names of files takes a request for each, so as many pages may be tried first.
        """
        listing, patiently = self._work.listing, self._work.forms.patiently
        if await listing.fill_newer(inventory, doubts.earliest, doubts.count, patiently):
            return
        rows = self._work.ledger.doubted(doubts)
        while some := await async_in_thread(_batch, rows):
            since: dict[str, int] = {}
            for row in some:
                stem = plain_stem(row.name)
                since[stem] = min(row.doubted, since.get(stem, row.doubted))
            for stem in sorted(since):
                await self._learn_stem(inventory, stem, since[stem])

    async def _learn_stem(self, inventory: Inventory, stem: str, since: int) -> None:
        listing = self._work.listing
        found = await self._work.forms.patiently(lambda: listing.variants(stem, since))
        await async_in_thread(inventory.add, found)

    def _suspected(self, doubts: DoubtsOfJob, documents: Sequence[Known]) -> list[Row]:
        """The files of which there may be a copy among some documents.

        Left out are those that another job has in hand.
        """
        ledger, job = self._work.ledger, self._work.job
        owners = ledger.documents(job.target, [known.id for known in documents])
        free = [known for known in documents if known.id not in owners]
        if not free:
            return []
        rows = [
            row
            for row in ledger.doubted_named(doubts, [known.name for known in free])
            if any(_may_be_copy(row, known) for known in free)
        ]
        claimed = ledger.claim(job, rows)
        return [row for row in claimed if row.document_id and row.state is not FileState.SENDING]

    async def _remove_copies(self, row: Row, inventory: Inventory) -> None:
        copies = await async_in_thread(self._copies, row, inventory)
        if copies and not await self._is_there(row):  # somebody took them the other way round
            self._left.add(row.id)
            return
        for id in copies:
            if not row.digest:  # the job ended before a worker could tell it
                row.digest = await self._work.forms.digest(row.document_id)
                await async_in_thread(self._work.ledger.save, [row])
            digests = {version.digest for version in versions(row)}
            if await self._work.forms.digest(id) in digests:
                await self._work.forms.remove(id)
                await async_in_thread(inventory.remove, [id])

    async def _is_there(self, row: Row) -> bool:
        listing = self._work.listing
        own = await self._work.forms.patiently(lambda: listing.by_id(row.document_id))
        return own is not None

    def _copies(self, row: Row, inventory: Inventory) -> list[str]:
        """Which documents may be copies of a file, by their ids."""
        suspects = [known for known in inventory.variants(row.name) if _may_be_copy(row, known)]
        if not suspects:
            return []
        ledger, target = self._work.ledger, self._work.job.target
        others = ledger.documents(target, [known.id for known in suspects])
        sent = [
            other
            for other in ledger.in_doubt(target, [known.name for known in suspects])
            if other.id != row.id and other.state is FileState.SENDING
        ]
        ours = {other.id for other in ledger.claim(self._work.job, sent)}
        busy = [other for other in sent if other.id not in ours]  # with a living job
        if any(is_unclear(known, busy) for known in suspects):
            self._left.add(row.id)
        return [
            known.id
            for known in suspects
            if known.id not in others
            and not is_unclear(known, busy)
            and not self._is_another_shards(row, known.name)
        ]

    def _is_another_shards(self, row: Row, name: str) -> bool:
        """Whether a document may be a file beside this one that another machine takes."""
        path = path_beside(row, name)
        if not path or self._work.options.is_ours(path):
            return False
        return "://" in row.root or os.path.lexists(unescaped(f"{row.root}/{path}"))


def _may_be_copy(row: Row, known: Known) -> bool:
    if known.id == row.document_id or not is_name(row.name, known.name):
        return False
    return any(is_suspect(version, known) for version in versions(row))


def _batch(items: Iterator[T]) -> list[T]:
    return list(islice(items, BATCH))
