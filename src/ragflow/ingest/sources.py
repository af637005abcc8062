"""What can be ingested, as one stream of files: paths, folders, globs, addresses, contents."""

from __future__ import annotations

import io
import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import PurePath
from typing import TypeGuard
from urllib.request import url2pathname

from attrs import field, frozen

from .._protocol.multipart import BinaryFile
from .._protocol.requests import encoded
from ..errors import InvalidArgumentError
from .items import Found, Unreadable
from .paths import escaped
from .patterns import WILDCARDS, Rules
from .remote import check_address, remote
from .walking import file_at, local_file, walk

__all__ = ["OpenFile", "check", "expand", "is_source", "scan"]

EMPTY_PATH = "an empty path"
_Known = bytes | bytearray | memoryview | os.PathLike[str] | BinaryFile
PAIR_OF_TEXTS = (
    "a pair of texts can be two paths or a name and a text: give a list of what you mean"
)


PATHS = (str, PurePath, os.PathLike)  # an own check is what makes a class like PathLike slow


@frozen
class OpenFile:
    """An open file from where it stood when it was given; it is never closed."""

    _file: BinaryFile = field(repr=False)
    _start: int

    def read(self, size: int = -1, /) -> bytes:
        """Reads on."""
        return self._file.read(size)

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Moves, counted from where the file stood."""
        start = self._start if whence == os.SEEK_SET else 0
        return self._file.seek(start + offset, whence) - self._start

    def tell(self) -> int:
        """How far it is from where the file stood."""
        return self._file.tell() - self._start


def is_source(value: object) -> bool:
    """Whether this is one source, rather than an iterable of them."""
    if isinstance(value, tuple):
        return len(value) == 2 and isinstance(value[0], str) and not isinstance(value[1], str)
    kinds = (str, os.PathLike, Mapping, bytes, bytearray, memoryview)
    return isinstance(value, kinds) or hasattr(value, "read")


def check(sources: object) -> None:
    """Raises what ``scan`` would, without reading anything, of sources that are all known.

    What an iterator gives is not; it is told when it comes.

    Raises:
        ConfigurationError: A package for a kind of address is not installed.
        InvalidArgumentError: Something is no source.
    """
    if is_source(sources):
        _check(sources)
    elif isinstance(sources, tuple) and _is_pair_of_texts(sources):
        raise InvalidArgumentError(PAIR_OF_TEXTS)
    elif isinstance(sources, Collection):
        for source in sources:
            if not isinstance(source, PurePath):  # as most are
                _check(source)
    elif not (isinstance(sources, Iterable) or hasattr(sources, "__aiter__")):
        _check(sources)


def _check(source: object) -> None:
    if not isinstance(source, PATHS):
        name, content = _named(source)
        _checked(escaped(name), content)
        return
    text = os.fsdecode(source)
    if not text:
        raise InvalidArgumentError(EMPTY_PATH)
    if isinstance(source, str) and "://" in text and not text.startswith("file://"):
        check_address(text)


def _is_pair_of_texts(sources: tuple[object, ...]) -> bool:
    return len(sources) == 2 and isinstance(sources[0], str)


def scan(sources: object, rules: Rules) -> Iterator[Found | Unreadable]:
    """The files of one source, or of an iterable of them, which is read no further than needed.

    Raises:
        InvalidArgumentError: As `expand`; or a pair of texts, which may be two paths, or a name
            and what it holds.
    """
    if is_source(sources):
        yield from expand(sources, rules)
    elif isinstance(sources, tuple) and _is_pair_of_texts(sources):
        raise InvalidArgumentError(PAIR_OF_TEXTS)
    elif isinstance(sources, Iterable):
        for source in sources:
            yield from expand(source, rules)
    else:
        yield from expand(sources, rules)


def expand(source: object, rules: Rules) -> Iterable[Found | Unreadable]:
    """The files that a source stands for; what cannot be read is told and raises nothing.

    A source is the path of a file or a folder; a text with ``*``, ``?`` or ``[`` that is no
    file's name, as a glob for files; a text with ``://``, as an address that fsspec knows; a pair
    of a name and its content (bytes, text, a path, an open file); a dict with ``name`` (or
    ``display_name``) and ``blob``; an open binary file with a name. The patterns hold for all of
    them.

    Raises:
        InvalidArgumentError: It is none of these.
        ConfigurationError: A package for this kind of address is not installed.
    """
    if isinstance(source, PurePath):
        return local_file(str(source), rules)
    if isinstance(source, PATHS):
        return _path(source, rules)
    name, content = _named(source)
    path = escaped(name.lstrip("/"))
    return (_item(path, content),) if rules.takes(path) else ()


def _path(source: str | os.PathLike[str], rules: Rules) -> Iterable[Found | Unreadable]:
    text = os.fsdecode(source)
    if not text:
        raise InvalidArgumentError(EMPTY_PATH)
    if isinstance(source, str):
        if text.startswith("file://"):
            text = url2pathname(text.removeprefix("file://"))
        elif "://" in text:
            return remote(text, rules)
        if WILDCARDS.search(text) and not os.path.lexists(text):
            return _glob(text, rules)
    return local_file(text, rules)


def _glob(text: str, rules: Rules) -> Iterator[Found | Unreadable]:
    text = text.replace(os.sep, "/")
    wildcard = WILDCARDS.search(text)
    start = text.rfind("/", 0, wildcard.start() if wildcard else None) + 1
    folder, pattern = text[:start], text[start:]
    found = False
    for item in walk(folder, rules.narrowed(pattern)):
        found = True
        yield item
    if not found:
        yield Unreadable(escaped(os.path.abspath(folder)), escaped(pattern), "no file matches")


def _named(source: object) -> tuple[str, object]:
    if isinstance(source, Mapping):
        name = source.get("name") or source.get("display_name")
        if not isinstance(name, str) or "blob" not in source:
            raise InvalidArgumentError(
                'a dict to ingest needs a "name" (or "display_name") and a "blob"'
            )
        return name, source["blob"]
    if isinstance(source, tuple) and len(source) == 2 and isinstance(source[0], str):
        return source
    if isinstance(source, bytes | bytearray | memoryview):
        raise InvalidArgumentError("bytes have no name: give a (name, bytes) pair")
    if _is_file(source):
        name = getattr(source, "name", None)
        if not isinstance(name, str):
            raise InvalidArgumentError("this file has no name: give a (name, file) pair")
        return os.path.basename(name), source
    raise InvalidArgumentError(
        "a source is a path, a folder, a glob, an address, an open binary file, a (name, content) "
        f"pair or a dict with name and blob, not {type(source).__name__}"
    )


def _item(path: str, content: object) -> Found | Unreadable:
    known = _checked(path, content)
    if isinstance(known, os.PathLike):
        return file_at("", path, os.path.abspath(os.fsdecode(known)))
    if isinstance(known, bytes | bytearray | memoryview):
        blob = bytes(known)
        return Found("", path, len(blob), "", blob)
    return _open_file(path, known)


def _checked(path: str, content: object) -> _Known:
    """What a file holds, if it can hold it; a text as bytes."""
    if isinstance(content, str):
        return encoded(content)
    if isinstance(content, bytes | bytearray | memoryview | os.PathLike):
        return content
    if isinstance(content, io.TextIOBase):
        raise InvalidArgumentError(f'{path} must be opened in binary mode ("rb")')
    if _is_file(content):
        return content
    raise InvalidArgumentError(
        f"the content of {path!r} must be bytes, text, a path or an open binary file, "
        f"not {type(content).__name__}"
    )


def _open_file(path: str, file: BinaryFile) -> Found | Unreadable:
    try:
        start = file.tell()
        size = file.seek(0, os.SEEK_END) - start
        file.seek(start)
    except (OSError, ValueError):
        return Unreadable("", path, "closed, or cannot be read from its position")
    return Found("", path, size, "", OpenFile(file, start))


def _is_file(value: object) -> TypeGuard[BinaryFile]:
    return all(hasattr(value, name) for name in ("read", "seek", "tell"))
