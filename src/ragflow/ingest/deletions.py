"""When a mirror rather deletes nothing: a disk that is not there looks like an empty folder."""

from __future__ import annotations

__all__ = ["refusal"]

FEW = 20  # files, among which half may well be gone


def refusal(gone: int, kept: int, found: int, max_delete: int | None) -> str:
    """Why nothing is to be deleted unless the caller insists; empty if all may be.

    Args:
        gone: Known files that are gone.
        kept: Known files that are still there.
        found: All files that were found.
        max_delete: How many may go at most, if the caller says so.
    """
    if max_delete is not None:
        return f"max_delete is {max_delete}" if gone > max_delete else ""
    if gone and not found:
        return "no file is left in the folder"
    known = gone + kept
    if known > FEW and gone * 2 > known:
        return f"more than half of the {known} known files are gone"
    return ""
