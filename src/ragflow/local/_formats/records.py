"""JSON and JSON lines, as readable ``path: value`` lines."""

import json
from collections.abc import Iterator
from typing import Any

from ragflow.local._formats.base import ExtractionError, Section
from ragflow.local._formats.text import decode


def parse_json(blob: bytes) -> list[Section]:
    """Gives one record per element of a list, or one for the whole document."""
    value = _load(decode(blob), "The file")
    return _sections(value if isinstance(value, list) else [value])


def parse_json_lines(blob: bytes) -> list[Section]:
    """Gives one record per line that is not blank."""
    lines = enumerate(decode(blob).split("\n"), 1)
    return _sections([_load(line, f"Line {number}") for number, line in lines if line.strip()])


def _load(text: str, what: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise ExtractionError(f"{what} is not valid JSON: {error}.") from error


def _sections(records: list[Any]) -> list[Section]:
    return [Section("\n\n".join("\n".join(_lines(record, "")) for record in records), 1)]


def _lines(value: Any, path: str) -> Iterator[str]:
    """The lines of one value; a list of scalars stays on one line."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _lines(item, f"{path}.{key}" if path else key)
    elif isinstance(value, list) and any(isinstance(item, dict | list) for item in value):
        for index, item in enumerate(value):
            yield from _lines(item, f"{path}[{index}]")
    else:
        items = value if isinstance(value, list) else [value]
        words = ", ".join(map(_scalar, filter(_filled, items)))
        if words:
            yield f"{path}: {words}" if path else words


def _filled(value: Any) -> bool:
    return value is not None and value != ""


def _scalar(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
