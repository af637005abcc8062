"""Text out of files of every supported type, and clear refusals."""

import codecs
import io
import json
import zipfile

import pytest
from docx import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader, PdfWriter
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from ragflow.local._formats import pdf, word
from ragflow.local.extraction import SUPPORTED_SUFFIXES, ExtractionError, Section, extract


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


def save(document: object) -> bytes:
    """The bytes of a Word document."""
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def test_text_keeps_its_lines_and_loses_what_no_store_takes() -> None:
    """Line breaks become plain ones and stray control characters go."""
    assert text_of("a.txt", b"one\r\ntwo\rthree\n\n\n\nfour" + b" " * 300 + b"\x01end\n") == (
        "one\ntwo\nthree\n\nfour" + " " * 300 + "end"
    )


@pytest.mark.parametrize(
    ("blob", "text"),
    [
        (codecs.BOM_UTF8 + "naïve 中文".encode(), "naïve 中文"),
        ("naïve 中文".encode("utf-16"), "naïve 中文"),
        (codecs.BOM_UTF16_BE + "naïve 中文".encode("utf-16-be"), "naïve 中文"),
        ("naïve 中文".encode("utf-32"), "naïve 中文"),
        ("检索增强生成，先检索后回答。".encode("gb18030"), "检索增强生成，先检索后回答。"),
        (
            "Der Müller aß für zwölf Euro Käse.".encode("cp1252"),
            "Der Müller aß für zwölf Euro Käse.",
        ),
        ("“quoted” – à la carte".encode("cp1252"), "“quoted” – à la carte"),
        (b"caf\xe9 \x81 latin", "café \x81 latin"),
    ],
)
def test_encodings_are_recognised(blob: bytes, text: str) -> None:
    """Marked Unicode, GB18030 and Western text all come out right."""
    assert text_of("note.txt", blob) == text


@pytest.mark.parametrize(
    ("blob", "sentence"),
    [
        (b"\x7fELF\x02\x01\x00\x00\x00\x00\x00\x00binary\x00\x00\x00", "binary data"),
        (codecs.BOM_UTF16_LE + b"a\x00b", "marked as utf-16"),
        ("\ufeffx".encode("utf-32-le") + b"\xff\xff\xff\xff", "marked as utf-32"),
    ],
)
def test_bytes_that_are_no_text_are_refused(blob: bytes, sentence: str) -> None:
    """Binary data under a text suffix fails with a reason."""
    with pytest.raises(ExtractionError, match=sentence):
        extract("a.txt", blob)


@pytest.mark.parametrize("name", sorted({f"a.{suffix}" for suffix in SUPPORTED_SUFFIXES}))
def test_empty_files_have_no_sections(name: str) -> None:
    """A file of blanks is empty, not damaged, whatever its type."""
    assert extract(name, b"") == []
    assert extract(name, b" \n\t\n") == []


@pytest.mark.parametrize(("name", "kind"), [("a.xlsx", ".xlsx"), ("README", "without a suffix")])
def test_unsupported_types_are_named_with_the_supported_ones(name: str, kind: str) -> None:
    """The sentence says what was wrong and what would work."""
    with pytest.raises(ExtractionError) as caught:
        extract(name, b"x")
    assert kind in str(caught.value)
    assert "docx" in str(caught.value)
    assert "pdf" in str(caught.value)


def test_the_suffix_may_be_in_capitals() -> None:
    """Names from old systems work too."""
    assert text_of("NOTES.TXT", "hello") == "hello"


@given(st.binary(max_size=300), st.sampled_from(sorted(SUPPORTED_SUFFIXES)))
def test_any_bytes_give_storable_text_or_the_one_error(blob: bytes, suffix: str) -> None:
    """Nothing but the documented error leaves the parsers, whatever the bytes."""
    try:
        sections = extract(f"file.{suffix}", blob)
    except ExtractionError:
        return
    for section in sections:
        assert section.text.encode()
        assert "\0" not in section.text


MARKDOWN = """\
---
title: Guide
---
# Getting *started* #1

Read the **whole** [manual](https://example.org/a_(b) "tip"), see ![a logo](logo.png) and
[the FAQ][faq] or <https://example.org>. <!-- hidden
note --> Use `snake_case_name` and ``a ` tick``; 2 * 3 * 4 stays, so does file_name_here.

> Quoted _wisdom_ with a \\*star\\*.

| Name | Price |
|------|:-----:|
| Tea  | ~~3~~ 4 |

***

* first <b>bold</b>
1. second

```python
# not a heading
x = a**b**c
```
~~~
``` inner
~~~
after
"""


def test_markdown_loses_its_marks_and_nothing_else() -> None:
    """Headings, links, tables and code keep their words."""
    text = text_of("guide.md", MARKDOWN)
    lines = text.split("\n")
    assert lines[0] == "title: Guide"
    assert "Getting started #1" in lines
    assert "Read the whole manual, see a logo and" in lines
    assert "the FAQ or https://example.org. " in text
    assert "hidden" not in text
    assert "Use snake_case_name and a ` tick; 2 * 3 * 4 stays, so does file_name_here." in text
    assert "Quoted wisdom with a *star*." in lines
    assert "Name | Price" in lines
    assert "Tea  | 3 4" in lines
    assert "---" not in text
    assert "***" not in text
    assert "* first bold" in lines
    assert "1. second" in lines
    assert "# not a heading" in lines
    assert "x = a**b**c" in lines
    assert "``` inner" in lines
    assert lines[-1] == "after"


HTML = """\
<?xml version="1.0"?><!DOCTYPE html>
<html><head><title>Tea</title><style>p {color: red}</style><script>var a = 1;</script></head>
<body><nav><a href="/">Home</a></nav><!-- a comment -->
<h1>Green
   tea</h1><p>Use <b>hot</b>,<br>not boiling water.</p>
<ul><li>80 &deg;C</li><li>2 minutes</li></ul>
<table><tr><th>Kind</th><th>Time</th></tr><tr><td>Black</td><td>4</td></tr></table>
<pre>one
  two</pre><div role="navigation">Next</div></body></html>
"""


def test_html_gives_one_line_per_block_without_boilerplate() -> None:
    """Scripts, styles, navigation and comments go; tables and preformatted text keep their form."""
    assert text_of("page.html", HTML).split("\n") == [
        "Tea",
        "Green tea",
        "Use hot,",
        "not boiling water.",
        "80 °C",
        "2 minutes",
        "Kind | Time",
        "Black | 4",
        "one",
        "  two",
    ]


@pytest.mark.parametrize("text", ["http://example.org/a.html", "notes.txt", "<p>a</p>.html"])
def test_html_that_looks_like_a_name_is_text(text: str) -> None:
    """Input resembling a file name or an address is parsed without a warning."""
    assert text_of("a.htm", text).replace("\n", "") == text.replace("<p>", "").replace("</p>", "")


def test_html_in_its_declared_encoding() -> None:
    """The encoding in the meta element counts when the bytes are not UTF-8."""
    page = '<meta charset="windows-1251"><p>Привет, мир</p>'
    assert text_of("a.html", page.encode("cp1251")) == "Привет, мир"
    unknown = '<meta charset="no-such"><p>caf\xe9</p>'
    assert text_of("a.html", unknown.encode("latin-1")) == "café"


def test_deeply_nested_html_is_refused() -> None:
    """Nesting beyond any page neither hangs nor leaks another error."""
    blob = b"<div>" * 20_000 + b"deep" + b"</div>" * 20_000
    with pytest.raises(ExtractionError, match="too deeply"):
        extract("a.html", blob)


def test_csv_rows_become_labelled_lines() -> None:
    """Each row reads by itself; blank cells go, extra ones are numbered."""
    table = 'Name,City,Note\nAda,London,"likes\nmaths"\nBob,,\n,,\n , ,\nEve,Rome,x,extra\n'
    assert text_of("people.csv", table).split("\n") == [
        "Name: Ada; City: London; Note: likes maths",
        "Name: Bob",
        "Name: Eve; City: Rome; Note: x; column 4: extra",
    ]


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("a.csv", "k;v\na;1,5\n"),
        ("a.csv", "k\tv\na\t1,5"),
        ("a.tsv", "k\tv\na\t1,5"),
        ("a.csv", "k|v\na|1,5"),
    ],
)
def test_tables_with_other_separators(name: str, table: str) -> None:
    """Semicolons, tabs and bars part cells as well as commas."""
    assert text_of(name, table) == "k: a; v: 1,5"


def test_a_table_of_one_row_keeps_it() -> None:
    """A lone row is no header without content."""
    assert text_of("a.csv", "just, one ,row\n") == "just; one; row"


def test_a_cell_beyond_reason_is_refused() -> None:
    """The parser's own limit becomes a sentence."""
    with pytest.raises(ExtractionError, match="table cannot be read"):
        extract("a.csv", b"a,b\n" + b"x" * 200_000)


def test_json_becomes_lines_of_paths() -> None:
    """Objects, lists, scalars and empty values read naturally."""
    value = {
        "name": "Ada",
        "tags": ["a", None, 1, True],
        "jobs": [{"at": "X"}, {"at": "Y"}],
        "no": None,
    }
    assert text_of("a.json", json.dumps(value)).split("\n") == [
        "name: Ada",
        "tags: a, 1, true",
        "jobs[0].at: X",
        "jobs[1].at: Y",
    ]


def test_json_lists_are_records() -> None:
    """The elements of a list are parted by a blank line; lone scalars stand alone."""
    assert text_of("a.json", '[{"a": 1}, {"a": 2}]') == "a: 1\n\na: 2"
    assert text_of("a.json", '"word"') == "word"
    assert text_of("a.jsonl", '{"a": "中\u2028文"}\n\n{"a": 2}\n') == "a: 中\u2028文\n\na: 2"


def test_json_with_half_a_character_is_storable() -> None:
    """Lone surrogates, which JSON can spell, do not reach the store."""
    assert text_of("a.json", '{"a": "x\\ud800y"}') == "a: xy"


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("a.json", "{", "The file is not valid JSON"),
        ("a.jsonl", '{"a": 1}\n{oops', "Line 2 is not valid JSON"),
        ("a.json", "[" * 100_000, "nested too deeply"),
    ],
)
def test_broken_json_is_refused(name: str, text: str, sentence: str) -> None:
    """The sentence says where the fault is."""
    with pytest.raises(ExtractionError, match=sentence):
        extract(name, text.encode())


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
