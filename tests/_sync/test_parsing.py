# Generated from tests/_async/test_parsing.py by tools/generate_sync.py. Do not edit.
"""Parsing: started, watched until its end, stopped."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from ragflow import (
    DataSet,
    InvalidRequestError,
    NotFoundError,
    ParseProgress,
    RAGFlow,
    RequestTimeoutError,
)
from scripted import Script

Connect = Callable[..., RAGFlow]
LONG = "\n".join(f"Line {number} is about something else." for number in range(60_000))


def document(id: str, run: str = "DONE", progress: float = 1.0) -> dict[str, Any]:
    """A document as a server lists it."""
    return {"id": id, "run": run, "progress": progress}


def listing(*documents: dict[str, Any]) -> dict[str, Any]:
    """A page of documents."""
    return {"docs": list(documents), "total": len(documents)}


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Waits cost no time here; the list tells how long they would have been."""
    taken: list[float] = []

    def pause(seconds: float) -> None:
        taken.append(seconds)

    monkeypatch.setattr("ragflow._sync.parsing.sleep", pause)
    return taken


def test_parse(dataset: DataSet) -> None:
    """Waiting ends when all documents are done; they come back in the order given."""
    uploaded = dataset.upload_documents([(f"{n}.txt", f"Text {n}.") for n in range(3)])
    asked = [uploaded[2], uploaded[0].id, uploaded[1]]
    seen: list[ParseProgress] = []
    documents = dataset.parse_documents(asked, on_progress=seen.append)
    assert [d.name for d in documents] == ["2.txt", "0.txt", "1.txt"]
    assert all(d.run == "DONE" and d.progress == 1 and d.chunk_count == 1 for d in documents)
    assert [step.total for step in seen] == [3] * len(seen)
    assert (seen[-1].ended, seen[-1].fraction) == (3, 1.0)
    assert documents[0].process_begin_at is not None
    assert documents[0].process_duation == documents[0].process_duration >= 0


def test_one_document_needs_no_list(dataset: DataSet) -> None:
    """A single document or id is taken for a list of one; parsing again is allowed."""
    (uploaded,) = dataset.upload_documents([("a.txt", b"Text.")])
    assert dataset.parse_documents(uploaded)[0].run == "DONE"
    assert dataset.parse_documents(uploaded.id)[0].run == "DONE"


def test_a_broken_file_fails_alone(dataset: DataSet) -> None:
    """A file that cannot be read fails with a reason, and the others are parsed."""
    bad, good = dataset.upload_documents([("bad.pdf", b"no pdf"), ("good.txt", b"Text.")])
    failed, done = dataset.parse_documents([bad, good])
    assert (failed.run, failed.progress, failed.ended) == ("FAIL", -1.0, True)
    assert "[ERROR]" in failed.progress_msg
    assert done.run == "DONE"
    assert [d.name for d in dataset.list_documents(run=["FAIL"])] == ["bad.pdf"]


def test_stop(dataset: DataSet) -> None:
    """A document that is stopped is cancelled, which ends the waiting for it."""
    (uploaded,) = dataset.upload_documents([("long.txt", LONG)])
    dataset.async_parse_documents([uploaded])
    dataset.async_cancel_parse_documents(uploaded)
    assert dataset.get_document(uploaded.id).run == "CANCEL"


def test_unknown_documents(dataset: DataSet) -> None:
    """An id that the dataset does not know is the server's error, as it is."""
    for call in (
        dataset.async_parse_documents,
        dataset.async_cancel_parse_documents,
        dataset.parse_documents,
    ):
        with pytest.raises(InvalidRequestError) as refusal:
            call("00000000e6db11f1aeb502fc00000001")
        assert refusal.value.code == 102


@pytest.mark.parametrize("run", ["FAIL", "CANCEL", "DONE"])
def test_every_end_is_an_end(connect: Connect, pauses: list[float], run: str) -> None:
    """Done, failed and cancelled documents are waited for no longer."""
    running = listing(document("1", "RUNNING", 0.4), document("2", "RUNNING", 0.2))
    script = Script({}, running, listing(document("1", run, -1), document("2", "DONE")))
    seen: list[ParseProgress] = []
    dataset = connect(script).bind(DataSet(id="d"))
    documents = dataset.parse_documents(["1", "2"], on_progress=seen.append)
    assert [d.run for d in documents] == [run, "DONE"]
    assert [(step.ended, round(step.fraction, 2)) for step in seen] == [(0, 0.3), (2, 1.0)]
    assert len(pauses) == 1


def test_progress_may_be_ahead_of_the_state(connect: Connect, pauses: list[float]) -> None:
    """Servers tell a full or a negative progress before they change the state."""
    script = Script({}, listing(document("1", "RUNNING", 1), document("2", "RUNNING", -1)))
    dataset = connect(script).bind(DataSet(id="d"))
    assert len(dataset.parse_documents(["1", "2"])) == 2
    assert pauses == []


def test_only_open_documents_are_asked_for(connect: Connect, pauses: list[float]) -> None:
    """Servers from v0.27 on are asked for many ids at once, and only for those still open."""
    ids = [str(number) for number in range(150)]
    answers = [
        listing(*[document(id) for id in ids[:100]]),
        listing(*[document(id, "RUNNING", 0.5) for id in ids[100:]]),
        listing(*[document(id) for id in ids[100:]]),
    ]
    script = Script({}, *answers)
    dataset = connect(script).bind(DataSet(id="d"))
    assert [d.id for d in dataset.parse_documents(ids)] == ids
    asked = [request.url.params.get_list("ids") for request in script.sent[1:]]
    assert asked == [ids[:100], ids[100:], ids[100:]]


def test_older_servers_are_searched_page_by_page(connect: Connect, pauses: list[float]) -> None:
    """v0.22 servers list the latest changes first; what slipped through is asked for by its id."""

    def answer(request: httpx.Request) -> Any:
        if request.method == "POST":
            return {}
        params = request.url.params
        if "id" in params:
            return listing(document(params["id"]))
        first = (int(params["page"]) - 1) * 100
        return listing(*[document(str(n)) for n in range(first, min(first + 100, 150))])

    script = Script(answer)
    dataset = connect(script, "0.22.1").bind(DataSet(id="d"))
    documents = dataset.parse_documents(["120", "slipped", "7"])
    assert [d.id for d in documents] == ["120", "slipped", "7"]
    assert [(q["page"], q.get("orderby"), q.get("id")) for q in script.queries[1:]] == [
        ("1", "update_time", None),
        ("2", "update_time", None),
        ("1", None, "slipped"),
    ]


@pytest.mark.parametrize("version", ["0.22.1", "0.27.0"])
def test_a_vanished_document(connect: Connect, pauses: list[float], version: str) -> None:
    """A document that is deleted meanwhile ends the waiting with an error that names it."""
    gone = {"code": 102, "message": "You don't own the document 2."}

    def answer(request: httpx.Request) -> Any:
        if "id" in request.url.params:
            return gone
        return listing(document("1"))

    script = Script({}, *[answer] * (2 if version == "0.22.1" else 1))
    dataset = connect(script, version).bind(DataSet(id="d"))
    with pytest.raises(NotFoundError, match="2"):
        dataset.parse_documents(["1", "2"])


def test_a_document_that_vanishes_later(connect: Connect, pauses: list[float]) -> None:
    """A document that was being parsed and is gone then is not waited for until the deadline."""
    running = listing(document("1", "RUNNING", 0.1))
    script = Script({}, running, running, listing())
    dataset = connect(script).bind(DataSet(id="d"))
    with pytest.raises(NotFoundError, match="1"):
        dataset.parse_documents(["1"])


def test_an_unknown_dataset(connect: Connect, pauses: list[float]) -> None:
    """A dataset that is deleted meanwhile, or a server that is gone, is an error as it is."""
    gone = {"code": 102, "message": "You don't own the dataset d."}
    dataset = connect(Script({}, gone), "0.22.1").bind(DataSet(id="d"))
    with pytest.raises(InvalidRequestError, match="dataset d"):
        dataset.parse_documents(["1"])
    no_route = httpx.Response(404, json={"code": 404, "message": "Not Found"})
    dataset = connect(Script({}, no_route), "0.22.1").bind(DataSet(id="d"))
    with pytest.raises(NotFoundError, match="Not Found"):
        dataset.parse_documents(["1"])


def test_the_deadline(connect: Connect) -> None:
    """Waiting ends in time, names what is still open, and leaves it to the server."""

    def answer(request: httpx.Request) -> Any:
        return {} if request.method == "POST" else listing(document("1", "RUNNING", 0.1))

    dataset = connect(script := Script(answer)).bind(DataSet(id="d"))
    started = time.monotonic()
    with pytest.raises(RequestTimeoutError, match=r"1 of 1 documents .* after 0\.3 s: 1"):
        dataset.parse_documents("1", timeout=0.3)
    assert 0.3 <= time.monotonic() - started < 20
    assert script.sent[-1].method == "GET"


def test_pauses_grow(connect: Connect, pauses: list[float]) -> None:
    """Short documents are noticed at once, long ones cost few requests."""
    running = listing(document("1", "RUNNING", 0.1))
    script = Script({}, *[running] * 20, listing(document("1")))
    connect(script).bind(DataSet(id="d")).parse_documents("1")
    assert pauses[0] == 0.1
    assert pauses == sorted(pauses)
    assert pauses[-1] == 5.0
