"""How a client's settings are found and checked."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragflow.errors import ConfigurationError
from ragflow.settings import Secret, Settings, key_with, lend, resolve

KEY = "ragflow-s3cr3t"
URL = "http://server:9380"


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Keep the variables of whoever runs the tests out of them."""
    monkeypatch.delenv("RAGFLOW_API_KEY", raising=False)
    monkeypatch.delenv("RAGFLOW_BASE_URL", raising=False)
    return


def resolved(api_key: Any = KEY, base_url: Any = URL, **changes: Any) -> Settings:
    """Settings of some arguments."""
    arguments: dict[str, Any] = {
        "timeout": None,
        "stream_timeout": None,
        "max_retries": 2,
        "server_version": None,
        **changes,
    }
    return resolve(api_key, base_url, **arguments)


@pytest.mark.parametrize(
    "url",
    [
        "http://server:9380",
        " http://server:9380/ ",
        "http://server:9380/api/v1",
        "http://server:9380/api/v1/",
        "http://server:9380//",
    ],
)
def test_addresses(url: str) -> None:
    """An address may end in a slash and in the API's path."""
    settings = resolved(base_url=url)
    assert settings.base_url == "http://server:9380"
    assert settings.api_root == "http://server:9380/api/v1"


def test_address_below_a_path() -> None:
    """A proxy may keep the server below a path."""
    assert resolved(base_url="https://host/rag/api/v1").api_root == "https://host/rag/api/v1"
    assert resolved(base_url="http://[::1]:80/x/").base_url == "http://[::1]:80/x"


@pytest.mark.parametrize(
    ("url", "words"),
    [
        (None, "RAGFLOW_BASE_URL"),
        ("", "RAGFLOW_BASE_URL"),
        ("  ", "RAGFLOW_BASE_URL"),
        (5, "must be a text"),
        (b"http://x", "must be a text"),
        ("server:9380", "http://"),
        ("ftp://server", "http://"),
        ("http://", "http://"),
        ("http://server:port", "not an address"),
        ("http://server:99999", "not an address"),
        ("http://[::1", "not an address"),
        ("http://server?x=1", "query"),
        ("http://server#x", "fragment"),
    ],
)
def test_bad_addresses(url: object, words: str) -> None:
    """Each bad address is named as what it is."""
    with pytest.raises(ConfigurationError, match=words):
        resolved(base_url=url)


@pytest.mark.parametrize(
    "url",
    ["http://me:pa55@server", "ftp://me:pa55@server", "me:pa55@server", "http://me:pa55/@x:y"],
)
def test_passwords_are_refused_and_not_shown(url: str) -> None:
    """A password in an address does not end up in a log."""
    with pytest.raises(ConfigurationError, match="password") as caught:
        resolved(base_url=url)
    assert "pa55" not in str(caught.value)


@pytest.mark.parametrize(
    ("key", "words"),
    [
        (None, "RAGFLOW_API_KEY"),
        ("", "RAGFLOW_API_KEY"),
        (" \n", "RAGFLOW_API_KEY"),
        (5, "must be a text"),
        (b"key", "must be a text"),
        ("two s3cr3t", "blanks"),
        ("line\ns3cr3t", "header"),
        ("s3cr3t-ü", "header"),
    ],
)
def test_bad_keys(key: object, words: str) -> None:
    """A bad key is refused without being shown."""
    with pytest.raises(ConfigurationError, match=words) as caught:
        resolved(api_key=key)
    assert "s3cr3t" not in str(caught.value)


def test_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not given comes from the environment; what is given goes first."""
    monkeypatch.setenv("RAGFLOW_API_KEY", " from-env\n")
    monkeypatch.setenv("RAGFLOW_BASE_URL", "http://env/")
    settings = resolved(api_key=None, base_url=None)
    assert settings.api_key.reveal() == "from-env"
    assert settings.base_url == "http://env"
    assert resolved().api_key.reveal() == KEY


def test_the_key_is_shown_on_request() -> None:
    """Only who asks by name gets the key, without the blanks of a copied line."""
    assert resolved(api_key=f" {KEY}\n").api_key.reveal() == KEY
    assert KEY not in repr(resolved())


@pytest.mark.parametrize("retries", [-1, 1.5, True, "2", None])
def test_bad_retries(retries: object) -> None:
    """A count is a whole number from 0 on."""
    with pytest.raises(ConfigurationError, match="max_retries"):
        resolved(max_retries=retries)


def test_patience() -> None:
    """Streams have their own time-out, or that of the calls, or five minutes."""
    settings = resolved()
    assert (settings.timeouts.total, settings.stream_timeouts.read) == (60.0, 300.0)
    settings = resolved(timeout=5)
    assert (settings.timeouts.total, settings.stream_timeouts.read) == (5.0, 5.0)
    settings = resolved(timeout=5, stream_timeout=7)
    assert settings.stream_timeouts.read == 7.0
    assert resolved(max_retries=0, server_version="0.27.0").retry.max_retries == 0
    with pytest.raises(ConfigurationError, match="time-out"):
        resolved(stream_timeout=0)


@given(st.uuids().map(str))
def test_the_key_shows_itself_nowhere(key: str) -> None:
    """Neither a repr nor a format shows the key."""
    settings = resolved(api_key=f"ragflow-{key}")
    for shown in (repr(settings), str(settings), f"{settings.api_key}", repr(settings.api_key)):
        assert key not in shown
    assert settings.api_key.reveal() == f"ragflow-{key}"


@pytest.mark.parametrize("copied", [pickle.dumps, copy.copy, copy.deepcopy])
def test_the_key_is_not_pickled(copied: Any) -> None:
    """A key leaves its process on no other way than a request."""
    with pytest.raises(TypeError, match="API key"):
        copied(Secret(KEY))
    assert not hasattr(Secret(KEY), "__dict__")


def test_a_key_in_use_is_found_by_its_fingerprint(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lent key is found as long as somebody holds it, whatever the environment says."""
    monkeypatch.setenv("RAGFLOW_API_KEY", "another")
    key = Secret("lent-key")
    fingerprint = key.fingerprint
    lend(key)
    assert key_with(fingerprint) is key
    del key
    with pytest.raises(ConfigurationError, match="another key"):
        key_with(fingerprint)


def test_a_key_of_the_environment_must_be_the_right_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker takes its environment's key if it is the one that is meant, and tells no other."""
    fingerprint = Secret("worker-key").fingerprint
    with pytest.raises(ConfigurationError, match="RAGFLOW_API_KEY in the environment"):
        key_with(fingerprint)
    monkeypatch.setenv("RAGFLOW_API_KEY", " worker-key ")
    assert key_with(fingerprint).reveal() == "worker-key"
    monkeypatch.setenv("RAGFLOW_API_KEY", "s0meone-elses")
    with pytest.raises(ConfigurationError) as refused:
        key_with(fingerprint)
    assert "s0meone" not in str(refused.value)
