"""The answer's envelope, in every shape servers give it: the only place that knows its keys."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import AbstractContextManager

from attrs import frozen

from .._memory import uncollected
from ..errors import (
    APIError,
    AuthenticationError,
    InvalidRequestError,
    NotFoundError,
    PermissionDeniedError,
    ProtocolError,
    api_error,
)
from ..models import BatchResult
from .dialects import Dialect
from .payload import Decode, json_object
from .requests import Request

__all__ = ["Reply", "depends_on_dialect", "is_file", "is_unknown_route", "parse", "uncollected_for"]

EXCERPT = 200
OBJECT = 500  # bytes of JSON, more or less
UNCAUGHT = 100
AMBIGUOUS = 109  # a bad key or a foreign object


@frozen
class Reply:
    """What a successful envelope holds.

    Attributes:
        data: The payload; ``None`` where the server had nothing to say.
        total: How many items there are beyond this page, where the envelope itself tells.
        message: The server's remark, if it made one.
    """

    data: object = None
    total: int | None = None
    message: str = ""

    def listing(self, key: str) -> tuple[object, int | None]:
        """The items of a list and their total; some lists stand bare, others under a key."""
        if not isinstance(self.data, Mapping):
            return self.data, self.total
        total = self.data.get("total")
        return self.data.get(key), total if isinstance(total, int) else None

    def batch(self) -> BatchResult:
        """What a call about many ids reports; most servers report only what went wrong."""
        if not isinstance(self.data, Mapping):
            return BatchResult()
        # From v0.25.1 on the deletion of documents has a name of its own for the count.
        count = self.data.get("success_count", self.data.get("deleted"))
        errors = self.data.get("errors")
        return BatchResult(
            count if isinstance(count, int) else None,
            tuple(map(str, errors)) if isinstance(errors, list) else (),
        )


def is_unknown_route(error: APIError) -> bool:
    """Whether the server refused the route itself, not what was asked of it.

    Up to v0.22 it says so in the name of an exception alone; nothing else tells it from a failure.
    """
    if error.code == UNCAUGHT:
        return error.message.startswith(("<NotFound", "<MethodNotAllowed"))
    return error.status == 404


def depends_on_dialect(request: Request, error: APIError) -> bool:
    """Whether a refusal means another thing in another generation."""
    return error.code == AMBIGUOUS or error.code in request.empty - request.missing


def is_file(headers: Mapping[str, str]) -> bool:
    """Whether an answer is a file's bytes.

    The content type cannot tell: from v0.26 on a JSON file comes as ``application/json``, and so
    does an error.
    """
    return headers.get("content-disposition", "").lower().startswith("attachment")


def parse(
    request: Request,
    status: int,
    body: bytes,
    dialect: Dialect | None,
    decode: Decode = json.loads,
) -> Reply:
    """Reads an answer, or raises what it says went wrong.

    Args:
        request: What was asked; it knows which codes mean "not there" as its answer.
        status: The HTTP status.
        body: The whole body.
        dialect: The server's generation, as far as it is known.
        decode: Reads JSON.
    """
    with uncollected_for(body):
        envelope = _envelope(body, decode)
    if envelope is None:
        raise _not_an_envelope(request, status, body)
    code, message = _verdict(envelope)
    data = envelope.get("data")
    if code == 0 and status < 400 and not _is_disguised_refusal(envelope):
        total = envelope.get("total_datasets", envelope.get("total"))
        return Reply(data, total if isinstance(total, int) else None, message)
    kind = _kind(request, status, code, dialect, has_data="data" in envelope)
    raise kind(
        message or "the server refused without a word",
        code=code,
        status=status,
        method=request.method,
        path=request.path,
        data=None if data is False else data,
    )


def uncollected_for(body: bytes) -> AbstractContextManager[None]:
    """Keeps the collector away while an answer is read, if it is large."""
    return uncollected(len(body) // OBJECT)


def _envelope(body: bytes, decode: Decode) -> dict[str, object] | None:
    value = json_object(body, decode)
    return None if value is None or value.keys().isdisjoint(_KEYS) else value


_KEYS = frozenset({"code", "retcode", "error"})


def _verdict(envelope: Mapping[str, object]) -> tuple[int | None, str]:
    """The code and the message; v0.13 has other names for them, v0.23 a 404 without code."""
    code = envelope.get("code", envelope.get("retcode"))
    message = envelope.get("message") or envelope.get("retmsg") or envelope.get("error") or ""
    text = message if isinstance(message, str) else ""
    return (code if isinstance(code, int) else None), text


def _is_disguised_refusal(envelope: Mapping[str, object]) -> bool:
    """Whether a "success" is v0.14 to v0.24 saying that the key is missing or malformed."""
    return envelope.get("data") is False and "message" in envelope


def _kind(
    request: Request, status: int, code: int | None, dialect: Dialect | None, *, has_data: bool
) -> type[APIError]:
    if status == 401 or (code == 0 and status < 400):
        return AuthenticationError
    if code in request.missing:
        return NotFoundError
    if code in request.empty and dialect is not None and dialect.empty_lists_fail:
        return NotFoundError
    if code == AMBIGUOUS and dialect is not None:
        if dialect.code_109_is_permission:
            return PermissionDeniedError
        if not has_data:  # not about the key: datasets whose embedding models differ
            return InvalidRequestError
    return api_error(code, status)


# Statuses below 500 that a proxy in front of a server gives of its own; a server's other refusals
# are envelopes, so a web page with another status, 404 too, is the wrong address.
_PROXY_REFUSALS = frozenset({401, 403, 413, 429})


def _not_an_envelope(request: Request, status: int, body: bytes) -> Exception:
    excerpt = body[:EXCERPT].decode("utf-8", "replace").strip()
    if status < 500 and status not in _PROXY_REFUSALS:
        return ProtocolError(
            f"{request.method} {request.path} was not answered by a RAGFlow server "
            f"(HTTP {status}); is base_url right? The answer begins: {excerpt!r}"
        )
    return api_error(None, status)(
        f"HTTP {status} without a RAGFlow envelope; the answer begins: {excerpt!r}",
        status=status,
        method=request.method,
        path=request.path,
    )
