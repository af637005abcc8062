"""Which version a server is: told by the user, told by the server, or betrayed by its answers."""

from __future__ import annotations

import json

import pytest

from ragflow._protocol.versions import (
    checked_version,
    fingerprint,
    parse_version,
    probe,
    second_fingerprint,
    second_probe,
)
from ragflow.errors import (
    AuthenticationError,
    ConfigurationError,
    InvalidRequestError,
    PermissionDeniedError,
    ProtocolError,
    RAGFlowError,
    RateLimitedError,
    ServerError,
)

from .recorded import recordings


@pytest.mark.parametrize(
    ("text", "release"),
    [
        ("v0.27.0", (0, 27, 0)),
        ("0.22.1", (0, 22, 1)),
        (" v0.27.0-12-gabc1234 slim", (0, 27, 0)),
        ("0.22", (0, 22, 0)),
        ("nightly", None),
        ("v0.25.4-1-g0123abc", (0, 25, 4)),
        ("0.17.2 full", (0, 17, 2)),
        ("dev-0.27.0", None),
        ("", None),
        ("7", None),
    ],
)
def test_version_texts(text: str, release: tuple[int, int, int] | None) -> None:
    """Releases, builds between them and builds without a number."""
    assert parse_version(text) == release


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
        (200, {"code": 100, "data": None, "message": "<NotFound '404: Not Found'>"}, None),
        (404, {"error": "Not Found", "message": "no route"}, "0.23.1"),
        (404, {"code": 404, "message": "m", "data": None, "error": "Not Found"}, "0.24.0"),
    ],
)
def test_fingerprints(status: int, body: object, version: str | None) -> None:
    """Each generation betrays itself, or leaves open which of many releases it is."""
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


@pytest.mark.parametrize(
    ("error", "version"),
    [
        (None, "0.17.2"),
        (InvalidRequestError("m", code=101), "0.21.0"),
        (InvalidRequestError("m", code=102), "0.17.2"),
        (ServerError("m", code=100), "0.17.2"),
    ],
)
def test_second_fingerprints(error: InvalidRequestError | None, version: str) -> None:
    """Strict servers refuse a parameter that they do not know; others do not."""
    assert second_fingerprint(error) == version


def test_a_bad_key_betrays_nothing() -> None:
    """It would be refused by any generation."""
    with pytest.raises(AuthenticationError):
        second_fingerprint(AuthenticationError("m", code=109))


def test_probes_are_small_reads() -> None:
    """Looking for the version changes nothing and asks for next to nothing."""
    assert (probe().method, probe().path, probe().params) == ("GET", "/system/version", ())
    assert (second_probe().method, second_probe().path) == ("GET", "/datasets")
    assert ("page_size", "1") in second_probe().params


def test_recorded_servers_betray_themselves() -> None:
    """The recordings of unknown routes and of the version endpoint tell the right generation."""
    wanted = ("route-unknown", "new-system-version")
    found = {
        item.version: fingerprint(item.status, item.body)
        for item in recordings(lambda item: item.operation in wanted)
    }
    assert found == {"0.17.2": None, "0.22.1": None, "0.27.0": "v0.27.0"}
