"""Client library for RAGFlow servers: ``AsyncRAGFlow`` to await, ``RAGFlow`` to block.

Names are imported when they are first used, so that ``import ragflow`` costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._async.chats import AsyncChat
    from ._async.chunks import AsyncChunk
    from ._async.client import AsyncRAGFlow
    from ._async.datasets import AsyncDataSet
    from ._async.documents import AsyncDocument
    from ._async.sessions import AsyncSession
    from ._async.streams import AsyncMessageStream
    from ._sync.chats import Chat
    from ._sync.chunks import Chunk
    from ._sync.client import RAGFlow
    from ._sync.datasets import DataSet
    from ._sync.documents import Document
    from ._sync.sessions import Session
    from ._sync.streams import MessageStream
    from .errors import (
        APIError,
        AuthenticationError,
        ConfigurationError,
        ConnectionFailedError,
        IngestAbortedError,
        InvalidArgumentError,
        InvalidRequestError,
        InvalidSourceError,
        LedgerError,
        LocalServerError,
        NotFoundError,
        PartialUploadError,
        PermissionDeniedError,
        ProtocolError,
        RAGFlowError,
        RateLimitedError,
        RequestTimeoutError,
        ServerError,
        StreamInterruptedError,
        TransportError,
        UnsupportedByServerError,
    )
    from .models import (
        LLM,
        BatchResult,
        Comparison,
        FileResult,
        IngestProgress,
        IngestReport,
        Match,
        Message,
        Outcome,
        Page,
        ParseProgress,
        ParserConfig,
        Prompt,
        Reference,
        Retrieval,
        RunStatus,
        UploadProgress,
        VerifyReport,
    )

__version__ = "0.1.0"

_HOMES = {
    "_async.chats": ("AsyncChat",),
    "_async.chunks": ("AsyncChunk",),
    "_async.client": ("AsyncRAGFlow",),
    "_async.datasets": ("AsyncDataSet",),
    "_async.documents": ("AsyncDocument",),
    "_async.sessions": ("AsyncSession",),
    "_async.streams": ("AsyncMessageStream",),
    "_sync.chats": ("Chat",),
    "_sync.chunks": ("Chunk",),
    "_sync.client": ("RAGFlow",),
    "_sync.datasets": ("DataSet",),
    "_sync.documents": ("Document",),
    "_sync.sessions": ("Session",),
    "_sync.streams": ("MessageStream",),
    "errors": (
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
    ),
    "models": (
        "LLM",
        "BatchResult",
        "Comparison",
        "FileResult",
        "IngestProgress",
        "IngestReport",
        "Match",
        "Message",
        "Outcome",
        "Page",
        "ParseProgress",
        "ParserConfig",
        "Prompt",
        "Reference",
        "Retrieval",
        "RunStatus",
        "UploadProgress",
        "VerifyReport",
    ),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "LLM",
    "APIError",
    "AsyncChat",
    "AsyncChunk",
    "AsyncDataSet",
    "AsyncDocument",
    "AsyncMessageStream",
    "AsyncRAGFlow",
    "AsyncSession",
    "AuthenticationError",
    "BatchResult",
    "Chat",
    "Chunk",
    "Comparison",
    "ConfigurationError",
    "ConnectionFailedError",
    "DataSet",
    "Document",
    "FileResult",
    "IngestAbortedError",
    "IngestProgress",
    "IngestReport",
    "InvalidArgumentError",
    "InvalidRequestError",
    "InvalidSourceError",
    "LedgerError",
    "LocalServerError",
    "Match",
    "Message",
    "MessageStream",
    "NotFoundError",
    "Outcome",
    "Page",
    "ParseProgress",
    "ParserConfig",
    "PartialUploadError",
    "PermissionDeniedError",
    "Prompt",
    "ProtocolError",
    "RAGFlow",
    "RAGFlowError",
    "RateLimitedError",
    "Reference",
    "RequestTimeoutError",
    "Retrieval",
    "RunStatus",
    "ServerError",
    "Session",
    "StreamInterruptedError",
    "TransportError",
    "UnsupportedByServerError",
    "UploadProgress",
    "VerifyReport",
    "__version__",
]


def __getattr__(name: str) -> object:
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
