"""Dates as servers write them, in either of two forms."""

from __future__ import annotations

from datetime import datetime

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def parse_date(text: object) -> datetime:
    """Reads ``2024-10-24T09:14:07`` or ``Thu, 24 Oct 2024 09:14:07 GMT``.

    The result has no zone: servers write their local wall-clock time, and up to v0.23 call it GMT.

    Raises:
        ValueError: The text is neither.
        TypeError: It is not a text.
        OverflowError: Its year is beyond all calendars.
    """
    if not isinstance(text, str):
        raise TypeError(f"{text!r} is not a date")
    if text[3:5] != ", ":
        return datetime.fromisoformat(text).replace(tzinfo=None)
    day, month, year, clock = text[5:].split()[:4]
    hour, minute, second = clock.split(":")
    return datetime(
        int(year), MONTHS.index(month) + 1, int(day), int(hour), int(minute), int(second)
    )
