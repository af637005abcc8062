"""JSON as servers write it."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragflow._protocol.payload import json_object


@given(st.dictionaries(st.text(), st.none() | st.integers() | st.text()))
def test_objects(value: dict[str, object]) -> None:
    """An object comes back as it was written."""
    assert json_object(json.dumps(value).encode()) == value


def test_numbers_that_are_none() -> None:
    """Scores may be NaN."""
    found = json_object(b'{"a":NaN}')
    assert found is not None
    assert math.isnan(found["a"])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"null", b"5", b"pong", b'{"a":', b"\xff\xfe", b"[" * 99999, b'{"a":' * 99999],
)
def test_anything_else(body: bytes) -> None:
    """What is no object is none, however it is broken."""
    assert json_object(body) is None
