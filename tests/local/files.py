"""Files made for the tests, and the text found in them."""

import io
from typing import Any

from pypdf import PdfReader, PdfWriter
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from ragflow.local.extraction import extract


def text_of(name: str, content: str | bytes) -> str:
    """The extracted text of a file that gives one section."""
    blob = content.encode() if isinstance(content, str) else content
    (section,) = extract(name, blob)
    assert section.page == 1
    return section.text


def make_pdf(*pages: str, font: str = "Helvetica") -> bytes:
    """A PDF with one line of text per line of each page."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=A4)
    for page in pages:
        canvas.setFont(font, 12)
        for number, line in enumerate(page.splitlines()):
            canvas.drawString(72, 750 - 16 * number, line)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def encrypt(blob: bytes, user_password: str, algorithm: str) -> bytes:
    """The PDF with a user password."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(blob)))
    writer.encrypt(user_password, "owner", algorithm=algorithm)
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def save(document: Any) -> bytes:
    """The bytes of a Word document."""
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()
