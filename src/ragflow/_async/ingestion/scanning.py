"""The first stage of a job: which files there are, and what each of them needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import aclosing
from functools import partial

from ..._protocol.paging import MAX_PAGE_SIZE
from ..._twins import async_in_thread
from ...errors import ConfigurationError, InvalidArgumentError
from ...ingest.inventory import Inventory, Known
from ...ingest.items import FileState, Found, Row, Unreadable
from ...ingest.outcomes import Settled
from ...ingest.reconcile import Decision, Step, decide, is_suspect
from ...models import Outcome, RunStatus
from .batches import BATCH, batches
from .work import AsyncWork, Errand

NOTHING: frozenset[str] = frozenset()
Decided = tuple[Row, Decision, frozenset[str]]  # with the ids of what has the file's name


class AsyncScanStage:
    """Finds files and decides about them, a batch at a time.

    Args:
        work: The job.
        documents: How many documents the dataset has, as far as the server tells.
        name_bytes: How long file names may be.
    """

    def __init__(self, work: AsyncWork, documents: int | None, name_bytes: int) -> None:
        self._work = work
        self._documents = documents
        self._name_bytes = name_bytes
        self._inventory = Inventory()
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
        rows = await async_in_thread(self._registered, numbered)
        self.roots |= {item.root for item in batch if item.root}
        await self._learn(rows)
        await self._tell_apart(rows)
        decisions = await async_in_thread(self._decide, rows)
        for row, decision, _ in decisions:
            is_stored = decision.document is not None and decision.step is not Step.SEND
            if row.replaces and is_stored and not self._work.options.dry_run:
                await self._work.forms.replace(row)
                await async_in_thread(self._work.ledger.save, [row])
        errands, parses, settled, size = self._sorted(decisions)
        self.unreadable |= {(i.root, i.path) for i in batch if isinstance(i, Unreadable)}
        await self._work.tally.saw(len(batch), size, self._settled_at_once(numbered, rows))
        await self._work.tally.settle(settled)
        if errands:
            await self._work.errands.put(errands)
        if parses:
            await self._work.to_parse.put(parses)

    def _registered(self, numbered: Sequence[tuple[int, Found | Unreadable]]) -> list[Row]:
        return self._work.ledger.register(
            self._work.job,
            numbered,
            name_for=self._work.options.name_for,
            max_name_bytes=self._name_bytes,
        )

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
        elif documents is None or len(rows) * MAX_PAGE_SIZE >= documents or self._seen > BATCH:
            self._is_whole = True
            await self._work.listing.fill(self._inventory, self._work.forms.patiently)
        else:
            for row in rows:
                await self._work.forms.patiently(partial(self._learn_one, row))

    async def _learn_one(self, row: Row) -> None:
        found = await self._work.listing.named([row.name])
        if found or row.replaces:
            found = await self._work.listing.variants(row.name)
        if row.document_id and row.document_id not in {document.id for document in found}:
            own = await self._work.listing.by_id(row.document_id)
            found += [] if own is None else [own]
        await async_in_thread(self._inventory.add, found)

    async def _tell_apart(self, rows: Sequence[Row]) -> None:
        """Looks into documents with numbers in their names that may be what a dead job sent."""
        for row in rows:
            if row.state is not FileState.SENDING or not row.digest:
                continue
            for known in await async_in_thread(self._inventory.variants, row.name):
                plain = known.name == row.name and not row.replaces
                if is_suspect(row, known) and not known.content_hash and not plain:
                    digest = await self._work.forms.digest(known.id)
                    await async_in_thread(self._inventory.hashed, known.id, digest)

    def _decide(self, rows: Sequence[Row]) -> list[Decided]:
        """The next step for each file."""
        own = self._inventory.by_id([row.document_id for row in rows if row.document_id])
        named = self._inventory.named([row.name for row in rows])
        policy = self._work.options.policy
        decided: list[Decided] = []
        for row in rows:
            variants: Sequence[Known] = ()
            if self._needs_names(row, own) and (row.name in named or row.document_id):
                variants = self._unowned(row, self._inventory.variants(row.name))
            decision = decide(row, own.get(row.document_id), variants, policy)
            before = NOTHING
            if variants or row.document_id:
                ids = {known.id for known in variants} | ({row.document_id} & own.keys())
                before = frozenset(ids)
            decided.append((row, decision, before))
        return self._adopted(decided)

    def _unowned(self, row: Row, variants: Sequence[Known]) -> list[Known]:
        """Without other files' own: of the names with a number, some are names of files."""
        numbered = [known for known in variants if known.name != row.name]
        if not numbered:
            return list(variants)
        target = self._work.job.target
        owners = self._work.ledger.documents(target, [known.id for known in numbered])
        names = self._work.ledger.names(target, [known.name for known in numbered])
        theirs = {
            known.id
            for known in numbered
            if known.name in names or owners.get(known.id, row).id != row.id
        }
        return [known for known in variants if known.id not in theirs]

    def _needs_names(self, row: Row, own: Mapping[str, Known]) -> bool:
        """Whether more than a file's own document matters."""
        return row.document_id not in own or row.changed or row.state is FileState.SENDING

    def _adopted(self, decided: Sequence[Decided]) -> list[Decided]:
        """Writes down which documents turned out to be the files.

        What another living job has in hand is looked at once more when its turn comes.
        """
        news = [
            row
            for row, decision, _ in decided
            if decision.step is Step.PARSE or _is_news(row, decision)
        ]
        if not news:
            return list(decided)
        ours = {row.id for row in self._work.ledger.claim(self._work.job, news)}
        changed: list[Row] = []
        kept: list[Decided] = []
        for row, decision, before in decided:
            if row.id in ours and _is_news(row, decision):
                _adopt(row, decision)
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


def _state_of(document: Known) -> FileState:
    return FileState.DONE if document.run is RunStatus.DONE else FileState.STORED


def _is_news(row: Row, decision: Decision) -> bool:
    """Whether a decision tells something about a file's document that its row does not know."""
    document = decision.document
    if document is None:
        return False
    if document.id != row.document_id:
        return True
    return decision.step is Step.END and row.state is not _state_of(document)


def _adopt(row: Row, decision: Decision) -> None:
    """Takes a document over into a file's row."""
    document, found = decision.document, row.found
    if document is None or found is None:
        return
    if document.id != row.document_id:
        if row.state is not FileState.SENDING:  # nothing tells that the contents are the same
            row.digest = ""
        if not row.changed or row.state is not FileState.SENDING:
            row.size, row.stamp = found.size, found.stamp
        if not row.replaces:
            row.name = document.name
    row.document_id, row.state = document.id, _state_of(document)
