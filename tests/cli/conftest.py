"""Files to ask about."""

from __future__ import annotations

from pathlib import Path

import docx
import pytest
from reportlab.pdfgen.canvas import Canvas


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A directory with a PDF, a Word document and a table, one of them in a folder."""
    folder = tmp_path / "shop"
    (folder / "legal").mkdir(parents=True)
    page = Canvas(str(folder / "warranty.pdf"))
    page.drawString(72, 720, "The warranty of the kettle lasts 24 months from delivery.")
    page.save()
    document = docx.Document()
    document.add_paragraph("The kettle may be returned within 30 days, unused and in its box.")
    document.save(str(folder / "legal" / "returns.docx"))
    (folder / "prices.csv").write_text("Product,Price\nKettle,49 euros\nToaster,39 euros\n")
    return folder
