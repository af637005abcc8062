"""What single frames of an answer hold, in the shapes of all server generations."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ..errors import ProtocolError
from .payload import json_object

__all__ = ["THINK", "cited", "json_of", "number_of", "split_thinking", "text_of", "unknown"]

OLD_CITATION = re.compile(r"##(\d+)\$\$")
THINK, THOUGHT = "<think>", "</think>"
# What of a frame is in a message's own fields.
TAKEN = frozenset(
    {
        *("answer", "reference", "id", "session_id", "created_at", "prompt", "final"),
        *("start_to_think", "end_to_think"),
    }
)


def json_of(payload: bytes) -> Mapping[str, object]:
    """The JSON object that a frame is.

    Raises:
        ProtocolError: It is something else.
    """
    frame = json_object(payload)
    if frame is None:
        excerpt = payload[:200].decode("utf-8", "replace")
        raise ProtocolError(f"a frame of the answer is not a JSON object: {excerpt!r}")
    return frame


def cited(reference: object) -> tuple[list[object], dict[str, object]]:
    """The cited chunks, in any of the shapes that servers give them, and what stands beside them.

    A chunk that is no object becomes an empty one: ``[ID:n]`` in the text counts it too.
    """
    beside = dict(reference) if isinstance(reference, Mapping) else {}
    chunks = beside.pop("chunks", None) if isinstance(reference, Mapping) else reference
    if isinstance(chunks, Mapping):
        chunks = list(chunks.values())
    if not isinstance(chunks, list):
        return [], beside
    return [chunk if isinstance(chunk, dict) else {} for chunk in chunks], beside


def split_thinking(text: str) -> tuple[str, str]:
    """Reasoning and answer; while the model still thinks, servers close the mark in each frame.

    Only a text that begins with the mark does: an answer may well speak of it. Citations read
    ``[ID:0]`` in the answer, though servers up to v0.19.0 write ``##0$$``.
    """
    thinking, answer = "", text
    if text.lstrip().startswith(THINK):
        thinking, _, answer = text.lstrip().removeprefix(THINK).partition(THOUGHT)
    return thinking, OLD_CITATION.sub(r"[ID:\1]", answer) if "##" in answer else answer


def unknown(data: Mapping[str, object]) -> dict[str, object]:
    """What of a frame has no field of its own in a message."""
    return {name: value for name, value in data.items() if name not in TAKEN}


def text_of(data: Mapping[str, object], key: str) -> str:
    """A field, if it is a text."""
    value = data.get(key)
    return value if isinstance(value, str) else ""


def number_of(data: Mapping[str, object], key: str) -> float | None:
    """A field, if it is a number."""
    value = data.get(key)
    return float(value) if isinstance(value, int | float) else None
