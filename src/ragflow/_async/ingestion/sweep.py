"""The last look of a job: whether what was in doubt is on the server once, and only once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import islice

import xxhash

from ..._protocol.paging import MAX_PAGE_SIZE
from ..._protocol.uploads import is_variant
from ..._twins import async_in_thread
from ...errors import InvalidRequestError, NotFoundError
from ...ingest.inventory import Inventory, Known
from ...ingest.items import Row
from ...ingest.parcels import may_hold
from .work import AsyncWork

BATCH = 256


class AsyncSweep:
    """Removes the copies that a server stored after it seemed to have stored nothing.

    A document is taken for such a copy if it has the file's name, perhaps with a number put into
    it, and the file's very bytes, came after the file was sent first, and is no other file's
    document.
    """

    def __init__(self, work: AsyncWork) -> None:
        self._work = work
        self._inventory = Inventory()

    async def run(self) -> None:
        """Looks at each file of the dataset that was in doubt."""
        try:
            await self._learn()
            doubted = self._work.ledger.doubted(self._work.job.target)
            while rows := await async_in_thread(_some, doubted):
                for row in rows:
                    if row.document_id:
                        await self._settle(row)
                await async_in_thread(self._work.ledger.save, rows)
        finally:
            await async_in_thread(self._inventory.close)

    async def _learn(self) -> None:
        """Asks for what came since the first doubt, or for each file if that is cheaper."""
        listing = self._work.listing
        target = self._work.job.target
        count, since = await async_in_thread(self._work.ledger.in_doubt, target)
        if not count:
            return
        newest, total = await self._work.forms.patiently(listing.newest)
        if total is None or count * MAX_PAGE_SIZE >= total:
            await self._work.forms.patiently(partial(self._learn_since, since))
            return
        await async_in_thread(self._inventory.add, newest)
        for row in await async_in_thread(list, self._work.ledger.doubted(target)):
            await self._work.forms.patiently(partial(self._learn_variants, row.name))

    async def _learn_since(self, time: int) -> None:
        page = []
        async for document in self._work.listing.since(time):
            page.append(document)
            if len(page) == MAX_PAGE_SIZE:
                await async_in_thread(self._inventory.add, page)
                page = []
        await async_in_thread(self._inventory.add, page)

    async def _learn_variants(self, name: str) -> None:
        found = await self._work.listing.variants(name)
        await async_in_thread(self._inventory.add, found)

    async def _settle(self, row: Row) -> None:
        """Removes a file's copies, and gives its document the name that one of them had."""
        variants = await async_in_thread(self._inventory.variants, row.name)
        removed: list[Known] = []
        for known in await async_in_thread(self._suspects, row, variants):
            if await self._is_copy(row, known):
                await self._work.forms.remove(known.id)
                removed.append(known)
        own = next((known for known in variants if known.id == row.document_id), None)
        if own is not None and own.name != row.name:
            await self._rename(row, own.name, any(known.name == row.name for known in removed))
        row.doubted = 0

    def _suspects(self, row: Row, variants: Sequence[Known]) -> list[Known]:
        suspects = [
            known
            for known in variants
            if known.id != row.document_id
            and known.size == row.size
            and known.create_time > row.doubted
            and (known.name == row.name or is_variant(row.name, known.name))
            and may_hold(known.name, known.content_hash, row.digest)
        ]
        ids = [known.id for known in suspects]
        others = self._work.ledger.documents(self._work.job.target, ids)
        return [known for known in suspects if known.id not in others]

    async def _rename(self, row: Row, name: str, is_free: bool) -> None:
        """Gives a document the name it was sent under, or keeps to the one it got."""
        try:
            if is_free:
                await self._work.forms.update(row.document_id, {"name": row.name})
            else:
                row.name = name
        except InvalidRequestError:
            row.name = name

    async def _is_copy(self, row: Row, known: Known) -> bool:
        """Whether a document has the file's bytes."""

        async def digest() -> str:
            document = await self._work.listing.by_id(known.id)
            if document is None:
                return ""
            hasher = xxhash.xxh128()
            async for piece in document.iter_bytes():
                hasher.update(piece)
            return hasher.hexdigest()

        try:
            return await self._work.forms.patiently(digest) == row.digest
        except NotFoundError:
            return False


def _some(rows: Iterator[Row]) -> list[Row]:
    return list(islice(rows, BATCH))
