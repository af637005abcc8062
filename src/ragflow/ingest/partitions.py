"""A share of a job that travels to another process or machine, and what comes back."""

from __future__ import annotations

from attrs import field, frozen

from .._protocol.retry import RetryPolicy
from .._protocol.timeouts import TimeoutLike, Timeouts
from .items import Row
from .parcels import Stored
from .remote import RemoteFile

__all__ = ["Answer", "Partition", "Passenger", "can_travel"]


@frozen
class Passenger:
    """A file of a partition.

    Attributes:
        row: What the ledger knows about it, and where its bytes are.
        before: Documents that have its name, or a variant of it.
    """

    row: Row
    before: frozenset[str] = frozenset()


@frozen(kw_only=True)
class Partition:
    """Files of one dataset, with all that is needed to send them but the API key.

    Attributes:
        base_url: The server's address.
        key_fingerprint: Tells which key it takes; the key itself is found where it is sent.
        server_version: The server's version.
        timeouts: How long a call may take.
        stream_timeouts: How long a transfer may be silent.
        retry: When a failed call is sent again.
        dataset_id: Where the files go.
        patience: Seconds without any success after which the server counts as lost.
        timeout: Seconds without progress after which an upload counts as broken.
        files: The files.
        token: Makes it another one than the same files sent out before; engines may keep the
            result of a call and give it to who asks for the same again.
    """

    base_url: str
    key_fingerprint: str
    server_version: str
    timeouts: Timeouts
    stream_timeouts: Timeouts
    retry: RetryPolicy
    dataset_id: str
    patience: float
    timeout: TimeoutLike = None
    files: tuple[Passenger, ...] = field(repr=False)
    token: str = ""


@frozen(kw_only=True)
class Answer:
    """What became of one file of a partition.

    Attributes:
        id: The number of its row.
        read: Whether it could be read there; if not, nothing was sent.
        size: Bytes, as read.
        stamp: As it was when the file was read.
        digest: xxh128 of the contents, in hexadecimal.
        document: Its document, if it was stored.
        code: The server's code, where it was not.
        reason: Why it was not.
        lasting: Whether sending it again, as it is, would be in vain.
    """

    id: int
    read: bool = True
    size: int = 0
    stamp: str = ""
    digest: str = ""
    document: Stored | None = None
    code: int | None = None
    reason: str = ""
    lasting: bool = False


def can_travel(row: Row) -> bool:
    """Whether a file can be read elsewhere: contents in memory and open files cannot."""
    return row.found is not None and isinstance(row.found.content, str | RemoteFile)
