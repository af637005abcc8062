"""How a document that turned out to be a file comes into the file's row."""

from __future__ import annotations

from ..models import RunStatus
from .inventory import Known
from .items import FileState, Row
from .reading import Prepared

__all__ = ["adopt", "adopt_read", "let_go", "state_of"]


def state_of(document: Known) -> FileState:
    """How far a file is whose document this is."""
    return FileState.DONE if document.run is RunStatus.DONE else FileState.STORED


def adopt(row: Row, document: Known) -> None:
    """Take a document over into the row of a file that was scanned."""
    if row.found is not None and document.id != row.document_id:
        if row.state is not FileState.SENDING:  # nothing tells that the contents are the same
            row.digest = ""
        if not row.changed or row.state is not FileState.SENDING:
            row.size, row.stamp = row.found.size, row.found.stamp
        if not row.replaces:
            row.name = document.name
    row.document_id, row.state = document.id, state_of(document)


def adopt_read(row: Row, document: Known, read: Prepared) -> None:
    """Take a document over whose bytes are those that were just read."""
    row.size, row.stamp, row.digest = read.size, read.stamp, read.digest
    row.document_id, row.name, row.state = document.id, document.name, state_of(document)


def let_go(row: Row) -> None:
    """Forget a document that is gone, of a file that gets no other one now."""
    row.document_id, row.digest, row.state = "", "", FileState.SKIPPED
