"""What was sent of a file, and is in doubt: its contents now, and those that it had before."""

from __future__ import annotations

from attrs import evolve

from .items import FileState, Row

__all__ = ["clear_doubt", "keep_version", "versions"]


def keep_version(row: Row, digest: str, on_change: str) -> None:
    """Keep in mind what was sent of a file in doubt, before other contents are sent.

    Args:
        row: The file as it was sent.
        digest: What is sent now; empty where that is not known yet.
        on_change: What the caller wants of a file that changed: ``rename`` keeps what is stored.
    """
    if on_change == "rename" and row.state is not FileState.SENDING:
        return
    version = f"{row.size}:{row.digest}"
    if row.doubted and row.digest not in ("", digest) and version not in row.earlier.split():
        row.earlier = f"{row.earlier} {version}".strip()


def versions(row: Row) -> list[Row]:
    """A file as it was sent last, and as it was sent before."""
    found = [row]
    for version in row.earlier.split():
        size, _, digest = version.partition(":")
        found.append(evolve(row, size=int(size), digest=digest))
    return found


def clear_doubt(row: Row) -> None:
    """Note that nothing more of a file will come."""
    row.doubted, row.earlier = 0, ""
