"""What calls about many objects give back."""

from __future__ import annotations

from typing import Generic, TypeVar

from attrs import define, frozen

from ._base import Model

__all__ = [
    "BatchResult",
    "DocumentCount",
    "Page",
    "ParseProgress",
    "Retrieval",
    "UploadProgress",
]

T = TypeVar("T")


class Page(list[T], Generic[T]):
    """A list that also knows how many items there are beyond it.

    Attributes:
        total: Items on the server, or ``None`` where it does not tell.
    """

    def __init__(self, items: list[T], total: int | None = None) -> None:
        super().__init__(items)
        self.total = total


@define(kw_only=True, frozen=True, getstate_setstate=False)
class DocumentCount(Model):
    """How many of a retrieval's chunks are from one document."""

    doc_id: str = ""
    doc_name: str = ""
    count: int = 0


class Retrieval(Page[T], Generic[T]):
    """The chunks that a retrieval found, best first.

    Attributes:
        total: Chunks above the threshold that the server considered; it depends on the page size.
        documents: How many of them are from which document.
    """

    def __init__(self, items: list[T], total: int | None, documents: list[DocumentCount]) -> None:
        super().__init__(items, total)
        self.documents = documents


@frozen
class BatchResult:
    """What became of a call about several ids.

    Attributes:
        success_count: How many were done, or ``None`` where the server does not tell.
        errors: What the server says of the others.
    """

    success_count: int | None = None
    errors: tuple[str, ...] = ()


@frozen
class UploadProgress:
    """How far an upload is, in files and bytes."""

    files_done: int
    files_total: int
    bytes_done: int
    bytes_total: int


@frozen
class ParseProgress:
    """How far a group of documents is.

    Attributes:
        ended: How many are done, failed or cancelled.
        total: How many there are.
        fraction: The mean of their progress, 0 to 1.
    """

    ended: int
    total: int
    fraction: float
