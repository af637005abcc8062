"""Whether a job is alive: it holds a lock that the system gives up when its process ends."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

__all__ = ["JobLock", "is_alive"]


class JobLock:
    """The lock of a running job, a file next to its ledger."""

    def __init__(self, ledger: Path, job: int) -> None:
        """Take the lock.

        Raises:
            OSError: The file cannot be made, or the file system knows no locks.
        """
        self.path: Path = _path(ledger, job)
        self._file = self.path.open("ab")
        try:
            _acquire(self._file.fileno(), shared=False)
        except OSError:
            self._file.close()
            raise

    def release(self) -> None:
        """Give the lock up and remove its file."""
        if sys.platform == "win32":  # an open file cannot be removed there
            self._file.close()
            _remove(self.path)
        else:
            _remove(self.path)
            self._file.close()


def is_alive(ledger: Path, job: int) -> bool:
    """Tell whether a job's process still runs; what a dead one left behind is removed."""
    path = _path(ledger, job)
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return False
    with file:
        try:
            _acquire(file.fileno(), shared=True)
        except (BlockingIOError, PermissionError):
            return True
    _remove(path)
    return False


def _path(ledger: Path, job: int) -> Path:
    return ledger.with_name(f"{ledger.name}.job-{job}")


def _remove(path: Path) -> None:
    """Remove a lock's file unless somebody else did, or has it open where that forbids it."""
    with suppress(FileNotFoundError, PermissionError):
        path.unlink()


if sys.platform == "win32":

    def _acquire(file: int, *, shared: bool) -> None:
        """Lock the first byte; there is no shared lock, so two who ask at once may both wait."""
        os.lseek(file, 0, os.SEEK_SET)
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)

else:

    def _acquire(file: int, *, shared: bool) -> None:
        """Lock the file; those who only ask share theirs, so that they do not look alive."""
        fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
