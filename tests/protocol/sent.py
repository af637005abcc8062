"""What a request would put on the wire."""

from __future__ import annotations

import json
from typing import Any

from ragflow._protocol.requests import Request


def body(request: Request) -> Any:
    """The JSON body."""
    assert isinstance(request.body, bytes)
    assert request.content_type == "application/json"
    return json.loads(request.body)


def line(request: Request) -> str:
    """Verb and path."""
    return f"{request.method} {request.path}"
