"""The names that files get on the server."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragflow.errors import InvalidArgumentError
from ragflow.ingest.names import (
    checked_name,
    document_name,
    folded_name,
    qualified_name,
    split_suffix,
)
from ragflow.ingest.paths import escaped, unescaped

# Letters, marks, undecodable bytes, emoji; neither slashes nor control characters.
PART = st.text(
    st.one_of(
        st.sampled_from("ab. ~(1)…é\u0301\u0304"),
        st.characters(exclude_categories=["Cc"], exclude_characters="/"),
    ),
    min_size=1,
    max_size=60,
).filter(lambda part: part not in (".", ".."))
PATH = st.lists(PART, min_size=1, max_size=6).map("/".join).map(escaped)


def fits(name: str, limit: int) -> bool:
    """Whether a name is within a limit in UTF-8."""
    return len(name.encode()) <= limit


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("guide.pdf", "guide.pdf"),
        ("hr/leave/guide.pdf", "hr - leave - guide.pdf"),
        ("hr/.env", "hr - .env"),
        ('say "hi" 🙂.txt', 'say "hi" 🙂.txt'),
        ("cafe\u0301.txt", "caf\u00e9.txt"),
        ("bad\udcff.txt", "bad\ufffd.txt"),
        ("bad\\xff.txt", "bad\ufffd.txt"),
        ("back\\x5cxslash.txt", "back\\xslash.txt"),
        ("a\\b.txt", "a\\b.txt"),
    ],
)
def test_a_name_is_made_of_the_path(path: str, name: str) -> None:
    """Folders are part of the name; text is composed and decodable."""
    assert document_name(path) == name


@pytest.mark.parametrize("path", ["", "a//b", "/a", "a/", "..", "a/../b", "./a", "a\nb", "a\0"])
def test_a_path_that_gives_no_name(path: str) -> None:
    """Empty parts, climbing and control characters are refused."""
    with pytest.raises(InvalidArgumentError):
        document_name(path)


def test_a_long_path_loses_its_beginning() -> None:
    """The end of a long name is kept, with a tag of the whole path before the suffix."""
    path = "/".join(["folder" * 10] * 6) + "/report.pdf"
    name = document_name(path)
    assert name.startswith("…")
    assert name.endswith(".pdf")
    assert " - report~" in name
    assert fits(name, 255)
    assert name != document_name(path.replace("folder", "holder", 1))


def test_a_base_name_that_is_too_long() -> None:
    """A name that is too long by itself cannot be mended without the user."""
    with pytest.raises(InvalidArgumentError, match="name_for"):
        document_name("x" * 252 + ".pdf")
    assert fits(document_name("folder/" + "x" * 251 + ".pdf"), 255)


@pytest.mark.parametrize("name", ["a/b", "", "..", "a\tb", "x" * 256, None])
def test_a_name_of_the_users(name: str) -> None:
    """What ``name_for`` gives must be a file name that servers take."""
    with pytest.raises(InvalidArgumentError, match=r"some/path\.txt"):
        checked_name(name, 255, path="some/path.txt")


@given(PATH, st.integers(64, 255))
def test_names_fit_and_keep_their_suffix(path: str, limit: int) -> None:
    """However long a path, its name has at most so many bytes and the suffix of the file."""
    try:
        name = document_name(path, limit)
    except InvalidArgumentError:
        assert not fits(checked_name(unescaped(path.split("/")[-1])), limit)
        return
    assert fits(name, limit)
    assert name.endswith(split_suffix(checked_name(unescaped(path.split("/")[-1])))[1])
    assert unicodedata.is_normalized("NFC", name)


@given(PATH)
def test_a_name_is_its_own_name(path: str) -> None:
    """What is named once keeps that name at the top of a folder."""
    try:
        name = document_name(path)
    except InvalidArgumentError:
        return
    assert document_name(escaped(name)) == name


@given(PART, PART, PATH, st.integers(64, 255))
def test_a_qualified_name_is_another_one(name: str, root: str, path: str, limit: int) -> None:
    """It fits, keeps the suffix, and two places give two names."""
    name = checked_name(name)
    here = qualified_name(name, root, path, limit)
    there = qualified_name(name, root + "2", path, limit)
    assert len({name, here, there}) == 3
    assert fits(here, limit)
    assert here.endswith(split_suffix(name)[1])


def test_a_qualified_name_shows_eight_digits() -> None:
    """The tag stands before the suffix."""
    stem, suffix = split_suffix(qualified_name("guide.pdf", "/root", "guide.pdf"))
    assert (stem[:6], len(stem), suffix) == ("guide~", 14, ".pdf")


def test_names_that_servers_take_for_the_same() -> None:
    """Case and accents do not tell two names apart in most databases."""
    assert folded_name("Résumé.PDF") == folded_name("resume.pdf") == "resume.pdf"
    assert folded_name("Straße") == folded_name("STRASSE")
    assert folded_name("a.pdf") != folded_name("b.pdf")
