"""The hard differences between server generations in documents and what becomes of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from ragflow import (
    AsyncChat,
    AsyncChunk,
    AsyncDataSet,
    AsyncDocument,
    AsyncRAGFlow,
    AsyncSession,
    InvalidArgumentError,
    InvalidRequestError,
    ServerError,
    UnsupportedByServerError,
)
from scripted import Script

Connect = Callable[..., AsyncRAGFlow]

REFUSED = {"code": 102, "message": "no"}


def answered(status: int = 200, **envelope: Any) -> httpx.Response:
    """An answer as it stands on the wire."""
    return httpx.Response(status, json=envelope)


def dataset(client: AsyncRAGFlow) -> AsyncDataSet:
    """A dataset."""
    return client.bind(AsyncDataSet(id="d", name="kb"))


def document(client: AsyncRAGFlow, **fields: Any) -> AsyncDocument:
    """A document."""
    return client.bind(AsyncDocument(id="x", dataset_id="d", **fields))


def chat(client: AsyncRAGFlow, **fields: Any) -> AsyncChat:
    """A chat."""
    return client.bind(AsyncChat(id="c", **fields))


@pytest.mark.parametrize(
    ("version", "refusal"),
    [
        ("0.18.0", {"code": 404, "message": "no"}),
        ("0.22.1", {"code": 404, "message": "no"}),
        ("0.25.0", REFUSED),
        ("0.27.0", REFUSED),
    ],
)
async def test_unknown_chunks(connect: Connect, version: str, refusal: dict[str, Any]) -> None:
    """An unknown chunk has had its own code."""
    script = Script(refusal)
    assert await document(connect(script, version)).list_chunks(id="k") == []
    assert script.queries[0]["id"] == "k"


@pytest.mark.parametrize("version", ["0.13.0", "0.14.1", "0.17.2"])
async def test_chunks_by_id_before_servers_could(connect: Connect, version: str) -> None:
    """Up to v0.17 servers look only on the page asked for, or crash; the client looks itself."""
    script = Script({"chunks": [{"id": f"k{n}"} for n in range(5)], "total": 5})
    found = await document(connect(script, version)).list_chunks(id="k3")
    assert [chunk.id for chunk in found] == ["k3"]
    assert await document(connect(script, version)).list_chunks(id="k9") == []
    assert all("id" not in asked for asked in script.queries)


@pytest.mark.parametrize(
    ("version", "kept"),
    [
        ("0.13.0", ["name", "run", "suffix"]),
        ("0.17.2", ["run", "suffix"]),
        ("0.20.5", ["run", "suffix"]),
        ("0.22.1", []),
    ],
)
async def test_document_filters(connect: Connect, version: str, kept: list[str]) -> None:
    """What a server does not filter the client does, over all pages; the total is that of hits."""
    rows = [
        {"id": "1", "name": "a.txt", "run": "DONE"},
        {"id": "2", "name": "a.txt", "run": "FAIL"},
        {"id": "3", "name": "b.txt", "run": "FAIL"},
        {"id": "4", "name": "a.md", "run": "FAIL"},
    ]
    script = Script({"docs": rows, "total": 4})
    listed = dataset(connect(script, version)).list_documents
    found = await listed(name="a.txt", run=["FAIL"], suffix=["txt"])
    told = set(script.queries[0])
    assert told & {"name", "run", "suffix"} == {"name", "run", "suffix"} - set(kept)
    if "name" in kept:
        assert ([item.id for item in found], found.total) == (["2"], 1)
    if "run" in kept:
        assert all(item.run == "FAIL" and item.name.endswith(".txt") for item in found)


async def test_verbs(connect: Connect) -> None:
    """Updates are PUT, or PATCH where PUT is gone or would drop what is not named."""
    expected = {
        "0.13.0": ["PUT"] * 4,
        "0.24.0": ["PUT"] * 4,
        "0.25.0": ["PATCH", "PUT", "PATCH", "PUT"],
        "0.25.1": ["PATCH"] * 4,
        "0.27.0": ["PATCH"] * 4,
    }
    for version, verbs in expected.items():
        script = Script({})
        client = connect(script, version)
        chunk = client.bind(AsyncChunk(id="k", document_id="x", dataset_id="d"))
        session = client.bind(AsyncSession(id="s", chat_id="c"))
        await document(client).update({"name": "n.txt"})
        await chunk.update({"content": "t"})
        await chat(client).update({"name": "n"})
        await session.update({"name": "n"})
        assert [request.method for request in script.sent] == verbs


@pytest.mark.parametrize("version", ["0.14.1", "0.15.1"])
async def test_stopping_where_it_is_impossible(connect: Connect, version: str) -> None:
    """Servers that refuse to stop whatever runs are not even asked."""
    script = Script({})
    with pytest.raises(UnsupportedByServerError, match=r"v0\.16\.0 and later"):
        await dataset(connect(script, version)).async_cancel_parse_documents(["x"])
    assert script.sent == []


@pytest.mark.parametrize("version", ["0.17.2", "0.18.0", "0.22.1", "0.24.0"])
async def test_parsing_what_was_cancelled(connect: Connect, version: str) -> None:
    """A document that was left midway is stopped once more; what has started is left alone."""
    states = [
        {"id": "1", "run": "RUNNING", "progress": 0.1},
        {"id": "2", "run": "CANCEL", "progress": 0.8},
        {"id": "3", "run": "UNSTART", "progress": 0},
    ]
    script = Script(REFUSED, {"docs": states, "total": 3}, {}, {})
    await dataset(connect(script, version)).async_parse_documents(["1", "2", "3"])
    lines = [f"{sent.method} {sent.url.path.rpartition('/')[2]}" for sent in script.sent]
    assert lines == ["POST chunks", "GET documents", "DELETE chunks", "POST chunks"]
    assert [body["document_ids"] for body in script.bodies] == [["1", "2", "3"], ["2"], ["2", "3"]]


@pytest.mark.parametrize(
    ("version", "run", "requests"),
    [
        ("0.13.0", "CANCEL", 1),
        ("0.22.1", "RUNNING", 2),
        ("0.25.0", "CANCEL", 1),
        ("0.27.0", "CANCEL", 1),
    ],
)
async def test_other_refusals_to_parse(
    connect: Connect, version: str, run: str, requests: int
) -> None:
    """What is refused for another reason stays refused, and nothing else is touched."""
    script = Script(REFUSED, {"docs": [{"id": "1", "run": run, "progress": 0.5}], "total": 1})
    with pytest.raises(InvalidRequestError):
        await dataset(connect(script, version)).async_parse_documents(["1"])
    assert len(script.sent) == requests


@pytest.mark.parametrize(
    ("version", "longest"), [("0.13.0", 255), ("0.15.1", 127), ("0.18.0", 127), ("0.22.1", 255)]
)
async def test_file_names(connect: Connect, version: str, longest: int) -> None:
    """A name that would make the server refuse the whole form is refused before it is sent."""
    script = Script([{"id": "x"}])
    upload = dataset(connect(script, version)).upload_documents
    name = "ü" * ((longest - 4) // 2) + ".txt"
    assert await upload([(name, b"text")])
    with pytest.raises(InvalidArgumentError, match=f"{longest} bytes"):
        await upload([("good.txt", b"text"), ("xx" + name, b"text")])
    assert len(script.sent) == 1


async def test_names_that_servers_change(connect: Connect) -> None:
    """A taken name comes back with a number; that is what the object is called."""
    client = connect(Script({"id": "d", "name": "kb(1)"}), "0.22.1")
    assert (await client.create_dataset("kb")).name == "kb(1)"
    client = connect(Script([{"id": "x", "name": "a(1).txt", "size": 1}]), "0.13.0")
    assert [item.name for item in await dataset(client).upload_documents([("a.txt", "a")])] == [
        "a(1).txt"
    ]


@pytest.mark.parametrize(
    ("version", "language", "layout"),
    [
        ("0.13.0", {"language": "Chinese"}, False),
        ("0.16.0", {"language": "Chinese"}, "Plain Text"),
        ("0.19.0", {}, "Plain Text"),
        ("0.24.0", {}, "Plain Text"),
        ("0.25.0", {"ext": {"language": "Chinese"}}, "Plain Text"),
    ],
)
async def test_strict_creation(
    connect: Connect, version: str, language: dict[str, Any], layout: object
) -> None:
    """Strict servers refuse an unknown or an empty field, older ones want it where it was."""
    script = Script({"id": "d"})
    await connect(script, version).create_dataset(
        "kb",
        avatar="",
        description="",
        language="Chinese",
        parser_config={"layout_recognize": False},
    )
    config = {"layout_recognize": layout}
    assert script.bodies == [{"name": "kb", "parser_config": config, **language}]


@pytest.mark.parametrize(
    "date", ["Thu, 24 Oct 2024 09:14:07 GMT", "2024-10-24T09:14:07", "2024-10-24 09:14:07"]
)
@pytest.mark.parametrize("duration", ["process_duation", "process_duration"])
async def test_dates_and_durations(connect: Connect, date: str, duration: str) -> None:
    """Dates are local times whatever they claim, and a duration has two spellings."""
    row = {"id": "x", "create_date": date, "process_begin_at": date, duration: 1.5}
    client = connect(Script({"docs": [row], "total": 1}))
    (item,) = await dataset(client).list_documents()
    for told in (item.create_date, item.process_begin_at):
        assert told is not None
        assert (told.isoformat(), told.tzinfo) == ("2024-10-24T09:14:07", None)
    assert item.process_duration == item.process_duation == 1.5


async def test_forms_that_were_refused_whole(connect: Connect) -> None:
    """Whether some of its files are stored is looked up, where an empty list may be an error."""
    refusal = {"code": 500, "message": "a.xyz: not supported\nb.xyz: not supported"}
    script = Script(refusal, REFUSED)
    files = [("a.xyz", b"a"), ("b.xyz", b"b")]
    with pytest.raises(ServerError) as failure:
        await dataset(connect(script, "0.13.0")).upload_documents(files)
    assert failure.value.code == 500
    assert script.queries[1]["limit"] == "100"
