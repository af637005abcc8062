"""The name a file gets on the server: one that its path gives, the same in every run and shard."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import xxhash

from ..errors import InvalidArgumentError
from .paths import unescaped

__all__ = [
    "MAX_NAME_BYTES",
    "checked_name",
    "document_name",
    "folded_name",
    "qualified_name",
    "split_suffix",
]

MAX_NAME_BYTES = 255
BETWEEN_FOLDERS = " - "
CUT = "…"

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_UNDECODABLE = re.compile(r"[\ud800-\udfff]")
_SUFFIX = re.compile(r"\.[^.\s]{1,15}\Z")


def document_name(path: str, max_bytes: int = MAX_NAME_BYTES) -> str:
    """Give the name of a file from its path below its root, and from nothing else.

    A file at the top keeps its name; one in folders carries their names too:
    ``hr/leave/guide.pdf`` becomes ``hr - leave - guide.pdf``. The name is in normal form C, with
    U+FFFD for what cannot be decoded. One that would be too long loses its beginning, and gets
    ``~`` and eight digits of the path's hash before its suffix. ``%22`` becomes a quotation mark,
    since servers would take it for one.

    Args:
        path: The relative path as a scan gives it, with ``/`` between its parts.
        max_bytes: How long the name may be in UTF-8.

    Raises:
        InvalidArgumentError: The path gives no name: it is empty, climbs with ``..``, has control
            characters, or its last part alone is too long.
    """
    if _is_plain(path) and len(path) <= max_bytes:
        return path
    parts = [checked_name(unescaped(part), path=path) for part in path.split("/")]
    base = parts[-1]
    if len(base.encode()) > max_bytes:
        raise InvalidArgumentError(
            f"the name of {path!r} is longer than {max_bytes} bytes; give it another by name_for"
        )
    name = BETWEEN_FOLDERS.join(parts)
    return name if len(name.encode()) <= max_bytes else _tagged(name, _hash(path)[:8], max_bytes)


def checked_name(name: str, max_bytes: int | None = None, *, path: str = "") -> str:
    """Give a name in the form that is sent, if it can be a document's name at all.

    Args:
        name: A file name without folders.
        max_bytes: How long it may be in UTF-8; unlimited by default.
        path: The file that an error should speak of; the name itself by default.

    Raises:
        InvalidArgumentError: It is empty, ``.`` or ``..``, too long, or has ``/`` or control
            characters.
    """
    where = path or name
    if not isinstance(name, str) or name in ("", ".", ".."):
        raise InvalidArgumentError(f"{where!r} gives no file name: {name!r}")
    if "/" in name:
        raise InvalidArgumentError(f"the name for {where!r} has a slash: {name!r}")
    shown = unicodedata.normalize("NFC", _UNDECODABLE.sub("\ufffd", name))
    shown = shown.replace("%22", '"')  # as servers read it in a form
    if _CONTROL.search(shown):
        raise InvalidArgumentError(f"the name of {where!r} has control characters")
    if max_bytes is not None and len(shown.encode()) > max_bytes:
        raise InvalidArgumentError(f"the name for {where!r} is longer than {max_bytes} bytes")
    return shown


def qualified_name(
    name: str, root: str, path: str, max_bytes: int = MAX_NAME_BYTES, *, digits: int = 8
) -> str:
    """Give a name of its own to a file whose name another file of the dataset has already.

    ``guide.pdf`` becomes ``guide~1a2b3c4d.pdf``, with digits that root and path give.

    Args:
        name: The name that is taken.
        root: Where the file's path begins.
        path: The file's path.
        max_bytes: How long the name may be in UTF-8.
        digits: How many digits of the hash are shown, at most 16.

    Raises:
        InvalidArgumentError: ``max_bytes`` leaves no room for the digits.
    """
    return _tagged(name, _hash(f"{root}\0{path}")[:digits], max_bytes)


@lru_cache(2048)  # asked for several times while a file is on its way
def folded_name(name: str) -> str:
    """Give what two names have in common that a server takes for the same.

    Databases compare names without regard to case and accents, so that the second of ``A.pdf`` and
    ``a.pdf`` would be stored as ``a(1).pdf``.
    """
    if name.isascii():
        return name.lower()
    plain = unicodedata.normalize("NFKD", name.casefold())
    return "".join(char for char in plain if not unicodedata.combining(char))


def split_suffix(name: str) -> tuple[str, str]:
    """Cut a name before its suffix; what is too long to tell a kind of file is none."""
    suffix = _SUFFIX.search(name, 1)
    return (name[: suffix.start()], suffix[0]) if suffix else (name, "")


def _is_plain(path: str) -> bool:
    """Tell at a glance that a path is a name already, as most are."""
    if not (path.isascii() and path.isprintable()) or path in ("", ".", ".."):
        return False
    return "/" not in path and "\\" not in path and "%22" not in path


def _tagged(name: str, tag: str, max_bytes: int) -> str:
    """Put a tag before the suffix; the beginning gives way where that is too long."""
    stem, suffix = split_suffix(name)
    end = f"~{tag}{suffix}"
    room = max_bytes - len(end.encode())
    start = stem.encode()
    if len(start) <= room:
        return stem + end
    room -= len(CUT.encode())
    if room < 0:
        raise InvalidArgumentError(f"{max_bytes} bytes are too few to tell {name!r} from others")
    kept = start[len(start) - room :].decode(errors="ignore")
    return CUT + kept.lstrip(BETWEEN_FOLDERS) + end


def _hash(text: str) -> str:
    """Hash a path, also one that is no proper text."""
    return xxhash.xxh64_hexdigest(text.encode(errors="surrogatepass"))
