"""A job that changes nothing: what would be sent, and why."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from ..._twins import async_in_thread
from ...ingest.grouping import take_group
from ...ingest.items import Row, Settled
from ...ingest.reading import EMPTY, prepare
from ...ingest.reconcile import Step, after_reading
from ...models import Outcome
from .work import AsyncWork, Errand

NEW = "new"
CHANGED = "changed"
NOT_PARSED = "stored, but not parsed yet"


class AsyncRehearsal:
    """Takes the places of sending and parsing, and tells for each file what they would do.

    A file is read only where its contents decide. What only the server can know, such as a
    refusal, is not foreseen.
    """

    def __init__(self, work: AsyncWork) -> None:
        self._work = work

    async def send(self) -> None:
        """Settles what would be sent."""
        while group := await self._work.errands.take(_group):
            await self._work.tally.settle(await async_in_thread(self._foreseen, group))
        self._work.to_parse.close()

    async def parse(self) -> None:
        """Settles what would only be parsed."""
        while rows := await self._work.to_parse.take(_all):
            await self._work.tally.settle(
                [Settled(row, Outcome.PARSED, None, NOT_PARSED) for row in rows]
            )

    def _foreseen(self, group: Sequence[Errand]) -> list[Settled]:
        settled = [self._one(errand) for errand in group]
        self._work.ledger.save([item.row for item in settled])
        return settled

    def _one(self, errand: Errand) -> Settled:
        row, replaces = errand.row, errand.replaces
        is_changed = row.changed and bool(row.document_id)
        if errand.own is not None:
            (item,) = prepare([row])
            if item.part is None:
                return Settled(row, Outcome.FAILED, None, item.problem)
            decision = after_reading(row, errand.own, item.digest, self._work.options.policy)
            if decision.step is Step.PARSE:
                return Settled(row, Outcome.PARSED, None, NOT_PARSED)
            if decision.step is Step.END:
                return Settled(row, decision.outcome, None, decision.reason)
            replaces, is_changed = decision.replaces, True
        if row.found is not None:
            row.size = row.found.size
        if not row.size:
            return Settled(row, Outcome.FAILED, None, EMPTY)
        outcome = Outcome.REPLACED if replaces else Outcome.STORED
        return Settled(row, outcome, None, CHANGED if is_changed else NEW)


def _group(waiting: deque[Errand], is_time: bool) -> list[Errand]:
    return take_group(waiting)


def _all(waiting: deque[Row], is_time: bool) -> list[Row]:
    rows = list(waiting)
    waiting.clear()
    return rows
