# Generated from src/ragflow/_async/ingestion/renaming.py by tools/generate_sync.py. Do not edit.
"""Documents get back the names that their files were sent under."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from ..._protocol.paging import MAX_PAGE_SIZE
from ..._twins import in_thread
from ...errors import InvalidRequestError
from ...ingest.doubts import DoubtsOfJob
from ...ingest.inventory import Inventory
from ...ingest.items import FileState, Row
from .batches import BATCH
from .work import Work


class Renaming:
    """Gives documents the names that they were sent under, where nothing has them any more.

    Each that gets its name leaves another, which may be the one that a second file waits for.

    Args:
        work: The job.
        doubts: The files that it looks at.
        inventory: What came to the server since they were sent, without the copies.
    """

    def __init__(self, work: Work, doubts: DoubtsOfJob, inventory: Inventory) -> None:
        self._work = work
        self._doubts = doubts
        self._inventory = inventory
        self._is_whole = False
        self._renamed: set[int] = set()  # so that none is renamed for ever, whatever happens

    def run(self) -> None:
        """Renames what can be renamed, and writes down the names of the rest."""
        waiting = 0
        misnamed = self._misnamed()
        while some := in_thread(self._next, misnamed):
            waiting += len(some)
        if not waiting:
            return
        self._learn(waiting)
        is_done = False
        while not is_done:
            is_done = True
            misnamed = self._misnamed()
            while some := in_thread(self._next, misnamed):
                for row, name in some:
                    if row.id not in self._renamed and self._is_free(row.name):
                        self._rename(row, name)
                        self._renamed.add(row.id)
                        is_done = False
        misnamed = self._misnamed()
        while some := in_thread(self._next, misnamed):
            for row, name in some:
                row.name = name
            in_thread(self._work.ledger.save, [row for row, _ in some])

    def _misnamed(self) -> Iterator[tuple[Row, str]]:
        """The files whose documents have other names, with those."""
        ledger, job = self._work.ledger, self._work.job
        documents = self._inventory.all()
        while some := list(islice(documents, BATCH)):
            names = {known.id: known.name for known in some}
            rows = ledger.doubted_with(self._doubts, list(names))
            rows = [row for row in rows if row.name != names[row.document_id]]
            for row in ledger.claim(job, rows) if rows else ():
                name = names.get(row.document_id, row.name)
                if row.name != name and row.state is not FileState.SENDING:
                    yield row, name

    def _next(self, misnamed: Iterator[tuple[Row, str]]) -> list[tuple[Row, str]]:
        return list(islice(misnamed, BATCH))

    def _learn(self, waiting: int) -> None:
        """Reads the whole list of documents where that is cheaper than asking for names."""
        patiently = self._work.forms.patiently
        _, documents = patiently(self._work.listing.newest)
        if documents is None or documents <= waiting * MAX_PAGE_SIZE:
            self._work.listing.fill(self._inventory, patiently)
            self._is_whole = True

    def _is_free(self, name: str) -> bool:
        if in_thread(self._inventory.named, [name]):
            return False
        if self._is_whole:
            return True
        listing = self._work.listing
        found = self._work.forms.patiently(lambda: listing.named([name]))
        in_thread(self._inventory.add, found)
        return not found

    def _rename(self, row: Row, name: str) -> None:
        try:
            self._work.forms.update(row.document_id, {"name": row.name})
        except InvalidRequestError:  # a server may take another name for the same
            row.name = name
            in_thread(self._work.ledger.save, [row])
        else:
            in_thread(self._inventory.renamed, row.document_id, row.name)
