"""``ragflow serve``: what it tells, how it fails and how it ends."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ragflow import RAGFlow, cli
from ragflow.local import run as local_run
from ragflow.local.config import ServerConfig, ServerInfo


@contextmanager
def serving(*arguments: str, **variables: str) -> Iterator[subprocess.Popen[str]]:
    """A server in a process of its own."""
    server = subprocess.Popen(
        [sys.executable, "-m", "ragflow", "serve", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **variables},
    )
    try:
        yield server
    finally:
        if server.poll() is None:
            server.kill()
        server.communicate()


def first_line(server: subprocess.Popen[str]) -> str:
    """Waits for the first line of output."""
    assert server.stdout is not None
    return server.stdout.readline()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_json_line_and_clean_end(number: signal.Signals) -> None:
    """One line says how to reach the server, and a signal ends it soon, with exit code 0."""
    with serving("--json", "--version", "0.22.1", RAGFLOW_LOCAL_API_KEY="ragflow-mine") as server:
        told = json.loads(first_line(server))
        assert list(told) == ["base_url", "api_key", "version", "pid"]
        assert (told["api_key"], told["version"]) == ("ragflow-mine", "0.22.1")
        assert told["pid"] == server.pid
        with RAGFlow(told["api_key"], told["base_url"]) as rag:
            assert rag.list_datasets() == []
        begun = time.monotonic()
        server.send_signal(number)
        rest, errors = server.communicate(timeout=10)
        assert time.monotonic() - begun < 2
        assert (server.returncode, rest, errors) == (0, "", "")


def test_an_open_answer_does_not_keep_the_server_alive() -> None:
    """A connection that somebody holds open is cut off within two seconds."""
    with serving("--json") as server:
        told = json.loads(first_line(server))
        host, port = told["base_url"].removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall(b"POST /api/v1/retrieval HTTP/1.1\r\nContent-Length: 10\r\n\r\n{")
            begun = time.monotonic()
            server.send_signal(signal.SIGTERM)
            assert server.wait(10) == 0
            assert time.monotonic() - begun < 2


def test_readable_lines_and_kept_data(tmp_path: Path) -> None:
    """Without --json it says where it is, what the key is and where the data are kept."""
    data = tmp_path / "kb.db"
    keys = []
    for _ in range(2):
        with serving("--data", str(data)) as server:
            lines = [first_line(server) for _ in range(12)]
            server.send_signal(signal.SIGINT)
            rest, errors = server.communicate(timeout=10)
        told = "".join(lines)
        keys.append(next(line.split()[-1] for line in lines if "API key" in line))
        assert str(data) in told
        assert f'RAGFlow("{keys[-1]}", "http://127.0.0.1:' in told
        assert (rest.splitlines()[-1], errors, server.returncode) == ("Stopped.", "", 0)
    assert keys[0] == keys[1]


def test_a_taken_port_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """A port that somebody else listens on is one sentence and exit code 1."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        assert cli.main(["serve", "--port", str(port)]) == 1
    shown = capsys.readouterr()
    assert (shown.out, shown.err.count("\n")) == ("", 1)
    assert f"port {port} of 127.0.0.1 is already in use" in shown.err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--version", "9.9"], "does not speak version '9.9'; it knows"),
        (["--host", "203.0.113.1"], "cannot listen on 203.0.113.1, port 0: "),
        (["--data", "/dev/null/kb.db"], "(--data /dev/null/kb.db)"),
    ],
)
def test_what_cannot_be_is_told(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Unknown versions, foreign addresses and impossible data files end with exit code 1."""
    assert cli.main(["serve", *arguments]) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert sentence in shown.err.splitlines()[-1]
    assert "Traceback" not in shown.err


def test_without_the_extra_the_install_command_is_told(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the server's libraries are missing, one sentence says how to install them."""
    monkeypatch.setitem(sys.modules, "ragflow.local.run", None)
    assert cli.main(["serve"]) == 1
    shown = capsys.readouterr().err
    assert "embedded server is not installed" in shown
    assert 'pip install "ragflow[all]"' in shown


@pytest.mark.parametrize(
    ("host", "warned"),
    [
        ("127.0.0.1", False),
        ("127.9.9.9", False),
        ("::1", False),
        ("localhost", False),
        ("0.0.0.0", True),
        ("::", True),
        ("192.0.2.1", True),
        ("box.example", True),
    ],
)
def test_addresses_that_others_reach_are_warned_of(
    host: str,
    warned: bool,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Only addresses of this machine alone go without a warning; the server starts either way."""
    started = []

    def run(config: ServerConfig, on_ready: object) -> None:
        started.append(config.host)

    monkeypatch.setattr(local_run, "run", run)
    assert cli.main(["serve", "--host", host, "--json"]) == 0
    assert started == [host]
    assert ("other machines reach this server" in capsys.readouterr().err) is warned


def test_a_start_that_fails_without_data_is_told(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reason is given as it is where no data file was named."""

    def run(config: ServerConfig, on_ready: object) -> None:
        raise local_run.ServerStartError("the disk is full")

    monkeypatch.setattr(local_run, "run", run)
    assert cli.main(["serve"]) == 1
    assert capsys.readouterr().err == "Error: the disk is full\n"


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_what_is_told_in_process(
    options: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The address and the key are told once the server reports that it is ready."""
    info = ServerInfo("http://127.0.0.1:5", "ragflow-k", "0.27.0", 7)
    monkeypatch.setattr(local_run, "run", lambda config, on_ready: on_ready(info))
    assert cli.main(["serve", *options]) == 0
    shown = capsys.readouterr().out
    assert "http://127.0.0.1:5" in shown
    assert "ragflow-k" in shown
    assert (shown.count("\n") == 1) is bool(options)
