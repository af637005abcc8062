"""The second stage of a job whose files are read and sent by an executor's workers."""

from __future__ import annotations

import math
import secrets
import warnings
from collections import deque
from collections.abc import Sequence
from concurrent.futures import CancelledError, Executor

from attrs import evolve

from ..._twins import async_complete, async_in_thread, async_in_worker
from ...errors import RAGFlowError
from ...ingest.grouping import GROUP_FILES, size_of, take_group
from ...ingest.items import FileState, Row
from ...ingest.parcels import FATAL, Arrival
from ...ingest.partitions import Answer, Partition, Passenger, can_travel
from ...ingest.versions import keep_version
from ...settings import lend
from .partition import async_ingest_partition
from .sending import AsyncSendStage
from .work import AsyncWork, Errand

PARTITION_FILES = 256
PARTITION_BYTES = 64 << 20
FILL_TIME = 1.0  # seconds that a file waits for more that share its task
TASKS = 8  # under way at once, unless the caller says otherwise
TRIES = 3
POLL = 0.05  # seconds; futures of other threads wake up no event loop


class AsyncRemoteSendStage(AsyncSendStage):
    """Hands files to an executor, a partition in each task.

    What cannot travel is sent from here: contents in memory, open files, files that must be
    compared with what was stored before, and files that a worker could not read.

    Args:
        work: The job.
        watermark: The newest creation time on the server when the job began.
        executor: Where tasks run.
    """

    def __init__(self, work: AsyncWork, watermark: int, executor: Executor) -> None:
        super().__init__(work, watermark)
        self._executor = executor
        concurrency = work.options.concurrency
        self._tasks = self._active = TASKS if concurrency == "auto" else concurrency
        lend(work.api.settings.api_key)

    def start(self) -> None:
        """Sets the job's crew to work."""
        for _ in range(self._tasks):
            self._work.crew.start(self._run)

    async def _run(self) -> None:
        while group := await self._work.errands.take(self._next_partition, FILL_TIME):
            await self._deliver(group)
        await self._end()

    def _next_partition(self, waiting: deque[Errand], is_time: bool) -> list[Errand]:
        """A partition; the last files are shared out evenly."""
        files = PARTITION_FILES
        if is_time:
            files = min(files, max(GROUP_FILES, math.ceil(len(waiting) / self._tasks)))
        count = size = 0
        for errand in waiting:
            size += size_of(errand.row)
            if count == files or (count and size > PARTITION_BYTES):
                return [waiting.popleft() for _ in range(count)]
            count += 1
        if not is_time and count < files:
            return []
        return [waiting.popleft() for _ in range(count)]

    async def _deliver(self, group: Sequence[Errand]) -> None:
        leaving: list[Errand] = []
        staying: list[Errand] = []
        for errand in group:
            leaves = errand.own is None and can_travel(errand.row)
            (leaving if leaves else staying).append(errand)
        await self._send_from_here(staying)
        errands = await async_in_thread(self._loading.claimed, leaving)
        if not errands:
            return
        before = {errand.row.id: evolve(errand.row) for errand in errands}
        await async_in_thread(self._intend, errands)
        answers = await self._answers(await self._partition(errands))
        arrivals: list[Arrival] = []
        unread: list[Errand] = []
        for errand, answer in zip(errands, answers, strict=True):
            if answer.read:
                arrivals.append(_arrival(errand.row, answer))
            else:  # but another execution may have been able to
                was = evolve(before[errand.row.id], doubted=errand.row.doubted)
                unread.append(evolve(errand, row=was))
        await self._delivered(arrivals)
        await self._send_from_here(unread)

    async def _send_from_here(self, errands: Sequence[Errand]) -> None:
        waiting = deque(errands)
        while group := take_group(waiting):
            await super()._deliver(group)

    def _intend(self, errands: Sequence[Errand]) -> None:
        """Writes down that files are being sent."""
        for errand in errands:
            row, found = errand.row, errand.row.found
            if found is not None:
                keep_version(row, "", self._options.policy.changed)
                row.size, row.stamp, row.digest = found.size, found.stamp, ""
            row.state, row.replaces = FileState.SENDING, errand.replaces
            row.doubted = row.doubted or self._watermark
        if self._work.ledger.path is not None:
            self._work.ledger.save([errand.row for errand in errands])

    async def _partition(self, errands: Sequence[Errand]) -> Partition:
        settings = self._work.api.settings
        return Partition(
            base_url=settings.base_url,
            key_fingerprint=settings.api_key.fingerprint,
            server_version=await self._work.api.server_version(),
            timeouts=settings.timeouts,
            stream_timeouts=settings.stream_timeouts,
            retry=settings.retry,
            dataset_id=self._work.dataset_id,
            patience=self._work.options.patience,
            timeout=self._work.options.timeout,
            files=tuple(Passenger(errand.row, errand.before) for errand in errands),
        )

    async def _answers(self, partition: Partition) -> list[Answer]:
        """What became of files.

        A task that fails is submitted again; in the end its files are sent from here.
        """
        failure: BaseException | None = None
        for _ in range(TRIES):
            outcome = await self._executed(evolve(partition, token=secrets.token_hex(8)))
            if isinstance(outcome, list):
                return outcome
            if isinstance(outcome, FATAL):
                raise outcome
            failure = outcome
            if isinstance(outcome, RAGFlowError):  # another worker would wait as long in vain
                break
        warnings.warn(
            f"the executor has failed, so its files are sent from here: {failure!r}",
            RuntimeWarning,
            stacklevel=2,
        )
        return await async_ingest_partition(partition)

    async def _executed(self, partition: Partition) -> list[Answer] | BaseException:
        """What a task gives, or why it has failed."""
        submit = self._executor.submit
        try:
            future = await async_in_worker(
                submit, async_complete, async_ingest_partition, partition
            )
        except Exception as error:  # engines refuse tasks with errors of their own
            return error
        try:
            await self._work.crew.until(lambda: None if future.done() else POLL)
        finally:
            future.cancel()
        if future.cancelled():
            return CancelledError("the task was cancelled")
        return future.exception() or future.result()


def _arrival(row: Row, answer: Answer) -> Arrival:
    """What a task tells of a file; another execution of it may have stored the file as well."""
    row.size, row.stamp, row.digest = answer.size, answer.stamp, answer.digest
    told = (answer.document, answer.code, answer.reason, answer.lasting)
    return Arrival(row, *told, doubted=True)
