"""The first stage of a job: which files there are, and what each of them needs."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Iterator, Sequence
from functools import partial
from itertools import islice

from attrs import define

from ..._protocol.paging import MAX_PAGE_SIZE
from ..._twins import async_in_thread
from ...ingest.inventory import Inventory, Known
from ...ingest.items import FileState, Found, Row, Unreadable
from ...ingest.jobs import Job
from ...ingest.ledger import Ledger
from ...ingest.options import IngestOptions
from ...ingest.reconcile import Decision, Step, decide
from ...ingest.sources import expand, scan
from ...models import Outcome, RunStatus
from .channel import AsyncChannel
from .forms import AsyncForms
from .listing import AsyncListing
from .tally import AsyncTally, Settled

BATCH = 256


@define
class Errand:
    """A file that must be read, and sent unless it turns out to be what the server has.

    Attributes:
        row: What the ledger knows.
        own: The document to compare it with; ``None`` to send it in any case.
        replaces: The document that gives way to it.
        before: Documents that have its name, or a variant of it.
    """

    row: Row
    own: Known | None = None
    replaces: str = ""
    before: frozenset[str] = frozenset()


class AsyncScanStage:
    """Finds files and decides about them, a batch at a time.

    Args:
        listing: The server's documents.
        forms: Whose patience is borrowed.
        ledger: The record of the job.
        job: The job.
        options: What the caller wants.
        tally: Takes outcomes.
        errands: Where files go that must be read.
        to_parse: Where documents go that must be parsed.
    """

    def __init__(
        self,
        listing: AsyncListing,
        forms: AsyncForms,
        ledger: Ledger,
        job: Job,
        options: IngestOptions,
        tally: AsyncTally,
        errands: AsyncChannel[Errand],
        to_parse: AsyncChannel[Row],
        name_bytes: int,
    ) -> None:
        self._listing = listing
        self._forms = forms
        self._ledger = ledger
        self._job = job
        self._options = options
        self._tally = tally
        self._errands = errands
        self._to_parse = to_parse
        self._name_bytes = name_bytes
        self._inventory = Inventory()
        self._is_whole = False
        self._seen = 0
        self.roots: set[str] = set()

    async def run(self, sources: object, documents: int | None) -> None:
        """Scans all sources.

        Args:
            sources: What the caller gave.
            documents: How many documents the dataset has, as far as the server tells.
        """
        async for batch in self._batches(sources):
            found = [item for item in batch if self._options.is_ours(item.path)]
            if found:
                await self._take(found, documents)
        self._tally.scanned = True
        self._errands.close()
        await async_in_thread(self._inventory.close)

    async def _batches(self, sources: object) -> AsyncIterator[list[Found | Unreadable]]:
        """What the sources hold; none is read further than needed."""
        rules = self._options.rules
        # async-only: start
        if isinstance(sources, AsyncIterable):
            async for source in sources:
                files = expand(source, rules)
                while some := await async_in_thread(_some, files):
                    yield some
            return
        # async-only: end
        files = scan(sources, rules)
        while some := await async_in_thread(_some, files):
            yield some

    async def _take(self, batch: Sequence[Found | Unreadable], documents: int | None) -> None:
        numbered = list(enumerate(batch, self._seen))
        self._seen += len(batch)
        rows = await async_in_thread(self._registered, numbered)
        self.roots |= {item.root for item in batch if item.root}
        await self._learn(rows, documents)
        decisions = await async_in_thread(self._decide, rows)
        for row, decision, _ in decisions:
            if row.replaces and decision.document is not None and decision.step is not Step.SEND:
                await self._forms.replace(row)
        errands, parses, settled, size = self._sorted(decisions)
        lost = sum(isinstance(item, Unreadable) for item in batch)
        await self._tally.saw(
            len(batch), size, failed=lost, skipped=len(batch) - len(rows) - lost
        )
        await self._tally.settle(settled)
        if errands:
            await self._errands.put(errands)
        if parses:
            await self._to_parse.put(parses)

    def _registered(self, numbered: Sequence[tuple[int, Found | Unreadable]]) -> list[Row]:
        return self._ledger.register(
            self._job, numbered, self._options.name_for, self._name_bytes
        )

    async def _learn(self, rows: Sequence[Row], documents: int | None) -> None:
        """Finds out what the server has of these, or of everything where that is cheaper."""
        if self._is_whole:
            return
        if documents == 0 and not any(row.document_id for row in rows):
            self._is_whole = True
        elif documents is None or len(rows) * MAX_PAGE_SIZE >= documents or self._seen > BATCH:
            self._is_whole = True
            await self._forms.patiently(self._learn_all)
        else:
            for row in rows:
                await self._forms.patiently(partial(self._learn_one, row))

    async def _learn_one(self, row: Row) -> None:
        found = await self._listing.named([row.name])
        if found or row.replaces:
            found = await self._listing.variants(row.name)
        if row.document_id and row.document_id not in {document.id for document in found}:
            own = await self._listing.by_id(row.document_id)
            found += [] if own is None else [own]
        await async_in_thread(self._inventory.add, found)

    async def _learn_all(self) -> None:
        page = []
        async for document in self._listing.all():
            page.append(document)
            if len(page) == MAX_PAGE_SIZE:
                await async_in_thread(self._inventory.add, page)
                page = []
        await async_in_thread(self._inventory.add, page)

    def _decide(self, rows: Sequence[Row]) -> list[tuple[Row, Decision, frozenset[str]]]:
        """The next step for each file."""
        own = self._inventory.by_id([row.document_id for row in rows if row.document_id])
        named = self._inventory.named([row.name for row in rows])
        decided = []
        for row in rows:
            variants: Sequence[Known] = ()
            if row.document_id not in own or row.changed or row.state is FileState.SENDING:
                if row.name in named or row.document_id in own or row.replaces:
                    variants = self._inventory.variants(row.name)
            decision = decide(row, own.get(row.document_id), variants, self._options.policy)
            before = {known.id for known in variants} | ({row.document_id} & own.keys())
            decided.append((row, decision, frozenset(before)))
        self._adopt(decided)
        return decided

    def _adopt(self, decided: Sequence[tuple[Row, Decision, frozenset[str]]]) -> None:
        """Writes down which documents turned out to be the files."""
        changed = []
        for row, decision, _ in decided:
            document = decision.document
            if row.found is None or document is None:
                continue
            state = FileState.DONE if document.run is RunStatus.DONE else FileState.STORED
            if document.id == row.document_id:
                if decision.step is Step.END and row.state is not state:
                    row.state = state
                    changed.append(row)
                continue
            if row.state is not FileState.SENDING:  # nothing tells that the contents are the same
                row.digest = ""
            if not row.changed or row.state is not FileState.SENDING:
                row.size, row.stamp = row.found.size, row.found.stamp
            row.document_id, row.state = document.id, state
            if not row.replaces:
                row.name = document.name
            changed.append(row)
        if changed:
            self._ledger.save(changed)

    def _sorted(
        self, decided: Sequence[tuple[Row, Decision, frozenset[str]]]
    ) -> tuple[list[Errand], list[Row], list[Settled], int]:
        errands: list[Errand] = []
        parses: list[Row] = []
        settled: list[Settled] = []
        size = 0
        for row, decision, before in decided:
            if decision.step in (Step.SEND, Step.READ):
                own = decision.document if decision.step is Step.READ else None
                errands.append(Errand(row, own, decision.replaces, before))
                size += 0 if row.found is None else row.found.size
            elif decision.step is Step.PARSE:
                parses.append(row)
            else:
                code = row.code if decision.outcome is Outcome.QUARANTINED else None
                settled.append(Settled(row, decision.outcome, code, decision.reason))
        return errands, parses, settled, size


def _some(files: Iterator[Found | Unreadable]) -> list[Found | Unreadable]:
    return list(islice(files, BATCH))
