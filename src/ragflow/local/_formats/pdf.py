"""PDF files with a text layer, one section per page."""

import io
import logging
import re

from pypdf import PdfReader
from pypdf.errors import DependencyError, FileNotDecryptedError

from ragflow.local._formats.base import ExtractionError, Section

# The parser logs every oddity it tolerates; without a handler of the program's own, nobody asked.
logging.getLogger("pypdf").addHandler(logging.NullHandler())

MAX_PAGES = 5_000
MAX_CHARACTERS = 20_000_000


def parse_pdf(blob: bytes) -> list[Section]:
    """Gives the text of each page that has any."""
    try:
        sections = _sections(blob)
    except ExtractionError:
        raise
    except (DependencyError, FileNotDecryptedError) as error:
        raise ExtractionError("The PDF is encrypted and cannot be opened.") from error
    except Exception as error:  # a damaged file surfaces as nearly any exception of the parser
        raise ExtractionError(f"The PDF is damaged and cannot be read: {error}.") from error
    if not sections:
        raise ExtractionError("The PDF has no text layer (a scan?); text recognition is needed.")
    return sections


def _sections(blob: bytes) -> list[Section]:
    reader = PdfReader(io.BytesIO(blob))
    if reader.is_encrypted and not reader.decrypt(""):
        raise ExtractionError("The PDF is encrypted; a password is needed to read it.")
    pages = len(reader.pages)
    if pages > MAX_PAGES:
        raise ExtractionError(f"The PDF has {pages} pages; at most {MAX_PAGES} can be parsed.")
    sections = []
    size = 0
    for number, page in enumerate(reader.pages, 1):
        text = page.extract_text()
        size += len(text)
        if size > MAX_CHARACTERS:
            raise ExtractionError(f"The PDF has more than {MAX_CHARACTERS} characters of text.")
        if text.strip():
            sections.append(Section(_join_hyphens(text), number))
    return sections


def _join_hyphens(text: str) -> str:
    """Puts words together that were divided at the end of a line."""
    return re.sub(r"(?<=[a-z]{2})[-\u00ad]\n(?=[a-z]{2})", "", text)
