"""The server as a process of its own, over real sockets."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from local.harness import CAPITALS
from ragflow.local.__main__ import main
from ragflow.local.config import ServerConfig
from ragflow.local.process import ServerProcess, ServerProcessError
from ragflow.local.run import PortInUseError, ServerStartError, _listen, run
from ragflow.testing import LocalServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def client(server: LocalServer | ServerProcess) -> httpx.Client:
    """A client of a server."""
    headers = {"Authorization": f"Bearer {server.api_key}"}
    return httpx.Client(base_url=f"{server.base_url}/api/v1", headers=headers, timeout=10)


def data(response: httpx.Response) -> Any:
    """The data of an answer that has to be a success."""
    body = response.json()
    assert body["code"] == 0, body
    return body.get("data")


def wait_until(condition: Callable[[], Any], seconds: float = 10) -> None:
    """Wait until a condition holds, but not for ever."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def is_alive(pid: int) -> bool:
    """Whether a process runs, zombies aside."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat").read_text()
    return status.rpartition(")")[2].split()[0] != "Z"


def parsed_document(http: httpx.Client, text: str = CAPITALS) -> tuple[str, str]:
    """A dataset with a parsed document; returns both ids."""
    dataset = data(http.post("/datasets", json={"name": "kb"}))["id"]
    files = [("file", ("a.txt", text.encode()))]
    (document,) = data(http.post(f"/datasets/{dataset}/documents", files=files))
    path = f"/datasets/{dataset}/documents"
    data(http.post(f"/datasets/{dataset}/chunks", json={"document_ids": [document["id"]]}))
    wait_until(lambda: data(http.get(path))["docs"][0]["run"] == "DONE")
    return dataset, document["id"]


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    """A server that several tests share."""
    with LocalServer() as server:
        yield server


def test_the_whole_loop(server: LocalServer) -> None:
    """From a file to a streamed answer, in a process of its own."""
    with client(server) as http:
        dataset, _ = parsed_document(http)
        chat = data(http.post("/chats", json={"name": "c", "dataset_ids": [dataset]}))["id"]
        session = data(http.post(f"/chats/{chat}/sessions", json={"name": "s"}))["id"]
        body = {"question": "What is the capital of Japan?", "session_id": session}
        text = ""
        with http.stream("POST", f"/chats/{chat}/completions", json=body) as response:
            types = response.headers.get_list("content-type")
            assert types == ["text/event-stream; charset=utf-8"] * 2
            for line in response.iter_lines():
                if line and (item := json.loads(line[5:])["data"]) is not True:
                    text += item["answer"]
        assert "Tokyo" in text
    assert server.pid != os.getpid()


def test_only_this_machine_can_reach_it(server: LocalServer) -> None:
    """The server listens on the loopback address and refuses wrong keys."""
    assert server.base_url.startswith("http://127.0.0.1:")
    answer = httpx.get(f"{server.base_url}/api/v1/datasets")
    assert answer.status_code == 401


def test_requests_are_answered_during_a_parse(server: LocalServer) -> None:
    """A long parse does not hold up others."""
    with client(server) as http:
        dataset = data(http.post("/datasets", json={"name": "long"}))["id"]
        text = "".join(f"Line {n} tells of thing {n * 7}.\n" for n in range(40_000))
        files = [("file", ("big.txt", text.encode()))]
        (document,) = data(http.post(f"/datasets/{dataset}/documents", files=files))
        ids = {"document_ids": [document["id"]]}
        data(http.post(f"/datasets/{dataset}/chunks", json=ids))
        path, slowest, states = f"/datasets/{dataset}/documents", 0.0, set()
        for _ in range(20):
            begun = time.monotonic()
            states.add(data(http.get(path))["docs"][0]["run"])
            slowest = max(slowest, time.monotonic() - begun)
            time.sleep(0.03)
        assert "RUNNING" in states
        assert slowest < 2
        http.request("DELETE", f"/datasets/{dataset}/chunks", json=ids)


def test_small_answers_are_not_held_back() -> None:
    """Connections are known to be TCP, without which asyncio lets small packets wait for more."""
    with closing(_listen("127.0.0.1", 0)) as listener:
        assert listener.proto == socket.IPPROTO_TCP


def test_files_in_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A script that is called like a library does not keep the server from starting."""
    (tmp_path / "queue.py").write_text("raise SystemExit('the wrong queue')\n")
    monkeypatch.chdir(tmp_path)
    with LocalServer() as server:
        assert httpx.get(f"{server.base_url}/api/v1/system/ping").text == "pong"


def test_many_clients_at_once(server: LocalServer) -> None:
    """Clients in many threads get right answers, and all counts are right at the end."""
    failures: list[BaseException] = []

    def work() -> None:
        try:
            with client(server) as http:
                dataset = data(http.post("/datasets", json={"name": "many"}))["id"]
                path = f"/datasets/{dataset}/documents"
                for number in range(4):
                    files = [("file", (f"{number}.txt", CAPITALS.encode()))]
                    (made,) = data(http.post(path, files=files))
                    ids = {"document_ids": [made["id"]]}
                    data(http.post(f"/datasets/{dataset}/chunks", json=ids))
                data(http.request("DELETE", path, json={"ids": [made["id"]]}))
                wait_until(lambda: data(http.get(f"{path}?run=RUNNING"))["total"] == 0)
                documents = data(http.get(path))["docs"]
                counts = data(http.get(f"/datasets/{dataset}"))
                assert {item["run"] for item in documents} == {"DONE"}
                assert counts["document_count"] == len(documents) == 3
                assert counts["chunk_count"] == sum(item["chunk_count"] for item in documents)
                assert counts["token_num"] == sum(item["token_count"] for item in documents)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_leaving_a_stream(server: LocalServer) -> None:
    """Nothing of a turn is kept when the client leaves before its end."""
    text = "".join(f"The owl number {n} sleeps in tree {n} of the forest.\n" for n in range(40))
    with client(server) as http:
        dataset = data(http.post("/datasets", json={"name": "owls"}))["id"]
        files = [("file", ("owls.txt", text.encode()))]
        (document,) = data(http.post(f"/datasets/{dataset}/documents", files=files))
        data(http.post(f"/datasets/{dataset}/chunks", json={"document_ids": [document["id"]]}))
        path = f"/datasets/{dataset}/documents"
        wait_until(lambda: data(http.get(path))["docs"][0]["run"] == "DONE")
        chat = data(http.post("/chats", json={"name": "owls", "dataset_ids": [dataset]}))["id"]
        session = data(http.post(f"/chats/{chat}/sessions", json={"name": "s"}))["id"]
        body = {"question": "Where does the owl sleep in the forest?", "session_id": session}
        with http.stream("POST", f"/chats/{chat}/completions", json=body) as response:
            next(response.iter_lines())
        time.sleep(0.5)
        kept = data(http.get(f"/chats/{chat}/sessions/{session}"))
        assert (len(kept["messages"]), kept["reference"]) == (1, [])


def test_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    """After a kill -9 everything that was answered is there, and parsing goes on."""
    path = tmp_path / "kb.db"
    with LocalServer(path) as first:
        key = first.api_key
        with client(first) as http:
            dataset = data(http.post("/datasets", json={"name": "kb"}))["id"]
            files = [("file", (f"{n}.txt", CAPITALS.encode())) for n in range(5)]
            made = data(http.post(f"/datasets/{dataset}/documents", files=files))
            ids = [document["id"] for document in made]
            data(http.post(f"/datasets/{dataset}/chunks", json={"document_ids": ids}))
            os.kill(first.pid, signal.SIGKILL)
    with LocalServer(path) as second:
        assert second.api_key == key
        with client(second) as http:
            path_of_list = f"/datasets/{dataset}/documents"

            def states() -> set[str]:
                return {item["run"] for item in data(http.get(path_of_list))["docs"]}

            wait_until(lambda: states() == {"DONE"})
            listed = data(http.get(path_of_list))
            assert listed["total"] == 5
            question = {"question": "capital of Japan", "dataset_ids": [dataset]}
            found = data(http.post("/retrieval", json=question))
            assert found["total"] == 5


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_end_it_quickly(number: signal.Signals) -> None:
    """SIGTERM and Ctrl-C end the process within two seconds, open stream or not."""
    child = subprocess.Popen(
        [sys.executable, "-m", "ragflow.local", "--json"], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    info = json.loads(child.stdout.readline())
    assert info["pid"] == child.pid
    headers = {"Authorization": f"Bearer {info['api_key']}"}
    with (
        httpx.Client(base_url=f"{info['base_url']}/api/v1", headers=headers) as http,
        socket.create_connection(("127.0.0.1", int(info["base_url"].rpartition(":")[2]))) as half,
    ):
        half.sendall(b"POST /api/v1/datasets HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n")
        half.sendall(f"Authorization: {headers['Authorization']}\r\n\r\n".encode())
        chat = data(http.post("/chats", json={"name": "c"}))["id"]
        session = data(http.post(f"/chats/{chat}/sessions", json={"name": "s"}))["id"]
        body = {"question": "Hello", "session_id": session}
        with http.stream("POST", f"/chats/{chat}/completions", json=body) as response:
            next(response.iter_lines())
            begun = time.monotonic()
            child.send_signal(number)
            assert child.wait(5) == 0
            assert time.monotonic() - begun < 2
    child.stdout.close()


def test_it_ends_with_its_parent(tmp_path: Path) -> None:
    """A server does not outlive the process that started it, however that ends."""
    script = (
        "import os, sys\n"
        "from ragflow.testing import LocalServer\n"
        "server = LocalServer().start()\n"
        "print(server.pid, flush=True)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], stdout=subprocess.PIPE, check=False)
    pid = int(done.stdout)
    wait_until(lambda: not is_alive(pid), 5)


def test_a_taken_port_is_told() -> None:
    """A port that is taken is named in the error."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ServerProcessError, match=f"port {port} .* already in use"):
            LocalServer(port=port).start()
        with pytest.raises(PortInUseError):
            run(ServerConfig(port=port), on_ready=lambda _: None)


def test_other_addresses() -> None:
    """Addresses that are not there are an error; IPv6 is put into brackets."""
    with pytest.raises(OSError, match="address"):
        run(ServerConfig(host="203.0.113.1"), on_ready=lambda _: None)
    with LocalServer(host="::1") as server:
        assert server.base_url.startswith("http://[::1]:")
        assert httpx.get(f"{server.base_url}/api/v1/system/ping").text == "pong"
    with LocalServer(host="0.0.0.0") as server:
        assert server.base_url.startswith("http://127.0.0.1:")


def test_unusable_data_files_are_told(tmp_path: Path) -> None:
    """A data file that cannot be used is an error with its reason."""
    with pytest.raises(ServerProcessError, match="could not start"):
        LocalServer(tmp_path).start()
    with pytest.raises(ServerStartError, match="unable to open"):
        run(ServerConfig(path=tmp_path), on_ready=lambda _: None)


def test_running_in_this_process() -> None:
    """The server runs in the main thread, tells when it is ready, and ends on a signal."""
    seen = []

    def ready(info: Any) -> None:
        seen.append(info)
        os.kill(os.getpid(), signal.SIGTERM)

    before = signal.getsignal(signal.SIGTERM)
    run(ServerConfig(version="v0.22.1", api_key="mine"), on_ready=ready)
    assert signal.getsignal(signal.SIGTERM) is before
    assert (seen[0].version, seen[0].api_key, seen[0].pid) == ("0.22.1", "mine", os.getpid())


def test_the_body_limit() -> None:
    """A body over the limit is refused, and its sender gets the answer."""
    process = ServerProcess(max_body=1000)
    try:
        with client(process) as http:
            files = [("file", ("big.txt", b"x" * 5_000_000))]
            answer = http.post("/datasets/x/documents", files=files)
            assert answer.json()["code"] == 100
            assert "413" in answer.json()["message"]
            assert data(http.get("/datasets")) == []
    finally:
        process.stop()


async def test_the_async_way() -> None:
    """A server works as an async context manager, with the key and version asked for."""
    async with LocalServer(version="0.22.1", api_key="mine") as server:
        assert (server.api_key, server.version) == ("mine", "0.22.1")
        pid = server.pid
        async with httpx.AsyncClient() as http:
            headers = {"Authorization": "Bearer mine"}
            answer = await http.get(f"{server.base_url}/api/v1/datasets", headers=headers)
            assert answer.json()["data"] == []
    assert not is_alive(pid)


def test_life_of_a_server() -> None:
    """Start and stop may be repeated; before the start there is nothing to ask for."""
    server = LocalServer()
    with pytest.raises(RuntimeError, match="not started"):
        _ = server.base_url
    server.stop()
    assert server.start() is server
    pid = server.pid
    assert server.start().pid == pid
    server.stop()
    server.stop()
    assert not is_alive(pid)


def test_wrong_versions_are_refused_at_once() -> None:
    """A version nobody knows is an error before anything is started."""
    with pytest.raises(ValueError, match=r"0\.27\.0"):
        LocalServer(version="9.9.9").start()


def test_a_server_that_does_not_get_ready() -> None:
    """A start that takes too long is given up."""
    with pytest.raises(ServerProcessError, match="not ready within"):
        ServerProcess(start_timeout=0.01)


def test_a_server_that_does_not_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that ignores the polite signal is killed."""
    process = ServerProcess()
    monkeypatch.setattr("ragflow.local.process._STOP_SECONDS", 0.2)
    os.kill(process.pid, signal.SIGSTOP)
    process.stop()
    assert not is_alive(process.pid)


def test_missing_libraries_are_told(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    """Without the extra, the error says how to install it."""
    monkeypatch.setattr("ragflow.local.process._NEEDED", ("no_such_library",))
    with pytest.raises(ServerProcessError, match=r"pip install \"ragflow\[local\]\""):
        LocalServer().start()
    monkeypatch.setitem(sys.modules, "ragflow.local.run", None)
    assert main([]) == 1
    assert 'pip install "ragflow[local]"' in capsys.readouterr().err


def test_a_child_that_cannot_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is left open when the interpreter cannot be run."""
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    with pytest.raises(OSError, match="No such file"):
        ServerProcess()


def test_command_line(monkeypatch: pytest.MonkeyPatch, capsys: Any, tmp_path: Path) -> None:
    """The command reports readiness in words or as JSON, and errors with exit code 1."""
    reports: list[Any] = []

    def fake_run(config: Any, *, on_ready: Any, watch_stdin: bool) -> None:
        from ragflow.local.config import ServerInfo

        reports.append((config, watch_stdin))
        on_ready(ServerInfo("http://x", "key", "0.27.0", 7))

    monkeypatch.setattr("ragflow.local.run.run", fake_run)
    monkeypatch.setenv("RAGFLOW_LOCAL_API_KEY", "mine")
    assert main(["--data", str(tmp_path / "kb.db"), "--parent-watch"]) == 0
    assert capsys.readouterr().out == "RAGFlow 0.27.0 (embedded) at http://x\nAPI key: key\n"
    assert main(["--json"]) == 0
    assert json.loads(capsys.readouterr().out)["api_key"] == "key"
    assert (reports[0][0].api_key, reports[0][1]) == ("mine", True)
    assert main(["--version", "1"]) == 1
    assert "0.27.0" in capsys.readouterr().err

    def no_run(*_: Any, **__: Any) -> None:
        raise PortInUseError("port 1 is already in use")

    monkeypatch.setattr("ragflow.local.run.run", no_run)
    assert main([]) == 1
    assert capsys.readouterr().err == "port 1 is already in use\n"


def test_imports_are_cheap() -> None:
    """Importing the packages loads neither the web framework nor the numbers."""
    script = (
        "import sys, ragflow.local, ragflow.testing, ragflow.local.process\n"
        "heavy = {'starlette', 'uvicorn', 'numpy', 'pypdf', 'docx', 'bs4'}\n"
        "sys.exit(', '.join(heavy & sys.modules.keys()) or 0)\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
