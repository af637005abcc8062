"""What a job asks of a server about single documents, patiently."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar

import xxhash

from ..._protocol import documents
from ..._protocol.uploads import plain_stem
from ..._twins import AsyncCrew
from ...errors import (
    APIError,
    InvalidRequestError,
    NotFoundError,
    ProtocolError,
    ServerError,
    TransportError,
)
from ...ingest.items import Row
from ...ingest.parcels import Parcel, Stored
from ...ingest.recognition import candidates, recognise, share_out
from ...models import DocumentData
from ..transport import AsyncTransport
from .listing import AsyncListing

T = TypeVar("T")


class AsyncDesk:
    """Looks after the documents of one dataset, and waits for a server that does not answer.

    Args:
        api: Where the dataset is.
        dataset_id: Its id.
        crew: Whose work it is; a pause ends with it.
        patience: Seconds without an answer after which a server counts as lost.
    """

    def __init__(
        self, api: AsyncTransport, dataset_id: str, crew: AsyncCrew, patience: float
    ) -> None:
        self._api = api
        self._dataset_id = dataset_id
        self._crew = crew
        self._patience = patience
        self._listing = AsyncListing(api, dataset_id)

    async def patiently(self, ask: Callable[[], Awaitable[T]]) -> T:
        """Asks the server something until it answers.

        Raises:
            RAGFlowError: It refuses, or has not answered for longer than anyone would wait.
        """
        pause = 0.2
        begun = time.monotonic()
        while True:
            try:
                return await ask()
            except InvalidRequestError:
                await self._listing.require_dataset()  # or that is what is wrong
                raise
            except (TransportError, ServerError, ProtocolError) as error:
                if time.monotonic() - begun > self._patience:
                    raise
                asked = error.retry_after if isinstance(error, APIError) else None
                await self.sleep(pause if asked is None else asked)
                pause = min(pause * 2, 5.0)

    async def find(self, form: Sequence[Parcel]) -> list[Stored | None]:
        """Each parcel's document, where the server has one that was not there before."""
        plain = [parcel for parcel in form if parcel.is_plain]
        named = await self._listing.named([parcel.part.name for parcel in plain])
        stored = [Stored.of(document) for document in named]
        found = {parcel.row.id: recognise(parcel, stored) for parcel in plain}
        unclear = [parcel for parcel in form if not parcel.is_plain]
        variants: dict[str, Stored] = {}
        since = min((parcel.row.doubted for parcel in unclear), default=0)
        for stem in sorted({plain_stem(parcel.part.name) for parcel in unclear}):
            for document in await self._listing.variants(stem, since):
                variants[document.id] = Stored.of(document)
        shared = await self.share_out(unclear, list(variants.values()))
        found |= {parcel.row.id: item for parcel, item in zip(unclear, shared, strict=True)}
        return [found[parcel.row.id] for parcel in form]

    async def share_out(
        self, form: Sequence[Parcel], documents: Sequence[Stored]
    ) -> list[Stored | None]:
        """Each parcel's document among some, by what is in them."""
        digests: dict[str, str] = {}
        for parcel in form:
            for document in candidates(parcel, documents):
                if document.id not in digests:
                    digests[document.id] = document.content_hash or await self.digest(document.id)
        return share_out(form, documents, digests)

    async def replace(self, row: Row) -> None:
        """Lets a document take the place, and the name, of the one it replaces."""
        await self.remove(row.replaces)
        current = await self.patiently(lambda: self._listing.by_id(row.document_id))
        if current is not None and current.name != row.name:
            try:
                await self.update(current.id, {"name": row.name})
            except InvalidRequestError:  # it was taken in between
                if (
                    not row.doubted
                ):  # else it may be a copy of this file, and the last look will see
                    row.name = current.name
        row.replaces, row.replaced = "", True

    async def update(self, id: str, message: Mapping[str, object]) -> None:
        """Changes a document."""
        document = DocumentData(id=id, dataset_id=self._dataset_id)
        await self.patiently(
            lambda: self._api.send(lambda dialect: documents.update(dialect, document, message))
        )

    async def require_dataset(self) -> None:
        """Makes sure that there still is a dataset to work on.

        Raises:
            NotFoundError: There is none.
        """
        await self.patiently(self._listing.require_dataset)

    async def remove(self, id: str) -> None:
        """Deletes a document; one that is gone already is fine."""

        async def ask() -> None:
            try:
                await self._api.send(documents.delete(self._dataset_id, [id]))
            except (InvalidRequestError, NotFoundError):
                if await self._listing.by_id(id) is not None:
                    raise

        await self.patiently(ask)

    async def digest(self, id: str) -> str:
        """xxh128 of a document's bytes, in hexadecimal; empty if it is gone."""

        async def read() -> str:
            document = await self._listing.by_id(id)
            if document is None:
                return ""
            hasher = xxhash.xxh128()
            async for piece in document.iter_bytes():
                hasher.update(piece)
            return hasher.hexdigest()

        try:
            return await self.patiently(read)
        except NotFoundError:
            return ""

    async def sleep(self, seconds: float) -> None:
        """Pauses, unless the job ends."""
        until = time.monotonic() + seconds

        def ready() -> float | None:
            left = until - time.monotonic()
            return left if left > 0 else None

        await self._crew.until(ready)
