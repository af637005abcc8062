"""Routes, keys, bodies and paging, beyond what the recordings show."""

from __future__ import annotations

import json

import httpx
import pytest

from local.harness import OTHER_KEY, serve
from ragflow.local.app import create_app
from ragflow.local.config import ServerConfig
from ragflow.local.generations import find_generation
from ragflow.local.routing import failure

BOTH = pytest.mark.parametrize("version", ["0.22.1", "0.27.0"])


@BOTH
async def test_trailing_slashes(version: str) -> None:
    """A slash at the end changes nothing, and a quoted one within an id is no such route."""
    async with serve(version) as api:
        assert await api.code("GET", "/datasets/") == 0
        assert await api.code("GET", "/datasets/a%2Fb/documents") == {"0.22.1": 100}.get(
            version, 404
        )


async def test_head_and_options() -> None:
    """HEAD has the headers of GET and no body; OPTIONS tells the methods."""
    async with serve() as api:
        head = await api.client.head("/api/v1/datasets")
        assert (head.status_code, head.content) == (200, b"")
        assert int(head.headers["content-length"]) > 0
        options = await api.client.options("/api/v1/datasets")
        assert options.headers["allow"] == "DELETE, GET, HEAD, OPTIONS, POST"
        assert options.content == b""


async def test_cross_origin() -> None:
    """Pages of other origins may ask; without an origin only caches are told."""
    async with serve() as api:
        asked = {"Origin": "http://page.test", "Access-Control-Request-Headers": "x-y"}
        preflight = await api.client.options("/api/v1/datasets", headers=asked)
        assert preflight.headers["access-control-allow-origin"] == "*"
        assert preflight.headers["access-control-allow-headers"] == "x-y"
        plain = await api.client.get("/api/v1/datasets")
        assert plain.headers["vary"] == "Origin"
        assert "access-control-allow-origin" not in plain.headers


@pytest.mark.parametrize(
    ("version", "header", "status", "code", "has_data"),
    [
        ("0.22.1", None, 200, 0, True),
        ("0.22.1", "one-word", 200, 0, True),
        ("0.22.1", "Bearer wrong", 200, 109, True),
        ("0.27.0", None, 401, 401, True),
        ("0.27.0", "Basic {key}", 401, 401, True),
        ("0.27.0", "bearer wrong", 401, 401, True),
    ],
)
async def test_refused_keys(
    version: str, header: str | None, status: int, code: int, has_data: bool
) -> None:
    """Each generation refuses missing and wrong keys in its own way."""
    async with serve(version) as api:
        key = api.client.headers.pop("authorization").split()[1]
        headers = {"Authorization": header.format(key=key)} if header else {}
        response = await api.client.get("/api/v1/datasets", headers=headers)
        assert (response.status_code, response.json()["code"]) == (status, code)
        assert response.json()["data"] in (False, None)


@pytest.mark.parametrize(
    ("version", "header"),
    [("0.22.1", "Token {key}"), ("0.27.0", "{key}"), ("0.27.0", "BEARER {key}")],
)
async def test_accepted_keys(version: str, header: str) -> None:
    """Older servers take any first word, newer ones the bare key."""
    async with serve(version) as api:
        key = api.client.headers.pop("authorization").split()[1]
        headers = {"Authorization": header.format(key=key)}
        response = await api.client.get("/api/v1/datasets", headers=headers)
        assert response.json()["code"] == 0


@BOTH
async def test_tenants_are_apart(version: str) -> None:
    """What one key makes, another neither sees nor deletes."""
    async with serve(version) as api:
        dataset, _ = await api.filled()
        chat = await api.chat([dataset])
        api.client.headers["authorization"] = f"Bearer {OTHER_KEY}"
        assert await api.data("GET", "/datasets") == []
        assert await api.code("DELETE", "/datasets", {"ids": [dataset]}) != 0
        assert await api.code("DELETE", "/chats", {"ids": [chat]}) != 0


@pytest.mark.parametrize(
    ("version", "content", "content_type", "code"),
    [
        ("0.22.1", b"{", "application/json", 102),
        ("0.22.1", b"[]", "application/json", 100),
        ("0.22.1", b"null", "application/json", 100),
        ("0.22.1", b'{"name":"a"}', "text/plain", 100),
        ("0.22.1", b"", None, 100),
        ("0.27.0", b"{", "application/json", 100),
        ("0.27.0", b'"x"', "application/json", 100),
        ("0.27.0", b"null", "application/json", 102),
        ("0.27.0", b"", None, 102),
        ("0.27.0", b"[" * 100_000, "application/json", 100),
    ],
)
async def test_odd_bodies(
    version: str, content: bytes, content_type: str | None, code: int
) -> None:
    """Bodies that are no JSON object are told as the generation tells them."""
    async with serve(version) as api:
        headers = {"Content-Type": content_type} if content_type else {}
        response = await api.client.post("/api/v1/chats", content=content, headers=headers)
        assert response.json()["code"] == code


@BOTH
async def test_odd_bodies_of_schema_routes(version: str) -> None:
    """Schema-checked routes refuse arrays as wrong arguments."""
    async with serve(version) as api:
        assert await api.code("POST", "/datasets", [1]) == 101


async def test_session_without_a_body() -> None:
    """A session needs a body at the older server and none at the newer."""
    for version, code in (("0.22.1", 100), ("0.27.0", 0)):
        async with serve(version) as api:
            chat = await api.chat([])
            assert await api.code("POST", f"/chats/{chat}/sessions") == code


@BOTH
async def test_body_limit(version: str) -> None:
    """A body over the limit is refused whether or not its length was announced."""

    async def unannounced() -> object:
        for _ in range(3):
            yield b"x" * 500

    async with serve(version, max_body=1000) as api:
        headers = {"Content-Type": "application/json"}
        for content in (b"x" * 1001, unannounced()):
            response = await api.client.post("/api/v1/datasets", content=content, headers=headers)
            assert response.json()["code"] == 100
            assert "413" in response.json()["message"]


async def test_drained_body_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even a refused body is read without end."""
    monkeypatch.setattr("ragflow.local.calls._DRAINED", 100)
    read = 0

    async def endless() -> object:
        nonlocal read
        while True:
            read += 100
            yield b"x" * 100

    async with serve(max_body=1000) as api:
        headers = {"Content-Type": "application/json"}
        response = await api.client.post("/api/v1/datasets", content=endless(), headers=headers)
        assert response.json()["code"] == 100
    assert read < 2000


@pytest.mark.parametrize(
    ("version", "query", "code"),
    [
        ("0.22.1", "page=x", 100),
        ("0.22.1", "page=-1", 100),
        ("0.22.1", "page=0", 0),
        ("0.22.1", "page_size=1000", 0),
        ("0.27.0", "page=x", 0),
        ("0.27.0", "page=-1", 0),
        ("0.27.0", "page_size=1000", 100),
        ("0.27.0", "page=&page_size=", 0),
    ],
)
async def test_paging(version: str, query: str, code: int) -> None:
    """Bad page numbers are refused or corrected, by generation."""
    async with serve(version) as api:
        assert await api.code("GET", f"/chats?{query}") == code


@pytest.mark.parametrize(
    ("path", "version", "status"),
    [
        ("/v1/system/ping", "0.22.1", 200),
        ("/v1/system/ping", "0.27.0", 404),
        ("/api/v1/system/ping", "0.27.0", 200),
        ("/api/v1/language", "0.27.0", 200),
        ("/api/v1/agents", "0.27.0", 404),
    ],
)
async def test_system_routes(path: str, version: str, status: int) -> None:
    """Which routes there are depends on the generation; what is not built is no route."""
    async with serve(version) as api:
        assert (await api.client.get(path)).status_code == status


async def test_only_http() -> None:
    """Connections of other kinds are not answered, and harm nothing."""
    app = create_app(ServerConfig())
    async with app.router.lifespan_context(app):
        await app({"type": "websocket", "path": "/"}, None, None)  # type: ignore[arg-type]


async def test_a_defect_is_told_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    """An exception nobody expected becomes code 100 and a log entry."""
    response = failure(ZeroDivisionError("no"), find_generation("0.22.1"))
    assert json.loads(bytes(response.body)) == {
        "code": 100,
        "data": None,
        "message": "ZeroDivisionError('no')",
    }
    assert "a request failed" in caplog.text


async def test_leaving_while_sending() -> None:
    """A client that goes away in the middle of its body is no defect."""
    app = create_app(ServerConfig())

    async def receive() -> dict[str, object]:
        return {"type": "http.disconnect"}

    sent: list[dict[str, object]] = []

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    async with app.router.lifespan_context(app):
        key = f"Bearer {app.state.api_key}".encode()
        scope = {
            "type": "http",
            "method": "POST",
            "path": "/api/v1/datasets",
            "query_string": b"",
            "headers": [(b"authorization", key)],
        }
        await app(scope, receive, send)  # type: ignore[arg-type]
    assert sent[0]["status"] == 400


async def test_the_data_file_must_be_usable(tmp_path: object) -> None:
    """A path that cannot be a data file fails at the start."""
    app = create_app(ServerConfig(path=tmp_path))  # type: ignore[arg-type]
    with pytest.raises(Exception, match="unable to open"):
        async with app.router.lifespan_context(app):
            raise AssertionError("started on a directory")
    assert "unable to open" in str(app.state.startup_error)


async def test_transport_is_closed_cleanly() -> None:
    """The temporary data file of a server goes away with it."""
    app = create_app(ServerConfig())
    async with app.router.lifespan_context(app):
        path = app.state.services.store.path
        assert path.exists()
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://test"
        ) as client:
            assert (await client.get("/api/v1/system/ping")).text == "pong"
    assert not path.exists()
