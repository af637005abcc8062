"""JSON as servers write it."""

from __future__ import annotations

import json
from collections.abc import Callable

__all__ = ["Decode", "json_object"]

Decode = Callable[[bytes], object]


def json_object(body: bytes, decode: Decode = json.loads) -> dict[str, object] | None:
    """The JSON object that some bytes are, or ``None``; up to v0.25 a number in it may be NaN."""
    try:
        value = decode(body)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
