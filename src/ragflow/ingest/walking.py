"""The files of a local folder, in an order that is the same on every file system."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from functools import lru_cache

from attrs import frozen

from .items import Found, Row, Unreadable
from .paths import absolute, escaped, kind, reason, stamp_of, unescaped
from .patterns import Rules

__all__ = ["file_at", "is_there", "local_file", "walk"]

_SLASHES = "/" + os.sep


@frozen
class _Folder:
    """A folder that is being read: its real path, its relative path, and the names ahead."""

    real: str
    path: str
    id: tuple[int, int]
    names: Iterator[str]


def walk(folder: str, rules: Rules) -> Iterator[Found | Unreadable]:
    """The files of a folder and the folders in it, depth first, each folder sorted by name.

    Symbolic links are followed; a folder that holds itself that way is told and not entered. Only
    the names in one folder, and in those it lies in, are kept at a time.
    """
    base = absolute(folder)
    root = escaped(base)
    stack: list[_Folder] = []
    ahead: tuple[str, str] | None = (base, "")
    takes, enters, shows = rules.takes, rules.enters, rules.shows
    while ahead or stack:
        if ahead:
            opened = _opened(root, *ahead, stack)
            ahead = None
            if isinstance(opened, Unreadable):
                yield opened
                continue
            stack.append(opened)
        current = stack[-1]
        for name in current.names:
            if not shows(name):
                continue
            path = current.path + escaped(name)
            real = current.real + name
            try:
                status = os.stat(real)
            except OSError as error:
                if takes(path):
                    yield Unreadable(root, path, _why(real, error))
                continue
            if stat.S_ISDIR(status.st_mode):
                if enters(path):
                    ahead = (real, path)
                    break
            elif takes(path):
                yield _item(root, path, real, status)
        else:
            stack.pop()


def local_file(source: str, rules: Rules) -> Iterable[Found | Unreadable]:
    """One local path: a file, or a folder with all in it."""
    place = source.rstrip(_SLASHES) or source
    folder, _, name = place.rpartition("/")
    if os.sep == "/" and place.startswith("/") and os.pardir not in folder:
        root, base = _certain(folder or "/")
    else:
        folder, name = os.path.split(place)
        root, base = _base(folder)
    path, real = escaped(name), base + name
    try:
        status = os.stat(place)
        if stat.S_ISDIR(status.st_mode):
            return walk(source, rules)
        item = _item(root, path, real, status)
    except (OSError, ValueError) as error:
        item = _unreadable(root, path, real, error)
    return (item,) if rules.takes(path) else ()


def _base(folder: str) -> tuple[str, str]:
    """A folder as the root of files, and what stands before the names of what is in it."""
    base = absolute(folder)
    return escaped(base), os.path.join(base, "")


def file_at(root: str, path: str, real: str) -> Found | Unreadable:
    """The local file at a real path, under a root and a path of its own."""
    try:
        return _item(root, path, real, os.stat(real))
    except (OSError, ValueError) as error:
        return _unreadable(root, path, real, error)


@lru_cache(64)
def _certain(folder: str) -> tuple[str, str]:
    """The same of a folder, wherever the program stands."""
    return _base(folder)


def is_there(row: Row) -> bool:
    """Whether a file still is where it was found, as far as that can be told cheaply."""
    if not row.root or "://" in row.root:
        return True
    return os.path.lexists(unescaped(f"{row.root}/{row.path}"))


def _opened(root: str, real: str, path: str, stack: list[_Folder]) -> _Folder | Unreadable:
    try:
        status = os.stat(real)
        id = (status.st_dev, status.st_ino)
        if status.st_ino and any(folder.id == id for folder in stack):
            return Unreadable(root, path, "a folder that holds itself, by a symbolic link")
        names = sorted(os.listdir(real))
    except OSError as error:
        return Unreadable(root, path, _why(real, error))
    return _Folder(os.path.join(real, ""), f"{path}/" if path else "", id, iter(names))


def _item(root: str, path: str, real: str, status: os.stat_result) -> Found | Unreadable:
    if stat.S_ISREG(status.st_mode):
        return Found(root, path, status.st_size, stamp_of(status), real)
    return Unreadable(root, path, kind(status.st_mode))


def _unreadable(root: str, path: str, real: str, error: OSError | ValueError) -> Unreadable:
    return Unreadable(root, path, _why(real, error))


def _why(real: str, error: OSError | ValueError) -> str:
    if isinstance(error, ValueError):
        return "not a path"
    if isinstance(error, FileNotFoundError) and os.path.islink(real):
        return "a symbolic link to nothing"
    return reason(error)
