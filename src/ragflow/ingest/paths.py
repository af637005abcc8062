"""What a scan says of paths and failures, in words that any file or database can keep."""

from __future__ import annotations

import errno
import os
import re
import stat

__all__ = ["NOT_REGULAR", "absolute", "escaped", "kind", "reason", "stamp_of", "unescaped"]

NOT_REGULAR = "not a regular file"

_ESCAPES = re.compile(r"[\ud800-\udfff]|\\(?=[xu])")
_ESCAPED = re.compile(r"\\(?:x([0-9a-f]{2})|u([0-9a-f]{4}))")
_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)
_REASONS = {
    errno.ENOENT: "no such file",
    errno.ENOTDIR: "no such file",
    errno.EACCES: "permission denied",
    errno.EPERM: "permission denied",
    errno.ELOOP: "a loop of symbolic links",
    errno.EISDIR: "a folder, not a file",
}


def escaped(path: str) -> str:
    r"""A path as text that UTF-8 can hold; two different paths never become the same.

    A byte that is no UTF-8 is written as ``\xff``, and a backslash before an ``x`` or ``u`` as
    ``\x5c``; on Windows half a surrogate pair is written as ``\ud800``.
    """
    if path.isascii() and "\\" not in path:
        return path
    return _ESCAPES.sub(_escape, path)


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    if 0xDC80 <= code <= 0xDCFF:
        code -= 0xDC00
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def unescaped(path: str) -> str:
    """A path as the system knows it, from its escaped text."""
    return _ESCAPED.sub(_unescape, path) if "\\" in path else path


def _unescape(match: re.Match[str]) -> str:
    byte, unit = match.groups()
    code = int(byte or unit, 16)
    return chr(code + 0xDC00 if byte and code >= 0x80 else code)


def absolute(folder: str) -> str:
    """The absolute path of a folder, with links kept unless ``..`` may lead behind one."""
    if os.pardir in folder.replace("\\", "/").split("/"):
        return os.path.realpath(folder)
    return os.path.abspath(folder)


def stamp_of(status: os.stat_result) -> str:
    """A text that changes when the file's contents do: the time of its last change in ns.

    The ledger compares the size beside it. The inode number is left out, since a tree that was
    copied or restored with its times has other ones and is still the same; so is the time of the
    last status change, which a mere ``chmod`` moves.
    """
    return str(status.st_mtime_ns)


def kind(mode: int) -> str:
    """Why something that is neither file nor folder is not read."""
    name = next((name for test, name in _KINDS if test(mode)), "")
    return f"{NOT_REGULAR}, but {name}" if name else NOT_REGULAR


def reason(error: Exception) -> str:
    """Why something cannot be read, without addresses, which may hold credentials."""
    if isinstance(error, FileNotFoundError):
        return _REASONS[errno.ENOENT]
    if isinstance(error, PermissionError):
        return _REASONS[errno.EACCES]
    if isinstance(error, OSError) and error.errno is not None:
        return _REASONS.get(error.errno) or os.strerror(error.errno).lower()
    status = getattr(error, "status", None)
    told = f" {status}" if isinstance(status, int) else ""
    return f"it cannot be read ({type(error).__name__}{told})"
