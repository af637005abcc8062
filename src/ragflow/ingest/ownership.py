"""Whose a document is whose name has a number: a file's of that name, or a second one's."""

from __future__ import annotations

from collections.abc import Iterable

from .._protocol.uploads import is_name
from .inventory import Known
from .items import FileState, Row
from .reconcile import holds, is_suspect, is_told_by_name

__all__ = ["is_left_to_others", "is_unclear", "path_beside"]


def is_unclear(known: Known, in_doubt: Iterable[Row]) -> bool:
    """Whether only a document's bytes tell if it is one of some files in doubt."""
    return any(
        is_suspect(row, known) and is_name(row.name, known.name) and not is_told_by_name(row, known)
        for row in in_doubt
    )


def is_left_to_others(
    row: Row, known: Known, in_doubt: Iterable[Row], *, is_named: bool, watermark: int
) -> bool:
    """Whether a document that no file has is none of a file's business, whatever its name.

    What is certain by its bytes goes first. Where it is not, the document is left alone: the file
    is then stored beside it, and a copy is found later by its bytes, while a document that was
    taken for another would be lost.

    Args:
        row: The file.
        known: A document with a number in its name, which the file might be stored under.
        in_doubt: Files that may have been stored more than once, this one perhaps among them.
        is_named: Whether it has the name of another file.
        watermark: The newest creation time on the server when the job began.
    """
    others = [
        other
        for other in in_doubt
        if other.id != row.id and is_suspect(other, known) and is_name(other.name, known.name)
    ]
    if row.state is FileState.SENDING and is_suspect(row, known) and holds(known, row.digest):
        return any(other.name == known.name and holds(known, other.digest) for other in others)
    if known.create_time > watermark:  # this job's own doing, most likely
        return True
    if any(not other.digest or holds(known, other.digest) for other in others):
        return True
    return is_named


def path_beside(row: Row, name: str) -> str:
    """The path that a document's name would be of, if its file lay beside another file.

    Args:
        row: That file.
        name: The document's name.

    Returns:
        The path below the file's root; empty where the file's name is not made of its path.
    """
    base = row.path.rpartition("/")[2]
    before = row.name.removesuffix(base)
    if before == row.name or not name.startswith(before):
        return ""
    return row.path.removesuffix(base) + name.removeprefix(before)
