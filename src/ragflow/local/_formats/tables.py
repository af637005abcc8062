"""Comma and tab separated tables, one line of text per row."""

import csv
import io
from collections.abc import Iterator

from ragflow.local._formats.base import ExtractionError, Section
from ragflow.local._formats.text import decode


def parse_csv(blob: bytes) -> list[Section]:
    """Writes each row as ``header: value; header: value``."""
    text = decode(blob)
    return _parse(text, _delimiter(text))


def parse_tsv(blob: bytes) -> list[Section]:
    """Writes each row of a tab separated table as ``header: value; header: value``."""
    return _parse(decode(blob), "\t")


def _parse(text: str, delimiter: str) -> list[Section]:
    try:
        rows = [row for row in csv.reader(io.StringIO(text), delimiter=delimiter) if any(row)]
    except csv.Error as error:
        raise ExtractionError(f"The table cannot be read: {error}.") from error
    return [Section("\n".join(_lines(rows)), 1)]


def _delimiter(text: str) -> str:
    """The likeliest separator, judged by the header line."""
    header = text.lstrip().split("\n", 1)[0]
    return max(",;\t|", key=header.count)


def _lines(rows: list[list[str]]) -> Iterator[str]:
    if len(rows) == 1:
        yield "; ".join(filter(None, (_flat(cell) for cell in rows[0])))
        return
    headers = [_flat(header) for header in rows[0]] if rows else []
    for row in rows[1:]:
        headers += [""] * (len(row) - len(headers))
        cells = [
            f"{header or f'column {number}'}: {value}"
            for number, (header, value) in enumerate(zip(headers, map(_flat, row), strict=False), 1)
            if value
        ]
        if cells:
            yield "; ".join(cells)


def _flat(cell: str) -> str:
    """The cell on one line."""
    return " ".join(cell.split())
