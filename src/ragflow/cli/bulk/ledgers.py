"""Where ledgers are: one for each user and server, unless a command is told otherwise."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ragflow.cli.failures import ExitCode, Failure
from ragflow.errors import LedgerError
from ragflow.ingest.ledger import Ledger
from ragflow.settings import server_address

__all__ = ["default_ledger", "find_ledger", "opened"]

SUFFIX = ".ledger"


def default_ledger(base_url: str) -> Path:
    """The ledger of a server: a file that its address gives the name."""
    name = re.sub(r"[^\w.-]+", "_", server_address(base_url))
    return _folder() / f"{name}{SUFFIX}"


def find_ledger(given: Path | None, base_url: str | None) -> Path:
    """The ledger to look into: the one given, the server's, or the only one there is.

    Raises:
        Failure: There is none, or it is not clear which.
    """
    if given is not None or base_url:
        path = given or default_ledger(base_url or "")
        if not path.is_file():
            raise Failure(f"there is no ledger {path}")
        return path
    found = sorted(_folder().glob(f"*{SUFFIX}"))
    if not found:
        raise Failure(f"there is no ledger in {_folder()}; give --ledger")
    if len(found) > 1:
        names = ", ".join(path.name for path in found)
        raise Failure(f"which ledger? give --ledger or --base-url; in {_folder()} are {names}")
    return found[0]


@contextmanager
def opened(path: Path) -> Iterator[Ledger]:
    """A ledger, closed at the end.

    Raises:
        Failure: It cannot be read or written.
    """
    try:
        ledger = Ledger(path)
        try:
            yield ledger
        finally:
            ledger.close()
    except LedgerError as error:
        raise Failure(str(error), ExitCode.ABORTED) from error


def _folder() -> Path:
    """Where programs of this user keep what they remember."""
    state = os.environ.get("XDG_STATE_HOME", "")
    if Path(state).is_absolute():
        return Path(state) / "ragflow"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local")) / "ragflow"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "ragflow"
    return Path.home() / ".local" / "state" / "ragflow"
