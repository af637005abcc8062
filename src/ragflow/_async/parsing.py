"""Waiting for the server to parse documents."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence

from .._protocol import documents
from .._protocol.envelope import Reply
from .._protocol.paging import MAX_PAGE_SIZE, PageCall
from .._protocol.requests import Param
from .._twins import async_sleep
from ..errors import InvalidRequestError, NotFoundError, RequestTimeoutError
from ..models import ParseProgress, RunStatus
from .documents import AsyncDocument
from .transport import AsyncTransport

FIRST_PAUSE = 0.1
LONGEST_PAUSE = 5.0


class AsyncParseWait:
    """Watches a group of documents until each is done, failed or cancelled."""

    def __init__(self, api: AsyncTransport, dataset_id: str, ids: Sequence[str]) -> None:
        self._api = api
        self._dataset_id = dataset_id
        self._ids = ids
        self._seen: dict[str, AsyncDocument] = {}

    async def run(
        self, timeout: float, on_progress: Callable[[ParseProgress], None] | None
    ) -> list[AsyncDocument]:
        """Waits, and gives the documents in the order of their ids.

        Raises:
            NotFoundError: A document was deleted meanwhile.
            RequestTimeoutError: Some are still being parsed after ``timeout`` seconds.
        """
        deadline = time.monotonic() + timeout
        pause = FIRST_PAUSE
        while True:
            pending = [id for id in self._ids if id not in self._seen or not self._seen[id].ended]
            found = {document.id: document for document in await self.look(pending)}
            missing = [id for id in pending if id not in found]
            if missing:
                raise NotFoundError(f"not in the dataset (any more): {', '.join(missing)}")
            self._seen.update(found)
            if on_progress is not None:
                on_progress(self._progress())
            if all(self._seen[id].ended for id in self._ids):
                return [self._seen[id] for id in self._ids]
            left = deadline - time.monotonic()
            if left <= 0:
                open_ids = [id for id in self._ids if not self._seen[id].ended]
                raise RequestTimeoutError(
                    f"{len(open_ids)} of {len(self._ids)} documents are still being parsed "
                    f"after {timeout:g} s: {', '.join(open_ids[:10])}"
                )
            await async_sleep(min(pause, left))
            pause = min(pause * 1.5, LONGEST_PAUSE)

    async def parse_unblocked(self, refusal: InvalidRequestError) -> Reply:
        """Parses once more what a server refused for having been cancelled midway.

        Such a document must be stopped again first; documents that were named before it may have
        been started already, and starting them anew would drop their chunks.

        Raises:
            InvalidRequestError: The refusal, if it was for another reason.
        """
        dialect = await self._api.dialect()
        states = await self.look(self._ids) if dialect.cancelled_blocks_parse else ()
        blocked = [
            item.id for item in states if item.run is RunStatus.CANCEL and 0 < item.progress < 1
        ]
        if not blocked:
            raise refusal
        await self._api.send(documents.stop(dialect, self._dataset_id, blocked))
        rest = [item.id for item in states if item.run is not RunStatus.RUNNING]
        return await self._api.send(documents.parse(dialect, self._dataset_id, rest))

    async def look(self, ids: Sequence[str]) -> Iterable[AsyncDocument]:
        """The present state of documents, many in a request; those that are gone are left out."""
        if "ids" in (await self._api.dialect()).document_filters:
            found: list[AsyncDocument] = []
            for start in range(0, len(ids), MAX_PAGE_SIZE):
                some = ids[start : start + MAX_PAGE_SIZE]
                found += await self._page(PageCall(1, MAX_PAGE_SIZE), ids=some)
            return found
        return await self._search(set(ids))

    async def _search(self, wanted: set[str]) -> Iterable[AsyncDocument]:
        """Looks through the pages, latest change first: what is being parsed changed lately."""
        found: dict[str, AsyncDocument] = {}
        call = PageCall(1, MAX_PAGE_SIZE)
        while wanted - found.keys():
            page = await self._page(call, orderby="update_time", desc=True)
            found.update((item.id, item) for item in page if item.id in wanted)
            if len(page) < call.page_size:
                break
            call = PageCall(call.page + 1, call.page_size)
        # One that moved to an earlier page meanwhile was passed over; ask for it by name.
        for id in wanted - found.keys():
            found.update((item.id, item) for item in await self._page(PageCall(1, 1), id=id))
        return found.values()

    async def _page(self, call: PageCall, **filters: Param) -> list[AsyncDocument]:
        dialect = await self._api.dialect()
        request = documents.list_page(dialect, self._dataset_id, call, **filters)
        try:
            reply = await self._api.send(request)
        except NotFoundError:
            if "id" in filters:
                return []
            raise
        rows, _ = reply.listing("docs")
        return self._api.bind_many(rows, AsyncDocument, "docs")

    def _progress(self) -> ParseProgress:
        states = [self._seen[id] for id in self._ids]
        shares = [1.0 if item.ended else min(max(item.progress, 0.0), 1.0) for item in states]
        return ParseProgress(
            ended=sum(item.ended for item in states),
            total=len(states),
            fraction=sum(shares) / len(shares),
        )
