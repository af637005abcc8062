"""Keeps the outcomes of a job: in the ledger, in numbers, and for who listens."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from ..._twins import AsyncCrew, async_in_thread
from ...errors import RAGFlowError
from ...ingest.items import Row, Settled
from ...ingest.jobs import Job
from ...ingest.ledger import Ledger
from ...ingest.options import IngestOptions
from ...ingest.pacing import Pacing
from ...models import IngestProgress, Outcome


class TooManyFailuresError(RAGFlowError):
    """More files have failed than the caller puts up with."""


class AsyncTally:
    """Counts a job."""

    def __init__(
        self,
        crew: AsyncCrew,
        ledger: Ledger,
        job: Job,
        options: IngestOptions,
        pacing: Pacing,
    ) -> None:
        self._crew = crew
        self._ledger = ledger
        self._job = job
        self._options = options
        self._pacing = pacing
        self._begun = time.monotonic()
        self._told = -1
        self._found = 0
        self._ended = 0
        self._failed = 0
        self._skipped = 0
        self._bytes_found = 0
        self.bytes_sent = 0
        self.parsing = 0
        self.scanned = False

    @property
    def seconds(self) -> float:
        """Since the job began."""
        return time.monotonic() - self._begun

    async def saw(self, found: int, size: int, settled: Mapping[Outcome, int]) -> None:
        """Counts files that were scanned, and the outcomes of those settled by that alone."""

        def act() -> None:
            self._found += found
            self._bytes_found += size
            self._ended += sum(settled.values())
            self._failed += sum(settled[outcome] for outcome in settled if not outcome.ok)
            self._skipped += settled.get(Outcome.SKIPPED, 0)

        self._crew.alone(act)
        await self._tell()

    async def parses(self, number: int) -> None:
        """Tells how many documents are being parsed."""
        self.parsing = number
        await self._tell()

    async def settle(
        self, settled: Sequence[Settled], changed: Sequence[Row] = (), sent: int = 0
    ) -> None:
        """Takes the outcomes of files, each once and for good.

        Args:
            settled: The outcomes.
            changed: Rows to be written into the ledger before.
            sent: Bytes that were stored.

        Raises:
            TooManyFailuresError: There are more failures now than the caller puts up with.
        """
        if not settled and not changed and not sent:
            return
        if self._ledger.path is None:  # nothing waits for a disk
            self._ledger.settle(self._job, settled, changed)
        else:
            await async_in_thread(self._ledger.settle, self._job, settled, changed)

        usual = Outcome.STORED
        unusual = [item.outcome for item in settled if item.outcome is not usual]

        def act() -> None:
            self.bytes_sent += sent
            self._ended += len(settled)
            self._failed += sum(not outcome.ok for outcome in unusual)
            self._skipped += unusual.count(Outcome.SKIPPED)

        self._crew.alone(act)
        await self._tell()

    async def finish(self) -> None:
        """Tells the end."""
        await self._tell()

    async def _tell(self) -> None:
        """Tells who listens; one at a time."""
        if self._options.on_result is not None or self._options.progress is not None:
            self._crew.alone(self._call_back)
        most = self._options.max_failures
        if most is not None and self._failed > most:
            raise TooManyFailuresError(
                f"{self._failed} files have failed, and max_failures is {most}"
            )

    def _call_back(self) -> None:
        if self._options.on_result is not None:
            while some := self._ledger.settled_prefix(self._job, self._told):
                for number, result in some:
                    self._told = number
                    self._options.on_result(result)
        if self._options.progress is not None:
            self._options.progress(self._progress())

    def _progress(self) -> IngestProgress:
        return IngestProgress(
            found=self._found,
            scanned=self.scanned,
            ended=self._ended,
            failed=self._failed,
            skipped=self._skipped,
            parsing=self.parsing,
            bytes_found=self._bytes_found,
            bytes_sent=self.bytes_sent,
            forms=self._pacing.limit,
            seconds=self.seconds,
        )
