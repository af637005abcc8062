"""Marks in answers that name the passages they rest on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ragflow.local.generations import Generation

_MARK = re.compile(r"\[ID:(\d+)\]")
_MARK_AND_BLANK = re.compile(r" ?\[ID:\d+\]")
_MARK_BEGUN = re.compile(r" ?\[(I(D(:\d*)?)?)?$")


def finished(text: str, generation: Generation) -> str:
    """A finished text with its marks as the generation writes them."""
    return _MARK.sub(lambda match: generation.citation.format(match[1]), text)


def unfinished(text: str, generation: Generation) -> str:
    """A text on its way; where marks come last it has none, also when it ends within one."""
    if not generation.citations_come_last:
        return finished(text, generation)
    return _MARK_BEGUN.sub("", _MARK_AND_BLANK.sub("", text))
