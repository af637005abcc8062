"""``ragflow demo`` in a terminal: a chat that can be stopped and left."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from pseudo_terminal import PseudoTerminal

CTRL_C, CTRL_D = "\x03", "\x04"


def test_samples_then_a_chat() -> None:
    """After the first answer one can ask on, in other languages too, and an empty line ends it."""
    with PseudoTerminal("demo") as terminal:
        first = terminal.wait_for("You: ")
        assert "Best passages" in first
        assert "[ID:" in first
        assert "An empty line ends it" in first
        assert max(len(line) for line in first.splitlines()) <= 80
        terminal.type("分块应该多大？\n")
        assert "hybrid-search-zh.md" in terminal.wait_for("You: ")
        terminal.type("\n")
        assert terminal.exit_code() == 0
    assert "\x1b[1mAnswer" in terminal.output


@pytest.mark.parametrize("key", [CTRL_C, CTRL_D])
def test_the_prompt_can_be_left(key: str, tmp_path: Path) -> None:
    """With own files the question is asked for; Ctrl-D and Ctrl-C leave without one."""
    (tmp_path / "a.md").write_text("The moon is far.\n")
    with PseudoTerminal("demo", str(tmp_path)) as terminal:
        terminal.wait_for("Your question: ")
        terminal.type(key)
        assert terminal.exit_code(timeout=5) == 0


def test_no_color() -> None:
    """With NO_COLOR nothing is coloured."""
    with PseudoTerminal("demo", environment={"NO_COLOR": "1"}) as terminal:
        terminal.wait_for("You: ")
        assert "\x1b[32m" not in terminal.output
        assert "\x1b[36m" not in terminal.output


def test_ctrl_c_before_the_answer_aborts() -> None:
    """While the server starts, Ctrl-C ends the demo with exit code 3."""
    with PseudoTerminal("demo") as terminal:
        terminal.wait_for("Starting an embedded server")
        terminal.type(CTRL_C)
        assert terminal.exit_code(timeout=5) == 3
    assert "Aborted." in terminal.text
    assert "Traceback" not in terminal.text


def test_ctrl_c_stops_an_answer_and_the_chat_goes_on(endless_model: str) -> None:
    """Ctrl-C during an answer stops this answer; the server is still there for the next one."""
    environment = {"RAGFLOW_LOCAL_LLM_URL": endless_model}
    with PseudoTerminal("demo", environment=environment) as terminal:
        for _ in range(2):
            terminal.wait_for("tick tick")
            terminal.interrupt(until="(stopped)")
            terminal.wait_for("You: ")
            terminal.type("And now?\n")
        terminal.wait_for("tick tick")
        terminal.interrupt(until="You: ")
        terminal.type(CTRL_D)
        assert terminal.exit_code() == 0


@pytest.fixture
def endless_model() -> Iterator[str]:
    """The address of a language model that never comes to an end."""
    left = threading.Event()

    class Model(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(200)
            self.send_header("content-type", "text/event-stream")
            self.end_headers()
            frame = {"choices": [{"index": 0, "delta": {"content": "tick "}}]}
            try:
                while not left.wait(0.02):
                    self.wfile.write(f"data: {json.dumps(frame)}\n\n".encode())
            except OSError:
                return

        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Model)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/v1"
    left.set()
    server.shutdown()
    thread.join()
    server.server_close()
