"""The first stage of a job: which files there are, and what each of them needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import aclosing
from functools import partial

from ..._protocol.paging import MAX_PAGE_SIZE
from ..._protocol.uploads import plain_stem
from ..._twins import async_in_thread
from ...errors import ConfigurationError, InvalidArgumentError
from ...ingest.adoption import adopt, let_go, state_of
from ...ingest.inventory import Inventory, Known
from ...ingest.items import Found, Row, Settled, Unreadable
from ...ingest.reconcile import OTHER_FILE, SEND, Decision, Step, decide
from ...models import Outcome
from .batches import BATCH, batches
from .telling import AsyncTelling
from .work import AsyncWork, Errand

NOTHING: frozenset[str] = frozenset()
UNSETTLED = (Step.SEND, Step.COMPARE)
TO_READ = (Step.SEND, Step.READ, Step.COMPARE)
Decided = tuple[Row, Decision, frozenset[str]]  # with the ids of what has the file's name


class AsyncScanStage:
    """Finds files and decides about them, a batch at a time.

    Args:
        work: The job.
        documents: How many documents the dataset has, as far as the server tells.
        watermark: The newest creation time on the server when the job began.
        name_bytes: How long file names may be.
    """

    def __init__(
        self, work: AsyncWork, documents: int | None, watermark: int, name_bytes: int
    ) -> None:
        self._work = work
        self._documents = documents
        self._name_bytes = name_bytes
        self._inventory = Inventory()
        self._telling = AsyncTelling(work, self._inventory, watermark)
        self._is_whole = False
        self._seen = 0
        self.problem: ConfigurationError | InvalidArgumentError | None = None
        self.roots: set[str] = set()
        self.unreadable: set[tuple[str, str]] = set()

    async def run(self, sources: object) -> None:
        """Scans all that the caller gave, or what comes before a source that is none."""
        try:
            async with aclosing(batches(sources, self._work.options.rules)) as scanned:
                async for batch in scanned:
                    found = [item for item in batch if self._work.options.is_ours(item.path)]
                    if found:
                        await self._take(found)
        except (ConfigurationError, InvalidArgumentError) as error:
            self.problem = error
        self._work.tally.scanned = True
        self._work.errands.close()
        await async_in_thread(self._inventory.close)

    async def _take(self, batch: Sequence[Found | Unreadable]) -> None:
        numbered = list(enumerate(batch, self._seen))
        self._seen += len(batch)
        rows, decisions = await async_in_thread(self._registered, numbered)
        self.roots |= {item.root for item in batch if item.root}
        if decisions is None:
            await self._learn(rows)
            named = await async_in_thread(self._telling.named, rows)
            await self._telling.learn(named)
            decisions = await async_in_thread(self._decide, rows, {row.id for row in named})
        for row, decision, _ in decisions:
            is_stored = decision.document is not None and decision.step not in UNSETTLED
            if row.replaces and is_stored and not self._work.options.dry_run:
                await self._work.forms.replace(row)
                await async_in_thread(self._work.ledger.save, [row])
        errands, parses, settled, size = self._sorted(decisions)
        if len(rows) < len(batch):
            self.unreadable |= {(i.root, i.path) for i in batch if isinstance(i, Unreadable)}
        await self._work.tally.saw(len(batch), size, self._settled_at_once(numbered, rows))
        await self._work.tally.settle(settled)
        if errands:
            await self._work.errands.put(errands)
        if parses:
            await self._work.to_parse.put(parses)

    def _registered(
        self, numbered: Sequence[tuple[int, Found | Unreadable]]
    ) -> tuple[list[Row], list[Decided] | None]:
        """The files in the ledger, and what to do with them if that is clear without asking."""
        rows = self._work.ledger.register(
            self._work.job,
            numbered,
            name_for=self._work.options.name_for,
            max_name_bytes=self._name_bytes,
        )
        if not self._is_whole or self._telling.named(rows):
            return rows, None
        return rows, self._decide(rows, frozenset())

    def _settled_at_once(
        self, numbered: Sequence[tuple[int, object]], rows: Sequence[Row]
    ) -> Mapping[Outcome, int]:
        """What the registration itself settled: files given twice, or that cannot be read."""
        if len(rows) == len(numbered):
            return {}
        numbers = range(numbered[0][0], numbered[-1][0] + 1)
        return self._work.ledger.counts(self._work.job.id, numbers)

    async def _learn(self, rows: Sequence[Row]) -> None:
        """Finds out what the server has of these, or of everything where that is cheaper."""
        documents = self._documents
        if self._is_whole:
            return
        if documents == 0 and not any(row.document_id for row in rows):
            self._is_whole = True
        elif documents is None or self._seen * MAX_PAGE_SIZE >= documents or self._seen > BATCH:
            self._is_whole = True
            await self._work.listing.fill(self._inventory, self._work.forms.patiently)
        else:
            for row in rows:
                await self._work.forms.patiently(partial(self._learn_one, row))

    async def _learn_one(self, row: Row) -> None:
        found = await self._work.listing.named([row.name])
        if found or row.replaces:
            found = await self._work.listing.variants(plain_stem(row.name))
        if row.document_id and row.document_id not in {document.id for document in found}:
            own = await self._work.listing.by_id(row.document_id)
            found += [] if own is None else [own]
        await async_in_thread(self._inventory.add, found)

    def _decide(self, rows: Sequence[Row], named: AbstractSet[int]) -> list[Decided]:
        """The next step for each file."""
        own = self._inventory.by_id([row.document_id for row in rows if row.document_id])
        policy = self._work.options.policy
        decided: list[Decided] = []
        taken: list[str] = []
        for row in rows:
            if row.created and row.id not in named:  # most of a first run
                decided.append((row, SEND, NOTHING))
                continue
            variants: Sequence[Known] = ()
            if row.id in named:
                variants = self._telling.variants(row, taken)
            decision = decide(
                row,
                own.get(row.document_id),
                variants,
                policy,
                shared=self._telling.is_shared(row, variants),
            )
            if decision.document is not None:
                taken.append(decision.document.id)
            before = NOTHING
            if variants or row.document_id:
                ids = {known.id for known in variants} | ({row.document_id} & own.keys())
                before = frozenset(ids)
            decided.append((row, decision, before))
        return self._adopted(decided)

    def _adopted(self, decided: Sequence[Decided]) -> list[Decided]:
        """Writes down which documents turned out to be the files.

        What another living job has in hand is looked at once more when its turn comes.
        """
        news = [
            row
            for row, decision, _ in decided
            if decision is not SEND
            and (decision.step is Step.PARSE or _is_news(row, decision) or _is_gone(row, decision))
        ]
        if not news:
            return list(decided)
        ours = {row.id for row in self._work.ledger.claim(self._work.job, news)}
        changed: list[Row] = []
        kept: list[Decided] = []
        for row, decision, before in decided:
            if row.id in ours and decision.document is not None and _is_news(row, decision):
                adopt(row, decision.document)
                changed.append(row)
            if row.id in ours and _is_gone(row, decision):
                let_go(row)
                changed.append(row)
            if decision.step is Step.PARSE and row.id not in ours:
                decision = Decision(Step.READ, decision.document)
            kept.append((row, decision, before))
        self._work.ledger.save(changed)
        return kept

    def _sorted(
        self, decided: Sequence[Decided]
    ) -> tuple[list[Errand], list[Row], list[Settled], int]:
        errands: list[Errand] = []
        parses: list[Row] = []
        settled: list[Settled] = []
        size = 0
        for row, decision, before in decided:
            if decision is SEND:  # most of a first run
                errands.append(Errand(row, before=before))
                size += 0 if row.found is None else row.found.size
            elif decision.step in TO_READ:
                own = None if decision.step is Step.SEND else decision.document
                errands.append(Errand(row, own, decision.replaces, before))
                size += 0 if row.found is None else row.found.size
            elif decision.step is Step.PARSE:
                parses.append(row)
            else:
                code = row.code if decision.outcome is Outcome.QUARANTINED else None
                settled.append(Settled(row, decision.outcome, code, decision.reason))
        return errands, parses, settled, size


def _is_news(row: Row, decision: Decision) -> bool:
    """Whether a decision tells something about a file's document that its row does not know."""
    document = decision.document
    if document is None or decision.step is Step.COMPARE:
        return False
    if document.id != row.document_id:
        return True
    return decision.step is Step.END and row.state is not state_of(document)


def _is_gone(row: Row, decision: Decision) -> bool:
    """Whether a file's document is gone and none takes its place."""
    return bool(row.document_id) and decision.reason == OTHER_FILE
