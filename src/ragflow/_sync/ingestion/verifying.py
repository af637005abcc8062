# Generated from src/ragflow/_async/ingestion/verifying.py by tools/generate_sync.py. Do not edit.
"""Compares files with the documents of a dataset, and changes nothing."""

from __future__ import annotations

import time
import weakref
from collections.abc import Iterator, Sequence
from contextlib import closing
from itertools import islice

from attrs import frozen

from ..._twins import bounded_map, in_thread
from ...ingest.findings import Findings
from ...ingest.inventory import Inventory, Known
from ...ingest.items import Found, Row, Unreadable
from ...ingest.jobs import Job
from ...ingest.ledger import Ledger
from ...ingest.options import VerifyOptions
from ...ingest.reading import EMPTY, prepare
from ...ingest.walking import is_there
from ...models import Comparison, DatasetData, Match, Outcome, VerifyReport
from ..transport import Transport
from .batches import BATCH, batches
from .fetching import Fetching, UnobtainableError
from .listing import Listing

DOWNLOADS = 4  # at once
NOT_THERE = "the server does not have it"
OTHER_BYTES = "the same size, but other contents"
FILE_GONE = "its file is gone"
NOT_GIVEN = "its file was not given"
NO_FILE = "no file of this name"


@frozen
class _Pair:
    """A file and the document that should be it."""

    row: Row
    found: Found
    document: Known | None


class Verification:
    """One comparison.

    Files are matched with documents as an ingestion would: by what the ledger knows, else by
    name. A copy of the ledger is used, so that the comparison leaves no trace in it.

    Args:
        api: Where the dataset is.
        dataset: The dataset.
        options: What the caller wants.
    """

    def __init__(self, api: Transport, dataset: DatasetData, options: VerifyOptions) -> None:
        self._api = api
        self._dataset = dataset
        self._options = options
        self._fetching = Fetching(api, dataset.id)

    def run(self, sources: object) -> VerifyReport:
        """Compares everything."""
        begun = time.monotonic()
        self._ledger = in_thread(Ledger.copy_of, self._options.ledger)
        self._inventory = Inventory()
        self._findings = Findings()
        try:
            self._compare_all(sources)
        except BaseException:
            self._findings.close()
            raise
        finally:
            self._inventory.close()
            self._ledger.close()
        report = VerifyReport(
            counts=dict(self._findings.counts),
            seconds=time.monotonic() - begun,
            read=self._findings.differences,
        )
        weakref.finalize(report, self._findings.close)
        return report

    def _compare_all(self, sources: object) -> None:
        job = in_thread(self._begin)
        dialect = self._api.dialect()
        Listing(self._api, self._dataset.id).fill(self._inventory)
        seen = 0
        with closing(batches(sources, self._options.rules)) as scanned:
            for batch in scanned:
                numbered = list(enumerate(batch, seen))
                seen += len(batch)
                pairs = in_thread(self._pairs, job, numbered, dialect.file_name_bytes)
                self._tell(bounded_map(self._compared, pairs, DOWNLOADS))
        for rest in (self._unread(job), self._extra(job)):
            while some := in_thread(_some, rest):
                self._tell(some)

    def _begin(self) -> Job:
        settings = self._api.settings
        target = self._ledger.target(
            settings.base_url,
            settings.api_key.fingerprint,
            self._dataset.id,
            self._dataset.name,
        )
        return self._ledger.begin(target, "ingest", {})

    def _pairs(
        self, job: Job, numbered: Sequence[tuple[int, Found | Unreadable]], name_bytes: int
    ) -> list[_Pair]:
        """Files with their documents, which are taken out of the inventory."""
        rows = self._ledger.register(
            job, numbered, name_for=self._options.name_for, max_name_bytes=name_bytes
        )
        own = self._inventory.by_id([row.document_id for row in rows if row.document_id])
        named = self._inventory.named([row.name for row in rows])
        ids = [known.id for some in named.values() for known in some]
        owners = self._ledger.documents(job.target, ids)
        pairs = []
        for row in rows:
            if row.found is None:
                continue
            free = [
                known
                for known in named.get(row.name, ())
                if known.id not in owners or owners[known.id].id == row.id
            ]
            same = [known for known in free if known.size == row.found.size]
            document = own.get(row.document_id) or next(iter(same or free), None)
            pairs.append(_Pair(row, row.found, document))
        self._inventory.remove([pair.document.id for pair in pairs if pair.document is not None])
        return pairs

    def _compared(self, pair: _Pair) -> Comparison:
        """One file, looked at as closely as the caller wants."""
        row, document, size = pair.row, pair.document, pair.found.size
        if document is None:
            return _comparison(row, Match.MISSING, NOT_THERE if size else EMPTY)
        if document.size != size:
            return _comparison(
                row, Match.DIFFERENT, f"{size} bytes here, {document.size} on the server"
            )
        is_suspect = row.changed and row.document_id == document.id and bool(row.digest)
        if not size or not (self._options.deep or is_suspect):
            return _comparison(row, Match.EQUAL)
        theirs: str | None = row.digest
        if self._options.deep:
            try:
                theirs = self._fetching.digest(document)
            except UnobtainableError as error:
                return _comparison(row, Match.UNREADABLE, f"its document: {error}")
        if theirs is None:
            return _comparison(row, Match.MISSING, NOT_THERE)
        (item,) = in_thread(prepare, [row])
        if item.part is None:
            return _comparison(row, Match.UNREADABLE, item.problem)
        if item.digest != theirs:
            return _comparison(row, Match.DIFFERENT, OTHER_BYTES)
        return _comparison(row, Match.EQUAL)

    def _unread(self, job: Job) -> Iterator[Comparison]:
        """Files that cannot be read, or can have no name on the server."""
        for result in self._ledger.results(job.id, {Outcome.FAILED}):
            if result.document_id:
                self._inventory.remove([result.document_id])
            yield Comparison(
                kind=Match.UNREADABLE, path=result.path, name=result.name, reason=result.reason
            )

    def _extra(self, job: Job) -> Iterator[Comparison]:
        """Documents without a file; those of files that the caller left out are none."""
        rest = self._inventory.all()
        while some := list(islice(rest, BATCH)):
            owners = self._ledger.documents(job.target, [known.id for known in some])
            for known in some:
                owner = owners.get(known.id)
                if owner is None:
                    yield Comparison(kind=Match.EXTRA, path="", name=known.name, reason=NO_FILE)
                elif self._options.rules.takes(owner.path):
                    reason = NOT_GIVEN if is_there(owner) else FILE_GONE
                    yield Comparison(
                        kind=Match.EXTRA, path=owner.path, name=known.name, reason=reason
                    )

    def _tell(self, found: Sequence[Comparison]) -> None:
        in_thread(self._findings.add, found)
        for item in found:
            if self._options.on_result is not None:
                self._options.on_result(item)
            if self._options.on_difference is not None and item.kind is not Match.EQUAL:
                self._options.on_difference(item)


def _comparison(row: Row, kind: Match, reason: str = "") -> Comparison:
    return Comparison(kind=kind, path=row.path, name=row.name, reason=reason)


def _some(comparisons: Iterator[Comparison]) -> list[Comparison]:
    return list(islice(comparisons, BATCH))
