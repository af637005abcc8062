# Generated from src/ragflow/_async/ingestion/sweep.py by tools/generate_sync.py. Do not edit.
"""The last look of a job: whether what was in doubt is on the server once, and only once."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from ..._protocol.paging import MAX_PAGE_SIZE
from ..._protocol.uploads import is_variant
from ..._twins import in_thread
from ...errors import InvalidRequestError
from ...ingest.inventory import Inventory, Known
from ...ingest.items import FileState, Row
from ...ingest.reconcile import may_hold
from ..documents import Document
from .work import Work


class Sweep:
    """Removes the copies that a server stored after it seemed to have stored nothing.

    A document is taken for such a copy if it has the file's name, perhaps with a number put into
    it, and the file's very bytes, came after the file was sent first, and is no other file's
    document.
    """

    def __init__(self, work: Work) -> None:
        self._work = work

    def run(self) -> None:
        """Looks at each file of the dataset that was in doubt."""
        rows = in_thread(self._in_doubt)
        if not rows:
            return
        _, documents = self._work.forms.patiently(self._work.listing.newest)
        inventory = Inventory()
        try:
            whole = documents is None or documents <= len(rows) * MAX_PAGE_SIZE
            if whole:
                self._work.listing.fill(inventory, self._work.forms.patiently)
            for row in rows:
                self._look_at(row, inventory if whole else None)
        finally:
            in_thread(inventory.close)

    def _in_doubt(self) -> list[Row]:
        """The rows, but for those that another job has in hand."""
        ledger, job = self._work.ledger, self._work.job
        rows = [row for row in ledger.doubted(job.target) if row.document_id]
        claimed = ledger.claim(job, rows)
        return [row for row in claimed if row.state is not FileState.SENDING]

    def _look_at(self, row: Row, inventory: Inventory | None) -> None:
        """Removes a file's copies, and gives its document the name that one of them had."""
        found: Sequence[Known] | Sequence[Document]
        if inventory is None:
            found = self._work.forms.patiently(lambda: self._work.listing.variants(row.name))
        else:
            found = in_thread(inventory.variants, row.name)
        names = {document.id: document.name for document in found}
        for id in in_thread(self._copies, row, found):
            if self._is_copy(row, id):
                self._work.forms.remove(id)
                del names[id]
        own = names.get(row.document_id, row.name)
        if own != row.name:
            self._rename(row, own, row.name not in names.values())
        row.doubted = 0
        in_thread(self._work.ledger.save, [row])

    def _rename(self, row: Row, own: str, is_free: bool) -> None:
        """Gives a document the name that it was sent under, if nothing has it any more."""
        name = row.name
        row.name = own
        if is_free:
            with suppress(InvalidRequestError):  # it was taken in between
                self._work.forms.update(row.document_id, {"name": name})
                row.name = name

    def _copies(self, row: Row, found: Sequence[Known] | Sequence[Document]) -> list[str]:
        """Which documents may be copies, by their ids."""
        suspects = [
            document.id
            for document in found
            if document.id != row.document_id
            and document.size == row.size
            and document.create_time > row.doubted
            and (document.name == row.name or is_variant(row.name, document.name))
            and may_hold(document.name, document.content_hash, row.digest)
        ]
        others = self._work.ledger.documents(self._work.job.target, suspects)
        return [id for id in suspects if id not in others]

    def _is_copy(self, row: Row, id: str) -> bool:
        """Whether a document has the file's bytes."""
        if not row.digest:  # the job ended before a worker could tell it
            row.digest = self._work.forms.digest(row.document_id)
        return self._work.forms.digest(id) == row.digest
