# Generated from src/ragflow/_async/ingestion/sweep.py by tools/generate_sync.py. Do not edit.
"""The last look of a job: whether what was in doubt is on the server once, and only once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import islice

import xxhash

from ..._protocol.paging import MAX_PAGE_SIZE
from ..._protocol.uploads import is_variant
from ..._twins import in_thread
from ...errors import InvalidRequestError, NotFoundError
from ...ingest.inventory import Inventory, Known
from ...ingest.items import Row
from ...ingest.parcels import may_hold
from .work import Work

BATCH = 256


class Sweep:
    """Removes the copies that a server stored after it seemed to have stored nothing.

    A document is taken for such a copy if it has the file's name, perhaps with a number put into
    it, and the file's very bytes, came after the file was sent first, and is no other file's
    document.
    """

    def __init__(self, work: Work) -> None:
        self._work = work
        self._inventory = Inventory()

    def run(self) -> None:
        """Looks at each file of the dataset that was in doubt."""
        try:
            self._learn()
            doubted = self._work.ledger.doubted(self._work.job.target)
            while rows := in_thread(_some, doubted):
                for row in rows:
                    if row.document_id:
                        self._settle(row)
                in_thread(self._work.ledger.save, rows)
        finally:
            in_thread(self._inventory.close)

    def _learn(self) -> None:
        """Asks for what came since the first doubt, or for each file if that is cheaper."""
        listing = self._work.listing
        target = self._work.job.target
        count, since = in_thread(self._work.ledger.in_doubt, target)
        if not count:
            return
        newest, total = self._work.forms.patiently(listing.newest)
        if total is None or count * MAX_PAGE_SIZE >= total:
            self._work.forms.patiently(partial(self._learn_since, since))
            return
        in_thread(self._inventory.add, newest)
        for row in in_thread(list, self._work.ledger.doubted(target)):
            self._work.forms.patiently(partial(self._learn_variants, row.name))

    def _learn_since(self, time: int) -> None:
        page = []
        for document in self._work.listing.since(time):
            page.append(document)
            if len(page) == MAX_PAGE_SIZE:
                in_thread(self._inventory.add, page)
                page = []
        in_thread(self._inventory.add, page)

    def _learn_variants(self, name: str) -> None:
        found = self._work.listing.variants(name)
        in_thread(self._inventory.add, found)

    def _settle(self, row: Row) -> None:
        """Removes a file's copies, and gives its document the name that one of them had."""
        variants = in_thread(self._inventory.variants, row.name)
        removed: list[Known] = []
        for known in in_thread(self._suspects, row, variants):
            if self._is_copy(row, known):
                self._work.forms.remove(known.id)
                removed.append(known)
        own = next((known for known in variants if known.id == row.document_id), None)
        if own is not None and own.name != row.name:
            self._rename(row, own.name, any(known.name == row.name for known in removed))
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

    def _rename(self, row: Row, name: str, is_free: bool) -> None:
        """Gives a document the name it was sent under, or keeps to the one it got."""
        try:
            if is_free:
                self._work.forms.update(row.document_id, {"name": row.name})
            else:
                row.name = name
        except InvalidRequestError:
            row.name = name

    def _is_copy(self, row: Row, known: Known) -> bool:
        """Whether a document has the file's bytes."""

        def digest() -> str:
            document = self._work.listing.by_id(known.id)
            if document is None:
                return ""
            hasher = xxhash.xxh128()
            for piece in document.iter_bytes():
                hasher.update(piece)
            return hasher.hexdigest()

        try:
            return self._work.forms.patiently(digest) == row.digest
        except NotFoundError:
            return False


def _some(rows: Iterator[Row]) -> list[Row]:
    return list(islice(rows, BATCH))
