"""Where a download goes."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["target_path"]


def target_path(path: str | os.PathLike[str], name: str) -> Path:
    """The file to write; a folder gets the file under the base of the name the server knows."""
    target = Path(path)
    return target / Path(name).name if target.is_dir() else target
