"""Uploads of many files: in forms of several, a few forms at a time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

from .._protocol import documents
from .._protocol.multipart import FilePart
from .._protocol.paging import MAX_PAGE_SIZE, Window
from .._protocol.timeouts import TimeoutLike
from .._protocol.uploads import match, since
from .._twins import async_bounded_map
from ..errors import PartialUploadError, RAGFlowError, ServerError
from ..models import UploadProgress
from .documents import AsyncDocument
from .pager import AsyncPager
from .transport import AsyncTransport

UPLOAD_FAILED = 500  # also the code of a form of which some files were stored


class AsyncUpload:
    """One call of ``upload_documents``."""

    def __init__(
        self,
        api: AsyncTransport,
        dataset_id: str,
        parts: Sequence[FilePart],
        on_progress: Callable[[UploadProgress], None] | None,
        timeout: TimeoutLike,
    ) -> None:
        self._api = api
        self._dataset_id = dataset_id
        self._parts = parts
        self._on_progress = on_progress
        self._timeout = timeout
        self._files_done = 0
        self._bytes_done = 0
        self._bytes_total = sum(part.size for part in parts)
        self._counting = threading.Lock()

    async def run(self, workers: int) -> list[AsyncDocument]:
        """Uploads all files and gives their documents in the same order.

        Raises:
            PartialUploadError: Some are stored and others are not.
            RAGFlowError: Why nothing is stored.
        """
        groups = list(documents.grouped(self._parts))
        results = await async_bounded_map(self._attempt, groups, workers)
        errors = [error for _, error in results if error is not None]
        stored = [document for found, _ in results for document in found]
        if not errors:
            return stored
        if not stored:
            raise errors[0]
        _, failed = match(self._parts, stored)
        raise PartialUploadError(
            f"{len(failed)} of {len(self._parts)} files are not stored: {errors[0]}", stored, failed
        ) from errors[0]

    async def _attempt(
        self, group: list[FilePart]
    ) -> tuple[list[AsyncDocument], RAGFlowError | None]:
        """Uploads a form; one that fails does not keep the others from being sent."""
        started = time.monotonic()
        try:
            stored, error = await self._send(group), None
        except RAGFlowError as refusal:
            stored, error = await self._stored_anyway(group, refusal, started), refusal
        self._report(group)
        return stored, error

    async def _send(self, group: list[FilePart]) -> list[AsyncDocument]:
        reply = await self._api.send(
            lambda dialect: documents.upload(dialect, self._dataset_id, group),
            timeout=self._timeout,
        )
        return self._api.bind_many(reply.data, AsyncDocument, "documents")

    async def _stored_anyway(
        self, group: list[FilePart], refusal: RAGFlowError, started: float
    ) -> list[AsyncDocument]:
        """What a refused form left on the server; older ones refuse without saying."""
        if not isinstance(refusal, ServerError) or refusal.code != UPLOAD_FAILED:
            return []
        if isinstance(refusal.data, list):
            return self._api.bind_many(refusal.data, AsyncDocument, "documents")
        dialect = await self._api.dialect()
        if len(group) == 1 or dialect.upload_returns_stored:
            return []
        elapsed = time.monotonic() - started
        pager = AsyncPager(
            self._api,
            AsyncDocument,
            "docs",
            lambda call: documents.list_page(
                dialect, self._dataset_id, call, orderby="create_time", desc=True
            ),
        )
        newest = await pager.collect(Window(0, MAX_PAGE_SIZE))
        return match(group, since(newest, elapsed))[0]

    def _report(self, group: list[FilePart]) -> None:
        """Counts a form; blocking clients do so from several threads."""
        with self._counting:
            self._files_done += len(group)
            self._bytes_done += sum(part.size for part in group)
            if self._on_progress is not None:
                self._on_progress(
                    UploadProgress(
                        files_done=self._files_done,
                        files_total=len(self._parts),
                        bytes_done=self._bytes_done,
                        bytes_total=self._bytes_total,
                    )
                )
