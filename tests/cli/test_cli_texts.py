"""Texts that are made fit to be shown."""

from __future__ import annotations

import pytest

from ragflow import Reference
from ragflow.cli.texts import cited, count, excerpt, one_line, printable, size


def test_control_characters_cannot_reach_the_terminal() -> None:
    """Escape sequences and marks that turn the writing around are replaced, letters are not."""
    assert printable("a\x1b[2Jb\x07\x9b\u202ec\ud800") == "a�[2Jb���c�"
    assert printable("问\n\té 👩‍🚀") == "问\n\té 👩‍🚀"


def test_one_line() -> None:
    """Line breaks and runs of blanks become one blank."""
    assert one_line(" a\n\n b\tc \x00") == "a b c �"


def test_a_short_passage_is_shown_whole() -> None:
    """The matches of a short passage are where its marks were."""
    shown = excerpt("The <em>warranty</em>\nlasts <em>24</em> months.")
    assert shown.text == "The warranty lasts 24 months."
    assert [shown.text[start:stop] for start, stop in shown.matches] == ["warranty", "24"]


def test_a_long_passage_is_cut_around_its_matches() -> None:
    """The part with the most matches is shown, between whole words."""
    filler = "lorem ipsum dolor " * 40
    shown = excerpt(f"<em>One</em> {filler}the <em>two</em> and <em>three</em> {filler}")
    assert [shown.text[start:stop] for start, stop in shown.matches] == ["two", "three"]
    assert shown.text.startswith("… ")
    assert shown.text.endswith(" …")
    assert set(shown.text.split()) <= {"…", "lorem", "ipsum", "dolor", "the", "two", "and", "three"}
    assert len(shown.text) <= 224


def test_a_passage_without_matches_begins_at_its_beginning() -> None:
    """Without matches the beginning is shown."""
    shown = excerpt("word " * 100, 20)
    assert shown.text == "word word word word …"
    assert shown.matches == []


def test_a_text_without_blanks_is_cut_anywhere() -> None:
    """Chinese has no blanks to cut at."""
    shown = excerpt("甲" * 300 + "<em>乙</em>" + "丙" * 300, 50)
    assert [shown.text[start:stop] for start, stop in shown.matches] == ["乙"]
    assert len(shown.text) == 54


def test_citations_are_resolved_in_the_order_of_the_text() -> None:
    """Each cited reference is given once; numbers beyond the list are left out."""
    references = [Reference(document_name=name) for name in ("a.md", "b.md", "c.md")]
    answer = "One [ID:2]. Two [ID:0][ID:2]. Three [ID:7] and [ID:x]."
    assert [(n, r.document_name) for n, r in cited(answer, references)] == [
        (2, "c.md"),
        (0, "a.md"),
    ]


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1000, "1.0 kB"),
        (999_949, "999.9 kB"),
        (999_950, "1.0 MB"),
        (12_345_678_900, "12,345.7 MB"),
    ],
)
def test_sizes(octets: int, text: str) -> None:
    """Sizes are told in the unit that suits them."""
    assert size(octets) == text


def test_counts() -> None:
    """One of a thing is singular."""
    assert [count(number, "file") for number in (0, 1, 2000)] == [
        "0 files",
        "1 file",
        "2,000 files",
    ]
