"""The hard differences between server generations, each as a user of the client meets it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from ragflow import (
    APIError,
    AsyncChat,
    AsyncChunk,
    AsyncDataSet,
    AsyncDocument,
    AsyncRAGFlow,
    AsyncSession,
    AuthenticationError,
    InvalidArgumentError,
    InvalidRequestError,
    NotFoundError,
    PermissionDeniedError,
    ServerError,
    UnsupportedByServerError,
)
from scripted import Script, in_pages

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


async def test_retcode(connect: Connect) -> None:
    """The first generation has other names for code and message where something goes wrong."""
    crash = answered(retcode=100, retmsg="KeyError('x')", data=None)
    with pytest.raises(ServerError) as failure:
        await connect(Script(crash), "0.13.0").create_dataset("x")
    assert (failure.value.code, failure.value.message) == (100, "KeyError('x')")


@pytest.mark.parametrize(
    ("version", "answer"),
    [
        ("0.13.0", answered(retcode=109, retmsg="m", data=False)),
        ("0.14.1", answered(code=0, message="m", data=False)),
        ("0.14.1", answered(code=109, message="m", data=False)),
        ("0.17.2", answered(code=0, message="m", data=False)),
        ("0.22.1", answered(code=0, message="m", data=False)),
        ("0.24.0", answered(code=109, message="m", data=False)),
        ("0.25.0", answered(401, code=0, message="m", data=False)),
        ("0.25.6", answered(401, code=109, message="m", data=False)),
        ("0.27.0", answered(401, code=401, message="<Unauthorized>", data=None)),
    ],
)
async def test_refused_keys_in_disguise(
    connect: Connect, version: str, answer: httpx.Response
) -> None:
    """However a generation says that the key is missing, malformed or unknown, it is one error."""
    with pytest.raises(AuthenticationError) as refusal:
        await connect(Script(answer), version).list_datasets()
    assert refusal.value.message in ("m", "<Unauthorized>")


@pytest.mark.parametrize(
    ("version", "answer", "error"),
    [
        ("0.14.1", answered(code=109, message="embedding models differ"), InvalidRequestError),
        ("0.24.0", answered(code=108, message="not yours"), PermissionDeniedError),
        ("0.25.0", answered(code=109, message="not yours", data=False), PermissionDeniedError),
    ],
)
async def test_code_109_besides(
    connect: Connect, version: str, answer: httpx.Response, error: type[APIError]
) -> None:
    """The code of a bad key has had other meanings, and its neighbour another one."""
    with pytest.raises(APIError) as refusal:
        await connect(Script(answer), version).create_chat("x")
    assert type(refusal.value) is error


@pytest.mark.parametrize(
    ("version", "names"), [("0.13.0", ("offset", "limit")), ("0.14.1", ("page", "page_size"))]
)
async def test_names_of_paging(connect: Connect, version: str, names: tuple[str, str]) -> None:
    """In the first generation an "offset" is the number of a page, and only in some lists."""
    number, size = names
    listed = Script({"docs": [], "chunks": [], "total": 0})
    client = connect(listed, version)
    await dataset(client).list_documents(page=3, page_size=20)
    await document(client).list_chunks(page=3, page_size=20)
    await client.retrieve("q", ["d"], page=3, page_size=20)
    for asked in (*listed.queries[:2], listed.bodies[0]):
        assert (str(asked[number]), str(asked[size])) == ("3", "20")
        assert {"page", "page_size", "offset", "limit"} & asked.keys() == set(names)
    bare = Script([])
    client = connect(bare, version)
    await client.list_datasets(3, 20)
    await client.list_chats(3, 20)
    await chat(client).list_sessions(3, 20)
    assert [(asked["page"], asked["page_size"]) for asked in bare.queries] == [("3", "20")] * 3


async def test_large_pages_are_cut_silently(connect: Connect) -> None:
    """Newer servers refuse pages of more than 100; the client asks for several."""
    ids = [{"id": f"id{number}"} for number in range(250)]

    def server(key: str | None) -> Script:
        return Script(in_pages(key, ids))

    lists: list[tuple[Script, Callable[[AsyncRAGFlow], Any]]] = [
        (server(None), lambda client: client.list_datasets(page_size=1024)),
        (server("chats"), lambda client: client.list_chats(page_size=1024)),
        (server("docs"), lambda client: dataset(client).list_documents(limit=1024)),
        (server("chunks"), lambda client: document(client).list_chunks()),
        (server(None), lambda client: chat(client).list_sessions(page_size=1024)),
    ]
    for script, call in lists:
        assert [item.id for item in await call(connect(script))] == [row["id"] for row in ids]
        assert [asked["page_size"] for asked in script.queries] == ["100"] * 3


async def test_many_ids_in_a_query_are_split(connect: Connect) -> None:
    """Newer servers take at most 100 ids in a query."""
    ids = [f"id{number}" for number in range(250)]
    asked: list[list[str]] = []

    def answer(request: httpx.Request) -> Any:
        if request.method == "POST":
            return {"success_count": 250}
        asked.append(request.url.params.get_list("ids"))
        return {"docs": [{"id": id, "run": "DONE", "progress": 1} for id in asked[-1]], "total": 1}

    documents = await dataset(connect(Script(answer))).parse_documents(ids)
    assert [item.id for item in documents] == ids
    assert [len(some) for some in asked] == [100, 100, 50]


async def test_empty_lists(connect: Connect) -> None:
    """The first generation refuses to list nothing; an unknown parent is told by the others."""
    client = connect(Script(REFUSED), "0.13.0")
    assert await client.list_datasets() == []
    assert await client.list_chats() == []
    assert await dataset(client).list_documents() == []
    assert [item async for item in client.iter_datasets()] == []
    with pytest.raises(InvalidRequestError):
        await document(client).list_chunks()
    for version in ("0.14.1", "0.18.0", "0.22.1", "0.27.0"):
        newer = connect(Script(REFUSED), version)
        for call in (newer.list_datasets, newer.list_chats, dataset(newer).list_documents):
            with pytest.raises(InvalidRequestError):
                await call()


@pytest.mark.parametrize(
    ("version", "refusal"),
    [
        ("0.13.0", REFUSED),
        ("0.17.2", REFUSED),
        ("0.22.1", {"code": 108, "message": "not yours"}),
        ("0.27.0", REFUSED),
        ("0.27.0", {"code": 0, "data": []}),
    ],
)
async def test_unknown_datasets(connect: Connect, version: str, refusal: dict[str, Any]) -> None:
    """A filter by an unknown id or name finds nothing; a get says that there is none."""
    client = connect(Script(refusal), version)
    assert await client.list_datasets(id="a") == []
    assert await client.list_datasets(name="a") == []
    with pytest.raises(NotFoundError):
        await client.get_dataset("a")
    with pytest.raises(NotFoundError):
        await client.get_dataset(name="a")


@pytest.mark.parametrize(
    ("version", "refusal"),
    [
        ("0.13.0", REFUSED),
        ("0.22.1", REFUSED),
        ("0.27.0", REFUSED),
        ("0.27.0", {"chats": [], "docs": [], "chunks": [], "total": 0}),
    ],
)
async def test_unknown_others(connect: Connect, version: str, refusal: dict[str, Any]) -> None:
    """So it is with documents and chats, and with sessions, which are never an error."""
    client = connect(Script(refusal), version)
    assert await client.list_chats(id="a") == []
    assert await dataset(client).list_documents(id="a") == []
    with pytest.raises(NotFoundError):
        await client.get_chat("a")
    with pytest.raises(NotFoundError):
        await dataset(client).get_document(name="a")
    with pytest.raises(NotFoundError):
        await chat(connect(Script([]), version)).get_session("a")


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
