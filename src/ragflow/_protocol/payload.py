"""JSON as servers write it."""

from __future__ import annotations

import json

__all__ = ["json_object"]


def json_object(body: bytes) -> dict[str, object] | None:
    """The JSON object that some bytes are, or ``None``; up to v0.25 a number in it may be NaN."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
