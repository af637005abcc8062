"""What an embedded server is started with, and what it tells about itself when it runs."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ragflow.local.generations import find_generation

if TYPE_CHECKING:
    from pathlib import Path

    from ragflow.local.faults import Faults

DEFAULT_VERSION = "0.27.0"
GIBIBYTE = 1024**3


def new_api_key() -> str:
    """Make a random API key of the form real servers use."""
    return f"ragflow-{secrets.token_urlsafe(32)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerConfig:
    """Settings of one embedded server.

    Attributes:
        path: The data file; None keeps everything in a temporary file that goes away at the end.
        version: The RAGFlow version whose protocol is spoken, for example ``"0.27.0"``.
        host: The address to listen on; only this machine can reach the default.
        port: The TCP port; 0 takes a free one.
        api_key: The key clients must send. None takes the key kept in the data file, or makes one.
        max_body: The largest request body in bytes; the oldest versions take 128 MiB at most.
        parsers: How many documents are parsed at the same time.
        other_keys: Keys of further tenants, each with its own datasets and chats.
        faults: What goes wrong on purpose; None is nothing.

    Raises:
        ValueError: If the version is not one this server speaks.
    """

    path: Path | None = None
    version: str = DEFAULT_VERSION
    host: str = "127.0.0.1"
    port: int = 0
    api_key: str | None = field(default=None, repr=False)
    max_body: int = GIBIBYTE
    parsers: int = 2
    other_keys: tuple[str, ...] = field(default=(), repr=False)
    faults: Faults | None = None

    def __post_init__(self) -> None:
        find_generation(self.version)


@dataclass(frozen=True, slots=True)
class ServerInfo:
    """Where a running server is reached.

    Attributes:
        base_url: The URL to give to a client.
        api_key: The key to give to a client.
        version: The RAGFlow version whose protocol is spoken.
        pid: The process that serves.
    """

    base_url: str
    api_key: str = field(repr=False)
    version: str
    pid: int
