"""What a failed form means."""

from __future__ import annotations

import pytest

from ingest.parcels import parcel
from ragflow.errors import (
    APIError,
    AuthenticationError,
    ConfigurationError,
    ConnectionFailedError,
    InvalidArgumentError,
    InvalidRequestError,
    NotFoundError,
    PermissionDeniedError,
    ProtocolError,
    RAGFlowError,
    RateLimitedError,
    RequestTimeoutError,
    ServerError,
    UnsupportedByServerError,
)
from ragflow.ingest.parcels import is_lasting, refusals, trouble_of


@pytest.mark.parametrize(
    "error",
    [
        AuthenticationError("who?", code=109, status=401),
        PermissionDeniedError("not yours", code=109),
        NotFoundError("gone", code=102),
        ConfigurationError("closed"),
        UnsupportedByServerError("this", "that", "other"),
    ],
)
def test_nothing_else_will_succeed(error: RAGFlowError) -> None:
    """A bad key, a lost dataset or a closed client ends a job."""
    trouble = trouble_of(error)
    assert (trouble.fatal, trouble.refused, trouble.late) == (True, False, False)


@pytest.mark.parametrize(
    "error", [InvalidRequestError("no", code=101, status=200), InvalidArgumentError("too long")]
)
def test_refused_for_what_is_in_it(error: RAGFlowError) -> None:
    """Nothing of a form that was found fault with is stored."""
    trouble = trouble_of(error)
    assert (trouble.fatal, trouble.refused, trouble.late) == (False, True, False)


@pytest.mark.parametrize(
    ("error", "late"),
    [
        (ServerError("deadlock", code=100, status=200), False),
        (ServerError("failed", code=500, status=500), False),
        (ServerError("bad gateway", status=502), False),
        (ServerError("gateway timed out", status=504), True),
        (RequestTimeoutError("too slow"), True),
        (ConnectionFailedError("reset"), False),
        (ProtocolError("half an answer"), False),
        (RateLimitedError("slower", status=429), False),
    ],
)
def test_in_doubt(error: RAGFlowError, late: bool) -> None:
    """After any failure of a server or a line its files may be stored, after some only later."""
    trouble = trouble_of(error)
    assert (trouble.fatal, trouble.refused, trouble.late) == (False, False, late)


def test_what_a_server_tells_is_passed_on() -> None:
    """Code and pause are those of the server's answer, where there was one."""
    error = RateLimitedError("slower", status=429, code=429)
    error.retry_after = 3.0
    assert (trouble_of(error).code, trouble_of(error).retry_after) == (429, 3.0)
    broken = trouble_of(ConnectionFailedError("reset"))
    assert (broken.code, broken.retry_after) == (None, None)


def refusal(message: str, code: int = 500, status: int = 200) -> APIError:
    """An answer that refuses single files."""
    return ServerError(message, code=code, status=status)


def test_refusals_by_name() -> None:
    """Each line of such an answer is about the file it begins with."""
    parcels = [parcel("a.exe"), parcel("b.txt"), parcel("c: d.exe")]
    said = refusals(parcels, refusal("a.exe: not this\nc: d.exe: nor that"))
    assert said == {"a.exe": "not this", "c: d.exe": "nor that"}


@pytest.mark.parametrize(
    "error",
    [
        refusal("a.exe: no", status=500),
        refusal("a.exe: no", code=100),
        ConnectionFailedError("a.exe: no"),
        refusal("is a.exe: no"),
        refusal("data.exe: no"),
    ],
)
def test_other_failures_are_about_no_file(error: RAGFlowError) -> None:
    """Only a refusal within a whole answer, with the name first, is a file's own."""
    assert refusals([parcel("a.exe")], error) == {}


@pytest.mark.parametrize(
    ("reason", "lasting"),
    [
        ("This type of file has not been supported yet!", True),
        ("Exceed the maximum length of file name!", True),
        ("broken data stream when reading image file", True),
        ("the disk is full", False),
        ("(1062, 'Duplicate entry')", False),
    ],
)
def test_lasting_refusals(reason: str, lasting: bool) -> None:
    """Some files would be refused for ever; others only met a bad moment."""
    assert is_lasting(reason) is lasting
