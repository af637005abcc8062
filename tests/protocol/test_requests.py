"""Requests as values: quoting, parameters, bodies."""

from __future__ import annotations

import json
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragflow._protocol.paging import PageCall
from ragflow._protocol.requests import Pace, Request, encode_params, listing, path
from ragflow.errors import InvalidArgumentError

BAD_IDS = ["", " ", "\t\n", "a/b", "..", ".", "a\\b", None, 5, b"x", ["x"], "\ud800"]


@pytest.mark.parametrize("bad", BAD_IDS)
def test_bad_segment_is_refused(bad: object) -> None:
    """An id that would change the route never reaches the wire."""
    with pytest.raises(InvalidArgumentError):
        path("datasets", bad)  # type: ignore[arg-type]


@given(st.text(min_size=1))
def test_any_segment_survives_quoting(segment: str) -> None:
    """A segment that is taken comes back whole, and cannot leave its place in the path."""
    try:
        quoted = path("datasets", segment, "documents")
    except InvalidArgumentError:
        return
    assert [unquote(part) for part in quoted.split("/")] == ["", "datasets", segment, "documents"]
    assert not set(quoted) & set("?#% ") - {"%"}


def test_params_are_written_as_servers_read_them() -> None:
    """None is left out, lists repeat their key, booleans are spelled as in Python."""
    given_params = {"a": None, "desc": False, "n": 2, "x": 0.5, "run": ["DONE", "FAIL"], "s": "ü&"}
    assert encode_params(given_params) == (
        ("desc", "False"),
        ("n", "2"),
        ("x", "0.5"),
        ("run", "DONE"),
        ("run", "FAIL"),
        ("s", "ü&"),
    )


def test_params_that_are_no_unicode_are_refused() -> None:
    """Half a surrogate pair is refused before anything is sent."""
    with pytest.raises(InvalidArgumentError, match="Unicode"):
        encode_params({"keywords": "\ud83d"})


def test_get_is_idempotent_and_knows_its_missing_codes() -> None:
    """A read may be repeated."""
    request = Request.get("/x", {"a": "1"}, missing=(102,))
    assert (request.method, request.idempotent, request.missing) == ("GET", True, {102})
    assert Request.get("/x").params == ()


def test_json_body_keeps_unicode_and_tells_its_type() -> None:
    """Bodies are UTF-8 JSON with a content type, on DELETE too."""
    request = Request.json("DELETE", "/x", {"ids": ["ü"]}, pace=Pace.STREAM)
    assert isinstance(request.body, bytes)
    assert "ü".encode() in request.body
    assert json.loads(request.body) == {"ids": ["ü"]}
    assert request.content_type == "application/json"
    assert not request.idempotent


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object(), {1, 2}, "\ud800", b"x"])
def test_body_that_is_no_json_is_refused(value: object) -> None:
    """What JSON cannot carry is named before anything is sent."""
    with pytest.raises(InvalidArgumentError, match="JSON"):
        Request.json("POST", "/x", {"a": value})


def test_listing_leaves_out_empty_filters() -> None:
    """Strict servers refuse empty parameters."""
    request = listing(
        "/x", PageCall(2, 30), {"keywords": "", "run": [], "suffix": None, "desc": False}
    )
    assert request.params == (("page", "2"), ("page_size", "30"), ("desc", "False"))


@pytest.mark.parametrize(("filters", "expected"), [({"id": "a"}, {102}), ({"name": "n"}, {102})])
def test_listing_knows_missing_when_it_looks_for_one(
    filters: dict[str, str], expected: set[int]
) -> None:
    """Only a search by id or name can have "not there" as its answer."""
    assert listing("/x", PageCall(1, 1), filters, missing=(102,)).missing == expected
    assert listing("/x", PageCall(1, 1), {"keywords": "k"}, missing=(102,)).missing == frozenset()


@pytest.mark.parametrize("name", ["id", "name"])
@pytest.mark.parametrize("value", ["", "  ", 7, ["a"]])
def test_listing_refuses_a_blank_id_or_name(name: str, value: object) -> None:
    """Without it the first item of the whole list would be taken for the one that is sought."""
    with pytest.raises(InvalidArgumentError, match=name):
        listing("/x", PageCall(1, 1), {name: value})  # type: ignore[dict-item]


@pytest.mark.parametrize("desc", ["true", "maybe", 1, 0])
def test_listing_refuses_an_order_that_is_none(desc: object) -> None:
    """Each generation makes something else of it, from "true" to an error."""
    with pytest.raises(InvalidArgumentError, match="desc"):
        listing("/x", PageCall(1, 1), {"desc": desc})  # type: ignore[dict-item]


def test_listing_tells_empty_apart_from_missing() -> None:
    """Both have one code on the oldest servers."""
    request = listing("/x", PageCall(1, 1), {"keywords": "k"}, missing=(102,), empty=(102,))
    assert (request.missing, request.empty) == (frozenset(), {102})
