"""The last look of a job: whether what was in doubt is on the server once, and only once."""

from __future__ import annotations

from collections.abc import Sequence

from ..._protocol.paging import MAX_PAGE_SIZE
from ..._protocol.uploads import is_variant
from ..._twins import async_in_thread
from ...ingest.inventory import Inventory, Known
from ...ingest.items import FileState, Row
from ..documents import AsyncDocument
from .work import AsyncWork


class AsyncSweep:
    """Removes the copies that a server stored after it seemed to have stored nothing.

    A document is taken for such a copy if it has the file's name with a number put into it and the
    file's very bytes, came after the file was sent first, and is no other file's document.
    """

    def __init__(self, work: AsyncWork) -> None:
        self._work = work

    async def run(self) -> None:
        """Looks at each file of the dataset that was in doubt."""
        rows = await async_in_thread(self._in_doubt)
        if not rows:
            return
        _, documents = await self._work.forms.patiently(self._work.listing.newest)
        inventory = Inventory()
        try:
            whole = documents is None or documents <= len(rows) * MAX_PAGE_SIZE
            if whole:
                await self._work.forms.patiently(lambda: self._work.listing.fill(inventory))
            for row in rows:
                await self._look_at(row, inventory if whole else None)
        finally:
            await async_in_thread(inventory.close)

    def _in_doubt(self) -> list[Row]:
        """The rows, but for those that another job has in hand."""
        ledger, job = self._work.ledger, self._work.job
        rows = [row for row in ledger.doubted(job.target) if row.document_id]
        claimed = ledger.claim(job, rows)
        return [row for row in claimed if row.state is not FileState.SENDING]

    async def _look_at(self, row: Row, inventory: Inventory | None) -> None:
        if inventory is None:
            found = await self._work.forms.patiently(lambda: self._work.listing.variants(row.name))
            copies = await async_in_thread(self._copies, row, found)
        else:
            known = await async_in_thread(inventory.variants, row.name)
            copies = await async_in_thread(self._copies, row, known)
        for id in copies:
            if await self._is_copy(row, id):
                await self._work.forms.remove(id)
        row.doubted = 0
        await async_in_thread(self._work.ledger.save, [row])

    def _copies(self, row: Row, found: Sequence[Known] | Sequence[AsyncDocument]) -> list[str]:
        """Which documents may be copies, by their ids."""
        suspects = [
            document.id
            for document in found
            if document.id != row.document_id
            and document.size == row.size
            and document.create_time > row.doubted
            and is_variant(row.name, document.name)
        ]
        others = self._work.ledger.documents(self._work.job.target, suspects)
        return [id for id in suspects if id not in others]

    async def _is_copy(self, row: Row, id: str) -> bool:
        """Whether a document has the file's bytes."""
        if not row.digest:  # the job ended before a worker could tell it
            row.digest = await self._work.forms.digest(row.document_id)
        return await self._work.forms.digest(id) == row.digest
