"""Which files a demo is about."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from ragflow.cli.failures import Failure
from ragflow.cli.texts import one_line

__all__ = ["SAMPLE_QUESTION", "Sources", "collect", "names", "samples"]

SAMPLE_QUESTION = "How does retrieval find the right passages?"


@dataclass(frozen=True, slots=True)
class Sources:
    """The files to upload.

    Attributes:
        files: Paths, or pairs of a name and a path or the content.
        unsupported: Files that were left out because the server cannot read their type.
    """

    files: Sequence[Path | tuple[str, bytes] | tuple[str, Path]]
    unsupported: Sequence[Path] = ()


def samples() -> Sources:
    """The documents that come with the package."""
    folder = files("ragflow.cli") / "samples"
    found = sorted(folder.iterdir(), key=lambda item: item.name)
    return Sources([(item.name, item.read_bytes()) for item in found])


def collect(paths: Iterable[Path], supported: frozenset[str]) -> Sources:
    """Finds files by their paths, those in directories among them.

    Hidden files and directories are left out unless they were named.

    Args:
        paths: Files and directories.
        supported: The suffixes of files that can be parsed, in lower case without the dot.

    Raises:
        Failure: A path is missing or cannot be read, or there is nothing to upload.
    """
    found: dict[Path, Path] = {}
    for path in paths:
        inside = list(_files_at(path))
        if not inside:
            raise Failure(f"there are no files in the directory {path}")
        for file in inside:
            found.setdefault(file.resolve(), file)
    good = [file for file in found.values() if _suffix(file) in supported]
    bad = [file for file in found.values() if _suffix(file) not in supported]
    if not good:
        raise Failure(
            f"no file of a supported type among {names(bad)}; "
            f"supported are, for example: {', '.join(sorted(supported & _COMMON))}"
        )
    return Sources([_with_clean_name(file) for file in good], bad)


_COMMON = frozenset({"csv", "docx", "html", "json", "md", "pdf", "txt"})
_SHOWN = 5


def names(paths: Sequence[Path]) -> str:
    """A list of files for a sentence; a long one is cut."""
    shown = ", ".join(one_line(str(path)) for path in paths[:_SHOWN])
    more = len(paths) - _SHOWN
    return f"{shown} and {more} more" if more > 0 else shown


def _files_at(path: Path) -> Iterator[Path]:
    if path.is_dir():
        yield from _files_in(path)
    elif not path.exists():
        raise Failure(f"there is no file or directory {path}")
    elif not path.is_file():
        raise Failure(f"{path} is neither a file nor a directory")
    elif not os.access(path, os.R_OK):
        raise Failure(f"{path} may not be read")
    else:
        yield path


def _files_in(directory: Path) -> Iterator[Path]:
    for folder, folders, file_names in os.walk(directory, onerror=_cannot_list):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(file_names):
            file = Path(folder, name)
            if not name.startswith(".") and file.is_file():
                yield from _files_at(file)


def _cannot_list(error: OSError) -> None:
    raise Failure(f"cannot look into {error.filename}: {error.strerror}")


def _with_clean_name(file: Path) -> Path | tuple[str, Path]:
    """The file, under another name where servers could not take its own."""
    name = one_line(file.name)
    return file if name == file.name else (name, file)


def _suffix(path: Path) -> str:
    return path.suffix.lower().lstrip(".")
