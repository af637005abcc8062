# Generated from tests/_async/test_detection.py by tools/generate_sync.py. Do not edit.
"""How a client finds out which generation it talks to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from ragflow import (
    APIError,
    AuthenticationError,
    Chat,
    DataSet,
    Document,
    ProtocolError,
    RAGFlow,
    ServerError,
    Session,
)
from scripted import Script, streamed

Connect = Callable[..., RAGFlow]

NO_ROUTE = {"code": 100, "data": None, "message": "<NotFound '404: Not Found'>"}
WRONG_METHOD = {"code": 100, "data": None, "message": "<MethodNotAllowed '405: ...'>"}
OLDEST = httpx.Response(200, json={"retcode": 100, "retmsg": "<NotFound '404'>", "data": None})
STRICT = {"code": 101, "message": "Field: <__probe__>"}
BARE = httpx.Response(404, json={"error": "Not Found", "message": "no such route"})
CODED = httpx.Response(404, json={"code": 404, "data": None, "error": "Not Found", "message": "m"})
UNKNOWN_KEY = {"code": 109, "data": False, "message": "m"}


def paths(script: Script) -> list[str]:
    """Verb and path of what was sent."""
    return [f"{r.method} {r.url.path.removeprefix('/api/v1')}" for r in script.sent]


def version(text: str) -> dict[str, Any]:
    """What a server says that tells its version."""
    return {"code": 0, "message": "success", "data": text}


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        ([OLDEST], "0.13.0"),
        ([NO_ROUTE, []], "0.17.2"),
        ([NO_ROUTE, {"code": 102, "message": "no dataset"}], "0.17.2"),
        ([NO_ROUTE, STRICT], "0.21.0"),
        ([BARE], "0.23.1"),
        ([CODED], "0.24.0"),
        ([version("v0.25.0")], "v0.25.0"),
        ([version("v0.27.0-12-gabc1234")], "v0.27.0-12-gabc1234"),
        ([version("nightly")], "nightly"),
        ([version("unknown")], "unknown"),
    ],
)
def test_at_most_two_requests(connect: Connect, answers: list[Any], told: str) -> None:
    """Each generation is known by what it answers, and asked only once."""
    script = Script(*answers, *([{}] if len(answers) == 1 else []))
    client = connect(script, None)
    assert client.server_version() == told
    assert client.server_version() == told
    assert len(script.sent) == len(answers)
    assert paths(script)[0] == "GET /system/version"


@pytest.mark.parametrize(
    ("told", "verb", "route"),
    [
        ("nightly", "POST", "/datasets/d/documents/parse"),
        ("unknown", "POST", "/datasets/d/documents/parse"),
        ("v0.25.0-40-g1234567", "POST", "/datasets/d/chunks"),
        ("v0.25.1-2-g1234567", "POST", "/datasets/d/documents/parse"),
    ],
)
def test_builds_between_releases(connect: Connect, told: str, verb: str, route: str) -> None:
    """A build after a release is like that release, and one without a number like the newest."""
    script = Script(version(told), {})
    connect(script, None).bind(DataSet(id="d")).async_parse_documents("x")
    assert paths(script)[1] == f"{verb} {route}"


def test_told_by_the_user(connect: Connect) -> None:
    """A version that was given is believed, and nothing is asked."""
    script = Script({})
    client = connect(script, "0.17.2")
    client.bind(DataSet(id="d")).async_parse_documents("x")
    assert client.server_version() == "0.17.2"
    assert paths(script) == ["POST /datasets/d/chunks"]


@pytest.mark.parametrize(
    "answers",
    [
        [NO_ROUTE, UNKNOWN_KEY],
        [NO_ROUTE, {"code": 0, "data": False, "message": "m"}],
        [httpx.Response(401, json={"code": 401, "data": None, "message": "Unauthorized"})],
        [httpx.Response(401, json={"code": 0, "data": False, "message": "m"})],
    ],
)
def test_bad_key(connect: Connect, answers: list[Any]) -> None:
    """A key that is refused while looking is a refused key, not an odd server."""
    script = Script(*answers, {})
    client = connect(script, None)
    with pytest.raises(AuthenticationError):
        client.create_chat("x")
    assert len(script.sent) == len(answers)


def test_a_failure_is_not_remembered(connect: Connect) -> None:
    """A server that was starting is asked again by the next call."""
    starting = httpx.Response(503, text="<html>starting</html>")
    script = Script(starting, version("v0.27.0"), {"chats": []})
    client = connect(script, None, max_retries=0)
    with pytest.raises(ServerError):
        client.list_chats()
    assert client.list_chats() == []


def test_another_service(connect: Connect) -> None:
    """A web page, or another service's JSON, is not taken for an old server."""
    for answer in (httpx.Response(200, html="<html>"), httpx.Response(200, json=[1])):
        with pytest.raises(ProtocolError, match="base_url"):
            connect(Script(answer), None).server_version()


@pytest.mark.parametrize(
    ("before", "missing", "after", "route"),
    [
        ([version("v0.27.0")], NO_ROUTE, [NO_ROUTE, STRICT], "POST /datasets/d/chunks"),
        ([version("v0.27.0")], BARE, [BARE], "POST /datasets/d/chunks"),
        ([version("v0.27.0")], CODED, [CODED], "POST /datasets/d/chunks"),
        ([OLDEST], CODED, [version("v0.27.0")], "POST /datasets/d/documents/parse"),
        ([CODED], WRONG_METHOD, [version("v0.27.0")], "POST /datasets/d/documents/parse"),
    ],
)
def test_exchanged_server(
    connect: Connect, before: list[Any], missing: Any, after: list[Any], route: str
) -> None:
    """When a route is gone the generation is asked for anew, once, and the call made again."""
    script = Script(*before, missing, *after, {"success_count": 1})
    dataset = connect(script, None).bind(DataSet(id="d"))
    result = dataset.async_parse_documents("x")
    assert result.success_count == 1
    assert paths(script)[-1] == route


def test_exchanged_server_before_a_question(connect: Connect) -> None:
    """A streamed question finds its new route, too, with the conversation that it wants."""
    answer, _ = streamed({"answer": "Paris"}, True)
    said = [{"id": "s", "messages": [{"role": "assistant", "content": "Hi"}]}]
    wrong = httpx.Response(404, json={"code": 404, "data": None, "error": "e", "message": "m"})
    script = Script(CODED, wrong, version("v0.25.3"), said, answer)
    session = connect(script, None).bind(Session(id="s", chat_id="c"))
    assert session.ask("Capital?").content == "Paris"
    assert paths(script)[1:] == [
        "POST /chats/c/completions",
        "GET /system/version",
        "GET /chats/c/sessions",
        "POST /chat/completions",
    ]
    assert [message["content"] for message in script.bodies[-1]["messages"]] == ["Hi", "Capital?"]


def test_exchanged_server_while_streaming(connect: Connect) -> None:
    """A stream that is opened on an older server goes there, and is read as its frames are."""
    answer, _ = streamed({"answer": "Par"}, {"answer": "Paris"}, True)
    script = Script(version("v0.27.0"), NO_ROUTE, NO_ROUTE, STRICT, answer)
    session = connect(script, None).bind(Session(id="s", chat_id="c"))
    texts = [message.content for message in session.ask("Capital?", stream=True)]
    assert texts[:2] == ["Par", "Paris"]
    assert paths(script)[-1] == "POST /chats/c/completions"
    assert script.bodies[-1]["question"] == "Capital?"


def test_looked_again_only_once(connect: Connect) -> None:
    """A server that does not know a route of its own generation cannot keep a client asking."""
    script = Script(version("v0.27.0"), CODED, version("v0.24.0"), CODED, CODED)
    dataset = connect(script, None).bind(DataSet(id="d"))
    for _ in range(2):
        with pytest.raises(APIError):
            dataset.async_parse_documents("x")
    assert paths(script).count("GET /system/version") == 2
    assert len(script.sent) == 5


def test_same_server(connect: Connect) -> None:
    """If the server is what it was, its refusal stands and nothing is sent twice."""
    script = Script(version("v0.27.0"), CODED, version("v0.27.0"))
    with pytest.raises(APIError) as refusal:
        connect(script, None).bind(Chat(id="c")).update({"name": "n"})
    assert refusal.value.status == 404
    assert len(script.sent) == 3


def test_told_versions_are_not_doubted(connect: Connect) -> None:
    """What the user says holds, even where the server seems to know better."""
    script = Script(NO_ROUTE)
    with pytest.raises(ServerError):
        connect(script, "0.27.0").bind(DataSet(id="d")).async_parse_documents("x")
    assert len(script.sent) == 1


def test_other_failures_are_no_missing_route(connect: Connect) -> None:
    """An exception in the server has the same code, but another name."""
    script = Script(version("v0.27.0"), {"code": 100, "message": "KeyError('x')", "data": None})
    document = connect(script, None).bind(Document(id="x", dataset_id="d"))
    with pytest.raises(ServerError, match="KeyError"):
        document.update({"name": "n.txt"})
    assert len(script.sent) == 2


def test_code_102_of_an_empty_list(connect: Connect) -> None:
    """What a refused list means is asked when it is refused: on the oldest servers, nothing."""
    refusal = {"code": 102, "message": "The dataset doesn't exist"}
    oldest = Script(refusal, OLDEST)
    assert connect(oldest, None).list_datasets() == []
    newer = Script(refusal, NO_ROUTE, [])
    with pytest.raises(APIError) as told:
        connect(newer, None).list_datasets()
    assert told.value.code == 102
