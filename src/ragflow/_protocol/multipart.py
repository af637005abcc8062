"""Upload bodies: files streamed from disk, with an exact length, readable again for a retry."""

from __future__ import annotations

import io
import os
import re
import secrets
import stat
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import IO, Protocol, TypeGuard

from attrs import define, field, frozen

from ..errors import InvalidArgumentError
from .requests import encoded

__all__ = ["FileContent", "FileLike", "FilePart", "Multipart", "file_part"]

PIECE = 1 << 20  # bytes per write; 64 KiB pieces reach a quarter of the throughput
MAX_NAME_BYTES = 255
_FLAGS = os.O_RDONLY | getattr(os, "O_BINARY", 0)
_SPECIAL = re.compile(r'[\\"\r\n]')  # between quotation marks
_PLAIN = re.compile(r"\w[\w .-]{0,253}\w", re.ASCII)  # needs no second look, as most names


class BinaryFile(Protocol):
    """An open binary file that can be read from a position."""

    def read(self, size: int = -1, /) -> bytes: ...
    def seek(self, offset: int, whence: int = 0, /) -> int: ...
    def tell(self) -> int: ...


FileContent = bytes | str | os.PathLike[str] | BinaryFile
FileLike = str | os.PathLike[str] | BinaryFile | tuple[str, FileContent] | Mapping[str, object]


@define  # and not frozen: there is one for each of many files
class FilePart:
    """One file of a form: its name, its size, and where its bytes are.

    An open file is read from where it stood when it was given, and never closed. A function opens
    the file anew for each reading, and that one is closed.
    """

    name: str
    size: int
    source: bytes | Path | BinaryFile | Callable[[], IO[bytes]] = field(repr=False)
    start: int = 0

    def pieces(self) -> Iterator[bytes]:
        """The file's bytes, from the beginning at each call.

        Raises:
            InvalidArgumentError: The file cannot be read (any more), or its size is not what it
                was; sending on would break the form.
        """
        try:
            yield from self._pieces()
        except InvalidArgumentError:
            raise
        except Exception as error:  # file systems behind addresses raise what they like
            raise InvalidArgumentError(f"{self.name} could not be read: {error!r}") from error

    def _pieces(self) -> Iterator[bytes]:
        if isinstance(self.source, bytes):
            for start in range(0, self.size, PIECE):
                yield self.source[start : start + PIECE]
        elif isinstance(self.source, Path):
            descriptor = os.open(self.source, _FLAGS)  # for small files half the time of `open`
            try:
                yield from self._read(partial(os.read, descriptor))
            finally:
                os.close(descriptor)
        elif callable(self.source):
            with self.source() as file:
                yield from self._read(file.read)
        else:
            self.source.seek(self.start)
            yield from self._read(self.source.read)

    def _read(self, read: Callable[[int], bytes]) -> Iterator[bytes]:
        left = self.size
        while left:
            piece = read(min(PIECE, left))
            if not piece:
                raise InvalidArgumentError(f"{self.name} became shorter while it was sent")
            left -= len(piece)
            yield piece


@frozen
class Multipart:
    """A form of files under the field name that uploads use.

    Attributes:
        parts: The files.
        boundary: What stands between them.
        content_length: The exact number of bytes that iteration yields.
        is_small: Whether the whole body is in memory and comes in one piece.
    """

    parts: Sequence[FilePart]
    boundary: str = field(factory=lambda: secrets.token_hex(16))
    _heads: Sequence[bytes] = field(init=False, repr=False, eq=False)
    content_length: int = field(init=False, repr=False, eq=False)
    is_small: bool = field(init=False, repr=False, eq=False)

    @_heads.default
    def _make_heads(self) -> Sequence[bytes]:
        before = (
            f"--{self.boundary}\r\n" + 'Content-Disposition: form-data; name="file"; filename="'
        )
        after = '"\r\nContent-Type: application/octet-stream\r\n\r\n'
        names = [part.name for part in self.parts]
        if _SPECIAL.search("".join(names)):
            names = [_quoted(name) for name in names]
        return [f"{before}{name}{after}".encode() for name in names]

    @content_length.default
    def _measure(self) -> int:
        framing = sum(map(len, self._heads)) + 2 * len(self._heads) + len(self._tail)
        return framing + sum([part.size for part in self.parts])

    @is_small.default
    def _find_out(self) -> bool:
        return self.is_short and all(isinstance(part.source, bytes) for part in self.parts)

    @property
    def is_short(self) -> bool:
        """Whether the whole body comes in one piece, wherever it is now."""
        return self.content_length <= PIECE

    @property
    def content_type(self) -> str:
        """The value of the ``Content-Type`` header."""
        return f"multipart/form-data; boundary={self.boundary}"

    def __iter__(self) -> Iterator[bytes]:
        """The body in pieces of about 1 MiB; small parts are joined into one."""
        if self.is_small:
            yield self.after(b"")
            return
        pending: list[bytes] = []
        size = 0
        for piece in self._fragments():
            pending.append(piece)
            size += len(piece)
            if size >= PIECE:
                yield b"".join(pending)
                pending, size = [], 0
        if pending:
            yield b"".join(pending)

    def after(self, head: bytes) -> bytes:
        """The whole body of a small form behind something else."""
        fragments = [head]
        for before, part in zip(self._heads, self.parts, strict=True):
            fragments += (before, part.source, b"\r\n")  # type: ignore[arg-type]
        fragments.append(self._tail)
        return b"".join(fragments)

    def _fragments(self) -> Iterator[bytes]:
        for head, part in zip(self._heads, self.parts, strict=True):
            yield head
            yield from part.pieces()
            yield b"\r\n"
        yield self._tail

    @property
    def _tail(self) -> bytes:
        return f"--{self.boundary}--\r\n".encode()


def _quoted(name: str) -> str:
    """A file name between quotation marks, whose escapes servers undo."""
    # A lone backslash is lost to some servers.
    name = name.replace("\\", "\\\\").replace('"', '\\"')
    return name.replace("\r", "%0D").replace("\n", "%0A")


def file_part(source: object) -> FilePart:
    """Makes a form's part of anything that ``upload_documents`` takes.

    Raises:
        InvalidArgumentError: It is none of them, has no name, or cannot be read.
    """
    if isinstance(source, FilePart):
        return source
    if isinstance(source, Mapping):
        return _from_mapping(source)
    if isinstance(source, tuple) and len(source) == 2 and isinstance(source[0], str):
        return _named(source[0], source[1])
    if isinstance(source, str | os.PathLike):
        path = Path(source)
        return _from_path(path.name, path)
    if _is_file(source):
        name = getattr(source, "name", None)
        if isinstance(name, str):
            return _named(name, source)
        raise InvalidArgumentError("this file has no name: give a (name, file) pair")
    raise InvalidArgumentError(
        "a file to upload is a path, an open binary file, a (name, content) pair or a dict with "
        f"name and blob, not {type(source).__name__}"
    )


def _from_mapping(source: Mapping[str, object]) -> FilePart:
    name = source.get("name") or source.get("display_name")
    if not isinstance(name, str):
        raise InvalidArgumentError('a dict to upload needs a "name" (or "display_name")')
    if "blob" not in source:
        raise InvalidArgumentError(f'the dict to upload as {name!r} needs a "blob"')
    return _named(name, source["blob"])


def _named(name: str, content: object) -> FilePart:
    if isinstance(content, str):
        content = encoded(content)
    if isinstance(content, bytes | bytearray | memoryview):
        blob = bytes(content)
        return FilePart(_checked_name(name), len(blob), blob)
    if isinstance(content, os.PathLike):
        return _from_path(name, Path(content))
    if _is_file(content):
        return _from_file(name, content)
    raise InvalidArgumentError(
        f"the content of {name!r} must be bytes, text, a path or an open binary file, "
        f"not {type(content).__name__}"
    )


def _from_path(name: str, path: Path) -> FilePart:
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError, ValueError):
        raise InvalidArgumentError(f"{path} does not exist") from None
    except OSError as error:
        raise InvalidArgumentError(f"{str(path)[:80]!r}: {error.strerror}") from None
    if not stat.S_ISREG(status.st_mode):
        raise InvalidArgumentError(f"{path} is not a file")
    return FilePart(_checked_name(name), status.st_size, path)


def _from_file(name: str, file: BinaryFile) -> FilePart:
    if isinstance(file, io.TextIOBase):
        raise InvalidArgumentError(f'{name} must be opened in binary mode ("rb")')
    try:
        start = file.tell()
        size = file.seek(0, os.SEEK_END) - start
        file.seek(start)
    except (OSError, ValueError) as error:
        raise InvalidArgumentError(f"{name} cannot be read from its position: {error}") from None
    return FilePart(_checked_name(name), size, file, start)


def _is_file(value: object) -> TypeGuard[BinaryFile]:
    return all(hasattr(value, name) for name in ("read", "seek", "tell"))


def _checked_name(name: str) -> str:
    """The base name, in the composed Unicode form; servers would keep a path as part of it."""
    if _PLAIN.fullmatch(name):
        return name
    base = PureWindowsPath(PurePosixPath(name).name).name.strip()
    try:
        readable = base.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    except UnicodeEncodeError:
        raise InvalidArgumentError(f"not a file name: {name!r}") from None
    base = unicodedata.normalize("NFC", readable)
    if base in ("", "..") or any(ord(character) < 32 for character in base):
        raise InvalidArgumentError(f"not a file name: {name!r}")
    if len(base.encode()) > MAX_NAME_BYTES:
        raise InvalidArgumentError(
            f"servers take file names of up to {MAX_NAME_BYTES} bytes; this has "
            f"{len(base.encode())}: {base[:60]}…"
        )
    return base
