"""Has documents parsed, so many at a time, and waits for them."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Sequence

from attrs import define

from ..._protocol import documents
from ..._twins import async_in_thread
from ...errors import APIError, InvalidRequestError, RAGFlowError
from ...ingest.items import FileState, Row, Settled
from ...models import DocumentData, Outcome, RunStatus
from ..parsing import AsyncParseWait
from .work import AsyncWork

FIRST_PAUSE = 0.1
LONGEST_PAUSE = 3.0
MAX_PARSES = 2
MAX_TROUBLES = 6
BATCH = 32
ERROR_MARK = "[ERROR]"


_STATES = {
    Outcome.PARSED: FileState.DONE,
    Outcome.FAILED: FileState.STORED,  # the file is there; the next run has it parsed again
    Outcome.QUARANTINED: FileState.QUARANTINED,
}


@define
class Watched:
    """A document in the window."""

    row: Row
    seen: tuple[float, str] = (0.0, "")
    since: float = 0.0
    parses: int = 0
    troubles: int = 0


class AsyncParseWindow:
    """The last stage of a job."""

    def __init__(self, work: AsyncWork) -> None:
        self._work = work
        self._size = work.options.max_parsing
        self._rows = work.to_parse
        self._again: deque[Watched] = deque()
        self.watched: dict[str, Watched] = {}

    async def run(self) -> None:
        """Works until the channel is closed and everything in it has ended."""
        pause = FIRST_PAUSE
        while True:
            fresh = await self._next(pause)
            if fresh:
                await self._begin(fresh)
                pause = FIRST_PAUSE
            if not self.watched:
                if self._rows.closed and not self._rows.items and not self._again:
                    return
                continue
            ended = await self._look()
            pause = FIRST_PAUSE if ended else min(pause * 1.5, LONGEST_PAUSE)

    async def _next(self, pause: float) -> list[Watched]:
        """What enters the window now; waits for it no longer than the next look is due."""
        room = self._size - len(self.watched)
        taken = [self._again.popleft() for _ in range(min(room, len(self._again)))]
        due = math.inf

        def ready() -> float | None:
            nonlocal due
            while self._rows.items and len(self.watched) + len(taken) < self._size:
                taken.append(Watched(self._rows.items.popleft()))
            now = time.monotonic()
            if self.watched or taken:
                due = min(due, now + pause)
            elif self._rows.closed:
                return None
            return due - now if due > now and len(taken) < min(BATCH, self._size) else None

        await self._work.crew.until(ready)
        self._work.crew.change(lambda: None)
        return taken

    async def _begin(self, fresh: Sequence[Watched]) -> None:
        """Starts the parsing of documents that are not being parsed or done."""
        now = time.monotonic()
        states = await self._states([item.row.document_id for item in fresh])
        for item in fresh:
            item.since = now
            item.row.state = FileState.PARSING
            self.watched[item.row.document_id] = item
        await async_in_thread(self._work.ledger.save, [item.row for item in fresh])
        await self._work.tally.parses(len(self.watched))
        idle = [
            item.row.document_id
            for item in fresh
            if (state := states.get(item.row.document_id)) is not None
            and (item.parses or state.run is not RunStatus.DONE)
            and state.run is not RunStatus.RUNNING
        ]
        for item in fresh:
            item.parses += item.row.document_id in idle
        for start in range(0, len(idle), BATCH):
            await self._start(idle[start : start + BATCH])

    async def _start(self, ids: Sequence[str]) -> None:
        """Starts parsing; what goes wrong is looked at one by one."""

        async def ask() -> None:
            try:
                dialect = await self._work.api.dialect()
                await self._work.api.send(documents.parse(dialect, self._work.dataset_id, ids))
            except InvalidRequestError as refusal:
                await AsyncParseWait(self._work.api, self._work.dataset_id, ids).parse_unblocked(
                    refusal
                )

        try:
            await ask()
        except RAGFlowError as error:
            await self._sort_out(ids, error)

    async def _sort_out(self, ids: Sequence[str], error: RAGFlowError) -> None:
        """Starts what a refused call left unstarted; starting the others again would harm them."""
        states = await self._states(ids)
        left = [id for id in ids if id in states and states[id].run is not RunStatus.RUNNING]
        left = [id for id in left if self.watched[id].parses > 1 or not states[id].ended]
        if len(left) > 1:
            for id in left:
                await self._start([id])
        elif left:
            item = self.watched[left[0]]
            item.troubles += 1
            if isinstance(error, InvalidRequestError) or item.troubles >= MAX_TROUBLES:
                await self._give_up(item, error)
            else:
                await self._work.forms.sleep(FIRST_PAUSE * 2**item.troubles)
                item.parses -= 1
                del self.watched[left[0]]
                self._again.append(item)

    async def _give_up(self, item: Watched, error: RAGFlowError) -> None:
        code = error.code if isinstance(error, APIError) else None
        await self._end(item, Outcome.FAILED, code, f"parsing was not started: {error}")

    async def _look(self) -> bool:
        """Asks for the state of all in the window, and tells whether some have ended."""
        states = await self._states(list(self.watched))
        now = time.monotonic()
        ended = False
        for id, item in list(self.watched.items()):
            state = states.get(id)
            if state is None:
                await self._work.forms.require_dataset()
                gone = "its document was deleted while it waited to be parsed"
                await self._end(item, Outcome.FAILED, None, gone)
            elif state.run is RunStatus.CANCEL:
                await self._end(item, Outcome.FAILED, None, "its parsing was cancelled")
            elif state.run is RunStatus.FAIL or state.progress < 0:
                await self._failed(item, state)
            elif state.run is RunStatus.DONE or state.progress >= 1:
                await self._end(item, Outcome.PARSED, None, "")
            else:
                seen = (state.progress, state.progress_msg)
                if seen != item.seen:
                    item.seen, item.since = seen, now
                if now - item.since <= self._work.options.parse_timeout:
                    continue
                stalled = (
                    f"its parsing has made no progress for {self._work.options.parse_timeout:g} s"
                )
                await self._end(item, Outcome.QUARANTINED, None, stalled)
            ended = True
        return ended

    async def _failed(self, item: Watched, state: DocumentData) -> None:
        """Tries once more, since servers mark what a restart of theirs interrupted as failed."""
        item.row.attempts += 1
        dialect = await self._work.api.dialect()
        if item.parses < MAX_PARSES and dialect.parses_again:
            del self.watched[item.row.document_id]
            self._again.append(item)
            return
        await self._end(item, Outcome.FAILED, None, f"parsing failed: {_why(state)}")

    async def _end(self, item: Watched, outcome: Outcome, code: int | None, reason: str) -> None:
        del self.watched[item.row.document_id]
        self._work.tally.parsing = len(self.watched)
        row = item.row
        row.state = _STATES[outcome]
        row.code, row.reason = code, reason
        if outcome is Outcome.PARSED:
            row.attempts = 0
        await self._work.tally.settle([Settled(row, outcome, code, reason)], [row])

    async def _states(self, ids: Sequence[str]) -> dict[str, DocumentData]:
        wait = AsyncParseWait(self._work.api, self._work.dataset_id, ids)
        found = await self._work.forms.patiently(lambda: wait.look(ids))
        return {document.id: document for document in found}


def _why(state: DocumentData) -> str:
    """The last complaint in a parser's log."""
    lines = [line for line in state.progress_msg.splitlines() if ERROR_MARK in line]
    last = lines[-1] if lines else state.progress_msg.strip().rpartition("\n")[2]
    return last.rpartition(ERROR_MARK)[2].strip() or "the server does not say why"
