"""Files behind addresses such as ``s3://bucket/folder``, by way of fsspec."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import IO, Any, cast

from attrs import field, frozen

from ..errors import ConfigurationError, InvalidArgumentError
from .addresses import Address, address
from .items import Found, Unreadable
from .paths import NOT_REGULAR, reason
from .patterns import WILDCARDS, Rules

__all__ = ["RemoteFile", "check_address", "remote"]

INSTALL = "pip install 'ragflow[fsspec]'"
DEEPEST = 100  # folders; beyond, a server's pages lead in circles
PIECE = 1 << 20
# What file systems call the thing that changes with a file, the surest first.
_STAMPS = (
    *("ETag", "etag", "CRC", "Content-MD5", "mtime", "LastModified", "Last-Modified"),
    *("last_modified", "modified", "updated", "date_time", "created"),
)


@frozen
class RemoteFile:
    """A remote file that is opened anew at each call."""

    _fs: Any = field(repr=False)
    _path: str = field(repr=False)
    _is_http: bool = False

    def __call__(self) -> IO[bytes]:
        """Opens it for reading from the beginning to the end."""
        # Not every web server can send a part of a file; a size of 0 asks for the whole.
        options = {"block_size": 0} if self._is_http else {}
        return cast(IO[bytes], self._fs.open(self._path, "rb", **options))

    def status(self) -> tuple[int, str]:
        """Its size and stamp now; a server that tells no size is asked for the whole file."""
        info = self._fs.info(self._path)
        size = info.get("size")
        if size is None:
            with self() as file:
                size = sum(len(piece) for piece in iter(lambda: file.read(PIECE), b""))
        return size, _stamp(info)


def remote(url: str, rules: Rules) -> Iterator[Found | Unreadable]:
    """The files behind an address: a file, a folder with all in it, or a pattern.

    For web addresses a folder ends with ``/`` and is a page that links to what is in it; only
    ``*`` is a wildcard in them, since ``?`` begins a query. What a scan found is kept nowhere, so
    the next one sees what is new.

    Raises:
        ConfigurationError: fsspec is not installed, or what it needs for this kind of address.
        InvalidArgumentError: There is no such kind of address.
    """
    where = address(url)
    try:
        tree = _tree(url, where)
        if tree.pattern:
            rules = rules.narrowed(tree.pattern)
        elif tree.is_file:
            root, path = where.split
            if rules.takes(path):
                yield _file(tree, tree.base, root, path, {})
            return
    except (ConfigurationError, InvalidArgumentError):
        raise
    except Exception as error:
        root, path = where.split
        yield Unreadable(root, path, reason(error))
        return
    found = False
    for item in _walk(tree, rules):
        found = True
        yield item
    if tree.pattern and not found:
        yield Unreadable(tree.where.root, tree.pattern, "no file matches")


def check_address(url: str) -> None:
    """Raises what ``remote`` raises, before anything is opened.

    Raises:
        ConfigurationError: fsspec is not installed, or what it needs for this kind of address.
        InvalidArgumentError: There is no such kind of address.
    """
    address(url)
    fsspec = _fsspec()
    with _told(url):
        for part in url.split("::"):
            scheme, separator, _ = part.partition("://")
            if separator:
                fsspec.get_filesystem_class(scheme)


@frozen
class _Tree:
    """A folder, or a file, of a remote file system."""

    fs: Any
    base: str
    where: Address
    pattern: str = ""
    is_file: bool = False


def _tree(url: str, where: Address) -> _Tree:
    fs, base = _opened(url)
    fs.invalidate_cache()
    wildcards = re.compile(r"\*") if where.is_http else WILDCARDS
    wildcard, shown = wildcards.search(base), wildcards.search(where.place)
    if wildcard and shown and not fs.exists(base):
        ahead, _ = _split(base, wildcard.start())
        place, pattern = _split(where.place, shown.start())  # base may end with a token
        return _Tree(fs, ahead, Address(where.scheme, place, where.rest), pattern)
    if where.is_http:
        return _Tree(fs, base, where, is_file=not where.place.endswith("/"))
    return _Tree(fs, base, where, is_file=fs.info(base)["type"] == "file")


def _split(path: str, wildcard: int) -> tuple[str, str]:
    """A path before and from the first part with a wildcard."""
    start = path.rfind("/", 0, wildcard) + 1
    return path[:start], path[start:]


def _opened(url: str) -> tuple[Any, str]:
    fsspec = _fsspec()
    with _told(url):
        # A kept file system would show an archive as it was when it was first opened.
        fs, path = fsspec.core.url_to_fs(url, skip_instance_cache=True)
    return fs, str(path)


def _fsspec() -> Any:
    try:
        import fsspec.core
    except ImportError:
        raise ConfigurationError(f"an address of files needs fsspec: {INSTALL}") from None
    return fsspec


@contextmanager
def _told(url: str) -> Iterator[None]:
    """Tells that a package is missing, or that there is no such kind of address."""
    try:
        yield
    except ImportError as error:
        raise ConfigurationError(f"this kind of address needs another package: {error}") from None
    except ValueError as error:
        if "rotocol not known" in str(error):
            scheme = url.partition("://")[0]
            raise InvalidArgumentError(f"no kind of address for files: {scheme}://") from None
        raise


def _walk(tree: _Tree, rules: Rules) -> Iterator[Found | Unreadable]:
    root = tree.where.root
    stack: list[Iterator[tuple[str, Mapping[str, Any]]]] = []
    ahead: tuple[str, str] | None = (tree.base, "")
    while ahead or stack:
        if ahead:
            listed = _listed(tree, *ahead, depth=len(stack))
            ahead = None
            if isinstance(listed, Unreadable):
                yield listed
                continue
            stack.append(iter(listed))
        for path, info in stack[-1]:
            if not rules.shows(path.rpartition("/")[2]):
                continue
            if info["type"] == "directory":
                if rules.enters(path):
                    ahead = (str(info["name"]), path)
                    break
            elif rules.takes(path):
                if info["type"] == "file":
                    yield _file(tree, str(info["name"]), root, path, info)
                else:
                    yield Unreadable(root, path, NOT_REGULAR)
        else:
            stack.pop()


def _listed(
    tree: _Tree, name: str, path: str, depth: int
) -> list[tuple[str, Mapping[str, Any]]] | Unreadable:
    """What is in a folder, by relative path."""
    if depth >= DEEPEST:
        return Unreadable(tree.where.root, path, "folders are nested too deeply")
    base = tree.base.strip("/")
    prefix = f"{base}/" if base else ""
    listed: dict[str, Mapping[str, Any]] = {}
    try:
        for info in tree.fs.ls(name, detail=True):
            below = str(info["name"]).strip("/")
            relative = below.removeprefix(prefix)
            if below == name.strip("/") or not below.startswith(prefix):
                continue
            if tree.where.is_http and re.search(r"[?#]", relative):
                continue  # the page's own links, to sort it another way
            listed[tree.where.named(relative)] = info
        tree.fs.invalidate_cache(name)  # else it keeps all of a large tree
    except Exception as error:
        return Unreadable(tree.where.root, path, reason(error))
    return sorted(listed.items())


def _file(
    tree: _Tree, name: str, root: str, path: str, info: Mapping[str, Any]
) -> Found | Unreadable:
    content = RemoteFile(tree.fs, name, tree.where.is_http)
    size, stamp = info.get("size"), _stamp(info)
    if size is None or not stamp:
        try:
            size, stamp = content.status()
        except Exception as error:
            return Unreadable(root, path, reason(error))
    return Found(root, path, size, stamp, content)


def _stamp(info: Mapping[str, Any]) -> str:
    return next((str(info[key]) for key in _STAMPS if info.get(key)), "")
