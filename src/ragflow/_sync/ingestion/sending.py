# Generated from src/ragflow/_async/ingestion/sending.py by tools/generate_sync.py. Do not edit.
"""The second stage of a job: files are read, written down as being sent, and sent."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from attrs import define, field

from ..._twins import abandonable, in_thread
from ...errors import InvalidArgumentError, InvalidRequestError, RAGFlowError
from ...ingest.adoption import let_go
from ...ingest.grouping import is_full, take_group
from ...ingest.items import FileState, Row
from ...ingest.outcomes import Settled
from ...ingest.parcels import Arrival, Parcel
from ...ingest.reading import prepare
from ...ingest.reconcile import OTHER_FILE, Step, after_reading
from ...ingest.versions import clear_doubt, keep_version
from ...models import Outcome
from .owners import Owners
from .work import Errand, Work

FILL_TIME = 0.1  # seconds that a file waits for more that share its form
OTHER_JOB_PAUSE = 0.3


@define
class _Load:
    """What became of a group of errands when it was read."""

    parcels: list[Parcel] = field(factory=list)
    settled: list[Settled] = field(factory=list)
    to_parse: list[Row] = field(factory=list)


class SendStage:
    """Sends files, several forms at a time.

    Args:
        work: The job.
        watermark: The newest creation time on the server when the job began.
    """

    def __init__(self, work: Work, watermark: int) -> None:
        self._work = work
        self._options = work.options
        self._watermark = watermark
        self._held: deque[Errand] = deque()  # by another job, or until it is clear which is which
        self._owners = Owners(work)
        self.fill_time = FILL_TIME
        self.workers = work.options.forms + 1  # one reads ahead
        self._active = self.workers
        self._in_hand = 0  # groups that are read, or being sent

    def run(self) -> None:
        """Works until all files are sent; the last of several workers looks after what is left."""
        take = self._work.errands.take
        while group := take(self._taken, self.fill_time, self._may_take):
            self._deliver(group)
            self._work.crew.change(self._let_go)
        last = self._work.crew.change(self._leave)
        if last:
            self._wait_for_others()
            self._work.to_parse.close()

    def _leave(self) -> bool:
        self._active -= 1
        return self._active == 0

    def _let_go(self) -> None:
        self._in_hand -= 1

    def _may_take(self) -> bool:
        """Whether another group is to be read: one beyond those that may be under way."""
        return self._in_hand <= self._work.pacing.limit

    def _taken(self, waiting: deque[Errand], is_time: bool) -> list[Errand]:
        group = self._next_group(waiting, is_time)
        self._in_hand += bool(group)
        return group

    def _next_group(self, waiting: deque[Errand], is_time: bool) -> list[Errand]:
        return take_group(waiting) if is_time or is_full(waiting) else []

    def _deliver(self, group: Sequence[Errand]) -> None:
        load = abandonable(self._load, group)
        self._work.tally.settle(load.settled)
        if load.to_parse:
            self._work.to_parse.put(load.to_parse)
        if load.parcels:
            for deliveries in self._work.forms.deliver(load.parcels):
                self._delivered([delivery.arrival for delivery in deliveries])

    def _load(self, group: Sequence[Errand]) -> _Load:
        """Reads files, and writes down that they are being sent as far as that is needed."""
        load = _Load()
        errands = self._claimed(group)
        prepared = prepare([errand.row for errand in errands], lambda: self._work.crew.over)
        if self._work.crew.over:
            return load
        for errand, item in zip(errands, prepared, strict=True):
            row, replaces = errand.row, errand.replaces
            if item.part is None:
                row.code, row.reason = None, item.problem
                if not row.document_id:
                    row.state = FileState.FAILED
                load.settled.append(Settled(row, Outcome.FAILED, None, item.problem))
                continue
            if errand.own is not None:
                decision = after_reading(row, errand.own, item.digest, self._options.policy)
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
            keep_version(row, item.digest, self._options.policy.changed)
            row.size, row.stamp, row.digest = item.part.size, item.stamp, item.digest
            row.state, row.replaces = FileState.SENDING, replaces
            # What an earlier job sent may still arrive.
            is_old = row.doubted > 0
            parcel = Parcel(row, item.part, item, errand.before, doubted=is_old, resent=is_old)
            row.doubted = row.doubted or self._watermark
            load.parcels.append(parcel)
        if self._work.ledger.path is not None:  # a private one does not outlive a crash
            self._work.ledger.save([errand.row for errand in errands])
        return load

    def _claimed(self, group: Sequence[Errand]) -> list[Errand]:
        """The errands that no other job is at; the others are put off."""
        if self._work.ledger.path is None:
            return list(group)
        rows = [errand.row for errand in group]
        ours = {row.id: row for row in self._work.ledger.claim(self._work.job, rows)}
        claimed: list[Errand] = []
        for errand in group:
            row = ours.get(errand.row.id)
            if row is None or row.document_id != errand.row.document_id:
                self._held.append(errand)
            else:
                claimed.append(errand)
        return claimed

    def _delivered(self, arrivals: Sequence[Arrival]) -> None:
        """Writes down what became of files, and passes them on."""
        arrivals = self._one_each(arrivals)
        stored: list[Row] = []
        settled: list[Settled] = []
        for arrival in arrivals:
            row = arrival.row
            if arrival.document is None:
                row.state = FileState.FAILED if arrival.lasting else FileState.QUARANTINED
                row.code, row.reason, row.attempts = (
                    arrival.code,
                    arrival.reason,
                    row.attempts + 1,
                )
                outcome = Outcome.FAILED if arrival.lasting else Outcome.QUARANTINED
                settled.append(Settled(row, outcome, arrival.code, arrival.reason))
                continue
            row.document_id, row.state = arrival.document.id, FileState.STORED
            row.code, row.reason = None, ""
            if not arrival.doubted:
                clear_doubt(row)
            if not (row.replaces or row.doubted):  # else a copy of it may have its name
                row.name = arrival.document.name
            stored.append(row)
        rows = [arrival.row for arrival in arrivals]
        size = sum(row.size for row in stored)
        if self._options.parse or self._options.metadata_for or any(r.replaces for r in stored):
            in_thread(self._work.ledger.save, rows)
            settled += self._complete(stored)
            rows = stored
        else:
            settled += [Settled(row, Outcome.STORED) for row in stored]
        self._work.tally.settle(settled, rows, size)

    def _one_each(self, arrivals: Sequence[Arrival]) -> Sequence[Arrival]:
        """Puts files back that are sent again, since their document is another file's."""
        doubled = self._owners.doubled(arrivals)
        self._held += [
            Errand(arrival.row, None, arrival.row.replaces, frozenset({doubled[arrival.row.id]}))
            for arrival in arrivals
            if arrival.row.id in doubled
        ]
        return [arrival for arrival in arrivals if arrival.row.id not in doubled]

    def _complete(self, stored: Sequence[Row]) -> list[Settled]:
        """What a document needs beyond its bytes: the place of another one, metadata, parsing."""
        settled: list[Settled] = []
        to_parse: list[Row] = []
        for row in stored:
            if row.replaces:
                self._work.forms.replace(row)
            problem = self._describe(row)
            if problem is not None:
                settled.append(problem)
            elif self._options.parse:
                to_parse.append(row)
            else:
                outcome = Outcome.REPLACED if row.replaced else Outcome.STORED
                settled.append(Settled(row, outcome))
        if to_parse:
            in_thread(self._work.ledger.save, to_parse)
            self._work.to_parse.put(to_parse)
        return settled

    def _describe(self, row: Row) -> Settled | None:
        """Sets a document's metadata; says so where that fails."""
        if self._options.metadata_for is None:
            return None
        try:
            metadata = self._options.metadata_for(row.path)
            if metadata:
                self._work.forms.update(row.document_id, {"meta_fields": dict(metadata)})
        except (InvalidArgumentError, InvalidRequestError) as error:
            code = error.code if isinstance(error, InvalidRequestError) else None
            return Settled(row, Outcome.FAILED, code, f"its metadata was refused: {error}")
        except RAGFlowError:
            raise
        except Exception as error:
            reason = f"metadata_for failed: {error!r}"
            return Settled(row, Outcome.FAILED, None, reason)
        return None

    def _wait_for_others(self) -> None:
        """Settles files that another job on this ledger had when they were due."""
        while self._held:
            errand = self._held.popleft()
            now = in_thread(self._work.ledger.get, errand.row.id)
            if now.document_id and now.document_id != errand.row.document_id:
                now.found = errand.row.found
                reason = "another job has just stored it"
                self._work.tally.settle([Settled(now, Outcome.SKIPPED, None, reason)])
                continue
            held = len(self._held)
            self._deliver([errand])
            if len(self._held) > held:
                self._work.forms.sleep(OTHER_JOB_PAUSE)
