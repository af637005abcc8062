"""What a comparison has found, kept on disk so that memory stays flat."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..models.comparison import Comparison, Match
from .database import Database, insert

__all__ = ["Findings"]

TABLES = (
    """CREATE TABLE findings (
        number INTEGER PRIMARY KEY,
        kind TEXT NOT NULL,
        path TEXT NOT NULL,
        name TEXT NOT NULL,
        reason TEXT NOT NULL
    )""",
)


class Findings:
    """Differences in the order they were found, and the number of all comparisons."""

    def __init__(self) -> None:
        self._db = Database(None, TABLES)
        self.counts: dict[Match, int] = dict.fromkeys(Match, 0)

    def close(self) -> None:
        """Throw them away."""
        self._db.close()

    def add(self, found: Sequence[Comparison]) -> None:
        """Count comparisons, and keep those that are not equal."""
        for item in found:
            self.counts[item.kind] += 1
        with self._db.writing() as connection:
            insert(
                connection,
                "INSERT INTO findings (kind, path, name, reason)",
                [
                    (item.kind, item.path, item.name, item.reason)
                    for item in found
                    if item.kind is not Match.EQUAL
                ],
            )

    def differences(self) -> Iterator[Comparison]:
        """All that is not equal, read as it is needed."""
        query = """SELECT number, kind, path, name, reason FROM findings
            WHERE number > ? ORDER BY number LIMIT ?"""
        for _, kind, path, name, reason in self._db.pages(query, ()):
            yield Comparison(kind=Match(kind), path=path, name=name, reason=reason)
