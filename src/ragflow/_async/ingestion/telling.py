"""Tells documents apart whose names may be several files'."""

from __future__ import annotations

from collections.abc import Sequence

from ..._protocol.uploads import has_number
from ..._twins import async_in_thread
from ...ingest.inventory import Inventory, Known
from ...ingest.items import FileState, Row
from ...ingest.ownership import is_left_to_others, is_unclear
from ...ingest.versions import versions
from .work import AsyncWork


class AsyncTelling:
    """Tells which documents are about a file that was scanned.

    Args:
        work: The job.
        inventory: What the server has.
        watermark: The newest creation time on the server when the job began.
    """

    def __init__(self, work: AsyncWork, inventory: Inventory, watermark: int) -> None:
        self._work = work
        self._inventory = inventory
        self._watermark = watermark

    def named(self, rows: Sequence[Row]) -> list[Row]:
        """The files about which more matters than a document of their own, if they have one."""
        own = self._inventory.by_id([row.document_id for row in rows if row.document_id])
        named = self._inventory.named([row.name for row in rows])
        sending = FileState.SENDING
        return [
            row
            for row in rows
            if row.state is sending
            or (row.document_id not in own and (row.document_id or row.name in named))
            or (row.document_id in own and row.changed)
        ]

    async def learn(self, rows: Sequence[Row]) -> None:
        """Looks into the documents that only their bytes tell apart."""
        if not rows:
            return
        for id in await async_in_thread(self._unclear, rows):
            digest = await self._work.forms.digest(id)
            await async_in_thread(self._inventory.hashed, id, digest)

    def _unclear(self, rows: Sequence[Row]) -> list[str]:
        found: dict[str, Known] = {}
        shared: set[str] = set()
        for row in rows:
            by_bytes = row.replaces or row.earlier or self._has_older(row)
            variants = [
                known
                for known in self._inventory.variants(row.name)
                if not known.content_hash and (has_number(known.name) or by_bytes)
            ]
            found |= {known.id: known for known in variants}
            if self.is_shared(row, variants):
                shared |= {known.id for known in variants if _is_size_of(row, known)}
        if not found:
            return []
        in_doubt = self._in_doubt(list(found.values()))
        unclear = [id for id, known in found.items() if id in shared or is_unclear(known, in_doubt)]
        owned = self._work.ledger.documents(self._work.job.target, unclear)
        return [id for id in unclear if id not in owned]

    def is_shared(self, row: Row, variants: Sequence[Known]) -> bool:
        """Whether a file without a document may find another's under its names, or an older one."""
        if self._work.ledger.path is None:  # then a name and a size are all that counts
            return False
        has_older = self._has_older(row)
        alike = [k for k in variants if _is_size_of(row, k) and (has_number(k.name) or has_older)]
        # Only "rename" leaves older versions there, which are worth a download.
        if not any(k.content_hash or self._work.options.policy.taken == "rename" for k in alike):
            return False
        if row.document_id and self._inventory.by_id([row.document_id]):
            return False
        return has_older or self._work.ledger.has_relatives(self._work.job.target, row)

    def _has_older(self, row: Row) -> bool:
        """Whether an older version may have the name of a file whose document is gone."""
        if self._work.options.policy.taken != "rename" or not row.document_id:
            return False
        return not self._inventory.by_id([row.document_id])

    def variants(self, row: Row, taken: Sequence[str]) -> list[Known]:
        """The documents with a file's name, or the name with a number, that are not other files'.

        Args:
            row: The file.
            taken: Documents that have just turned out to be other files'.
        """
        variants = self._inventory.variants(row.name)
        numbered = [known for known in variants if has_number(known.name)]
        if not numbered:
            return variants
        target = self._work.job.target
        owners = self._work.ledger.documents(target, [known.id for known in numbered])
        names = self._work.ledger.names(
            target, [known.name for known in numbered if known.name != row.name]
        )
        in_doubt = self._in_doubt(numbered)
        theirs = {
            known.id
            for known in numbered
            if known.id in taken
            or owners.get(known.id, row).id != row.id
            or (
                known.id not in owners
                and is_left_to_others(
                    row,
                    known,
                    in_doubt,
                    is_named=known.name in names,
                    watermark=self._watermark,
                )
            )
        }
        return [known for known in variants if known.id not in theirs]

    def _in_doubt(self, documents: Sequence[Known]) -> list[Row]:
        names = [known.name for known in documents]
        rows = self._work.ledger.in_doubt(self._work.job.target, names)
        return [version for row in rows for version in versions(row)]


def _is_size_of(row: Row, known: Known) -> bool:
    return row.found is not None and row.found.size == known.size
