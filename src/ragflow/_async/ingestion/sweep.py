"""The last look of a job: whether what was in doubt is on the server once, and only once."""

from __future__ import annotations

import xxhash

from ..._protocol.uploads import is_variant
from ..._twins import async_in_thread
from ...errors import NotFoundError
from ...ingest.items import Row
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
        for row in await async_in_thread(self._in_doubt):
            for document in await self._copies(row):
                if await self._is_copy(row, document):
                    await self._work.forms.remove(document.id)
            row.doubted = 0
            await async_in_thread(self._work.ledger.save, [row])

    def _in_doubt(self) -> list[Row]:
        return [row for row in self._work.ledger.doubted(self._work.job.target) if row.document_id]

    async def _copies(self, row: Row) -> list[AsyncDocument]:
        found = await self._work.forms.patiently(lambda: self._work.listing.variants(row.name))
        suspects = [
            document
            for document in found
            if document.id != row.document_id
            and document.size == row.size
            and document.create_time > row.doubted
            and is_variant(row.name, document.name)
        ]
        ids = [document.id for document in suspects]
        others = await async_in_thread(self._work.ledger.documents, self._work.job.target, ids)
        return [document for document in suspects if document.id not in others]

    async def _is_copy(self, row: Row, document: AsyncDocument) -> bool:
        """Whether a document has the file's bytes."""

        async def digest() -> str:
            hasher = xxhash.xxh128()
            async for piece in document.iter_bytes():
                hasher.update(piece)
            return hasher.hexdigest()

        try:
            return await self._work.forms.patiently(digest) == row.digest
        except NotFoundError:
            return False
