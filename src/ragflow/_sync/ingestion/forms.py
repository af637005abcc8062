# Generated from src/ragflow/_async/ingestion/forms.py by tools/generate_sync.py. Do not edit.
"""Sends forms until each of their files is stored once, or known not to be."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from attrs import evolve

from ..._protocol import documents
from ..._protocol.timeouts import TimeoutLike
from ..._twins import Crew, in_thread
from ...errors import APIError, ProtocolError, RAGFlowError
from ...ingest.grouping import halves
from ...ingest.pacing import Pacing
from ...ingest.parcels import (
    Arrival,
    Parcel,
    Stored,
    Trouble,
    is_lasting,
    refusals,
    trouble_of,
)
from ...ingest.recognition import assign, can_tell, is_intact, told
from ..transport import Transport
from .desk import Desk

MAX_FAILURES = 6
LATE_PAUSE = 1.0
CHANGING = "it changes while it is read"
UNTOLD = "the answer to an upload names fewer documents than the form had files"


class Forms(Desk):
    """The way of parcels into one dataset.

    Args:
        api: Where the dataset is.
        dataset_id: Its id.
        crew: Who sends; all keep to one pace.
        pacing: That pace.
        patience: Seconds without any success after which a server counts as lost.
        timeout: Seconds without progress after which a transfer counts as broken.
    """

    def __init__(
        self,
        api: Transport,
        dataset_id: str,
        crew: Crew,
        pacing: Pacing,
        *,
        patience: float,
        timeout: TimeoutLike = None,
    ) -> None:
        super().__init__(api, dataset_id, crew, patience)
        self._pacing = pacing
        self._timeout = timeout
        self._troubled_since: float | None = None

    def deliver(self, parcels: Sequence[Parcel]) -> Iterator[list[Arrival]]:
        """Sends parcels in one form, in halves of it where there is doubt, until all is settled.

        Raises:
            RAGFlowError: Nothing can be sent any more: the key or the dataset is gone, or the
                server does not answer for longer than anyone would wait.
        """
        waiting = [list(parcels)]
        while waiting:
            form = waiting.pop()
            stored, trouble = self._send(form)
            settled: list[Arrival] = []
            left: list[Parcel] = []
            for parcel, document in zip(form, stored, strict=True):
                if document is None:
                    left.append(parcel)
                else:
                    settled.append(Arrival(parcel.row, document, doubted=parcel.doubted))
            if trouble is not None and left:
                said = refusals(left, trouble.error)
                given_up = [self._given_up(parcel, trouble, said, len(form)) for parcel in left]
                settled += [arrival for arrival in given_up if arrival is not None]
                left = [p for p, gone in zip(left, given_up, strict=True) if gone is None]
            if settled:
                yield settled
            waiting += reversed(halves(left) if len(left) == len(form) else [left] if left else [])

    def _send(self, form: list[Parcel]) -> tuple[Sequence[Stored | None], Trouble | None]:
        """Each parcel's document where it has become one, and what went wrong."""
        self._crew.until(lambda: self._pacing.wait(time.monotonic()))
        try:
            reply = self._api.send(
                lambda dialect: documents.upload(dialect, self._dataset_id, [p.part for p in form]),
                timeout=self._timeout,
            )
            found = told(reply.data)
        except RAGFlowError as error:
            return self._after(form, trouble_of(error))
        assigned = assign(form, found)
        if not all(assigned):
            return self._after(form, Trouble(ProtocolError(UNTOLD)))
        self._troubled_since = None
        for parcel, document in zip(form, assigned, strict=True):
            if document is not None and document.name != parcel.part.name and not parcel.before:
                parcel.doubted = True  # the name was free, so something of ours came late
        size = sum([parcel.part.size for parcel in form])
        self._crew.change(lambda: self._pacing.succeeded(size, time.monotonic()))
        return self._checked(form, assigned)

    def _after(
        self, form: list[Parcel], trouble: Trouble
    ) -> tuple[Sequence[Stored | None], Trouble]:
        """What a form that failed left on the server."""
        now = time.monotonic()
        for parcel in form:
            parcel.doubted = parcel.doubted or not trouble.refused
        if trouble.fatal:
            self._crew.change(lambda: self._pacing.ended(now))
            raise trouble.error
        if trouble.refused:
            self._crew.change(lambda: self._pacing.ended(now))
            self.require_dataset()
            return [None] * len(form), trouble
        if refusals(form, trouble.error):
            self._crew.change(lambda: self._pacing.ended(now))
        else:
            self._crew.change(lambda: self._pacing.failed(now, trouble.retry_after))
        self._troubled_since = self._troubled_since or now
        if now - self._troubled_since > self._patience:
            raise trouble.error
        stored = self._look(form, trouble)
        if not any(stored):
            self.require_dataset()
        return self._checked(form, stored)[0], trouble

    def _look(self, form: list[Parcel], trouble: Trouble) -> list[Stored | None]:
        if isinstance(trouble.error, APIError) and isinstance(trouble.error.data, list):
            return self._told_in_part(form, told(trouble.error.data))
        stored = self.patiently(lambda: self.find(form))
        if trouble.late and not all(stored):
            self.sleep(LATE_PAUSE)
            stored = self.patiently(lambda: self.find(form))
        return stored

    def _told_in_part(self, form: list[Parcel], documents: list[Stored]) -> list[Stored | None]:
        """Each parcel's document among those that the answer to a failed form names."""
        assigned = assign(form, documents)
        if len(documents) == len(form) or all(parcel.is_plain for parcel in form):
            return assigned
        return self.share_out(form, documents)

    def _checked(
        self, form: list[Parcel], stored: Sequence[Stored | None]
    ) -> tuple[Sequence[Stored | None], Trouble | None]:
        """Takes back what is not what was read: a file that changed on its way."""
        pairs = [
            (parcel, document)
            for parcel, document in zip(form, stored, strict=True)
            if document is not None and can_tell(parcel, document)
        ]
        in_memory = all(isinstance(parcel.part.source, bytes) for parcel, _ in pairs)
        broken = _broken(pairs) if in_memory else in_thread(_broken, pairs)
        for id in broken:
            self.remove(id)
        if not broken:
            return stored, None
        left = [None if document and document.id in broken else document for document in stored]
        return left, Trouble(ProtocolError(CHANGING))

    def _given_up(
        self, parcel: Parcel, trouble: Trouble, said: dict[str, str], together: int
    ) -> Arrival | None:
        """The end of a parcel that need not be sent again."""
        reason = said.get(parcel.part.name, str(trouble.error))
        end = Arrival(parcel.row, None, trouble.code, reason, True, parcel.doubted)
        if parcel.part.name in said and is_lasting(reason):
            return end
        if together > 1:
            return None
        if trouble.refused:
            return end
        parcel.failures += 1
        if parcel.failures < MAX_FAILURES:
            return None
        return evolve(end, lasting=False)


def _broken(pairs: Sequence[tuple[Parcel, Stored]]) -> set[str]:
    """The ids of documents that are not what was read."""
    return {document.id for parcel, document in pairs if not is_intact(parcel, document)}
