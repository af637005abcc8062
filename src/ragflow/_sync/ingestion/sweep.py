# Generated from src/ragflow/_async/ingestion/sweep.py by tools/generate_sync.py. Do not edit.
"""The last look of a job: whether what was in doubt is on the server once, and only once."""

from __future__ import annotations

import os
from collections.abc import Sequence

from ..._protocol.paging import MAX_PAGE_SIZE
from ..._protocol.uploads import plain_stem
from ..._twins import in_thread
from ...errors import InvalidRequestError
from ...ingest.inventory import Inventory
from ...ingest.items import FileState, Row
from ...ingest.ownership import is_unclear, path_beside
from ...ingest.paths import unescaped
from ...ingest.reconcile import is_suspect
from ...ingest.versions import clear_doubt, versions
from .work import Work


class Sweep:
    """Removes the copies that a server stored after it seemed to have stored nothing.

    A document is taken for such a copy if it has the file's name, perhaps with a number put into
    it, and the file's very bytes, came after the file was sent first, and is no other file's
    document.
    """

    def __init__(self, work: Work) -> None:
        self._work = work
        self._left: set[int] = set()  # files that must be looked at once more by a later job

    def run(self) -> None:
        """Looks at each file of the dataset that was in doubt."""
        rows = in_thread(self._in_doubt)
        if not rows:
            return
        _, documents = self._work.forms.patiently(self._work.listing.newest)
        inventory = Inventory()
        try:
            if documents is None or documents <= len(rows) * MAX_PAGE_SIZE:
                self._work.listing.fill(inventory, self._work.forms.patiently)
            else:
                for stem in sorted({plain_stem(row.name) for row in rows}):
                    self._learn(inventory, stem)
            for row in rows:
                self._remove_copies(row, inventory)
            self._rename(rows, inventory)
        finally:
            in_thread(inventory.close)
        for row in rows:
            if row.id not in self._left:
                clear_doubt(row)
        in_thread(self._work.ledger.save, rows)

    def _learn(self, inventory: Inventory, stem: str) -> None:
        found = self._work.forms.patiently(lambda: self._work.listing.variants(stem))
        in_thread(inventory.add, found)

    def _in_doubt(self) -> list[Row]:
        """The rows, but for those that another job has in hand."""
        ledger, job = self._work.ledger, self._work.job
        rows = [row for row in ledger.doubted(job.target) if row.document_id]
        claimed = ledger.claim(job, rows)
        return [row for row in claimed if row.state is not FileState.SENDING]

    def _remove_copies(self, row: Row, inventory: Inventory) -> None:
        for id in in_thread(self._copies, row, inventory):
            if not row.digest:  # the job ended before a worker could tell it
                row.digest = self._work.forms.digest(row.document_id)
            digests = {version.digest for version in versions(row)}
            if self._work.forms.digest(id) in digests:
                self._work.forms.remove(id)
                in_thread(inventory.remove, [id])

    def _copies(self, row: Row, inventory: Inventory) -> list[str]:
        """Which documents may be copies of a file, by their ids."""
        suspects = [
            known
            for known in inventory.variants(row.name)
            if known.id != row.document_id
            and any(is_suspect(version, known) for version in versions(row))
        ]
        if not suspects:
            return []
        ledger, target = self._work.ledger, self._work.job.target
        others = ledger.documents(target, [known.id for known in suspects])
        sent = [
            other
            for other in ledger.in_doubt(target, [row.size])
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

    def _rename(self, rows: Sequence[Row], inventory: Inventory) -> None:
        """Gives documents the names that they were sent under, where nothing has them any more.

        Each that gets its name leaves another, which may be the one that a second file waits for.
        """
        current = in_thread(inventory.by_id, [row.document_id for row in rows])
        names = {id: known.name for id, known in current.items()}
        waiting = [row for row in rows if names.get(row.document_id, row.name) != row.name]
        while free := [row for row in waiting if not inventory.named([row.name])]:
            row = free[0]
            waiting.remove(row)
            try:
                self._work.forms.update(row.document_id, {"name": row.name})
            except InvalidRequestError:  # a server may take another name for the same
                row.name = names[row.document_id]
            else:
                in_thread(inventory.renamed, row.document_id, row.name)
        for row in waiting:
            row.name = names[row.document_id]
