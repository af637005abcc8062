# Generated from src/ragflow/_async/ingestion/fetching.py by tools/generate_sync.py. Do not edit.
"""The digests of documents, as they come back from the server."""

from __future__ import annotations

import xxhash

from ..._twins import sleep
from ...errors import (
    AuthenticationError,
    NotFoundError,
    RAGFlowError,
    ServerError,
    TransportError,
)
from ...ingest.inventory import Known
from ..documents import Document
from ..transport import Transport
from .listing import Listing

PAUSES = (0.5, 1.0)  # seconds before another try


class UnobtainableError(RAGFlowError):
    """A document is there, and the server does not give out its bytes."""


class Fetching:
    """Downloads documents of one dataset, a piece at a time."""

    def __init__(self, api: Transport, dataset_id: str) -> None:
        self._api = api
        self._dataset_id = dataset_id
        self._listing = Listing(api, dataset_id)

    def digest(self, known: Known) -> str | None:
        """xxh128 of a document's bytes, in hexadecimal; ``None`` where it is gone.

        Raises:
            UnobtainableError: The server does not give them out.
            RAGFlowError: The server cannot be reached, or the key or the dataset is gone.
        """
        pauses = iter(PAUSES)
        while True:
            try:
                return self._once(known)
            except NotFoundError:
                return None
            except AuthenticationError:
                raise
            except RAGFlowError as error:
                pause = next(pauses, None)
                if pause is None or not isinstance(error, TransportError | ServerError):
                    self._listing.require_dataset()  # or the server is lost altogether
                    raise UnobtainableError(str(error)) from error
            sleep(pause)

    def _once(self, known: Known) -> str:
        data = {
            "id": known.id,
            "dataset_id": self._dataset_id,
            "name": known.name,
            "size": known.size,
        }
        hasher = xxhash.xxh128()
        for piece in self._api.bind(data, Document, "document").iter_bytes():
            hasher.update(piece)
        return hasher.hexdigest()
