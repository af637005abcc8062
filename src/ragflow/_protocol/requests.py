"""A request as a value: what to send, and what may be done with it when sending fails."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import TYPE_CHECKING
from urllib.parse import quote

from attrs import frozen

from ..errors import InvalidArgumentError

if TYPE_CHECKING:
    from .multipart import Multipart
    from .paging import PageCall

__all__ = ["Pace", "Request", "listing", "path"]

Param = str | int | float | bool | None | Sequence[str]


class Pace(Enum):
    """How long a request may take: one budget for a call, the longest silence for the others."""

    CALL = "call"
    TRANSFER = "transfer"
    STREAM = "stream"


@frozen(kw_only=True)
class Request:
    """One request below ``/api/v1``.

    Attributes:
        idempotent: Sending it twice does no harm, so it may be sent again after a failure that
            leaves open whether the server acted on the first one.
        missing: Codes that, as the answer to *this* request, mean that the object is not there.
        empty: Codes that mean, from servers that refuse to list nothing, that there is nothing.
    """

    method: str
    path: str
    params: tuple[tuple[str, str], ...] = ()
    body: bytes | Multipart | None = None
    content_type: str | None = None
    idempotent: bool = False
    pace: Pace = Pace.CALL
    missing: frozenset[int] = frozenset()
    empty: frozenset[int] = frozenset()

    @classmethod
    def get(
        cls,
        path: str,
        params: Mapping[str, Param] | None = None,
        *,
        missing: Sequence[int] = (),
        empty: Sequence[int] = (),
    ) -> Request:
        """A read; parameters that are ``None`` are left out."""
        return cls(
            method="GET",
            path=path,
            params=encode_params(params or {}),
            idempotent=True,
            missing=frozenset(missing),
            empty=frozenset(empty),
        )

    @classmethod
    def json(
        cls,
        method: str,
        path: str,
        body: Mapping[str, object],
        *,
        idempotent: bool = False,
        pace: Pace = Pace.CALL,
    ) -> Request:
        """A request with a JSON body; its content type is always sent, on DELETE too."""
        try:
            encoded = json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
        except (TypeError, ValueError) as error:
            raise InvalidArgumentError(f"cannot be sent as JSON: {error}") from None
        return cls(
            method=method,
            path=path,
            body=encoded,
            content_type="application/json",
            idempotent=idempotent,
            pace=pace,
        )


def listing(
    where: str,
    call: PageCall,
    filters: Mapping[str, Param],
    *,
    missing: Sequence[int] = (),
    empty: Sequence[int] = (),
    paging: tuple[str, str] = ("page", "page_size"),
) -> Request:
    """A page of a list; filters that are ``None`` or empty are left out.

    Args:
        where: The list's path.
        call: The page.
        filters: Query parameters.
        missing: Codes that an unknown id or name has as its answer, where one is looked for.
        empty: Codes that a list without items has as its answer, on the oldest servers.
        paging: Names of the parameters for page number and page size.

    Raises:
        InvalidArgumentError: An id or name to look for is blank, without which any item would
            match; or ``desc`` is not a truth value.
    """
    desc = filters.get("desc")
    if desc is not None and not isinstance(desc, bool):
        raise InvalidArgumentError(f"desc must be True or False, not {desc!r:.80}")
    for name in ("id", "name"):
        sought = filters.get(name)
        if sought is not None and not (isinstance(sought, str) and sought.strip()):
            raise InvalidArgumentError(f"{name} must be a text that is not empty, not {sought!r}")
    wanted = {name: value for name, value in filters.items() if value not in (None, "", [], ())}
    number, size = paging
    params: dict[str, Param] = {number: call.page, size: call.page_size, **wanted}
    looks_for_one = not wanted.keys().isdisjoint(("id", "name"))
    return Request.get(where, params, missing=missing if looks_for_one else (), empty=empty)


def path(*segments: str) -> str:
    """Joins path segments, each percent-encoded; an empty or slashed one is refused.

    An empty id would turn ``DELETE /chats/{id}`` into ``DELETE /chats``, which is another route.
    """
    return "".join("/" + quote(encoded(_segment(segment)), safe="") for segment in segments)


def _segment(segment: str) -> str:
    if not isinstance(segment, str) or not segment.strip():
        raise InvalidArgumentError(f"an id must be a text that is not empty, not {segment!r}")
    if "/" in segment or "\\" in segment or segment in (".", ".."):
        raise InvalidArgumentError(f"not an id: {segment!r}")
    return segment


def encoded(text: str) -> bytes:
    """The UTF-8 bytes of a text.

    Raises:
        InvalidArgumentError: It has none, for example half a surrogate pair.
    """
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise InvalidArgumentError(f"no Unicode text: {text!r:.80}") from None


def encode_params(params: Mapping[str, Param]) -> tuple[tuple[str, str], ...]:
    """Query parameters as pairs: lists repeat their key, booleans read ``True`` and ``False``."""
    pairs: list[tuple[str, str]] = []
    for key, value in params.items():
        if value is None:
            continue
        values = [value] if isinstance(value, str | int | float) else value
        pairs.extend((key, encoded(str(item)).decode()) for item in values)
    return tuple(pairs)
