"""Every error this library raises, as one tree.

RAGFlowError
├── ConfigurationError          the client was set up wrongly (also a ValueError)
├── InvalidArgumentError        a bad argument; nothing was sent (also a ValueError)
├── TransportError              no whole answer came back
│   ├── ConnectionFailedError   the server could not be reached, or hung up
│   ├── RequestTimeoutError     the server was too slow (also a TimeoutError)
│   └── StreamInterruptedError  an answer broke off; carries what had arrived
├── ProtocolError               what came back is not a RAGFlow answer
├── APIError                    the server refused: code, status, message, method, path
│   ├── AuthenticationError     the API key is missing or unknown
│   ├── PermissionDeniedError   the key may not touch this object
│   ├── NotFoundError           there is no such object
│   ├── InvalidRequestError     the server found fault with what was asked
│   └── ServerError             the server failed
│       └── RateLimitedError    the server, or a proxy before it, asks to slow down
├── PartialUploadError          some files are stored, others are not
├── IngestAbortedError          an ingestion ended before its end; carries its report
│   └── InvalidSourceError      one of its sources is none (also an InvalidArgumentError)
├── LedgerError                 the record of an ingestion cannot be read or written
├── UnsupportedByServerError    this server generation cannot do it
└── LocalServerError            the embedded server did not start
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .models import DocumentData, IngestReport, Message

__all__ = [
    "APIError",
    "AuthenticationError",
    "ConfigurationError",
    "ConnectionFailedError",
    "IngestAbortedError",
    "InvalidArgumentError",
    "InvalidRequestError",
    "InvalidSourceError",
    "LedgerError",
    "LocalServerError",
    "NotFoundError",
    "PartialUploadError",
    "PermissionDeniedError",
    "ProtocolError",
    "RAGFlowError",
    "RateLimitedError",
    "RequestTimeoutError",
    "ServerError",
    "StreamInterruptedError",
    "TransportError",
    "UnsupportedByServerError",
    "api_error",
]


class RAGFlowError(Exception):
    """The root of all errors of this library."""


class ConfigurationError(RAGFlowError, ValueError):
    """The client was set up wrongly: no key, no usable base URL, an unknown option."""


class InvalidArgumentError(RAGFlowError, ValueError):
    """An argument cannot be right. Nothing was sent, unless it is an ``InvalidSourceError``."""


class TransportError(RAGFlowError):
    """The request may or may not have reached the server; no whole answer came back."""


class ConnectionFailedError(TransportError):
    """The server could not be reached, or closed the connection before its answer was whole."""


class RequestTimeoutError(TransportError, TimeoutError):
    """The server did not answer in the time given by ``timeout``."""


class ProtocolError(RAGFlowError):
    """What came back is not an answer of a RAGFlow server, for example a web page.

    The usual cause is a ``base_url`` that points at something else.
    """


class APIError(RAGFlowError):
    """The server understood the request and refused it.

    Attributes:
        message: The server's own words. They change between releases: do not match on them.
        code: The ``code`` of the answer's envelope, or ``None`` where there was none.
        status: The HTTP status, or ``None`` where the refusal was found by the client itself
            (for example a name that is in no list).
        method: The HTTP method of the request.
        path: The path of the request, below ``/api/v1``.
        data: The ``data`` that came with the refusal, if any.
        retry_after: Seconds after which the server wants to be asked again, where it says so.
    """

    def __init__(
        self,
        message: str,
        *,
        code: int | None = None,
        status: int | None = None,
        method: str = "",
        path: str = "",
        data: object = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.status = status
        self.method = method
        self.path = path
        self.data = data
        self.retry_after = retry_after

    def __str__(self) -> str:
        known = {"code": self.code, "HTTP": self.status}
        numbers = ", ".join(f"{name} {value}" for name, value in known.items() if value is not None)
        where = f"{self.method} {self.path}".strip()
        details = "; ".join(part for part in (numbers, where) if part)
        return f"{self.message} ({details})" if details else self.message

    def __reduce__(self) -> tuple[object, ...]:
        return type(self)._rebuild, (self.args, self.__dict__)

    @classmethod
    def _rebuild(cls, args: tuple[str], state: dict[str, object]) -> APIError:
        error = cls(*args)
        error.__dict__.update(state)
        return error


class AuthenticationError(APIError):
    """The API key is missing, malformed or unknown to the server.

    From v0.22 on a server may also answer so when a model provider refused the server's *own* key;
    if other calls with this key succeed, look at the server's model settings.
    """


class PermissionDeniedError(APIError):
    """The key is good, but the object belongs to somebody else (or does not exist)."""


class NotFoundError(APIError):
    """There is no such object, or it is not visible with this key."""


class InvalidRequestError(APIError):
    """The server found fault with the request: a bad value, a taken name, a wrong state."""


class ServerError(APIError):
    """The server failed while it handled the request."""


class RateLimitedError(ServerError):
    """HTTP 429: the server, or a proxy before it, asks to slow down."""


class PartialUploadError(RAGFlowError):
    """Some files of an upload are stored and others are not.

    Attributes:
        stored: The documents that are on the server.
        failed: The names of the files that are not.
    """

    def __init__(
        self, message: str, stored: Sequence[DocumentData] = (), failed: Sequence[str] = ()
    ) -> None:
        super().__init__(message, tuple(stored), tuple(failed))
        self.message = message
        self.stored: list[DocumentData] = list(stored)
        self.failed: list[str] = list(failed)

    def __str__(self) -> str:
        return self.message


class IngestAbortedError(RAGFlowError):
    """An ingestion ended before its end: too much failed, or the server cannot go on.

    What is settled is settled; the same call again goes on with the rest.

    Attributes:
        report: What became of the files so far.
    """

    def __init__(self, message: str, report: IngestReport) -> None:
        super().__init__(message, report)
        self.message = message
        self.report = report

    def __str__(self) -> str:
        return self.message


class InvalidSourceError(IngestAbortedError, InvalidArgumentError):
    """What an iterable gave in the middle of an ingestion is no source.

    The files that came before it are stored, and parsed, all the same; nothing after it was read.
    """


class LedgerError(RAGFlowError):
    """The ledger of an ingestion cannot be read or written: a full disk, another kind of file."""


class StreamInterruptedError(TransportError):
    """A streamed answer ended before its last frame.

    Attributes:
        partial: The message as far as it had come.
    """

    def __init__(self, message: str, partial: Message) -> None:
        super().__init__(message, partial)
        self.message = message
        self.partial = partial

    def __str__(self) -> str:
        return self.message


class UnsupportedByServerError(RAGFlowError):
    """The connected server generation cannot do what was asked.

    Attributes:
        feature: What was asked.
        needs: The server versions that can do it.
        has: The version of the connected server.
    """

    def __init__(self, feature: str, needs: str, has: str) -> None:
        super().__init__(feature, needs, has)
        self.feature = feature
        self.needs = needs
        self.has = has

    def __str__(self) -> str:
        return f"{self.feature} needs RAGFlow {self.needs}; this server is {self.has}"


class LocalServerError(RAGFlowError):
    """The embedded server did not start."""


_BY_CODE: dict[int, type[APIError]] = {
    101: InvalidRequestError,
    102: InvalidRequestError,
    103: InvalidRequestError,
    108: PermissionDeniedError,
    109: AuthenticationError,
    400: InvalidRequestError,
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    409: InvalidRequestError,
    413: InvalidRequestError,
    429: RateLimitedError,
}


def api_error(code: int | None, status: int) -> type[APIError]:
    """The class for an envelope's ``code``, or for the HTTP status where it tells more."""
    if status in _BY_CODE:
        return _BY_CODE[status]
    return _BY_CODE.get(code or 0, ServerError)
