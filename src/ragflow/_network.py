"""Where a connection goes, and what it needs: TLS settings, and the proxy of the environment."""

from __future__ import annotations

import ssl
from functools import cache
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpcore
import httpx
from attrs import frozen

from . import __version__

HEADERS = {"User-Agent": f"ragflow-python/{__version__}", "Accept": "*/*"}
KEEP_IDLE = 4.0  # servers hang up after 5 idle seconds; whoever lets go first loses no request
MAX_CONNECTIONS = 64
COMPRESSION = "gzip, deflate"  # what httpx can undo without further packages


@frozen
class Origin:
    """A server's address, in the pieces that connections ask for.

    Attributes:
        url: Scheme, host and port, without a path.
        address: The same as bytes; the port is always told.
        netloc: What the ``Host`` header says.
    """

    url: str
    address: tuple[bytes, bytes, int]
    netloc: str

    @classmethod
    def of(cls, url: httpx.URL) -> Origin:
        """The origin of an address."""
        port = url.port or (443 if url.scheme == "https" else 80)
        netloc = url.netloc.decode("ascii")
        return cls(f"{url.scheme}://{netloc}", (url.raw_scheme, url.raw_host, port), netloc)


def tls_for(base_url: str) -> ssl.SSLContext:
    """The TLS settings for an address; trusted certificates are loaded for https alone, once."""
    return _trusting() if base_url.startswith("https:") else _unused()


@cache
def _trusting() -> ssl.SSLContext:
    context = httpx.create_ssl_context()
    context.set_alpn_protocols(["http/1.1"])
    return context


@cache
def _unused() -> ssl.SSLContext:
    """Trusts nobody; loading certificates would take longer than fifty requests."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def proxy_for(base_url: str) -> str | None:
    """The proxy that ``HTTP_PROXY``, ``HTTPS_PROXY``, ``ALL_PROXY`` and ``NO_PROXY`` give."""
    proxies = getproxies()
    parts = urlsplit(base_url)
    if not proxies or proxy_bypass(parts.hostname or ""):
        return None
    return proxies.get(parts.scheme) or proxies.get("all")


def as_proxy(address: str) -> httpcore.Proxy:
    """A proxy's address, and the user and password in it, as connections take them."""
    proxy = httpx.Proxy(address)
    return httpcore.Proxy(str(proxy.url), auth=proxy.raw_auth)
