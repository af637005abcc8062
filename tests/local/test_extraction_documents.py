"""PDF and Word files: text in order, limits, and damage of all kinds."""

import io
import zipfile

import pytest
from docx import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont

from local.files import encrypt, make_pdf, save, text_of
from ragflow.local._formats import pdf, word
from ragflow.local.extraction import ExtractionError, Section, extract


def test_pdf_pages_are_sections() -> None:
    """Pages keep their numbers, blank pages are left out, divided words are joined."""
    sections = extract("a.pdf", make_pdf("First page of the hand-\nbook", "", "Third page"))
    assert sections == [Section("First page of the handbook", 1), Section("Third page", 3)]


def test_pdf_in_chinese() -> None:
    """Text in an East Asian font is read."""
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    (section,) = extract("a.pdf", make_pdf("向量数据库", font="STSong-Light"))
    assert "向量数据库" in section.text


def test_pdf_without_text_layer() -> None:
    """A scan says that text recognition is needed."""
    with pytest.raises(ExtractionError, match="no text layer"):
        extract("scan.pdf", make_pdf("", ""))


def test_pdf_encryption() -> None:
    """A file that opens without a password is read, one that does not is refused."""
    blob = make_pdf("For your eyes only")
    assert extract("a.pdf", encrypt(blob, "", "RC4-128"))[0].text == "For your eyes only"
    with pytest.raises(ExtractionError, match="encrypted"):
        extract("a.pdf", encrypt(blob, "secret", "RC4-128"))


def test_pdf_encryption_that_is_not_understood(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the cipher is missing, the file counts as encrypted."""

    def refuse(*_: object) -> None:
        raise pdf.DependencyError("cipher missing")

    monkeypatch.setattr(pdf.PdfReader, "decrypt", refuse)
    with pytest.raises(ExtractionError, match="encrypted and cannot be opened"):
        extract("a.pdf", encrypt(make_pdf("x"), "secret", "RC4-128"))


@pytest.mark.parametrize("blob", [b"%PDF-1.7\ngarbage", b"no pdf at all", make_pdf("x" * 50)[:400]])
def test_damaged_pdfs_are_refused(blob: bytes) -> None:
    """Cut or foreign files fail with one sentence."""
    with pytest.raises(ExtractionError, match="damaged"):
        extract("a.pdf", blob)


def test_pdf_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Too many pages and too much text are refused with the limit."""
    blob = make_pdf("one", "two", "three")
    monkeypatch.setattr(pdf, "MAX_CHARACTERS", 5)
    with pytest.raises(ExtractionError, match="more than 5 characters"):
        extract("a.pdf", blob)
    monkeypatch.setattr(pdf, "MAX_PAGES", 2)
    with pytest.raises(ExtractionError, match="has 3 pages; at most 2"):
        extract("a.pdf", blob)


def test_docx_keeps_the_order_of_paragraphs_and_tables() -> None:
    """Headings, paragraphs and tables come as they stand, breaks and tabs included."""
    document = Document()
    document.add_heading("Handbook", 1)
    paragraph = document.add_paragraph("Name:\tAda")
    paragraph.add_run().add_break()
    paragraph.add_run("London")
    paragraph.paragraph_format.tab_stops.add_tab_stop(1_000_000)
    table = document.add_table(rows=2, cols=3)
    for cell, text in zip((c for row in table.rows for c in row.cells), "ab cde", strict=True):
        cell.text = text.strip()
    table.rows[1].cells[2].add_table(1, 1).rows[0].cells[0].text = "nested"
    document.add_paragraph("The end")
    assert text_of("a.docx", save(document)).split("\n") == [
        "Handbook",
        "Name:\tAda",
        "London",
        "a | b",
        "c | d | e nested",
        "The end",
    ]


def test_docx_reads_links_insertions_boxes_and_controls() -> None:
    """Text inside other elements counts once; deleted and moved text does not."""
    document = Document()
    document.element.body.insert(
        0,
        parse_xml(
            f"""<w:p {nsdecls("w")} xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">
            <w:hyperlink><w:r><w:t>link </w:t></w:r></w:hyperlink>
            <w:ins><w:r><w:t>new</w:t></w:r></w:ins>
            <w:del><w:r><w:delText>old</w:delText></w:r></w:del>
            <w:moveFrom><w:r><w:t>moved</w:t></w:r></w:moveFrom>
            <w:r><mc:AlternateContent>
              <mc:Choice><w:txbxContent><w:p><w:r><w:t>box</w:t></w:r></w:p></w:txbxContent></mc:Choice>
              <mc:Fallback><w:txbxContent><w:p><w:r><w:t>box</w:t></w:r></w:p></w:txbxContent></mc:Fallback>
            </mc:AlternateContent></w:r></w:p>"""
        ),
    )
    document.element.body.insert(
        1,
        parse_xml(
            f"""<w:sdt {nsdecls("w")}><w:sdtContent>
            <w:p><w:r><w:t>controlled</w:t></w:r><w:r><w:t/></w:r></w:p></w:sdtContent></w:sdt>"""
        ),
    )
    assert text_of("a.docx", save(document)) == "link newbox\ncontrolled"


def test_an_empty_docx_has_no_sections() -> None:
    """A document without text is empty."""
    assert extract("a.docx", save(Document())) == []


@pytest.mark.parametrize(
    ("blob", "sentence"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 rest", "encrypted or an old binary"),
        (b"PK\x03\x04 cut off", "damaged"),
        (b"plain text", "damaged"),
        (save(Document())[:2000], "damaged"),
    ],
)
def test_damaged_docx_files_are_refused(blob: bytes, sentence: str) -> None:
    """Old, encrypted, cut and foreign files fail with one sentence."""
    with pytest.raises(ExtractionError, match=sentence):
        extract("a.docx", blob)


def test_zips_that_are_no_documents_are_refused() -> None:
    """Any other archive is not a Word document."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(ExtractionError, match="damaged"):
        extract("a.docx", buffer.getvalue())


def test_zip_bombs_are_refused_before_unpacking() -> None:
    """A small file that would unpack to far too much is not opened."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(3):
            archive.writestr(f"word/{number}.xml", bytes(word.MAX_UNPACKED_BYTES // 3 + 1))
    assert len(buffer.getvalue()) < 1_000_000
    with pytest.raises(ExtractionError, match="unpacks to far more"):
        extract("a.docx", buffer.getvalue())


def test_archives_of_countless_files_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The number of members is bounded too."""
    monkeypatch.setattr(word, "MAX_MEMBERS", 3)
    with pytest.raises(ExtractionError, match="unpacks to far more"):
        extract("a.docx", save(Document()))
