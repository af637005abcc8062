"""Chunks: bounded, in order, and complete."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragflow.local.chunking import Piece, count_tokens, split
from ragflow.local.extraction import Section

WORDS = st.text(
    alphabet=st.sampled_from(
        "abc XYZ,.!?;:。！？；\n\t 检索增强生成データ베이스é🙂-_'\"()0123456789"
    ),
    max_size=400,
)
DELIMITERS = st.sampled_from(["\n", "\\n", "\\n!?;。；！？", "", "`ab`", "a`。`;", "`", "[^]\\-"])


def texts(pieces: list[Piece]) -> list[str]:
    """The texts of the chunks."""
    return [piece.text for piece in pieces]


def squeeze(text: str) -> str:
    """The text without blanks."""
    return "".join(text.split())


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", 0),
        (" \n", 0),
        ("word", 1),
        ("retrieval", 2),
        ("Hello, world!", 4),
        ("检索增强", 4),
        ("用GPT4回答。", 5),
    ],
)
def test_token_counts_follow_the_script(text: str, tokens: int) -> None:
    """East Asian letters and marks count one each, words by their length."""
    assert count_tokens(text) == tokens


def test_cuts_at_delimiters_and_merges_up_to_the_limit() -> None:
    """Neighbours share a chunk as long as they fit."""
    sections = [Section("one two\nthree four\nfive six", 1)]
    assert texts(split(sections, chunk_token_num=2, delimiter="\n")) == [
        "one two",
        "three four",
        "five six",
    ]
    assert texts(split(sections, chunk_token_num=4, delimiter="\n")) == [
        "one two\nthree four",
        "five six",
    ]
    (piece,) = split(sections, chunk_token_num=128, delimiter="\n")
    assert piece == Piece("one two\nthree four\nfive six", [[1, 0, 0, 0, 0]], 6)


def test_backslash_n_means_a_line_break() -> None:
    """Configurations spell the line break with two characters."""
    sections = [Section("one\ntwo", 1)]
    assert texts(split(sections, chunk_token_num=1, delimiter="\\n")) == ["one", "two"]


def test_every_character_of_a_delimiter_cuts() -> None:
    """The default delimiters of either language end a sentence."""
    sections = [Section("你好！再见。How? So; end", 1)]
    assert texts(split(sections, chunk_token_num=3, delimiter="\\n!?;。；！？")) == [
        "你好！",
        "再见。",
        "How?",
        "So; end",
    ]


def test_text_between_backticks_is_one_delimiter_that_no_chunk_crosses() -> None:
    """Whole-text delimiters are borders even where neighbours would fit together."""
    sections = [Section("a # b\n## c d;e ## f", 1), Section("g", 2)]
    pieces = split(sections, chunk_token_num=100, delimiter="`##`;")
    assert texts(pieces) == ["a # b\n##", "c d;e ##", "f\ng"]
    assert pieces[2].positions == [[1, 0, 0, 0, 0], [2, 0, 0, 0, 0]]
    assert texts(split([Section("x##y", 1)], chunk_token_num=9, delimiter="`#``##`")) == [
        "x##",
        "y",
    ]


def test_positions_name_the_pages() -> None:
    """A chunk that spans pages says so."""
    sections = [Section("first", 3), Section("second", 4), Section("third", 5)]
    pieces = split(sections, chunk_token_num=2, delimiter="\n")
    assert [piece.positions for piece in pieces] == [
        [[3, 0, 0, 0, 0], [4, 0, 0, 0, 0]],
        [[5, 0, 0, 0, 0]],
    ]


def test_a_long_stretch_is_cut_between_sentences_then_words() -> None:
    """Where delimiters do not help, sentences stay whole if they can, words anyway."""
    text = "Alpha beta gamma. Delta epsilon. " + "zeta " * 9
    pieces = split([Section(text, 1)], chunk_token_num=4, delimiter="\n")
    assert texts(pieces) == [
        "Alpha beta gamma.",
        "Delta epsilon.",
        "zeta zeta zeta zeta",
        "zeta zeta zeta zeta",
        "zeta",
    ]


def test_a_long_run_is_cut_between_letters() -> None:
    """Chinese without marks and words longer than a chunk are cut where the limit is."""
    assert texts(split([Section("检索增强生成系统", 1)], chunk_token_num=3, delimiter="")) == [
        "检索增",
        "强生成",
        "系统",
    ]
    pieces = split([Section("go " + "x" * 20, 1)], chunk_token_num=2, delimiter="")
    assert texts(pieces) == ["go", "x" * 12, "x" * 8]


@pytest.mark.parametrize("limit", [0, -5])
def test_limits_below_one_count_as_one(limit: int) -> None:
    """A senseless limit neither fails nor loops."""
    sections = [Section("a b", 1)]
    assert texts(split(sections, chunk_token_num=limit, delimiter="\n")) == ["a", "b"]


@pytest.mark.parametrize(
    "sections", [[], [Section("", 1)], [Section(" \n\t", 1), Section("\n", 2)]]
)
def test_nothing_gives_no_chunks(sections: list[Section]) -> None:
    """Blank text has no chunks."""
    assert split(sections, chunk_token_num=128, delimiter="\n") == []


@given(st.lists(WORDS, max_size=4), st.integers(-1, 60), DELIMITERS)
def test_no_text_is_lost_and_no_chunk_is_too_long(
    pages: list[str], limit: int, delimiter: str
) -> None:
    """The chunks joined are the text again, blanks aside, each within the limit and counted."""
    sections = [Section(text, number) for number, text in enumerate(pages, 1)]
    pieces = split(sections, chunk_token_num=limit, delimiter=delimiter)
    assert squeeze("".join(texts(pieces))) == squeeze("".join(pages))
    for piece in pieces:
        assert piece.text == piece.text.strip() != ""
        assert piece.tokens == count_tokens(piece.text) <= max(1, limit)
        assert piece.positions


def test_a_book_is_cut_in_linear_time() -> None:
    """A megabyte without the delimiter is no problem."""
    text = "A sentence of several words that goes on and on\nin the next line. " * 4_000
    pieces = split([Section(text, 1)], chunk_token_num=512, delimiter="@")
    assert len(pieces) > 100
    assert squeeze("".join(texts(pieces))) == squeeze(text)
