"""The envelope of answers, in every shape that servers give it."""

from __future__ import annotations

import json

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from ragflow._protocol.dialects import dialect_for
from ragflow._protocol.envelope import (
    Reply,
    depends_on_dialect,
    is_file,
    is_unknown_route,
    parse,
)
from ragflow._protocol.requests import Request
from ragflow.errors import (
    APIError,
    AuthenticationError,
    InvalidRequestError,
    NotFoundError,
    PermissionDeniedError,
    ProtocolError,
    RAGFlowError,
    RateLimitedError,
    ServerError,
)
from ragflow.models import BatchResult

from .recorded import Recording, recordings

OLD, NEW = dialect_for("0.22.1"), dialect_for("0.27.0")
LIST = Request.get("/datasets")


def answer(value: object) -> bytes:
    """A body as servers write it."""
    return json.dumps(value, sort_keys=True).encode() + b"\n"


@pytest.mark.parametrize(
    ("body", "reply"),
    [
        ({"code": 0}, Reply()),
        ({"code": 0, "data": [1]}, Reply([1])),
        ({"code": 0, "data": [], "total_datasets": 7}, Reply([], 7)),
        ({"code": 0, "data": [], "total": 3}, Reply([], 3)),
        ({"code": 0, "data": [], "total": "3"}, Reply([])),
        ({"code": 0, "data": {}, "message": "success"}, Reply({}, None, "success")),
        ({"code": 0, "data": True, "message": True}, Reply(True)),
        ({"retcode": 0, "retmsg": "fine", "data": 1}, Reply(1, None, "fine")),
        ({"code": 0, "data": False}, Reply(False)),
        ({"code": 0, "data": None, "message": ""}, Reply()),
    ],
)
def test_success(body: object, reply: Reply) -> None:
    """Success has data, a total and a remark, or none of them."""
    assert parse(LIST, 200, answer(body), None) == reply


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, {"code": 0, "data": False, "message": "no key"}),
        (200, {"code": 109, "data": False, "message": "bad key"}),
        (200, {"retcode": 109, "retmsg": "bad key", "data": False}),
        (401, {"code": 0, "message": "no key"}),
        (401, {"code": 0, "data": False, "message": "no key"}),
        (401, {"code": 109, "message": "bad key"}),
        (401, {"code": 401, "message": "<Unauthorized>", "data": None}),
        (200, {"code": 401, "message": "exception", "data": None}),
    ],
)
@pytest.mark.parametrize("dialect", [None, OLD])
def test_every_disguise_of_a_refused_key(status: int, body: object, dialect: object) -> None:
    """However a server says "not authenticated", it is the one error."""
    with pytest.raises(AuthenticationError) as caught:
        parse(LIST, status, answer(body), dialect)  # type: ignore[arg-type]
    assert caught.value.status == status
    assert (caught.value.method, caught.value.path) == ("GET", "/datasets")


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (200, 100, ServerError),
        (200, 101, InvalidRequestError),
        (200, 102, InvalidRequestError),
        (200, 103, InvalidRequestError),
        (200, 105, ServerError),
        (200, 108, PermissionDeniedError),
        (200, 400, InvalidRequestError),
        (200, 403, PermissionDeniedError),
        (200, 404, NotFoundError),
        (404, 404, NotFoundError),
        (200, 409, InvalidRequestError),
        (200, 500, ServerError),
        (500, 0, ServerError),
        (503, 0, ServerError),
        (200, 1107, ServerError),
        (429, 100, RateLimitedError),
        (403, 100, PermissionDeniedError),
    ],
)
def test_codes(status: int, code: int, kind: type[APIError]) -> None:
    """Each code has its class; a telling HTTP status goes first."""
    with pytest.raises(APIError) as caught:
        parse(LIST, status, answer({"code": code, "message": "why", "data": [1]}), NEW)
    error = caught.value
    assert type(error) is kind
    assert (error.code, error.status, error.message, error.data) == (code, status, "why", [1])


def test_code_109_depends_on_the_generation() -> None:
    """A bad key, a foreign object, or datasets that do not fit together."""
    refusal = {"code": 109, "message": "no"}
    for dialect, body, kind in (
        (None, refusal, AuthenticationError),
        (OLD, refusal, InvalidRequestError),
        (OLD, {**refusal, "data": False}, AuthenticationError),
        (NEW, refusal, PermissionDeniedError),
        (NEW, {**refusal, "data": False}, PermissionDeniedError),
    ):
        with pytest.raises(APIError) as caught:
            parse(LIST, 200, answer(body), dialect)
        assert type(caught.value) is kind
        assert caught.value.data is None


def test_missing_codes_of_a_request() -> None:
    """What 102 means is known from what was asked."""
    sought = Request.get("/datasets", {"id": "x"}, missing=(102, 108))
    for code in (102, 108):
        with pytest.raises(NotFoundError):
            parse(sought, 200, answer({"code": code, "message": "no"}), OLD)
    with pytest.raises(AuthenticationError):
        parse(sought, 401, answer({"code": 102, "message": "no"}), OLD)


def test_404_without_a_code() -> None:
    """v0.23 answers an unknown route with an object of its own: no code is made up for it."""
    with pytest.raises(NotFoundError) as caught:
        parse(LIST, 404, answer({"error": "Not Found", "message": "no route"}), None)
    assert caught.value.code is None
    assert caught.value.message == "no route"


@pytest.mark.parametrize("silent", [{}, {"message": None}, {"message": True}, {"message": ""}])
def test_refusal_without_words(silent: dict[str, object]) -> None:
    """A refusal always reads as one."""
    with pytest.raises(ServerError, match="refused"):
        parse(LIST, 200, answer({"code": 100, **silent}), None)


def test_code_of_another_type_is_no_success() -> None:
    """Only the number 0 is success."""
    with pytest.raises(ServerError) as caught:
        parse(LIST, 200, answer({"code": "0", "data": []}), None)
    assert caught.value.code is None


@pytest.mark.parametrize("status", [200, 204, 400, 404, 405, 418])
@pytest.mark.parametrize(
    "body", [b"", b"pong", b"<!doctype html>", b"[]", b"{}", b"\xff", b"1", b"[" * 99999]
)
def test_another_server(status: int, body: bytes) -> None:
    """A web page is never taken for an answer, nor for a missing object."""
    with pytest.raises(ProtocolError, match="base_url"):
        parse(LIST, status, body, None)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, AuthenticationError),
        (403, PermissionDeniedError),
        (413, InvalidRequestError),
        (429, RateLimitedError),
        (500, ServerError),
        (502, ServerError),
        (503, ServerError),
        (504, ServerError),
    ],
)
def test_proxy_answers(status: int, kind: type[APIError]) -> None:
    """What proxies say of their own becomes the class of its status."""
    with pytest.raises(APIError) as caught:
        parse(LIST, status, b"<html>" + b"x" * 5000, None)
    assert type(caught.value) is kind
    assert (caught.value.code, caught.value.status) == (None, status)
    assert len(str(caught.value)) < 400


def test_numbers_beyond_json_are_read() -> None:
    """Scores may be NaN up to v0.25."""
    reply = parse(LIST, 200, b'{"code":0,"data":[NaN,Infinity]}', None)
    assert isinstance(reply.data, list)
    assert reply.data[0] != reply.data[0]


@given(st.integers(200, 599), st.binary(max_size=40) | st.text(max_size=40).map(str.encode))
def test_noise_never_crashes(status: int, body: bytes) -> None:
    """Whatever comes back is an error of ours."""
    with pytest.raises(RAGFlowError):
        parse(LIST, status, body, None)


SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
NOISE = st.recursive(SCALARS, lambda x: st.lists(x, max_size=3) | st.dictionaries(st.text(), x))


@given(
    st.integers(200, 599),
    st.dictionaries(
        st.sampled_from(["code", "retcode", "message", "retmsg", "error", "data", "total"]), NOISE
    ),
    st.sampled_from([None, OLD, NEW]),
)
def test_noisy_envelopes_never_crash(status: int, body: object, dialect: object) -> None:
    """An envelope of any content is a reply or an error of ours."""
    try:
        reply = parse(LIST, status, json.dumps(body).encode(), dialect)  # type: ignore[arg-type]
    except RAGFlowError:
        return
    assert status < 400
    reply.listing("docs")
    reply.batch()


def test_listing_in_both_shapes() -> None:
    """Lists stand bare, with a total beside, or under a key, with a total inside."""
    assert Reply([1], 5).listing("docs") == ([1], 5)
    assert Reply({"docs": [1], "total": 2}).listing("docs") == ([1], 2)
    assert Reply({"docs": [1], "total": None}).listing("docs") == ([1], None)
    assert Reply({}).listing("docs") == (None, None)


@pytest.mark.parametrize(
    ("data", "result"),
    [
        (None, BatchResult()),
        (True, BatchResult()),
        ({}, BatchResult()),
        ({"success_count": 2}, BatchResult(2)),
        ({"deleted": 3}, BatchResult(3)),
        ({"success_count": 1, "errors": ["no", 5]}, BatchResult(1, ("no", "5"))),
        ({"success_count": "1", "errors": "no"}, BatchResult()),
    ],
)
def test_batch(data: object, result: BatchResult) -> None:
    """Partial success is told in counts and complaints."""
    assert Reply(data).batch() == result


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ({"content-disposition": 'attachment; filename="a.json"'}, True),
        ({"content-disposition": "Attachment"}, True),
        ({"content-disposition": "inline"}, False),
        ({"content-type": "application/octet-stream"}, False),
    ],
)
def test_files_are_told_by_their_disposition(header: dict[str, str], expected: bool) -> None:
    """The content type proves nothing."""
    assert is_file(header) is expected


EXPECTED = {
    100: ServerError,
    101: InvalidRequestError,
    102: InvalidRequestError,
    108: PermissionDeniedError,
    401: AuthenticationError,
    404: NotFoundError,
    500: ServerError,
}
FAILURES = recordings(
    lambda item: (
        isinstance(item.json, dict)
        and isinstance(item.json.get("code"), int)
        and not item.is_success
    )
)


@pytest.mark.parametrize("recording", FAILURES, ids=str)
def test_recorded_failures(recording: Recording) -> None:
    """Each recorded failure is the right error with the server's code and words."""
    code, message = recording.json["code"], recording.json["message"]
    expected = EXPECTED.get(code, AuthenticationError)
    if code == 109 and recording.version == "0.27.0":
        expected = PermissionDeniedError
    with pytest.raises(APIError) as caught:
        recording.reply()
    error = caught.value
    assert type(error) is expected
    assert (error.code, error.message, error.status) == (code, message, recording.status)
    assert error.data == (recording.json.get("data") or None)


@pytest.mark.parametrize("recording", recordings(lambda item: item.is_success), ids=str)
def test_recorded_successes(recording: Recording) -> None:
    """Each recorded success gives its data as it is."""
    assert recording.reply().data == recording.json.get("data")


FILES = recordings(lambda item: "document-download" in item.operation and not item.json)


@pytest.mark.parametrize("recording", FILES, ids=str)
def test_recorded_downloads(recording: Recording) -> None:
    """A file is known by its headers."""
    assert is_file(recording.headers)


@pytest.mark.parametrize(
    ("error", "unknown"),
    [
        (ServerError("<NotFound '404: Not Found'>", code=100, status=200), True),
        (ServerError("<MethodNotAllowed '405'>", code=100, status=200), True),
        (ServerError("KeyError('x')", code=100, status=200), False),
        (NotFoundError("no route", code=404, status=404), True),
        (NotFoundError("no chunk", code=404, status=200), False),
        (InvalidRequestError("m", code=102, status=200), False),
    ],
)
def test_unknown_routes(error: APIError, unknown: bool) -> None:
    """A missing route is told apart from a missing object and from a failure."""
    assert is_unknown_route(error) is unknown


EMPTY = Request(method="GET", path="/datasets", empty=frozenset({102}))


@pytest.mark.parametrize(
    ("version", "kind"),
    [(None, InvalidRequestError), ("0.13.0", NotFoundError), ("0.14.0", InvalidRequestError)],
)
def test_refusal_to_list_nothing(version: str | None, kind: type[APIError]) -> None:
    """The first generation refuses to list nothing; others mean what they say."""
    dialect = None if version is None else dialect_for(version)
    with pytest.raises(APIError) as refusal:
        parse(EMPTY, 200, b'{"code":102,"message":"m"}', dialect)
    assert type(refusal.value) is kind
    assert depends_on_dialect(EMPTY, refusal.value)
    assert not depends_on_dialect(evolve(EMPTY, missing=frozenset({102})), refusal.value)
    assert depends_on_dialect(evolve(EMPTY, empty=frozenset()), AuthenticationError("m", code=109))


def test_code_109_without_data() -> None:
    """From servers that know the key it says that embedding models differ."""
    with pytest.raises(InvalidRequestError):
        parse(EMPTY, 200, b'{"code":109,"message":"m"}', dialect_for("0.13.0"))
    with pytest.raises(AuthenticationError):
        parse(EMPTY, 200, b'{"code":109,"data":false,"message":"m"}', dialect_for("0.13.0"))
