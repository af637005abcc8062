"""The tree of errors."""

from __future__ import annotations

import copy
import inspect
import pickle
import re

import pytest

from ragflow import errors
from ragflow.errors import (
    APIError,
    InvalidArgumentError,
    NotFoundError,
    PartialUploadError,
    ProtocolError,
    RAGFlowError,
    RateLimitedError,
    RequestTimeoutError,
    ServerError,
    StreamInterruptedError,
    UnsupportedByServerError,
    api_error,
)
from ragflow.models import DocumentData, Message, Reference

CLASSES = [
    value
    for value in vars(errors).values()
    if inspect.isclass(value) and issubclass(value, Exception)
]


def test_the_drawn_tree_is_the_real_one() -> None:
    """Each class is drawn once, below its parent, and exported."""
    drawn = re.findall(r"^([│├└─ ]*)(\w+Error)\b", errors.__doc__ or "", re.MULTILINE)
    parents: list[str] = []
    tree = {}
    for indent, name in drawn:
        depth = len(indent) // 4
        parents[depth:] = [name]
        tree[name] = parents[depth - 1] if depth else "Exception"
    real = {kind.__name__: kind.__bases__[0].__name__ for kind in CLASSES}
    assert tree == real
    assert set(errors.__all__) == {*real, "api_error"}


def test_builtin_parents() -> None:
    """Usual handlers catch what they should."""
    assert issubclass(InvalidArgumentError, ValueError)
    assert issubclass(RequestTimeoutError, TimeoutError)
    assert all(issubclass(kind, RAGFlowError) for kind in CLASSES)


def test_api_error_says_it_all() -> None:
    """The server's words, its numbers and the request."""
    error = NotFoundError("gone", code=102, status=200, method="GET", path="/x", data={"a": 1})
    assert str(error) == "gone (code 102, HTTP 200; GET /x)"
    assert str(APIError("gone")) == "gone"
    assert str(APIError("gone", status=502)) == "gone (HTTP 502)"
    assert str(APIError("gone", path="/x")) == "gone (/x)"
    assert str(APIError("gone", code=0)) == "gone (code 0)"


EXAMPLES = [
    NotFoundError("gone", code=102, status=200, method="GET", path="/x", data={"a": 1}),
    RateLimitedError("slow down", status=429),
    PartialUploadError("half", [DocumentData(id="d")], ["b.txt"]),
    StreamInterruptedError("cut", Message(content="so far", reference=[Reference(id="c")])),
    UnsupportedByServerError("a thing", "v0.27 or later", "0.22.1"),
    ProtocolError("what?"),
    RequestTimeoutError("late"),
]


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("again", [lambda e: pickle.loads(pickle.dumps(e)), copy.copy])
def test_errors_can_be_pickled(error: RAGFlowError, again: object) -> None:
    """An error that crosses a process keeps all it knows."""
    other = again(error)  # type: ignore[operator]
    assert type(other) is type(error)
    assert str(other) == str(error)
    assert vars(other) == vars(error)


def test_errors_that_carry_something() -> None:
    """What was done before the failure is at hand."""
    upload = PartialUploadError("half", (DocumentData(id="d"),), ("b.txt",))
    assert (upload.stored[0].id, upload.failed, str(upload)) == ("d", ["b.txt"], "half")
    assert PartialUploadError("none").stored == []
    stream = StreamInterruptedError("cut", Message(content="so far"))
    assert (stream.partial.content, str(stream)) == ("so far", "cut")
    unsupported = UnsupportedByServerError("x", "v0.27", "v0.22")
    assert str(unsupported) == "x needs RAGFlow v0.27; this server is v0.22"


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        (102, 200, errors.InvalidRequestError),
        (102, 404, NotFoundError),
        (None, 500, ServerError),
        (None, 429, RateLimitedError),
        (100, 200, ServerError),
        (0, 200, ServerError),
        (777, 200, ServerError),
    ],
)
def test_class_of_a_code(code: int | None, status: int, kind: type[APIError]) -> None:
    """The status goes first where it tells more."""
    assert api_error(code, status) is kind
