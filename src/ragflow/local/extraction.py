"""Turns the bytes of a file into sections of plain text."""

import re
from collections.abc import Callable
from pathlib import PurePath

from ragflow.local._formats.base import ExtractionError, Section
from ragflow.local._formats.markup import parse_html, parse_markdown
from ragflow.local._formats.pdf import parse_pdf
from ragflow.local._formats.records import parse_json, parse_json_lines
from ragflow.local._formats.tables import parse_csv, parse_tsv
from ragflow.local._formats.text import parse_text
from ragflow.local._formats.word import parse_docx

__all__ = ["SUPPORTED_SUFFIXES", "ExtractionError", "Section", "extract"]

_PLAIN = """
c cc conf cpp cs css go h hpp ini java js kt log lua php pl properties py r rb rs rst scala
sh sql swift tex text toml ts txt xml yaml yml
"""
_PARSERS: dict[str, Callable[[bytes], list[Section]]] = {
    **dict.fromkeys(_PLAIN.split(), parse_text),
    **dict.fromkeys(("md", "markdown", "mdx"), parse_markdown),
    **dict.fromkeys(("html", "htm", "xhtml"), parse_html),
    **dict.fromkeys(("jsonl", "ndjson", "ldjson"), parse_json_lines),
    "csv": parse_csv,
    "tsv": parse_tsv,
    "json": parse_json,
    "pdf": parse_pdf,
    "docx": parse_docx,
}
SUPPORTED_SUFFIXES: frozenset[str] = frozenset(_PARSERS)
"""File name suffixes that can be parsed, in lower case without the dot."""

_UNWANTED = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def extract(name: str, blob: bytes) -> list[Section]:
    """Extracts the text of a file.

    Args:
        name: The file name; its suffix decides how the bytes are read.
        blob: The content of the file.

    Returns:
        The sections that hold any text, in reading order; none for an empty file.

    Raises:
        ExtractionError: The type is not supported, or the file is damaged, encrypted or not text.
    """
    suffix = PurePath(name).suffix.lower().lstrip(".")
    if suffix not in _PARSERS:
        kind = f"Files of type .{suffix}" if suffix else "Files without a suffix"
        known = ", ".join(sorted(SUPPORTED_SUFFIXES))
        raise ExtractionError(f"{kind} cannot be parsed; supported are: {known}.")
    if not blob.strip():
        return []
    try:
        sections = _PARSERS[suffix](blob)
    except RecursionError as error:
        raise ExtractionError("The file is nested too deeply.") from error
    cleaned = (Section(_clean(section.text), section.page) for section in sections)
    return [section for section in cleaned if section.text]


def _clean(text: str) -> str:
    """Text that any store and any encoder takes, with plain line breaks."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return re.sub(r"\n{3,}", "\n\n", _UNWANTED.sub("", text)).strip()
