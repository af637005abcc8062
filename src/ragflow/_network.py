"""What a connection needs beyond an address: TLS settings, and the proxy of the environment."""

from __future__ import annotations

import ssl
from functools import cache
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx


def tls_for(base_url: str) -> ssl.SSLContext:
    """The TLS settings for an address; trusted certificates are loaded for https alone, once."""
    return _trusting() if base_url.startswith("https:") else _unused()


@cache
def _trusting() -> ssl.SSLContext:
    return httpx.create_ssl_context()


@cache
def _unused() -> ssl.SSLContext:
    """Trusts nobody; loading certificates would take longer than fifty requests."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def proxy_for(base_url: str) -> str | None:
    """The proxy that ``HTTP_PROXY``, ``HTTPS_PROXY``, ``ALL_PROXY`` and ``NO_PROXY`` give."""
    parts = urlsplit(base_url)
    if proxy_bypass(parts.hostname or ""):
        return None
    proxies = getproxies()
    return proxies.get(parts.scheme) or proxies.get("all")
