"""Contents of a file that were sent, and are in doubt."""

from __future__ import annotations

import pytest

from ingest.parcels import row, sending
from ragflow.ingest.items import FileState
from ragflow.ingest.versions import clear_doubt, keep_version, versions


def test_versions_are_kept() -> None:
    """A file that changed while it was in doubt is looked for in all that was sent of it."""
    item = sending()
    keep_version(item, "d", "skip")  # the same once more
    assert versions(item) == [item]
    keep_version(item, "e", "skip")
    keep_version(item, "e", "skip")
    item.size, item.digest = 7, "e"
    keep_version(item, "f", "skip")
    item.size, item.digest = 8, "f"
    assert [(sent.size, sent.digest) for sent in versions(item)] == [(8, "f"), (5, "d"), (7, "e")]
    clear_doubt(item)
    assert versions(item) == [item]
    assert not item.doubted


@pytest.mark.parametrize(
    ("more", "on_change", "kept"),
    [
        ({"state": FileState.SENDING}, "rename", True),
        ({"state": FileState.STORED}, "rename", False),
        ({"state": FileState.STORED}, "replace", True),
        ({"state": FileState.SENDING, "digest": ""}, "replace", False),
        ({"state": FileState.SENDING, "doubted": 0}, "replace", False),
    ],
)
def test_which_versions_matter(more: dict[str, object], on_change: str, kept: bool) -> None:
    """What is certain, not known, or to be kept as an older version is none to be looked for."""
    item = row(**{"doubted": 7, **more})
    keep_version(item, "e", on_change)
    assert bool(item.earlier) is kept
