"""TLS settings and the proxy of the environment."""

from __future__ import annotations

import ssl

import pytest

from ragflow._network import proxy_for, tls_for

VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Starts from an environment without proxies."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def test_https_is_verified() -> None:
    """An https address is trusted only with a certificate for its name."""
    context = tls_for("https://ragflow.test")
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.get_ca_certs()


def test_settings_are_made_once() -> None:
    """Certificates are loaded once, and never for http."""
    assert tls_for("https://a.test") is tls_for("https://b.test")
    assert not tls_for("http://a.test").get_ca_certs()


@pytest.mark.parametrize(
    ("variables", "address", "proxy"),
    [
        ({}, "http://ragflow.test", None),
        ({"http_proxy": "http://p:1"}, "http://ragflow.test", "http://p:1"),
        ({"http_proxy": "http://p:1"}, "https://ragflow.test", None),
        ({"https_proxy": "http://p:2"}, "https://ragflow.test:9380", "http://p:2"),
        ({"all_proxy": "http://p:3"}, "http://ragflow.test", "http://p:3"),
        ({"all_proxy": "http://p:3", "no_proxy": "ragflow.test"}, "http://ragflow.test", None),
        ({"http_proxy": "http://p:1", "no_proxy": "localhost"}, "http://localhost:80", None),
    ],
)
def test_proxy_of_the_environment(
    variables: dict[str, str], address: str, proxy: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The usual variables say which addresses go through which proxy."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert proxy_for(address) == proxy
