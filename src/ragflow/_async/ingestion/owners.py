"""Keeps two files with the same bytes from having one document."""

from __future__ import annotations

from collections.abc import Sequence

from ..._protocol.uploads import has_number
from ..._twins import async_in_thread
from ...ingest.adoption import adopt_read
from ...ingest.items import Row
from ...ingest.parcels import Arrival
from ...ingest.reading import Prepared
from ...ingest.reconcile import Decision, Step
from .work import AsyncWork


class AsyncOwners:
    """Knows whose the documents are that have a number in their names.

    Equal files are told apart by nothing but this: who comes first has the document, and who
    comes second is sent again.
    """

    def __init__(self, work: AsyncWork) -> None:
        self._work = work
        self._rows: dict[str, int] = {}

    async def doubled(self, arrivals: Sequence[Arrival]) -> dict[int, str]:
        """The files whose document is another file's already, with that document's id."""
        unclear = [
            (arrival.row, arrival.document.id)
            for arrival in arrivals
            if arrival.document is not None and has_number(arrival.document.name)
        ]
        if not unclear:
            return {}
        owners = await async_in_thread(
            self._work.ledger.documents, self._work.job.target, [id for _, id in unclear]
        )
        return {row.id: id for row, id in unclear if not self._has(row, id, owners.get(id))}

    def taken_over(self, row: Row, decision: Decision, item: Prepared) -> Decision:
        """Lets a file have a document that was found by its name, and holds its bytes."""
        document = decision.document
        if document is None or document.id == row.document_id or decision.step is Step.SEND:
            return decision
        owners = self._work.ledger.documents(self._work.job.target, [document.id])
        if not self._has(row, document.id, owners.get(document.id)):
            return Decision(Step.SEND)
        adopt_read(row, document, item)
        return decision

    def _has(self, row: Row, id: str, owner: Row | None) -> bool:
        """Whether a document is a file's; nobody's becomes the file's, at once for all threads."""
        return self._rows.setdefault(id, (owner or row).id) == row.id
