"""How a client reaches its server: address, key and patience, from arguments or environment."""

from __future__ import annotations

import hashlib
import os
from importlib.util import find_spec
from urllib.parse import urlsplit, urlunsplit
from weakref import WeakValueDictionary

from attrs import field, frozen

from ._protocol.retry import RetryPolicy
from ._protocol.timeouts import TimeoutLike, Timeouts
from .errors import ConfigurationError

__all__ = ["Secret", "Settings", "key_with", "lend", "resolve", "server_address"]

API_PREFIX = "/api/v1"
DEFAULT_TIMEOUT = 60.0
DEFAULT_STREAM_TIMEOUT = 300.0
FAST_PACKAGES = ("aiohttp", "msgspec")
OFF = ("0", "false", "no", "off")  # for RAGFLOW_FAST


class Secret:
    """A text that shows itself only when asked by name: not in a repr, a log or a pickle."""

    __slots__ = ("__weakref__", "_value")

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The text itself."""
        return self._value

    @property
    def fingerprint(self) -> str:
        """A text that tells one key from another, and nothing about it."""
        return hashlib.sha256(self._value.encode()).hexdigest()[:16]

    def __repr__(self) -> str:
        return "Secret('***')"

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("an API key cannot be pickled; create the client where it is used")


@frozen(kw_only=True)
class Settings:
    """The resolved settings of one client.

    Attributes:
        base_url: The server's root address without ``/api/v1`` and without a trailing slash.
        api_key: The key, wrapped so that it is not shown by accident.
        timeouts: How long a call may take; for uploads and downloads, the longest silence.
        stream_timeouts: How long a streamed answer may be silent.
        retry: When a failed call is sent again.
        server_version: The server's version, where the user told it.
        fast: Whether to use what the extra ``fast`` installs.
    """

    base_url: str
    api_key: Secret
    timeouts: Timeouts
    stream_timeouts: Timeouts
    retry: RetryPolicy = field(factory=RetryPolicy)
    server_version: str | None = None
    fast: bool = False

    @property
    def api_root(self) -> str:
        """The address that every request path is appended to."""
        return self.base_url + API_PREFIX


_LENT: WeakValueDictionary[str, Secret] = WeakValueDictionary()


def lend(key: Secret) -> None:
    """Lets other code of this process, and its forked children, find a key by its fingerprint."""
    _LENT[key.fingerprint] = key


def key_with(fingerprint: str) -> Secret:
    """The key with a fingerprint: one that is used in this process, or the environment's.

    Raises:
        ConfigurationError: There is none, or it is another one.
    """
    lent = _LENT.get(fingerprint)
    if lent is not None:
        return lent
    if not os.environ.get("RAGFLOW_API_KEY"):
        raise ConfigurationError(
            "this worker has no API key: set RAGFLOW_API_KEY in the environment of the workers"
        )
    key = Secret(_api_key(None))
    if key.fingerprint != fingerprint:
        raise ConfigurationError("the RAGFLOW_API_KEY of this worker is another key than the job's")
    return key


def resolve(
    api_key: str | None,
    base_url: str | None,
    *,
    timeout: TimeoutLike,
    stream_timeout: TimeoutLike,
    max_retries: int,
    server_version: str | None,
    fast: bool | None = None,
) -> Settings:
    """Fills what was not given from the environment and checks everything.

    Raises:
        ConfigurationError: Something is missing or cannot be right.
    """
    if isinstance(max_retries, bool) or not isinstance(max_retries, int) or max_retries < 0:
        raise ConfigurationError(f"max_retries must be 0 or more, not {max_retries!r}")
    if stream_timeout is None:
        stream_timeout = DEFAULT_STREAM_TIMEOUT if timeout is None else timeout
    return Settings(
        base_url=server_address(base_url or os.environ.get("RAGFLOW_BASE_URL", "")),
        api_key=Secret(_api_key(api_key)),
        timeouts=Timeouts.of(DEFAULT_TIMEOUT if timeout is None else timeout),
        stream_timeouts=Timeouts.of(stream_timeout),
        retry=RetryPolicy(max_retries=max_retries),
        server_version=server_version,
        fast=_fast(fast),
    )


def _fast(asked: bool | None) -> bool:
    if asked is None:
        asked = None if os.environ.get("RAGFLOW_FAST", "1") not in OFF else False
    if asked is False:
        return False
    missing = [name for name in FAST_PACKAGES if find_spec(name) is None]
    if missing and asked:
        raise ConfigurationError(
            f"fast=True needs {' and '.join(missing)}: pip install 'ragflow[fast]'"
        )
    return not missing


def _api_key(given: str | None) -> str:
    key = os.environ.get("RAGFLOW_API_KEY", "") if given is None else given
    if not isinstance(key, str):
        raise ConfigurationError(f"api_key must be a text, not {type(key).__name__}")
    key = key.strip()
    if not key:
        raise ConfigurationError("no API key: pass api_key= or set RAGFLOW_API_KEY")
    if not (key.isascii() and key.isprintable()) or " " in key:
        raise ConfigurationError("the API key holds blanks or characters no HTTP header can carry")
    return key


def server_address(given: str) -> str:
    """The root address of a server, however it was written.

    Raises:
        ConfigurationError: It is no address of a server.
    """
    if not isinstance(given, str):
        raise ConfigurationError(f"base_url must be a text, not {type(given).__name__}")
    text = given.strip()
    if not text:
        raise ConfigurationError("no base URL: pass base_url= or set RAGFLOW_BASE_URL")
    if "@" in text:  # looked for first, so that no later message shows a password
        raise ConfigurationError("base_url must not carry a user name or password")
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise ConfigurationError(f"base_url is not an address: {error}") from None
    if parts.scheme not in ("http", "https") or not host:
        raise ConfigurationError(
            f"base_url must start with http:// or https:// and name a host, not {text[:80]!r}"
        )
    if parts.query or parts.fragment:
        raise ConfigurationError("base_url must not carry a query or a fragment")
    path = parts.path.rstrip("/").removesuffix(API_PREFIX).rstrip("/")
    return urlunsplit((parts.scheme, parts.netloc, path, "", ""))
