"""The table of what differs between the server generations this server can speak.

A row is data only. Whoever needs to know how an answer looks asks the row, never the version.
"""

from __future__ import annotations

from ragflow.local.generations.newer import V22, V27
from ragflow.local.generations.older import V13, V17
from ragflow.local.generations.traits import Generation

__all__ = ["GENERATIONS", "Generation", "find_generation"]

GENERATIONS: dict[str, Generation] = {row.version: row for row in (V13, V17, V22, V27)}


def find_generation(version: str) -> Generation:
    """Look up the row of a version, with or without a leading ``v``.

    Raises:
        ValueError: If there is no such row.
    """
    row = GENERATIONS.get(version.removeprefix("v"))
    if row is None:
        known = ", ".join(GENERATIONS)
        raise ValueError(
            f"the embedded server does not speak version {version!r}; it knows {known}"
        )
    return row
