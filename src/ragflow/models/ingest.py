"""What an ingestion tells about each file, and about itself on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from enum import StrEnum

from attrs import define, field, frozen, setters

__all__ = ["FileResult", "IngestProgress", "IngestReport", "Outcome"]


class Outcome(StrEnum):
    """What became of a file; compares equal to its text."""

    STORED = "stored"
    REPLACED = "replaced"
    PARSED = "parsed"
    SKIPPED = "skipped"
    FAILED = "failed"
    QUARANTINED = "quarantined"

    @property
    def ok(self) -> bool:
        """Whether the file is on the server as it was asked for, or was left out on purpose."""
        return self not in _BAD


_BAD = (Outcome.FAILED, Outcome.QUARANTINED)


@define(kw_only=True, on_setattr=setters.frozen, unsafe_hash=True)  # which is made fast
class FileResult:
    """What became of one file.

    Attributes:
        path: The file as the job knows it: relative to the directory it was found in.
        name: The name it has on the server, or would have.
        outcome: What became of it. A file that was stored and then parsed is ``parsed``.
        document_id: Its document; empty where there is none.
        size: Bytes.
        code: The server's code of a refusal, or ``None`` where the reason is another.
        reason: Why it was skipped or has failed; empty when all went well.
        replaced: Whether an older document of this file was replaced.
    """

    path: str
    name: str
    outcome: Outcome
    document_id: str = ""
    size: int = 0
    code: int | None = None
    reason: str = ""
    replaced: bool = False


@frozen(kw_only=True)
class IngestProgress:
    """How far an ingestion is; no share of it ever exceeds the whole.

    Attributes:
        found: Files seen so far.
        scanned: Whether all sources are read, so that ``found`` is the final number.
        ended: Files whose outcome is settled.
        failed: How many of these have failed or are quarantined.
        skipped: How many of these were left as they are.
        parsing: Documents that are being parsed.
        bytes_found: Bytes of the files seen so far, without those skipped.
        bytes_sent: Bytes of files that are stored.
        forms: Forms that may be under way at once, at the present pace.
        seconds: Time since the beginning.
    """

    found: int
    scanned: bool
    ended: int
    failed: int
    skipped: int
    parsing: int
    bytes_found: int
    bytes_sent: int
    forms: int
    seconds: float


@frozen(kw_only=True)
class IngestReport:
    """What became of an ingestion: one outcome for each file, in the order they came in.

    Attributes:
        job: Its number in the ledger.
        counts: How many files have which outcome.
        bytes_sent: Bytes of the files that were stored.
        seconds: How long it took.
        vanished: Paths of files that an earlier run of this ledger stored and that are gone now.
        refusal: Why their documents were not deleted, although that was asked for: too many are
            gone at once. Empty where they were. ``sync(max_delete=...)`` insists.
    """

    job: int
    counts: Mapping[Outcome, int]
    bytes_sent: int
    seconds: float
    vanished: tuple[str, ...] = ()
    refusal: str = ""
    _read: Callable[[AbstractSet[Outcome]], Iterator[FileResult]] = field(repr=False)

    @property
    def total(self) -> int:
        """How many files there were."""
        return sum(self.counts.values())

    @property
    def ok(self) -> bool:
        """Whether no file has failed, and nothing that was to be deleted is left."""
        if self.refusal:
            return False
        return all(outcome.ok for outcome, count in self.counts.items() if count)

    @property
    def results(self) -> Iterator[FileResult]:
        """One result for each file, in input order; read as it is needed, however long it is."""
        yield from self._read(frozenset())  # a generator keeps the report, and its ledger, alive

    @property
    def failed(self) -> Iterator[FileResult]:
        """The results of the files that have failed or are quarantined."""
        yield from self._read(frozenset({Outcome.FAILED, Outcome.QUARANTINED}))

    def __str__(self) -> str:
        counted = [f"{count} {outcome}" for outcome, count in self.counts.items() if count]
        text = f"{self.total} files: {', '.join(counted)}" if counted else "no files"
        if not self.refusal:
            return text
        number = len(self.vanished)
        return f"{text}; {number} not deleted: {self.refusal} (max_delete={number} insists)"
