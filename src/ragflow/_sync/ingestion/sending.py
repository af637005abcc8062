# Generated from src/ragflow/_async/ingestion/sending.py by tools/generate_sync.py. Do not edit.
"""The third stage of a job: files are sent, and what became of them is written down."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from ..._twins import in_thread
from ...errors import InvalidArgumentError, InvalidRequestError, RAGFlowError
from ...ingest.items import FileState, Row, Settled
from ...ingest.parcels import Arrival, Parcel
from ...ingest.versions import clear_doubt
from ...models import Outcome
from .loading import LoadStage
from .owners import Owners
from .work import Errand, Work

OTHER_JOB_PAUSE = 0.3


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
        self._owners = Owners(work)
        self._loading = LoadStage(work, watermark, self._owners)
        self._active = work.options.forms

    def start(self) -> None:
        """Sets the job's crew to work."""
        for _ in range(self._loading.workers):
            self._work.crew.start(self._loading.run)
        for _ in range(self._active):
            self._work.crew.start(self._run)

    def _run(self) -> None:
        while forms := self._loading.forms.take(_first):
            self._send(forms[0])
        self._end()

    def _end(self) -> None:
        """Ends a worker; the last of several looks after what is left."""
        if self._work.crew.change(self._leave):
            self._wait_for_others()
            self._work.to_parse.close()

    def _leave(self) -> bool:
        self._active -= 1
        return self._active == 0

    def _send(self, form: Sequence[Parcel]) -> None:
        for arrivals in self._work.forms.deliver(form):
            self._delivered(arrivals)

    def _deliver(self, group: Sequence[Errand]) -> None:
        """Reads and sends files of one form."""
        parcels = self._loading.load(group)
        if parcels:
            self._send(parcels)

    def _delivered(self, arrivals: Sequence[Arrival]) -> None:
        """Writes down what became of files, and passes them on."""
        arrivals = self._one_each(arrivals)
        stored: list[Row] = []
        settled: list[Settled] = []
        state, outcome = FileState.STORED, Outcome.STORED  # in Python 3.11 each look is a call
        for arrival in arrivals:
            row = arrival.row
            if arrival.document is None:
                row.state = FileState.FAILED if arrival.lasting else FileState.QUARANTINED
                row.code, row.reason, row.attempts = (
                    arrival.code,
                    arrival.reason,
                    row.attempts + 1,
                )
                end = Outcome.FAILED if arrival.lasting else Outcome.QUARANTINED
                settled.append(Settled(row, end, arrival.code, arrival.reason))
                continue
            row.document_id, row.state = arrival.document.id, state
            row.code, row.reason = None, ""
            if not arrival.doubted:
                clear_doubt(row)
            if not (row.replaces or row.doubted):  # else a copy of it may have its name
                row.name = arrival.document.name
            stored.append(row)
        rows = [arrival.row for arrival in arrivals]
        size = sum([row.size for row in stored])
        if self._options.parse or self._options.metadata_for or any(r.replaces for r in stored):
            in_thread(self._work.ledger.save, rows)
            settled += self._complete(stored)
            rows = stored
        else:
            settled += [Settled(row, outcome) for row in stored]
        self._work.tally.settle(settled, rows, size)

    def _one_each(self, arrivals: Sequence[Arrival]) -> Sequence[Arrival]:
        """Puts files back that are sent again, since their document is another file's."""
        doubled = self._owners.doubled(arrivals)
        self._loading.held += [
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
        while self._loading.held:
            errand = self._loading.held.popleft()
            now = in_thread(self._work.ledger.get, errand.row.id)
            if now.document_id and now.document_id != errand.row.document_id:
                now.found = errand.row.found
                reason = "another job has just stored it"
                self._work.tally.settle([Settled(now, Outcome.SKIPPED, None, reason)])
                continue
            held = len(self._loading.held)
            self._deliver([errand])
            if len(self._loading.held) > held:
                self._work.forms.sleep(OTHER_JOB_PAUSE)


def _first(waiting: deque[list[Parcel]], is_time: bool) -> list[list[Parcel]]:
    return [waiting.popleft()]
