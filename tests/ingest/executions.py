"""An engine that executes each task twice at once, in the time and the process of a simulation."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager, suppress
from unittest.mock import patch

import httpx
from attrs import define, field, frozen

from ingest.memory_server import CrashError, MemoryServer, files_of, is_upload
from ragflow import AsyncRAGFlow
from ragflow._async.ingestion.partition import AsyncPartitionWork
from ragflow._async.ingestion.submitting import AsyncRemoteSendStage
from ragflow.errors import RAGFlowError
from ragflow.ingest.partitions import Answer, Partition

__all__ = ["Engine", "Other"]


@frozen
class Other:
    """What becomes of the execution whose answers nobody gets.

    Attributes:
        delay: Seconds by which it begins after the first one; the first one begins later if
            negative.
        kill: The request whose answer it does not live to see; ``None`` lets it live.
        outlives: Whether the job may end before it does; one that is killed never does.
    """

    delay: float = 0.0
    kill: int | None = None
    outlives: bool = False


@define
class _Mortal(httpx.AsyncBaseTransport):
    """The way of one execution to the server."""

    engine: Engine
    left: int | None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer: httpx.Response | None = None
        try:
            answer = await self.engine.server.handle_async_request(request)
        finally:
            if self.engine.is_late and is_upload(request) and not _is_whole(answer):
                self.engine.unheard.update(content for _, content in files_of(request))
        if self.left == 0:
            raise CrashError
        if self.left is not None:
            self.left -= 1
        return answer


@define
class Engine(Executor):
    """Executes tasks, each twice.

    Attributes:
        server: Where they send files.
        version: That server's version.
        other: What becomes of the second executions, one after the other; then there are none.
        is_late: Whether the job has begun its last look, and so sees nothing that comes now.
        unheard: What was sent too late, and got no answer: nobody can tell whether it is there.
    """

    server: MemoryServer
    version: str
    other: Iterator[Other]
    is_late: bool = False
    unheard: Counter[bytes] = field(factory=Counter)
    _running: list[asyncio.Task[None]] = field(factory=list)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Lets a job's tasks come here."""
        engine = self

        async def executed(
            self: AsyncRemoteSendStage, partition: Partition
        ) -> list[Answer] | BaseException:
            return await engine._execute(partition)

        with patch.object(AsyncRemoteSendStage, "_executed", executed):
            yield

    async def finish(self) -> None:
        """Waits until nothing runs any more."""
        await asyncio.gather(*self._running)

    async def _execute(self, partition: Partition) -> list[Answer] | BaseException:
        other = next(self.other, None)
        second = None
        if other is not None:
            second = asyncio.create_task(self._second(partition, other))
            self._running.append(second)
            await asyncio.sleep(max(0.0, -other.delay))
        try:
            answers: list[Answer] | BaseException = await self._run(partition, None)
        except RAGFlowError as error:
            answers = error
        if second is not None and other is not None and not (other.outlives and other.kill is None):
            await second
        return answers

    async def _second(self, partition: Partition, other: Other) -> None:
        await asyncio.sleep(max(0.0, other.delay))
        with suppress(CrashError, RAGFlowError):
            await self._run(partition, other.kill)

    async def _run(self, partition: Partition, kill: int | None) -> list[Answer]:
        client = AsyncRAGFlow(
            "the-secret",
            "http://server",
            transport=_Mortal(self, kill),
            server_version=self.version,
        )
        async with client:
            return await AsyncPartitionWork(client._api, partition).run()


def _is_whole(answer: httpx.Response | None) -> bool:
    try:
        return answer is not None and answer.json()["code"] == 0
    except ValueError:
        return False
