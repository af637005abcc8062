"""Arguments as users give them."""

from __future__ import annotations

import pytest

from ragflow._protocol.arguments import (
    either,
    ids_of,
    one_id,
    optional_ids,
    page_or_id,
    unfold,
    update_fields,
)
from ragflow.errors import InvalidArgumentError
from ragflow.models import DatasetData, Page

DATASET = DatasetData(id="d1")


def test_one_id() -> None:
    """An id, or an object that has one."""
    assert one_id("a", "dataset") == "a"
    assert one_id(DATASET, "dataset") == "d1"


@pytest.mark.parametrize("value", ["", " ", None, 5, DatasetData(), ["a"], b"a"])
def test_what_has_no_id(value: object) -> None:
    """Anything else is refused by its name."""
    with pytest.raises(InvalidArgumentError, match="dataset"):
        one_id(value, "dataset")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("values", "ids"),
    [
        ("a", ["a"]),
        (DATASET, ["d1"]),
        (["a", DATASET, "a"], ["a", "d1"]),
        (("b", "a"), ["b", "a"]),
        (Page([DATASET], 1), ["d1"]),
        ({"a": 1}.keys(), ["a"]),
        ((item for item in "ab"), ["a", "b"]),
    ],
)
def test_ids_of_one_or_many(values: object, ids: list[str]) -> None:
    """One or many, ids or objects, each once and in order."""
    assert ids_of(values, "ids") == ids  # type: ignore[arg-type]


@pytest.mark.parametrize("values", [None, [], (), set(), iter(())])
def test_no_ids_at_all(values: object) -> None:
    """None and empty lists never reach the wire, where they would mean "all"."""
    with pytest.raises(InvalidArgumentError, match=r"call delete_all_chats\(\)"):
        ids_of(values, "chat ids", instead="delete_all_chats")  # type: ignore[arg-type]
    with pytest.raises(InvalidArgumentError, match=r"no chat ids given$"):
        ids_of(None, "chat ids")


@pytest.mark.parametrize("values", ["", [""], ["a", None], 5, {"id": "a"}, b"ab", [["a"]], True])
def test_bad_ids(values: object) -> None:
    """A mistake among ids is found before anything is sent, where ids are optional too."""
    for check in (ids_of, optional_ids):
        with pytest.raises(InvalidArgumentError):
            check(values, "ids")  # type: ignore[operator]


def test_optional_ids() -> None:
    """None at all is fine where something else can be meant."""
    assert optional_ids(None, "ids") == optional_ids([], "ids") == []
    assert optional_ids(DATASET, "ids") == ["d1"]


def test_either() -> None:
    """Two spellings of one argument."""
    assert either("a", None, "x and y") == either(None, "a", "x and y") == "a"
    assert either("a", "a", "x and y") == "a"
    assert either(None, None, "x and y") is None
    with pytest.raises(InvalidArgumentError, match="x and y"):
        either("a", "b", "x and y")


def test_page_or_id() -> None:
    """A text where the page number stands is an id."""
    assert page_or_id(2, "a") == (2, "a")
    assert page_or_id("a", None) == (1, "a")
    with pytest.raises(InvalidArgumentError, match="page and id"):
        page_or_id("a", "b")


def test_unfold() -> None:
    """A dict of fields, or a list of one."""
    assert unfold({"name": "n"}) == unfold([{"name": "n"}]) == unfold(({"name": "n"},))
    assert unfold({"parser_method": "qa"}) == {"chunk_method": "qa"}


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ({}, "names no field"),
        ([{}], "names no field"),
        ([], "a dict of fields"),
        ([{"a": 1}, {"b": 2}], "a dict of fields"),
        ("a", "a dict of fields"),
        (b"a", "a dict of fields"),
        (None, "a dict of fields"),
        ({1: 2}, "a dict of fields"),
        ([["name", "n"]], "a dict of fields"),
    ],
)
def test_what_is_no_update(message: object, words: str) -> None:
    """Anything else is refused before it is sent."""
    with pytest.raises(InvalidArgumentError, match=words):
        unfold(message)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        ("parse_method", "chunk_method"),
        ("parser_method", "chunk_method"),
        ("frequency penalty", "frequency_penalty"),
        ("max_token", "max_tokens"),
        ("chunk_token_count", "chunk_token_num"),
        ("knowledgebases", "dataset_ids"),
        ("anything", "anything"),
    ],
)
def test_spellings(spelling: str, name: str) -> None:
    """Each spelling of the draft becomes the one name; both at once must agree."""
    assert update_fields({spelling: 1}) == {name: 1}
    assert update_fields({spelling: 1, name: 1}) == {name: 1}
    if spelling != name:
        with pytest.raises(InvalidArgumentError, match=name):
            update_fields({spelling: 1, name: 2})
