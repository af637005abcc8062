"""A RAGFlow server with one dataset in memory, which can misbehave in the ways real ones do."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Iterator
from pathlib import PurePath

import httpx
import xxhash
from attrs import define, field, frozen

DATASET = "ds"


class CrashError(BaseException):
    """The process under test ends here."""


@define
class Stored:
    """A document."""

    id: str
    name: str
    content: bytes
    created: int
    run: str = "UNSTART"


@frozen
class Fault:
    """What happens to a request.

    Attributes:
        answer: What the client gets: ``ok`` the true answer, ``cut`` half of it, ``reset`` or
            ``timeout`` none, or an HTTP status, or the code ``100`` in an envelope.
        share: Which part of a form's files is stored, or whether another call is done at all.
        late: Over how many further requests that is put off; 0 does it now.
        told: Whether an answer with the code 500 tells what was stored.
        delay: Seconds that the request takes.
    """

    answer: str | int = "ok"
    share: float = 1.0
    late: int = 0
    told: bool = False
    delay: float = 0.0


@define
class MemoryServer(httpx.AsyncBaseTransport):
    """The server, as a transport for a client.

    Attributes:
        tells_hashes: Whether lists tell the digests of contents, and refusals what is stored.
        counts_on: Whether a taken ``a(1).txt`` becomes ``a(2).txt`` instead of ``a(1)(1).txt``.
        ignores_case: Whether ``A.txt`` and ``a.txt`` are one name.
        faults: Gives the next request its fate.
    """

    tells_hashes: bool = True
    counts_on: bool = True
    ignores_case: bool = False
    faults: Callable[[httpx.Request], Fault] = lambda _: Fault()
    on_request: Callable[[], None] = lambda: None
    documents: list[Stored] = field(factory=list)
    uploads: int = 0
    dead: bool = False
    clock: int = 1_000
    _made: int = 0
    _late: list[tuple[int, Callable[[], object]]] = field(factory=list)

    def add(self, name: str, content: bytes) -> Stored:
        """Store a file under its name, or a name with a number."""
        while self._holder(name) is not None:
            path = PurePath(name)
            stem, number = path.stem, 0
            if self.counts_on and (match := re.fullmatch(r"(.*?)\s?\((\d+)\)", stem)):
                stem, number = match[1], int(match[2])
            name = f"{stem}({number + 1}){path.suffix}"
            if not self.counts_on:
                name = self._appended(path)
        self._made += 1
        stored = Stored(f"doc{self._made}", name, content, self.clock)
        self.documents.append(stored)
        return stored

    def remove(self, ids: list[str]) -> None:
        """Delete documents."""
        self.documents = [item for item in self.documents if item.id not in ids]

    def settle(self) -> None:
        """Do all that was put off."""
        late, self._late = self._late, []
        self.clock += 1
        for _, act in late:
            act()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request, or not."""
        if self.dead:
            raise CrashError
        await request.aread()
        fault = self.faults(request)
        self.on_request()
        await asyncio.sleep(fault.delay)
        self._due()
        self.clock += 1
        if fault.answer == 429:
            return httpx.Response(429, headers={"retry-after": "3"}, text="<html>slower</html>")
        answer = self._act(request, fault)
        self.on_request()
        if isinstance(answer, httpx.Response):
            return answer
        return self._spoiled(answer, fault)

    def _due(self) -> None:
        self._late, late = [], self._late
        for left, act in late:
            if left <= 1:
                act()
            else:
                self._late.append((left - 1, act))

    def _spoiled(self, answer: dict[str, object], fault: Fault) -> httpx.Response:
        match fault.answer:
            case "ok":
                return httpx.Response(200, json=answer)
            case "cut":
                text = json.dumps(answer)
                return httpx.Response(200, text=text[: len(text) // 2])
            case "reset":
                raise httpx.ReadError("reset")
            case "timeout":
                raise httpx.ReadTimeout("timed out")
            case 100:
                return httpx.Response(200, json={"code": 100, "data": None, "message": "deadlock"})
            case 500:
                return httpx.Response(500, json={"code": 500, "data": None, "message": "failed"})
            case "partial":
                return httpx.Response(200, json=answer)
            case status:
                return httpx.Response(int(status), text="<html>bad gateway</html>")

    def _act(self, request: httpx.Request, fault: Fault) -> dict[str, object] | httpx.Response:
        """Do what is asked, as far as the fault lets it."""
        if request.method == "GET":
            return self._read(request)
        if is_upload(request):
            return self._upload(request, fault)
        if not fault.share:
            return {"code": 500, "data": None, "message": "not done"}
        if request.method == "DELETE":
            return self._delete(json.loads(request.content)["ids"])
        if request.method == "POST":
            return self._parse(json.loads(request.content)["document_ids"])
        return self._update(request.url.path.rpartition("/")[2], json.loads(request.content))

    def _upload(self, request: httpx.Request, fault: Fault) -> dict[str, object]:
        self.uploads += 1
        files = list(files_of(request))
        count = round(len(files) * fault.share)
        if fault.answer == "partial" and count == len(files):
            count -= 1
        taken = files[:count]
        if fault.late:
            self._late.append((fault.late, lambda: [self.add(*file) for file in taken]))
            return {"code": 500, "data": None, "message": "later"}
        stored = [self._shown(self.add(*file)) for file in taken]
        if fault.answer == "partial":
            lines = [f"{name}: (1213, 'Deadlock found')" for name, _ in files[count:]]
            data = stored if fault.told and stored else None
            return {"code": 500, "data": data, "message": "\n".join(lines)}
        return {"code": 0, "data": stored}

    def _delete(self, ids: list[str]) -> dict[str, object]:
        missing = set(ids) - {item.id for item in self.documents}
        if missing:
            return {"code": 102, "message": f"Document not found: {missing}"}
        self.remove(ids)
        return {"code": 0, "data": {"deleted": len(ids)}}

    def _parse(self, ids: list[str]) -> dict[str, object]:
        for item in self.documents:
            if item.id in ids:
                item.run = "RUNNING"
        return {"code": 0, "data": {"success_count": len(ids)}}

    def _update(self, id: str, body: dict[str, str]) -> dict[str, object]:
        document = next((item for item in self.documents if item.id == id), None)
        if document is None:
            return {"code": 102, "message": "The dataset doesn't own the document."}
        holder = self._holder(body.get("name", ""))
        if holder not in (None, document):
            return {"code": 102, "message": "Duplicated document name in the same dataset."}
        document.name = body.get("name", document.name)
        return {"code": 0, "data": self._shown(document)}

    def _read(self, request: httpx.Request) -> dict[str, object] | httpx.Response:
        query = request.url.params
        if request.url.path.endswith("/datasets"):
            return {"code": 0, "data": [{"id": DATASET, "name": "Papers"}]}
        if not request.url.path.endswith("/documents"):
            return self._download(request.url.path.rpartition("/")[2])
        found = sorted(self.documents, key=lambda item: item.created)
        if query.get("desc", "true").lower() == "true":
            found.reverse()
        if ids := query.get_list("id") + query.get_list("ids"):
            found = [item for item in found if item.id in ids]
        if name := query.get("name"):
            found = [item for item in found if self._same(item.name, name)]
        if words := query.get("keywords"):
            found = [item for item in found if words.lower() in item.name.lower()]
        if not found and (query.get("id") or name):
            return {"code": 102, "message": "You don't own the document."}
        page, size = int(query.get("page", 1)), int(query.get("page_size", 30))
        shown = [self._shown(item) for item in found[(page - 1) * size : page * size]]
        for item in self.documents:
            item.run = "DONE" if item.run == "RUNNING" else item.run
        return {"code": 0, "data": {"docs": shown, "total": len(found)}}

    def _download(self, id: str) -> dict[str, object] | httpx.Response:
        document = next((item for item in self.documents if item.id == id), None)
        if document is None:
            return {"code": 102, "message": "The dataset not own the document."}
        headers = {"content-disposition": "attachment; filename=file"}
        return httpx.Response(200, headers=headers, content=document.content)

    def _shown(self, item: Stored) -> dict[str, object]:
        shown: dict[str, object] = {
            "id": item.id,
            "name": item.name,
            "dataset_id": DATASET,
            "size": len(item.content),
            "run": item.run,
            "progress": float(item.run == "DONE"),
            "create_time": item.created,
        }
        if self.tells_hashes:
            shown["content_hash"] = xxhash.xxh3_128_hexdigest(item.content)
        return shown

    def _holder(self, name: str) -> Stored | None:
        return next((item for item in self.documents if self._same(item.name, name)), None)

    def _same(self, one: str, other: str) -> bool:
        return one.lower() == other.lower() if self.ignores_case else one == other

    def _appended(self, path: PurePath) -> str:
        number = 1
        while self._holder(f"{path.stem}({number}){path.suffix}") is not None:
            number += 1
        return f"{path.stem}({number}){path.suffix}"


def is_upload(request: httpx.Request) -> bool:
    """Whether a request is a form."""
    return request.method == "POST" and request.url.path.endswith("/documents")


def files_of(request: httpx.Request) -> Iterator[tuple[str, bytes]]:
    """Names and contents of a form's files."""
    mark = b"--" + request.headers["content-type"].partition("boundary=")[2].encode()
    for part in request.content.split(mark)[1:-1]:
        head, _, content = part.partition(b"\r\n\r\n")
        name = re.search(rb'filename="([^"]*)"', head)
        assert name is not None
        yield name[1].decode(), content.removesuffix(b"\r\n")
