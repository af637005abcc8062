"""A text that grows piece by piece and is seldom looked at as a whole."""

from __future__ import annotations

__all__ = ["Growth"]


class Growth:
    """Keeps the pieces of a text; whoever looks at it regularly pays for what is new."""

    def __init__(self, text: str) -> None:
        self._pieces = [text]
        self._known, self._end = text, 1

    def add(self, piece: str) -> int:
        """Appends a piece and gives how many there are now."""
        self._pieces.append(piece)
        return len(self._pieces)

    def until(self, end: int) -> str:
        """The first so many pieces as one text."""
        if end < self._end:
            return "".join(self._pieces[:end])
        self._known += "".join(self._pieces[self._end : end])
        self._end = end
        return self._known

    def whole(self) -> str:
        """All of it."""
        return self.until(len(self._pieces))
