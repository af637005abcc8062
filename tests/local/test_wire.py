"""How values become bytes, and which server generations there are."""

from __future__ import annotations

import pytest

from ragflow.local import wire
from ragflow.local.config import ServerConfig, new_api_key
from ragflow.local.generations import find_generation


def test_json_bytes() -> None:
    """JSON bodies are sorted, ASCII only, without blanks, and end with a newline."""
    assert wire.json_bytes({"b": [1, None], "a": "é☃"}) == b'{"a":"\\u00e9\\u2603","b":[1,null]}\n'


def test_frame_bytes() -> None:
    """Stream frames keep the order of keys and the text as it is, with blanks behind marks."""
    text = "ü\u2028"
    assert wire.frame({"b": 1, "a": text}) == f'data:{{"b": 1, "a": "{text}"}}\n\n'.encode()


def test_frame_bears_lone_surrogates() -> None:
    """Text that UTF-8 cannot hold does not end a stream."""
    assert wire.frame("\ud800") == b'data:"?"\n\n'


def test_dates() -> None:
    """Dates have the format of their generation, and may be missing."""
    assert len(wire.date(1729761247434, iso=True) or "") == len("2024-10-24T09:14:07")
    assert (wire.date(1729761247434, iso=False) or "").endswith(" GMT")
    assert wire.date(None, iso=True) is None


def test_wire_error_keys() -> None:
    """An error without data has no such key; one with data, even null, has."""
    assert b"data" not in bytes(wire.data_error("no").response().body)
    assert b'"data":null' in bytes(wire.uncaught("no").response().body)


def test_versions() -> None:
    """Versions are known with and without their v; others are refused with the known ones."""
    assert find_generation("v0.22.1") is find_generation("0.22.1")
    known = r"0\.13\.0, 0\.17\.2, 0\.22\.1, 0\.27\.0"
    with pytest.raises(ValueError, match=rf"'0\.1'; it knows {known}"):
        ServerConfig(version="0.1")


def test_api_keys() -> None:
    """Generated keys have the form of real ones, differ, and stay out of reprs."""
    key = new_api_key()
    assert key.startswith("ragflow-")
    assert len(key) == len("ragflow-") + 43
    assert key != new_api_key()
    assert key not in repr(ServerConfig(api_key=key))
