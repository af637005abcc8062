"""Servers behind https."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import trustme

from ragflow import AsyncRAGFlow, ConnectionFailedError, RAGFlow, _network
from raw_server import RawServer

ANSWER = b'{"code":0,"data":[]}\n'


class Handler(BaseHTTPRequestHandler):
    """Answers every read with an empty list."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(ANSWER)))
        self.end_headers()
        self.wfile.write(ANSWER)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def authority() -> trustme.CA:
    """A certificate authority that nobody trusts yet."""
    return trustme.CA()


@pytest.fixture
def address(authority: trustme.CA) -> Iterator[str]:
    """The address of a server with a certificate of the authority."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"https://localhost:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(autouse=True)
def fresh_settings() -> Iterator[None]:
    """TLS settings are read anew, and forgotten afterwards."""
    _network._trusting.cache_clear()
    yield
    _network._trusting.cache_clear()


def test_untrusted_certificate_is_refused(address: str) -> None:
    """A certificate of an unknown authority ends the call, and the error says so."""
    with (
        RAGFlow("key", address, max_retries=0) as rag,
        pytest.raises(ConnectionFailedError, match="certificate"),
    ):
        rag.list_datasets()


def test_trusted_certificate_is_accepted(
    address: str, authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An authority named by ``SSL_CERT_FILE`` is trusted, by both kinds of client."""
    file = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(file))
    monkeypatch.setenv("SSL_CERT_FILE", str(file))

    async def main() -> list[object]:
        async with AsyncRAGFlow("key", address) as rag:
            return list(await rag.list_datasets())

    with RAGFlow("key", address) as rag:
        assert rag.list_datasets() == []
    assert asyncio.run(main()) == []


def test_handshake_that_is_given_up() -> None:
    """A task that is cancelled while the connection is being encrypted leaves no socket behind."""

    async def main(address: str) -> None:
        async with AsyncRAGFlow("key", address, fast=False) as rag:
            call = asyncio.create_task(rag.list_datasets())
            await asyncio.sleep(0.3)
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
            assert await asyncio.to_thread(server.left.wait, 5)

    with RawServer() as server:
        asyncio.run(main(server.url.replace("http:", "https:")))
