"""Conditions on the metadata of documents."""

from __future__ import annotations

from typing import Any

import pytest

from ragflow.local.metadata import manual_conditions, matching, parse
from ragflow.local.wire import WireError

DOCUMENTS = {
    "a": {"author": "Ann", "year": 2020, "tags": ["x", "y"]},
    "b": {"author": "Bob", "year": "1999"},
    "c": {},
}


@pytest.mark.parametrize(
    ("name", "operator", "value", "expected"),
    [
        ("author", "is", "ann", "a"),
        ("author", "=", "Bob", "b"),
        ("author", "not is", "ann", "bc"),
        ("author", "≠", "ann", "bc"),
        ("author", "!=", "ann", "bc"),
        ("author", "contains", "N", "a"),
        ("author", "not contains", "n", "bc"),
        ("author", "start with", "bo", "b"),
        ("author", "end with", "ob", "b"),
        ("author", "empty", None, "c"),
        ("author", "not empty", None, "ab"),
        ("year", ">", 2000, "a"),
        ("year", "<", "2000", "b"),
        ("year", ">=", 1999, "ab"),
        ("year", "≤", 1999, "b"),
        ("author", ">", "Ann", "b"),
        ("tags", "is", "y", "a"),
        ("year", "in", "1999,2001", "b"),
        ("year", "not in", [1999, 2020], "c"),
        ("author", None, "ann", "a"),
    ],
)
def test_operators(name: str, operator: str | None, value: Any, expected: str) -> None:
    """Each operator compares as the protocol says; numbers as numbers, text without case."""
    condition = {"name": name, "comparison_operator": operator, "value": value}
    assert "".join(matching({"conditions": [condition]}, DOCUMENTS)) == expected


def test_logic() -> None:
    """Conditions are joined by and, or by or when that is asked for."""
    conditions = [
        {"name": "author", "comparison_operator": "is", "value": "ann"},
        {"name": "year", "comparison_operator": "is", "value": 1999},
    ]
    assert matching({"conditions": conditions}, DOCUMENTS) == []
    assert matching({"logic": "or", "conditions": conditions}, DOCUMENTS) == ["a", "b"]


def test_unknown_operator() -> None:
    """An operator nobody knows is an error, not a filter that does nothing."""
    with pytest.raises(WireError, match="comparison_operator"):
        matching({"conditions": [{"name": "author", "comparison_operator": "~"}]}, DOCUMENTS)


@pytest.mark.parametrize("text", ["{", "[]"])
def test_condition_text(text: str) -> None:
    """Conditions in query strings are JSON objects."""
    with pytest.raises(WireError, match="metadata_condition"):
        parse(text)


def test_chat_filters() -> None:
    """Chats filter by hand-written conditions, or say that they cannot."""
    assert manual_conditions({}) == {}
    assert manual_conditions({"method": "disabled"}) == {}
    manual = {"method": "manual", "manual": [{"key": "author", "op": "is", "value": "bob"}]}
    assert matching(manual_conditions(manual), DOCUMENTS) == ["b"]
    with pytest.raises(WireError, match="auto"):
        manual_conditions({"method": "auto"})
