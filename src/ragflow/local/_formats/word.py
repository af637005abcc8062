"""Word documents: paragraphs and tables in the order they stand in."""

import io
import zipfile
from collections.abc import Iterator
from typing import Any

from docx import Document
from docx.oxml.ns import qn

from ragflow.local._formats.base import ExtractionError, Section

MAX_UNPACKED_BYTES = 200_000_000
MAX_MEMBERS = 10_000

_OLE_MAGIC = b"\xd0\xcf\x11\xe0"
_BREAKS = {qn("w:tab"): "\t", qn("w:br"): "\n", qn("w:cr"): "\n", qn("w:noBreakHyphen"): "-"}
# Settings (which know tabs too), text that was moved away, and copies for older programs.
_SKIPPED = {
    qn("w:pPr"),
    qn("w:rPr"),
    qn("w:moveFrom"),
    "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback",
}


def parse_docx(blob: bytes) -> list[Section]:
    """Gives one section; table rows are lines with their cells parted by ``|``."""
    if blob.startswith(_OLE_MAGIC):
        raise ExtractionError("The file is an encrypted or an old binary Word document, not docx.")
    try:
        _refuse_bomb(blob)
        body = Document(io.BytesIO(blob)).element.body
        text = "\n".join(_blocks(body))
    except ExtractionError:
        raise
    except Exception as error:  # a damaged package surfaces as nearly any exception of the parser
        raise ExtractionError(f"The docx file is damaged and cannot be read: {error}.") from error
    return [Section(text, 1)]


def _refuse_bomb(blob: bytes) -> None:
    """Looks at the sizes the archive declares before anything is unpacked."""
    with zipfile.ZipFile(io.BytesIO(blob)) as archive:
        members = archive.infolist()
    if len(members) > MAX_MEMBERS or sum(m.file_size for m in members) > MAX_UNPACKED_BYTES:
        raise ExtractionError("The docx file unpacks to far more data than a document needs.")


def _children(element: Any) -> Iterator[Any]:
    """The children of an element, those inside content controls included."""
    for child in element:
        if child.tag == qn("w:sdt"):
            yield from _children(child.find(qn("w:sdtContent")))
        else:
            yield child


def _blocks(element: Any) -> Iterator[str]:
    """The lines of a body or a cell."""
    for child in _children(element):
        if child.tag == qn("w:p"):
            yield "".join(_runs(child)).strip()
        elif child.tag == qn("w:tbl"):
            yield from (_row(row) for row in _children(child) if row.tag == qn("w:tr"))


def _row(row: Any) -> str:
    cells = (" ".join(_blocks(cell)).strip() for cell in _children(row) if cell.tag == qn("w:tc"))
    return " | ".join(filter(None, cells))


def _runs(element: Any) -> Iterator[str]:
    """The text of a paragraph, with its links, tracked insertions and text boxes."""
    for node in element:
        if node.tag == qn("w:t"):
            yield node.text or ""
        elif node.tag in _BREAKS:
            yield _BREAKS[node.tag]
        elif node.tag not in _SKIPPED:
            yield from _runs(node)
            if node.tag == qn("w:p"):
                yield "\n"
