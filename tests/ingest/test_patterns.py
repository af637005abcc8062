"""Include and exclude patterns, against a plain reading of what they mean."""

from __future__ import annotations

import fnmatch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragflow.errors import InvalidArgumentError
from ragflow.ingest.patterns import rules

NAMES = st.text("ab.", min_size=1, max_size=3).filter(lambda name: name.strip("."))
PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)
PARTS = st.sampled_from(["a", "b", "*", "?", "a*", "*b", "[ab]", "[!a]", "**", ".*", "*a*b*"])
PATTERNS = st.tuples(st.lists(PARTS, min_size=1, max_size=4), st.booleans()).map(
    lambda made: "/".join(made[0]) + ("/" if made[1] else "")
)


def matches(parts: list[str], names: list[str]) -> bool:
    """Whether names fit parts, one by one; ``**`` stands for any number of them."""
    if not parts:
        return not names
    if parts[0] == "**":
        if len(parts) == 1:
            return bool(names)
        return any(matches(parts[1:], names[at:]) for at in range(len(names) + 1))
    return bool(names) and fnmatch.fnmatchcase(names[0], parts[0]) and matches(parts[1:], names[1:])


def means(pattern: str, path: str) -> bool:
    """Whether a pattern means a file."""
    names, parts = path.split("/"), pattern.rstrip("/").split("/")
    folder = pattern.endswith("/")
    if len(parts) == 1:
        parts = ["**", *parts]
    return matches([*parts, "**"] if folder else parts, names)


@given(PATTERNS, PATHS)
def test_include_means_what_it_says(pattern: str, path: str) -> None:
    """The compiled pattern takes what the plain reading takes."""
    assert rules(include=pattern).takes(path) == means(pattern, path)


@given(PATTERNS, PATHS)
def test_excluded_folders_take_all_in_them_along(pattern: str, path: str) -> None:
    """A file stays out when a pattern means it or a folder above it."""
    names = path.split("/")
    above = ["/".join(names[:end]) for end in range(1, len(names))]
    out = means(pattern, path)
    out = out or (not pattern.endswith("/") and any(means(pattern, folder) for folder in above))
    assert rules(exclude=[pattern]).takes(path) == (not out)


@given(PATTERNS, PATHS)
def test_no_file_is_behind_a_folder_that_is_not_entered(pattern: str, path: str) -> None:
    """What is taken can be reached, by globs and past excluded folders."""
    names = path.split("/")
    for chosen in (rules().narrowed(pattern), rules(exclude=pattern)):
        if chosen.takes(path):
            assert all(chosen.enters("/".join(names[:end])) for end in range(1, len(names)))


def test_folders_no_file_can_be_in_are_not_entered() -> None:
    """A glob keeps out of side folders, and an excluded folder is closed."""
    narrowed = rules().narrowed("a*/b/*.pdf")
    assert narrowed.enters("a1")
    assert narrowed.enters("a1/b")
    assert not narrowed.enters("b")
    assert not narrowed.enters("a1/c")
    assert not narrowed.enters("a1/b/c")
    assert not rules(exclude="node_modules/").enters("x/node_modules")
    assert rules(exclude="node_modules/").takes("x/node_modules")


def test_exclusion_wins() -> None:
    """A file that is included and excluded stays out."""
    chosen = rules(include="*.txt", exclude="draft*")
    assert chosen.takes("a/b.txt")
    assert not chosen.takes("a/draft.txt")
    assert not chosen.takes("drafts/b.txt")


@pytest.mark.parametrize(
    ("pattern", "name", "matches"),
    [
        ("[]]", "]", True),
        ("[!]]", "]", False),
        ("[a", "[a", True),
        ("[z-a]", "z", False),
        ("[!z-a]", "z", True),
        ("[a-]", "-", True),
        ("[^a]", "^", True),
        ("[&&~|\\]", "\\", True),
        ("a\\*", "a\\b", True),
        ("*.txt", "two\nlines.txt", True),
        ("**.txt", "a.txt", True),
        ("*", "Ä", True),
        ("A*", "a", False),
        ("/a", "a", True),
        ("./a", "a", True),
        ("a.c", "abc", False),
    ],
)
def test_corner_cases(pattern: str, name: str, matches: bool) -> None:
    """Brackets, backslashes, line breaks and case are what they look like."""
    assert rules(include=[pattern]).takes(name) is matches


def test_hidden_names_are_named_to_be_seen() -> None:
    """Only a pattern whose part begins with a dot shows what is hidden."""
    assert not rules(include=["*"]).shows(".git")
    chosen = rules(include=["*", ".env*", ".github/"])
    assert chosen.shows(".env.local")
    assert chosen.shows(".github")
    assert not chosen.shows(".git")
    assert rules().narrowed(".config/*").shows(".config")


@pytest.mark.parametrize("pattern", ["", "/", [""], [b"*"], [None]])
def test_what_is_no_pattern_is_refused(pattern: object) -> None:
    """Empty patterns and other things are mistakes."""
    with pytest.raises(InvalidArgumentError, match="not a pattern"):
        rules(include=pattern)  # type: ignore[arg-type]
