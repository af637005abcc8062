"""Text out of plain files, tables and records, and clear refusals."""

import codecs
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.files import text_of
from ragflow.local.extraction import SUPPORTED_SUFFIXES, ExtractionError, extract


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
