"""Files that are read and ready to go, and what became of them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from attrs import define, frozen

from .._protocol.multipart import FilePart
from .._protocol.uploads import has_number
from ..errors import (
    APIError,
    AuthenticationError,
    ConfigurationError,
    InvalidArgumentError,
    InvalidRequestError,
    NotFoundError,
    PermissionDeniedError,
    RAGFlowError,
    RequestTimeoutError,
    UnsupportedByServerError,
)
from ..models import DocumentData
from .items import Row
from .reading import Prepared

__all__ = [
    "FATAL",
    "Arrival",
    "Parcel",
    "Stored",
    "Trouble",
    "is_lasting",
    "refusals",
    "trouble_of",
]

FATAL = (
    AuthenticationError,
    ConfigurationError,
    NotFoundError,
    PermissionDeniedError,
    UnsupportedByServerError,
)
LATE_STATUSES = frozenset({408, 504})  # the server may still be at it
LASTING = re.compile(r"not been supported|maximum length|image file", re.IGNORECASE)


@define
class Parcel:
    """A file that is ready to be sent.

    Attributes:
        row: What the ledger knows about it.
        part: Its place in a form.
        prepared: How it was read.
        before: Documents that had its name, or a variant of it, before it was sent.
        failures: How often it was sent alone, in vain.
        doubted: Whether the server may have stored it more than once.
        resent: Whether an earlier job sent it too, perhaps with other contents.
    """

    row: Row
    part: FilePart
    prepared: Prepared
    before: frozenset[str] = frozenset()
    failures: int = 0
    doubted: bool = False
    resent: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether its name tells its document; else only its bytes do."""
        return not (self.before or self.resent or has_number(self.part.name))


@define  # and not frozen, as all that there is one of for each of many files
class Stored:
    """A document, as far as it matters whether it is a file.

    Attributes:
        id: Its id.
        name: Its name.
        size: Bytes.
        content_hash: xxh128 of its bytes; empty where the server does not tell.
    """

    id: str
    name: str
    size: int
    content_hash: str = ""

    @classmethod
    def of(cls, document: DocumentData) -> Stored:
        """The same of a whole document."""
        return cls(document.id, document.name, document.size, document.content_hash)


@define
class Arrival:
    """What became of a file that was sent: a document, or the reason why there is none.

    Attributes:
        row: What the ledger knows about it.
        document: Its document, if it was stored.
        code: The server's code, where it was not.
        reason: Why it was not.
        lasting: Whether sending it again, as it is, would be in vain.
        doubted: Whether the server may have stored it more than once.
    """

    row: Row
    document: Stored | None = None
    code: int | None = None
    reason: str = ""
    lasting: bool = False
    doubted: bool = False


@frozen
class Trouble:
    """What a failed form means.

    Attributes:
        error: What was raised.
        fatal: Nothing else will succeed either.
        refused: Nothing of the form was stored, for what is in it; else that is in doubt.
        late: The server may still be storing it.
    """

    error: RAGFlowError
    fatal: bool = False
    refused: bool = False
    late: bool = False

    @property
    def code(self) -> int | None:
        """The server's code, where it gave one."""
        return self.error.code if isinstance(self.error, APIError) else None

    @property
    def retry_after(self) -> float | None:
        """Seconds that the server wants to be left alone."""
        return self.error.retry_after if isinstance(self.error, APIError) else None


def trouble_of(error: RAGFlowError) -> Trouble:
    """What an error says about the form that met it."""
    if isinstance(error, FATAL):
        return Trouble(error, fatal=True)
    if isinstance(error, InvalidRequestError | InvalidArgumentError):
        return Trouble(error, refused=True)
    late = isinstance(error, RequestTimeoutError) or (
        isinstance(error, APIError) and error.status in LATE_STATUSES
    )
    return Trouble(error, late=late)


def refusals(parcels: Sequence[Parcel], error: RAGFlowError) -> dict[str, str]:
    """What a server says of single files, by name: each on a line of its own, name first."""
    if not isinstance(error, APIError) or error.code != 500 or error.status != 200:
        return {}
    said: dict[str, str] = {}
    for name in (parcel.part.name for parcel in parcels):
        at = error.message.find(f"{name}: ")
        if at == 0 or (at > 0 and error.message[at - 1] == "\n"):
            said[name] = error.message[at + len(name) + 2 :].partition("\n")[0]
    return said


def is_lasting(reason: str) -> bool:
    """Whether a server would refuse the file for this reason whenever it is asked."""
    return LASTING.search(reason) is not None
