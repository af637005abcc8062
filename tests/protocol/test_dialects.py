"""The table of server generations and how a server's own is found."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragflow._protocol.dialects import (
    DIALECTS,
    checked_version,
    dialect_for,
    fingerprint,
    parse_version,
    probe,
)
from ragflow.errors import (
    AuthenticationError,
    ConfigurationError,
    PermissionDeniedError,
    ProtocolError,
    RAGFlowError,
    RateLimitedError,
    ServerError,
)

from .recorded import recordings


def test_rows_are_in_order() -> None:
    """The table is searched by bisection."""
    releases = [row.since for row in DIALECTS]
    assert releases == sorted(set(releases))


@pytest.mark.parametrize(
    ("text", "release"),
    [
        ("v0.27.0", (0, 27, 0)),
        ("0.22.1", (0, 22, 1)),
        (" v0.27.0-12-gabc1234 slim", (0, 27, 0)),
        ("0.22", (0, 22, 0)),
        ("nightly", None),
        ("", None),
        ("7", None),
    ],
)
def test_version_texts(text: str, release: tuple[int, int, int] | None) -> None:
    """Releases, builds between them and builds without a number."""
    assert parse_version(text) == release


@pytest.mark.parametrize(
    ("version", "row"),
    [
        ("0.13.0", "0.22.0"),
        ("0.22.0", "0.22.0"),
        ("0.26.9", "0.22.0"),
        ("0.27.0", "0.27.0"),
        ("v1.4.0", "0.27.0"),
        ("nightly", "0.27.0"),
        ("unknown", "0.27.0"),
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


@pytest.mark.parametrize("version", ["0.27.0", "v0.22.1", "nightly", "latest", "unknown"])
def test_told_versions(version: str) -> None:
    """A version is taken as it was told."""
    assert checked_version(version) == version


@pytest.mark.parametrize("version", ["", "newest", 0.27, 27, None, b"0.27.0", (0, 27, 0)])
def test_what_is_no_version(version: object) -> None:
    """Anything else is a mistake in the configuration."""
    with pytest.raises(ConfigurationError, match="server_version"):
        checked_version(version)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("status", "body", "version"),
    [
        (200, {"code": 0, "message": "success", "data": "v0.27.0"}, "v0.27.0"),
        (200, {"code": 0, "data": "nightly"}, "nightly"),
        (200, {"retcode": 100, "retmsg": "<NotFound>", "data": None}, "0.13.0"),
        (200, {"code": 100, "data": None, "message": "<NotFound '404: Not Found'>"}, "0.22.1"),
        (404, {"error": "Not Found", "message": "no route"}, "0.23.1"),
        (404, {"code": 404, "message": "m", "data": None, "error": "Not Found"}, "0.24.0"),
    ],
)
def test_fingerprints(status: int, body: object, version: str) -> None:
    """Each generation betrays itself."""
    assert fingerprint(status, json.dumps(body).encode()) == version


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b"<!doctype html>"),
        (404, b"<html>404</html>"),
        (404, b'{"detail":"Not Found"}'),
        (404, b'{"error":"Not Found"}'),
        (200, b'{"code":0,"data":{"version":1}}'),
        (200, b"[]"),
        (200, b""),
        (301, b""),
    ],
)
def test_other_servers_have_no_fingerprint(status: int, body: bytes) -> None:
    """A server that is none of ours is not taken for an old one."""
    with pytest.raises(ProtocolError, match="base_url"):
        fingerprint(status, body)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, AuthenticationError),
        (403, PermissionDeniedError),
        (429, RateLimitedError),
        (500, ServerError),
        (503, ServerError),
    ],
)
def test_a_refused_probe_is_an_api_error(status: int, kind: type[RAGFlowError]) -> None:
    """A server that is starting, or wants a key, is not mistaken for something else."""
    with pytest.raises(kind) as caught:
        fingerprint(status, b'{"code":401,"message":"x","data":null}')
    assert caught.value.path == "/system/version"  # type: ignore[attr-defined]


def test_recorded_servers_betray_themselves() -> None:
    """The recordings of unknown routes and of the version endpoint tell the right generation."""
    found = {
        item.version: fingerprint(item.status, item.body)
        for item in recordings(
            lambda item: item.operation in ("route-unknown", "new-system-version")
        )
    }
    assert {version: dialect_for(text).name for version, text in found.items()} == {
        "0.22.1": "0.22.0",
        "0.27.0": "0.27.0",
    }
    assert probe().path == "/system/version"
