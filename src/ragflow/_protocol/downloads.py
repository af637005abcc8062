"""Where a download goes."""

from __future__ import annotations

import os
from pathlib import Path

from ..errors import InvalidArgumentError

__all__ = ["target_path"]


def target_path(path: str | os.PathLike[str], name: str) -> Path:
    """The file to write; a folder gets the file under the base of the name the server knows.

    Raises:
        InvalidArgumentError: The name is none for a file, or a device or the like has it.
    """
    target = Path(path)
    if target.is_dir():
        base = Path(name).name
        if base in ("", ".."):
            raise InvalidArgumentError(f"{name!r} is no file name; give the path of a file")
        target = target / base
    if target.exists() and not target.is_file():
        raise InvalidArgumentError(f"{target} is no regular file, and would be replaced by one")
    return target
