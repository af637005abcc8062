"""Addresses of remote files as the ledger may keep them: without credentials."""

from __future__ import annotations

import re
from urllib.parse import unquote

import xxhash
from attrs import frozen

from ..errors import InvalidArgumentError
from .paths import escaped

__all__ = ["Address", "address"]

_SEGMENT = re.compile(r"([A-Za-z][\w+.-]*)://([^/]*)(.*)", re.DOTALL)
_HTTP = ("http", "https")
# What stands before an @ in these is part of a name: an account's container, a repository's.
_NO_USERS = (
    *("abfs", "abfss", "adl", "az", "wasb", "wasbs", "github"),
    *("dir", "file", "local", "memory", "reference", "tar", "zip"),
)


@frozen
class Address:
    """An address that may be kept: where the files are, in three parts that are put together.

    Attributes:
        scheme: How they are reached, ``s3`` or ``https``.
        place: The path behind it, without user, password, query and fragment.
        rest: The other parts of a chain of file systems, and a short digest of a query.
    """

    scheme: str
    place: str
    rest: str

    @property
    def root(self) -> str:
        """The address of the folder itself."""
        return escaped(f"{self.scheme}://{self.place.rstrip('/')}{self.rest}")

    @property
    def split(self) -> tuple[str, str]:
        """The address of the folder of a file, and the file's name."""
        folder, _, name = self.place.rpartition("/")
        return Address(self.scheme, folder, self.rest).root, self.named(name)

    @property
    def is_http(self) -> bool:
        """Whether there are only pages, and no folders but those that a page shows."""
        return self.scheme in _HTTP

    def named(self, path: str) -> str:
        """A relative path as people write it; web addresses have it percent-encoded."""
        if self.is_http and "%2f" not in path.lower():
            try:
                path = unquote(path, errors="strict")
            except UnicodeDecodeError:
                return path
        return escaped(path)


def address(url: str) -> Address:
    """Takes the credentials out of an address.

    A user and password before an ``@``, a fragment and a query are left out, for a query may be a
    signature or hold a token. Eight digits of the query's digest stay, so that
    ``/get?id=1`` and ``/get?id=2`` are two files.

    Raises:
        InvalidArgumentError: Where the password ends cannot be told.
    """
    segments = url.split("::")
    first = next(index for index, text in enumerate(segments) if "://" in text)
    if any(_has_host(text) for text in segments[:-1]):
        raise _unclear(url)
    cleaned = [_cleaned(text) for text in segments]
    scheme, _, place = cleaned[first][0].partition("://")
    rest = "".join(f"::{text}" for text, _ in cleaned[first + 1 :])
    query = "".join(text for _, text in cleaned)
    if query:
        rest += f"?{xxhash.xxh64_hexdigest(query.encode('utf-8', 'surrogatepass'))[:8]}"
    return Address(scheme, place, rest)


def _cleaned(segment: str) -> tuple[str, str]:
    """One part of a chain without credentials, and its query."""
    match = _SEGMENT.fullmatch(segment)
    if not match or match[1] in _NO_USERS:
        return segment, ""
    scheme, host, path = match.groups()
    query = ""
    if scheme in _HTTP:
        whole, _, query = f"{host}{path}".partition("#")[0].partition("?")
        host, slash, path = whole.partition("/")
        path = slash + path
    host = host.rpartition("@")[2]
    if re.search(r":[^\]]*[^\]0-9]", re.sub(r"^\[[^\]]*\]", "", host)):
        raise _unclear(scheme)
    return f"{scheme}://{host}{path}", query


def _has_host(segment: str) -> bool:
    """Whether this part of a chain leads to a server, so that nothing can come after it."""
    match = _SEGMENT.fullmatch(segment)
    return match is not None and match[1] not in _NO_USERS


def _unclear(url: str) -> InvalidArgumentError:
    scheme = url.partition("://")[0]
    return InvalidArgumentError(
        f"this {scheme} address cannot be taken apart: percent-encode its user and password"
    )
