# Generated from tests/_async/test_generations_documents.py by tools/generate_sync.py. Do not edit.
"""The hard differences between server generations in documents and what becomes of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from ragflow import (
    Chat,
    Chunk,
    DataSet,
    Document,
    InvalidArgumentError,
    InvalidRequestError,
    RAGFlow,
    ServerError,
    Session,
    UnsupportedByServerError,
)
from scripted import Script

Connect = Callable[..., RAGFlow]

REFUSED = {"code": 102, "message": "no"}


def answered(status: int = 200, **envelope: Any) -> httpx.Response:
    """An answer as it stands on the wire."""
    return httpx.Response(status, json=envelope)


def dataset(client: RAGFlow) -> DataSet:
    """A dataset."""
    return client.bind(DataSet(id="d", name="kb"))


def document(client: RAGFlow, **fields: Any) -> Document:
    """A document."""
    return client.bind(Document(id="x", dataset_id="d", **fields))


def chat(client: RAGFlow, **fields: Any) -> Chat:
    """A chat."""
    return client.bind(Chat(id="c", **fields))


@pytest.mark.parametrize(
    ("version", "refusal"),
    [
        ("0.18.0", {"code": 404, "message": "no"}),
        ("0.22.1", {"code": 404, "message": "no"}),
        ("0.25.0", REFUSED),
        ("0.27.0", REFUSED),
    ],
)
def test_unknown_chunks(connect: Connect, version: str, refusal: dict[str, Any]) -> None:
    """An unknown chunk has had its own code."""
    script = Script(refusal)
    assert document(connect(script, version)).list_chunks(id="k") == []
    assert script.queries[0]["id"] == "k"


@pytest.mark.parametrize("version", ["0.13.0", "0.14.1", "0.17.2"])
def test_chunks_by_id_before_servers_could(connect: Connect, version: str) -> None:
    """Up to v0.17 servers look only on the page asked for, or crash; the client looks itself."""
    script = Script({"chunks": [{"id": f"k{n}"} for n in range(5)], "total": 5})
    found = document(connect(script, version)).list_chunks(id="k3")
    assert [chunk.id for chunk in found] == ["k3"]
    assert document(connect(script, version)).list_chunks(id="k9") == []
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
def test_document_filters(connect: Connect, version: str, kept: list[str]) -> None:
    """What a server does not filter the client does, over all pages; the total is that of hits."""
    rows = [
        {"id": "1", "name": "a.txt", "run": "DONE"},
        {"id": "2", "name": "a.txt", "run": "FAIL"},
        {"id": "3", "name": "b.txt", "run": "FAIL"},
        {"id": "4", "name": "a.md", "run": "FAIL"},
    ]
    script = Script({"docs": rows, "total": 4})
    listed = dataset(connect(script, version)).list_documents
    found = listed(name="a.txt", run=["FAIL"], suffix=["txt"])
    told = set(script.queries[0])
    assert told & {"name", "run", "suffix"} == {"name", "run", "suffix"} - set(kept)
    if "name" in kept:
        assert ([item.id for item in found], found.total) == (["2"], 1)
    if "run" in kept:
        assert all(item.run == "FAIL" and item.name.endswith(".txt") for item in found)


def test_verbs(connect: Connect) -> None:
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
        chunk = client.bind(Chunk(id="k", document_id="x", dataset_id="d"))
        session = client.bind(Session(id="s", chat_id="c"))
        document(client).update({"name": "n.txt"})
        chunk.update({"content": "t"})
        chat(client).update({"name": "n"})
        session.update({"name": "n"})
        assert [request.method for request in script.sent] == verbs


@pytest.mark.parametrize("version", ["0.14.1", "0.15.1"])
def test_stopping_where_it_is_impossible(connect: Connect, version: str) -> None:
    """Servers that refuse to stop whatever runs are not even asked."""
    script = Script({})
    with pytest.raises(UnsupportedByServerError, match=r"v0\.16\.0 and later"):
        dataset(connect(script, version)).async_cancel_parse_documents(["x"])
    assert script.sent == []


@pytest.mark.parametrize("version", ["0.17.2", "0.18.0", "0.22.1", "0.24.0"])
def test_parsing_what_was_cancelled(connect: Connect, version: str) -> None:
    """A document that was left midway is stopped once more; what has started is left alone."""
    states = [
        {"id": "1", "run": "RUNNING", "progress": 0.1},
        {"id": "2", "run": "CANCEL", "progress": 0.8},
        {"id": "3", "run": "UNSTART", "progress": 0},
    ]
    script = Script(REFUSED, {"docs": states, "total": 3}, {}, {})
    dataset(connect(script, version)).async_parse_documents(["1", "2", "3"])
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
def test_other_refusals_to_parse(connect: Connect, version: str, run: str, requests: int) -> None:
    """What is refused for another reason stays refused, and nothing else is touched."""
    script = Script(REFUSED, {"docs": [{"id": "1", "run": run, "progress": 0.5}], "total": 1})
    with pytest.raises(InvalidRequestError):
        dataset(connect(script, version)).async_parse_documents(["1"])
    assert len(script.sent) == requests


@pytest.mark.parametrize(
    ("version", "longest"), [("0.13.0", 255), ("0.15.1", 127), ("0.18.0", 127), ("0.22.1", 255)]
)
def test_file_names(connect: Connect, version: str, longest: int) -> None:
    """A name that would make the server refuse the whole form is refused before it is sent."""
    script = Script([{"id": "x"}])
    upload = dataset(connect(script, version)).upload_documents
    name = "ü" * ((longest - 4) // 2) + ".txt"
    assert upload([(name, b"text")])
    with pytest.raises(InvalidArgumentError, match=f"{longest} bytes"):
        upload([("good.txt", b"text"), ("xx" + name, b"text")])
    assert len(script.sent) == 1


def test_names_that_servers_change(connect: Connect) -> None:
    """A taken name comes back with a number; that is what the object is called."""
    client = connect(Script({"id": "d", "name": "kb(1)"}), "0.22.1")
    assert client.create_dataset("kb").name == "kb(1)"
    client = connect(Script([{"id": "x", "name": "a(1).txt", "size": 1}]), "0.13.0")
    assert [item.name for item in dataset(client).upload_documents([("a.txt", "a")])] == [
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
def test_strict_creation(
    connect: Connect, version: str, language: dict[str, Any], layout: object
) -> None:
    """Strict servers refuse an unknown or an empty field, older ones want it where it was."""
    script = Script({"id": "d"})
    connect(script, version).create_dataset(
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
def test_dates_and_durations(connect: Connect, date: str, duration: str) -> None:
    """Dates are local times whatever they claim, and a duration has two spellings."""
    row = {"id": "x", "create_date": date, "process_begin_at": date, duration: 1.5}
    client = connect(Script({"docs": [row], "total": 1}))
    (item,) = dataset(client).list_documents()
    for told in (item.create_date, item.process_begin_at):
        assert told is not None
        assert (told.isoformat(), told.tzinfo) == ("2024-10-24T09:14:07", None)
    assert item.process_duration == item.process_duation == 1.5


def test_forms_that_were_refused_whole(connect: Connect) -> None:
    """Whether some of its files are stored is looked up, where an empty list may be an error."""
    refusal = {"code": 500, "message": "a.xyz: not supported\nb.xyz: not supported"}
    script = Script(refusal, REFUSED)
    files = [("a.xyz", b"a"), ("b.xyz", b"b")]
    with pytest.raises(ServerError) as failure:
        dataset(connect(script, "0.13.0")).upload_documents(files)
    assert failure.value.code == 500
    assert script.queries[1]["limit"] == "100"
