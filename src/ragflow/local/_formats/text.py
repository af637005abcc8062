"""Plain text and source code, and the decoding that all text formats share."""

import codecs
import re

from ragflow.local._formats.base import ExtractionError, Section

# UTF-32 comes first: its little-endian mark starts with the one of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE_BYTES = 100_000
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def parse_text(blob: bytes) -> list[Section]:
    """Gives the whole text as one section."""
    return [Section(decode(blob), 1)]


def decode(blob: bytes, declared: str | None = None) -> str:
    """Decodes text of unknown encoding.

    Args:
        blob: The bytes of the file.
        declared: The encoding the document itself names, tried when the bytes are not UTF-8.

    Returns:
        The text without its byte order mark.

    Raises:
        ExtractionError: The bytes are not text.
    """
    marked = next((encoding for mark, encoding in _MARKS if blob.startswith(mark)), None)
    if marked:
        text = _try(blob, marked)
        if text is None:
            raise ExtractionError(f"The file is marked as {marked} text but is not.")
    else:
        text = _guess(blob, declared)
    if len(_CONTROL.findall(text)) > len(text) // 100:
        raise ExtractionError("The file holds binary data, not text.")
    return text


def _guess(blob: bytes, declared: str | None) -> str:
    """Decodes text without a byte order mark: UTF-8, declared, GB18030, then Western."""
    for encoding in ("utf-8", declared):
        text = _try(blob, encoding) if encoding else None
        if text is not None:
            return text
    text = _try(blob, "gb18030") if _looks_chinese(blob) else None
    if text is None:
        text = _try(blob, "cp1252")
    return blob.decode("latin-1") if text is None else text


def _try(blob: bytes, encoding: str) -> str | None:
    """The decoded text, or None when the bytes (or the name of the encoding) are not valid."""
    try:
        return blob.decode(encoding)
    except (UnicodeError, LookupError):
        return None


def _looks_chinese(blob: bytes) -> bool:
    """Tells GB18030 from Western text, much of which is valid GB18030 too.

    Chinese prose keeps to the punctuation and the commonest characters of GB 2312, both bytes of
    which are high; Western accents mostly stand alone between ASCII letters.
    """
    pairs = re.findall(rb"[\x81-\xfe][\x30-\xfe]", blob[:_SAMPLE_BYTES])
    common = sum(1 for a, b in pairs if (0xA1 <= a <= 0xA3 or 0xB0 <= a <= 0xD7) and b >= 0xA1)
    return common > 0.6 * len(pairs)
