"""A folder with all that can be wrong with files, also for those whom permissions do not bind."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest


def unreadable_tree(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Mapping[str, str]:
    """Makes two good files and many bad ones; gives the reasons of these by path."""
    folder.mkdir()
    for name in ("a good one.txt", "secret.txt", "broken.txt", "brief.txt", "two\nlines.txt"):
        (folder / name).write_text(f"This is {name}.")
    (folder / "z good one.txt").write_text("This is the last one.")
    (folder / "empty.txt").touch()
    (folder / "itself.txt").symlink_to("itself.txt")
    (folder / "nothing.txt").symlink_to("nowhere.txt")
    (folder / "round").mkdir()
    (folder / "round" / "again").symlink_to(folder)
    os.mkfifo(folder / "pipe.txt")
    opened = os.open

    def refusing(path: Any, *arguments: Any, **options: Any) -> int:
        match Path(path).name if isinstance(path, str | os.PathLike) else "":
            case "secret.txt":
                raise PermissionError(13, "Permission denied", str(path))
            case "broken.txt":
                raise OSError(5, "Input/output error", str(path))
            case "brief.txt":
                Path(path).unlink()
        return opened(path, *arguments, **options)

    monkeypatch.setattr(os, "open", refusing)
    return {
        "brief.txt": "it has vanished since it was found",
        "broken.txt": "input/output error",
        "empty.txt": "the file is empty; servers can neither parse it nor give it back",
        "itself.txt": "a loop of symbolic links",
        "nothing.txt": "a symbolic link to nothing",
        "pipe.txt": "not a regular file, but a named pipe",
        "round/again": "a folder that holds itself, by a symbolic link",
        "secret.txt": "permission denied",
        "two\nlines.txt": r"the name of 'two\nlines.txt' has control characters",
    }
