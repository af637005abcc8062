"""The table of server generations: what each release does, as it is documented."""

from __future__ import annotations

import inspect
from itertools import pairwise
from typing import Any

import pytest
from attrs import fields
from hypothesis import given
from hypothesis import strategies as st

from ragflow._protocol.dialects import DIALECTS, Dialect, dialect_for
from ragflow.errors import UnsupportedByServerError

# The releases at which something changed, or did not yet, and their column of FACTS below.
RELEASES = (
    *("0.13.0", "0.14.1", "0.15.1", "0.17.2", "0.18.0", "0.19.0", "0.20.5", "0.21.1", "0.22.1"),
    *("0.23.1", "0.24.0", "0.25.0", "0.25.1", "0.25.4", "0.25.6", "0.26.4", "0.27.0"),
)
IDS = {"id", "keywords"}
NAMED = IDS | {"name"}
STATES = NAMED | {"run", "suffix"}
OLD_PARSE, NEW_PARSE = ("POST", "chunks"), ("POST", "documents", "parse")
OLD_STOP, NEW_STOP = ("DELETE", "chunks"), ("POST", "documents", "stop")
OLD_ASK, NEW_ASK = ("chats", "{chat}", "completions"), ("chat", "completions")

# Each trait as pairs of a release and what holds from then on.
FACTS: dict[str, list[tuple[str, Any]]] = {
    "paging": [("0.13.0", ("offset", "limit")), ("0.14.1", ("page", "page_size"))],
    "empty_lists_fail": [("0.13.0", True), ("0.14.1", False)],
    "document_filters": [
        ("0.13.0", IDS),
        ("0.14.1", NAMED),
        ("0.21.1", STATES),
        ("0.25.1", STATES | {"ids"}),
    ],
    "finds_chunk_by_id": [("0.13.0", False), ("0.18.0", True)],
    "document_update": [("0.13.0", "PUT"), ("0.25.0", "PATCH")],
    "chunk_update": [("0.13.0", "PUT"), ("0.25.1", "PATCH")],
    "chat_update": [("0.13.0", "PUT"), ("0.25.0", "PATCH")],
    "session_update": [("0.13.0", "PUT"), ("0.25.1", "PATCH")],
    "parse_route": [("0.13.0", OLD_PARSE), ("0.25.1", NEW_PARSE)],
    "parses_again": [("0.13.0", True), ("0.14.1", False), ("0.18.0", True)],
    "stop_route": [("0.13.0", OLD_STOP), ("0.25.1", NEW_STOP)],
    "stops_running": [("0.13.0", True), ("0.14.1", False), ("0.17.2", True)],
    "cancelled_blocks_parse": [("0.13.0", False), ("0.17.2", True), ("0.25.0", False)],
    "completion_route": [("0.13.0", OLD_ASK), ("0.25.1", NEW_ASK)],
    "completion_names_chat": [("0.13.0", False), ("0.25.1", True)],
    "completion_sends_history": [("0.13.0", False), ("0.25.1", True), ("0.25.6", False)],
    "new_chat_schema": [("0.13.0", False), ("0.25.0", True)],
    "chat_update_resends_datasets": [
        ("0.13.0", True),
        ("0.14.1", False),
        ("0.19.0", True),
        ("0.25.0", False),
    ],
    "keyword_weight_read_is_vector": [("0.13.0", True), ("0.17.2", False)],
    "dataset_language": [
        ("0.13.0", ("language",)),
        ("0.19.0", ()),
        ("0.25.0", ("ext", "language")),
    ],
    "layout_recognize_is_text": [("0.13.0", False), ("0.17.2", True)],
    "code_109_is_permission": [("0.13.0", False), ("0.25.0", True)],
    "upload_returns_stored": [("0.13.0", False), ("0.26.4", True)],
    "file_name_bytes": [("0.13.0", 255), ("0.15.1", 127), ("0.20.5", 255)],
    "highlight_is_flag": [("0.13.0", False), ("0.24.0", True)],
    "metadata_condition": [("0.13.0", False), ("0.20.5", True)],
}
COLUMNS = [attribute.name for attribute in fields(Dialect)]
CASES = [
    pytest.param(trait, release, value, id=f"{trait}-{release}")
    for trait, steps in FACTS.items()
    for release in RELEASES
    for value in [[v for since, v in steps if RELEASES.index(since) <= RELEASES.index(release)][-1]]
]


@pytest.mark.parametrize(("trait", "release", "value"), CASES)
def test_trait(trait: str, release: str, value: object) -> None:
    """Each release does what is documented of it."""
    assert getattr(dialect_for(release), trait) == value


def test_every_trait_is_a_documented_fact() -> None:
    """A column that nothing is known about would be a guess."""
    assert ["since", *FACTS] == COLUMNS


@pytest.mark.parametrize("name", COLUMNS)
def test_every_column_is_explained(name: str) -> None:
    """The table is read by people, too."""
    assert f"\n    {name}: " in (inspect.getdoc(Dialect) or "")


def test_rows_are_in_order() -> None:
    """The table is searched by bisection."""
    releases = [row.since for row in DIALECTS]
    assert releases == sorted(set(releases))


def test_every_row_changes_something() -> None:
    """A row that repeats the one before says nothing."""
    for before, row in pairwise(DIALECTS):
        assert [name for name in COLUMNS[1:] if getattr(before, name) != getattr(row, name)]


@pytest.mark.parametrize(
    ("version", "row"),
    [
        ("0.1.0", "v0.13.0"),
        ("0.13.0", "v0.13.0"),
        ("0.14", "v0.14.0"),
        ("v0.17.2 slim", "v0.16.0"),
        ("0.25.5", "v0.25.1"),
        ("v0.25.6-3-gabc1234", "v0.25.6"),
        ("v1.4.0", "v0.26.3"),
        ("nightly", "v0.26.3"),
        ("unknown", "v0.26.3"),
    ],
)
def test_row_of_a_version(version: str, row: str) -> None:
    """A row holds until the next one; what has no number is the newest."""
    assert dialect_for(version).name == row


@given(st.tuples(st.integers(0, 3), st.integers(0, 40), st.integers(0, 9)))
def test_row_is_never_newer_than_the_version(release: tuple[int, int, int]) -> None:
    """The row is the last one that had begun by then."""
    row = dialect_for("{}.{}.{}".format(*release))
    begun = [other for other in DIALECTS if other.since <= release]
    assert row is (begun[-1] if begun else DIALECTS[0])


def test_what_a_server_cannot_do() -> None:
    """The error says which releases can, not only that this one cannot."""
    dialect_for("0.16.0").require("stops_running", "stopping")
    with pytest.raises(UnsupportedByServerError) as refusal:
        dialect_for("0.15.0").require("stops_running", "stopping")
    assert refusal.value.feature == "stopping"
    assert refusal.value.needs == "v0.13.0 to before v0.14.0, or v0.16.0 and later"
    assert refusal.value.has == "like v0.14.0"


def test_what_only_passing_releases_did() -> None:
    """Releases that no longer can are not named as if they could."""
    with pytest.raises(UnsupportedByServerError) as refusal:
        dialect_for("0.27.0").require("completion_sends_history", "this")
    assert refusal.value.needs == "v0.25.1 to before v0.25.6"
