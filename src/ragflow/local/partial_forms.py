"""Upload forms of which a server stores some files only."""

from __future__ import annotations

import re
from dataclasses import dataclass

from python_multipart.multipart import parse_options_header

_NAME = re.compile(rb'filename="((?:[^"\\\r\n]|\\.)*)"')


@dataclass(frozen=True, slots=True)
class PartialForm:
    """A form without the second half of its files.

    Attributes:
        body: What is left, as a request body.
        lost: The names of the files left out.
    """

    body: bytes
    lost: list[str]


def halve(body: bytes, content_type: str) -> PartialForm | None:
    """Leave out the second half of a form's files; None if there are fewer than two."""
    boundary = parse_options_header(content_type)[1].get(b"boundary", b"")
    mark = b"\r\n--" + boundary
    begin, *parts = (b"\r\n" + body).split(mark)
    names = [_file_name(part) for part in parts]
    files = [position for position, name in enumerate(names) if name is not None]
    lost = files[(len(files) + 1) // 2 :]
    if not boundary or not lost:
        return None
    kept = [part for position, part in enumerate(parts) if position not in lost]
    return PartialForm(
        mark.join([begin, *kept]).removeprefix(b"\r\n"),
        [name for position in lost if (name := names[position]) is not None],
    )


def _file_name(part: bytes) -> str | None:
    head, _, _ = part.partition(b"\r\n\r\n")
    found = _NAME.search(head)
    return None if found is None else found[1].decode(errors="replace")
