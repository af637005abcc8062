# Generated from tests/_async/test_generations.py by tools/generate_sync.py. Do not edit.
"""The hard differences between server generations, each as a user of the client meets it."""

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
    InvalidRequestError,
    NotFoundError,
    PermissionDeniedError,
    RAGFlow,
    ServerError,
)
from scripted import Script, in_pages

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


def test_retcode(connect: Connect) -> None:
    """The first generation has other names for code and message where something goes wrong."""
    crash = answered(retcode=100, retmsg="KeyError('x')", data=None)
    with pytest.raises(ServerError) as failure:
        connect(Script(crash), "0.13.0").create_dataset("x")
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
def test_refused_keys_in_disguise(connect: Connect, version: str, answer: httpx.Response) -> None:
    """However a generation says that the key is missing, malformed or unknown, it is one error."""
    with pytest.raises(AuthenticationError) as refusal:
        connect(Script(answer), version).list_datasets()
    assert refusal.value.message in ("m", "<Unauthorized>")


@pytest.mark.parametrize(
    ("version", "answer", "error"),
    [
        ("0.14.1", answered(code=109, message="embedding models differ"), InvalidRequestError),
        ("0.24.0", answered(code=108, message="not yours"), PermissionDeniedError),
        ("0.25.0", answered(code=109, message="not yours", data=False), PermissionDeniedError),
    ],
)
def test_code_109_besides(
    connect: Connect, version: str, answer: httpx.Response, error: type[APIError]
) -> None:
    """The code of a bad key has had other meanings, and its neighbour another one."""
    with pytest.raises(APIError) as refusal:
        connect(Script(answer), version).create_chat("x")
    assert type(refusal.value) is error


@pytest.mark.parametrize(
    ("version", "names"), [("0.13.0", ("offset", "limit")), ("0.14.1", ("page", "page_size"))]
)
def test_names_of_paging(connect: Connect, version: str, names: tuple[str, str]) -> None:
    """In the first generation an "offset" is the number of a page, and only in some lists."""
    number, size = names
    listed = Script({"docs": [], "chunks": [], "total": 0})
    client = connect(listed, version)
    dataset(client).list_documents(page=3, page_size=20)
    document(client).list_chunks(page=3, page_size=20)
    client.retrieve("q", ["d"], page=3, page_size=20)
    for asked in (*listed.queries[:2], listed.bodies[0]):
        assert (str(asked[number]), str(asked[size])) == ("3", "20")
        assert {"page", "page_size", "offset", "limit"} & asked.keys() == set(names)
    bare = Script([])
    client = connect(bare, version)
    client.list_datasets(3, 20)
    client.list_chats(3, 20)
    chat(client).list_sessions(3, 20)
    assert [(asked["page"], asked["page_size"]) for asked in bare.queries] == [("3", "20")] * 3


def test_large_pages_are_cut_silently(connect: Connect) -> None:
    """Newer servers refuse pages of more than 100; the client asks for several."""
    ids = [{"id": f"id{number}"} for number in range(250)]

    def server(key: str | None) -> Script:
        return Script(in_pages(key, ids))

    lists: list[tuple[Script, Callable[[RAGFlow], Any]]] = [
        (server(None), lambda client: client.list_datasets(page_size=1024)),
        (server("chats"), lambda client: client.list_chats(page_size=1024)),
        (server("docs"), lambda client: dataset(client).list_documents(limit=1024)),
        (server("chunks"), lambda client: document(client).list_chunks()),
        (server(None), lambda client: chat(client).list_sessions(page_size=1024)),
    ]
    for script, call in lists:
        assert [item.id for item in call(connect(script))] == [row["id"] for row in ids]
        assert [asked["page_size"] for asked in script.queries] == ["100"] * 3


def test_many_ids_in_a_query_are_split(connect: Connect) -> None:
    """Newer servers take at most 100 ids in a query."""
    ids = [f"id{number}" for number in range(250)]
    asked: list[list[str]] = []

    def answer(request: httpx.Request) -> Any:
        if request.method == "POST":
            return {"success_count": 250}
        asked.append(request.url.params.get_list("ids"))
        return {"docs": [{"id": id, "run": "DONE", "progress": 1} for id in asked[-1]], "total": 1}

    documents = dataset(connect(Script(answer))).parse_documents(ids)
    assert [item.id for item in documents] == ids
    assert [len(some) for some in asked] == [100, 100, 50]


def test_empty_lists(connect: Connect) -> None:
    """The first generation refuses to list nothing; an unknown parent is told by the others."""
    client = connect(Script(REFUSED), "0.13.0")
    assert client.list_datasets() == []
    assert client.list_chats() == []
    assert dataset(client).list_documents() == []
    assert [item for item in client.iter_datasets()] == []
    with pytest.raises(InvalidRequestError):
        document(client).list_chunks()
    for version in ("0.14.1", "0.18.0", "0.22.1", "0.27.0"):
        newer = connect(Script(REFUSED), version)
        for call in (newer.list_datasets, newer.list_chats, dataset(newer).list_documents):
            with pytest.raises(InvalidRequestError):
                call()


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
def test_unknown_datasets(connect: Connect, version: str, refusal: dict[str, Any]) -> None:
    """A filter by an unknown id or name finds nothing; a get says that there is none."""
    client = connect(Script(refusal), version)
    assert client.list_datasets(id="a") == []
    assert client.list_datasets(name="a") == []
    with pytest.raises(NotFoundError):
        client.get_dataset("a")
    with pytest.raises(NotFoundError):
        client.get_dataset(name="a")


@pytest.mark.parametrize(
    ("version", "refusal"),
    [
        ("0.13.0", REFUSED),
        ("0.22.1", REFUSED),
        ("0.27.0", REFUSED),
        ("0.27.0", {"chats": [], "docs": [], "chunks": [], "total": 0}),
    ],
)
def test_unknown_others(connect: Connect, version: str, refusal: dict[str, Any]) -> None:
    """So it is with documents and chats, and with sessions, which are never an error."""
    client = connect(Script(refusal), version)
    assert client.list_chats(id="a") == []
    assert dataset(client).list_documents(id="a") == []
    with pytest.raises(NotFoundError):
        client.get_chat("a")
    with pytest.raises(NotFoundError):
        dataset(client).get_document(name="a")
    with pytest.raises(NotFoundError):
        chat(connect(Script([]), version)).get_session("a")
