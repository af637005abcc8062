"""How files compare with the documents of a dataset."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum

from attrs import field, frozen

__all__ = ["Comparison", "Match", "VerifyReport"]


class Match(StrEnum):
    """How a file and its document compare; compares equal to its text."""

    EQUAL = "equal"
    MISSING = "missing"
    DIFFERENT = "different"
    EXTRA = "extra"
    UNREADABLE = "unreadable"


@frozen(kw_only=True)
class Comparison:
    """One file, or one document without a file.

    Attributes:
        kind: ``equal``; ``missing`` on the server; ``different``; ``extra``, a document without a
            file; ``unreadable``, where the file or its document cannot be read.
        path: The file, relative to the folder it was found in; empty for an extra document of
            which no file is known.
        name: The document's name, or the one that the file would have.
        reason: What is different; empty where all is equal.
    """

    kind: Match
    path: str
    name: str
    reason: str = ""


@frozen(kw_only=True)
class VerifyReport:
    """How a collection of files compares with a dataset.

    Attributes:
        counts: How many files, and documents without a file, compare how.
        seconds: How long it took.
    """

    counts: Mapping[Match, int]
    seconds: float
    _read: Callable[[], Iterator[Comparison]] = field(repr=False)

    @property
    def total(self) -> int:
        """How many files there are, and documents without a file."""
        return sum(self.counts.values())

    @property
    def ok(self) -> bool:
        """Whether all is equal."""
        return not any(count for kind, count in self.counts.items() if kind is not Match.EQUAL)

    @property
    def differences(self) -> Iterator[Comparison]:
        """All that is not equal; read as it is needed, however long it is."""
        yield from self._read()  # a generator keeps the report, and with it what it reads, alive

    def __str__(self) -> str:
        return ", ".join(f"{count} {kind}" for kind, count in self.counts.items() if count) or (
            "nothing to compare"
        )
