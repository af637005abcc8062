# Generated from src/ragflow/_async/ingestion/loading.py by tools/generate_sync.py. Do not edit.
"""The second stage of a job: files are read, and written down as being sent."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from attrs import define, field

from ..._haste import Haste
from ..._twins import hastily
from ...ingest.adoption import let_go
from ...ingest.grouping import is_full, take_group
from ...ingest.items import FileState, Row, Settled
from ...ingest.parcels import Parcel
from ...ingest.reading import prepare
from ...ingest.reconcile import OTHER_FILE, Step, after_reading
from ...ingest.versions import keep_version
from ...models import Outcome
from .channel import Channel
from .owners import Owners
from .work import Errand, Work

FILL_TIME = 0.1  # seconds that a file waits for more that share its form


@define
class _Load:
    """What became of errands when they were read."""

    parcels: list[Parcel] = field(factory=list)
    settled: list[Settled] = field(factory=list)
    to_parse: list[Row] = field(factory=list)


class LoadStage:
    """Reads files a little ahead of those that are being sent.

    Args:
        work: The job.
        watermark: The newest creation time on the server when the job began.
        owners: Knows whose the documents are.
    """

    def __init__(self, work: Work, watermark: int, owners: Owners) -> None:
        self._work = work
        self._watermark = watermark
        self._owners = owners
        self.forms: Channel[list[Parcel]] = Channel(work.crew, 1)
        self.held: deque[Errand] = deque()  # by another job, or until it is clear which is which
        self.workers = self._active = work.options.forms + 1
        self._haste = Haste()
        self._in_hand = 0  # loads that are read, or wait for their turn

    def run(self) -> None:
        """Works until all files are read, and what is read is wanted."""
        take = self._work.errands.take
        while errands := take(self._taken, FILL_TIME, self._may_take):
            parcels = deque(self.load(errands))
            forms: list[list[Parcel]] = []
            while form := take_group(parcels):
                forms.append(form)
            if forms:
                self.forms.put(forms)
            self._work.crew.change(self._let_go)
        if self._work.crew.change(self._leave):
            self.forms.close()

    def _may_take(self) -> bool:
        """Whether more is to be read: what takes waiting is read for several forms at once.

        Else a form is read when it is wanted, while its bytes are in the processor's cache.
        """
        return self._in_hand <= (self._work.pacing.limit if self._haste.waits else 0)

    def _taken(self, waiting: deque[Errand], is_time: bool) -> list[Errand]:
        errands = take_group(waiting) if is_time or is_full(waiting) else []
        if errands:
            self._in_hand += 1
        return errands

    def _let_go(self) -> None:
        self._in_hand -= 1

    def _leave(self) -> bool:
        self._active -= 1
        return self._active == 0

    def load(self, errands: Sequence[Errand]) -> list[Parcel]:
        """Reads files; what turns out to need no sending is settled, or passed on to be parsed."""
        load = hastily(self._haste, self._load, errands)
        self._work.tally.settle(load.settled)
        if load.to_parse:
            self._work.to_parse.put(load.to_parse)
        return load.parcels

    def _load(self, group: Sequence[Errand]) -> _Load:
        load = _Load()
        errands = self.claimed(group)
        prepared = prepare([errand.row for errand in errands], lambda: self._work.crew.over)
        if self._work.crew.over:
            return load
        policy = self._work.options.policy
        sending = FileState.SENDING
        for errand, item in zip(errands, prepared, strict=True):
            row, replaces = errand.row, errand.replaces
            if item.part is None:
                row.code, row.reason = None, item.problem
                if not row.document_id:
                    row.state = FileState.FAILED
                load.settled.append(Settled(row, Outcome.FAILED, None, item.problem))
                continue
            if errand.own is not None:
                decision = after_reading(row, errand.own, item.digest, policy)
                decision = self._owners.taken_over(row, decision, item)
                row.stamp = item.stamp if item.digest == row.digest else row.stamp
                if decision.step is Step.PARSE:
                    load.to_parse.append(row)
                    continue
                if decision.step is Step.END:
                    if decision.reason == OTHER_FILE:
                        let_go(row)
                    load.settled.append(Settled(row, decision.outcome, None, decision.reason))
                    continue
                replaces = decision.replaces
            if row.doubted:
                keep_version(row, item.digest, policy.changed)
            row.size, row.stamp, row.digest = item.part.size, item.stamp, item.digest
            row.state, row.replaces = sending, replaces
            # What an earlier job sent may still arrive.
            is_old = row.doubted > 0
            parcel = Parcel(row, item.part, item, errand.before, doubted=is_old, resent=is_old)
            row.doubted = row.doubted or self._watermark
            load.parcels.append(parcel)
        if self._work.ledger.path is not None:  # a private one does not outlive a crash
            self._work.ledger.save([errand.row for errand in errands])
        return load

    def claimed(self, group: Sequence[Errand]) -> list[Errand]:
        """The errands that no other job is at; the others are put off."""
        if self._work.ledger.path is None:
            return list(group)
        rows = [errand.row for errand in group]
        ours = {row.id: row for row in self._work.ledger.claim(self._work.job, rows)}
        claimed: list[Errand] = []
        for errand in group:
            row = ours.get(errand.row.id)
            if row is None or row.document_id != errand.row.document_id:
                self.held.append(errand)
            else:
                claimed.append(errand)
        return claimed
