"""What every parser gives and raises."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Section:
    """A stretch of a document's text.

    Attributes:
        text: The text, with its line breaks.
        page: The page it stands on, counted from 1; 1 in formats without pages.
    """

    text: str
    page: int


class ExtractionError(Exception):
    """A file has no text that can be used; the message says why in one sentence."""
