"""The bytes of a chaos run: how many were needed, sent, and lost to what."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from ragflow._protocol.multipart import FilePart, Multipart
from ragflow.ingest.names import document_name
from ragflow.ingest.paths import escaped
from ragflow.testing import FaultReport


class Accounts:
    """Adds up what servers tell of the bytes they received, from start to restart.

    Args:
        folder: The files.

    Attributes:
        needed: Bytes of the files, and of what forms put around each of them.
    """

    def __init__(self, folder: Path) -> None:
        paths = [path for path in folder.rglob("*") if path.is_file()]
        names = [document_name(escaped(str(path.relative_to(folder)))) for path in paths]
        self.contents = sum(path.stat().st_size for path in paths)
        self.framing = Multipart([FilePart(name, 0, b"") for name in names]).content_length
        self.needed = self.contents + self.framing
        self.requests = 0
        self.forms = 0
        self.received = 0
        self.struck: Counter[str] = Counter()
        self.lost: Counter[str] = Counter()
        self.open = 0

    def add(self, report: FaultReport) -> None:
        """Takes the last report of a server; forms that it is still at may be lost with it."""
        self.requests += report.requests
        self.forms += report.uploads
        self.received += report.upload_bytes
        self.struck.update(report.struck)
        self.lost.update(report.lost_bytes)
        self.open += report.open_bytes

    def orphan(self, report: FaultReport) -> None:
        """Takes what a server is at when its client is killed: the next one may not see it yet."""
        self.open += report.open_bytes

    @property
    def lost_by_kills(self) -> int:
        """Bytes of forms that ended with the client, or with the server.

        Of those that the server was at when one of them was killed, some may have been stored
        just in time.
        """
        return self.lost["disconnected"] + min(self.open, max(0, self._unexplained))

    @property
    def lost_by_faults(self) -> int:
        """Bytes of forms that the server threw away on purpose."""
        return self.lost.total() - self.lost["disconnected"]

    @property
    def resent(self) -> int:
        """Bytes sent although their files were stored, or about to be."""
        return max(0, self._unexplained - self.open)

    @property
    def _unexplained(self) -> int:
        return self.received - self.needed - self.lost.total()

    def lines(self) -> list[str]:
        """The arithmetic, in words."""
        lost = ", ".join(f"{kind} {size:,}" for kind, size in sorted(self.lost.items()) if size)
        return [
            f"struck: {dict(sorted(self.struck.items()))} of {self.requests} requests",
            f"needed: {self.contents:,} bytes of files + {self.framing:,} of framing",
            f"received: {self.received:,} bytes in {self.forms} forms",
            f"  lost by kills:  {self.lost_by_kills:,} = {self.share(self.lost_by_kills)}",
            f"  lost by faults: {self.lost_by_faults:,} = {self.share(self.lost_by_faults)}",
            f"  sent again:     {self.resent:,} = {self.share(self.resent)}",
            f"  (lost: {lost})",
            f"received without what kills lost: {self.ratio:.4f} x needed",
        ]

    @property
    def ratio(self) -> float:
        """Bytes received, without those lost by kills, to bytes needed."""
        return (self.received - self.lost_by_kills) / self.needed

    def share(self, size: int) -> str:
        """A part of the bytes needed."""
        return f"{size / self.needed:.2%}"
