"""How values become bytes: the JSON envelope, stream frames, dates, ids and errors."""

from __future__ import annotations

import json
import time
import uuid
from datetime import UTC, datetime
from typing import Any, Final

from starlette.responses import Response

MISSING: Final = object()


class WireError(Exception):
    """A failure that the client is told about in an error envelope.

    Attributes:
        code: The number in the body's ``code``.
        message: A sentence for people.
        data: The body's ``data``; left out when not given.
        status: The HTTP status, 200 for nearly everything.
        extra: Further keys of the body.
    """

    def __init__(
        self, code: int, message: str, *, data: Any = MISSING, status: int = 200, **extra: Any
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.data = data
        self.status = status
        self.extra = extra

    def response(self, names: tuple[str, str] = ("code", "message")) -> Response:
        """The HTTP answer that reports this failure, under the names for code and message."""
        body = {names[0]: self.code, names[1]: self.message, **self.extra}
        if self.data is not MISSING:
            body["data"] = self.data
        return json_response(body, self.status)


class OuterError(WireError):
    """A failure that no route answers itself: an exception, an unknown path, a refused key."""


def data_error(message: str) -> WireError:
    """The catch-all of the protocol: something named in the request is not as it should be."""
    return WireError(102, message)


def argument_error(message: str) -> WireError:
    """A value of the request has the wrong form."""
    return WireError(101, message)


def uncaught(error: BaseException | str) -> WireError:
    """What real servers answer when their own code raised."""
    return OuterError(100, error if isinstance(error, str) else repr(error), data=None)


def refusal(code: int, message: str) -> WireError:
    """A failure whose code differs between generations; code 100 is that of stumbling servers."""
    return uncaught(message) if code == 100 else WireError(code, message)


def json_bytes(value: Any) -> bytes:
    """Encode a JSON body: sorted keys, ASCII only, no blanks, one newline at the end."""
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode("ascii") + b"\n"


def json_response(value: Any, status: int = 200) -> Response:
    """A JSON answer."""
    return Response(json_bytes(value), status, media_type="application/json")


def frame(value: Any) -> bytes:
    """Encode one server-sent event: keys in their own order, text as it is."""
    return b"data:" + json.dumps(value, ensure_ascii=False).encode("utf-8", "replace") + b"\n\n"


def now_ms() -> int:
    """The time in milliseconds since the epoch."""
    return time.time_ns() // 1_000_000


def new_id() -> str:
    """A fresh id: 32 hexadecimal digits that begin with the time."""
    return uuid.uuid1().hex


def date(milliseconds: int | None, *, iso: bool) -> str | None:
    """Write a time as the servers do: local wall-clock time, in one of two formats."""
    if milliseconds is None:
        return None
    local = datetime.fromtimestamp(milliseconds / 1000, tz=UTC).astimezone()
    return f"{local:%Y-%m-%dT%H:%M:%S}" if iso else f"{local:%a, %d %b %Y %H:%M:%S} GMT"


def clock(milliseconds: int | None = None) -> str:
    """The local wall-clock time, as in the lines of a progress message."""
    return (
        f"{datetime.fromtimestamp((milliseconds or now_ms()) / 1000, tz=UTC).astimezone():%H:%M:%S}"
    )


def timestamp(seconds: float) -> str:
    """Write the creation time of a chunk."""
    return f"{datetime.fromtimestamp(seconds, tz=UTC).astimezone():%Y-%m-%d %H:%M:%S}"
