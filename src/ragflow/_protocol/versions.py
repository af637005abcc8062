"""Which version a server is: told, or betrayed by how it answers."""

from __future__ import annotations

import re

from ..errors import (
    APIError,
    AuthenticationError,
    ConfigurationError,
    ProtocolError,
    api_error,
)
from .payload import json_object
from .requests import Request

__all__ = [
    "checked_version",
    "fingerprint",
    "parse_version",
    "probe",
    "second_fingerprint",
    "second_probe",
]

Version = tuple[int, int, int]
BAD_ARGUMENT = 101
UNNUMBERED = ("nightly", "unknown", "latest")

# How a server without a version endpoint answers to an unknown path, and what that makes it.
RETCODE, BARE_404, CODE_404 = "0.13.0", "0.23.1", "0.24.0"
# The releases between the first two answer alike; they differ in what they make of an unknown
# parameter: those up to v0.18 ignore it. Which of them it is stays open, so each stands for what
# does well on all of them.
LENIENT, STRICT = "0.17.2", "0.21.0"


def parse_version(text: str) -> Version | None:
    """The release in a version text such as ``v0.27.0-12-gabc1234 slim``, if it names one."""
    found = re.match(r"\s*v?(\d+)\.(\d+)(?:\.(\d+))?", text)
    if found is None:
        return None
    major, minor, patch = found.groups(default="0")
    return int(major), int(minor), int(patch)


def checked_version(version: str) -> str:
    """A version that the user told, refused when it is not one."""
    known = isinstance(version, str) and (parse_version(version) or version in UNNUMBERED)
    if not known:
        raise ConfigurationError(f'server_version must look like "0.27.0", not {version!r}')
    return version


def probe() -> Request:
    """The request whose answer tells the server's version, or betrays its generation."""
    return Request.get("/system/version")


def second_probe() -> Request:
    """The request that tells apart what :func:`probe` leaves open."""
    return Request.get("/datasets", {"page_size": 1, "__probe__": 1})


def fingerprint(status: int, body: bytes) -> str | None:
    """The version that an answer to :func:`probe` tells or betrays; ``None`` if one more is needed.

    Raises:
        APIError: The server, or a proxy before it, is down or refuses to answer.
        ProtocolError: It is not the answer of any known server.
    """
    envelope = json_object(body)
    if envelope is not None:
        data = envelope.get("data")
        if status == 200 and envelope.get("code") == 0 and isinstance(data, str):
            return data
        if "retcode" in envelope:
            return RETCODE
        if status == 200 and envelope.get("code") == 100:
            return None
        if status == 404 and envelope.keys() >= {"error", "message"}:
            return CODE_404 if "code" in envelope else BARE_404
    problem = f"cannot tell the server's version (HTTP {status})"
    if status in (401, 403, 429) or status >= 500:
        asked = probe()
        raise api_error(None, status)(problem, status=status, method=asked.method, path=asked.path)
    raise ProtocolError(f"{problem}; is base_url right? If it is, pass server_version=")


def second_fingerprint(error: APIError | None) -> str:
    """The version that an answer to :func:`second_probe` betrays: a success, or an error.

    Raises:
        AuthenticationError: The key is bad, so that nothing can be told.
    """
    if isinstance(error, AuthenticationError):
        raise error
    return STRICT if error is not None and error.code == BAD_ARGUMENT else LENIENT
