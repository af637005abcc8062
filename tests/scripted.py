"""A server of a few prepared answers, for what no well-behaved server does."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any
from urllib.parse import parse_qsl

import httpx


class Script:
    """Answers one request after the other, and remembers them; made for `httpx.MockTransport`.

    Args:
        answers: An answer is an `httpx.Response`, the data of a good envelope, a whole envelope
            (a dict with a code), an error to raise, or a function of the request that gives any of
            these. A single answer is given again and again.
    """

    def __init__(self, *answers: Any) -> None:
        self._answers = list(answers)
        self._endless = len(answers) == 1
        self.sent: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer a request."""
        self.sent.append(request)
        assert self._answers, f"one request too many: {request.method} {request.url}"
        answer = self._answers[0] if self._endless else self._answers.pop(0)
        if callable(answer):
            answer = answer(request)
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, httpx.Response):
            return answer
        if not isinstance(answer, dict) or "code" not in answer:
            answer = {"code": 0, "data": answer}
        return httpx.Response(200, json=answer)

    @property
    def bodies(self) -> list[Any]:
        """The JSON that was sent, request by request."""
        return [json.loads(request.content) for request in self.sent if request.content]

    @property
    def queries(self) -> list[dict[str, str]]:
        """The query parameters that were sent, request by request."""
        return [dict(parse_qsl(request.url.query.decode())) for request in self.sent]


class Pieces(httpx.AsyncByteStream, httpx.SyncByteStream):
    """A body that comes piece by piece, and may break off; it knows whether it was closed."""

    def __init__(self, *pieces: bytes, then: Exception | None = None) -> None:
        self._pieces = pieces
        self._then = then
        self.given = 0
        self.closed = False

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._pieces:
            self.given += 1
            yield piece
        if self._then is not None:
            raise self._then

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self:
            yield piece

    def close(self) -> None:
        """Take note that nobody reads on."""
        self.closed = True

    async def aclose(self) -> None:
        """Take note that nobody reads on."""
        self.closed = True


def streamed(*frames: Any, then: Exception | None = None) -> tuple[httpx.Response, Pieces]:
    """An answer of frames, each the data of a good envelope or an envelope itself; and its body."""
    texts = []
    for frame in frames:
        whole = frame if isinstance(frame, dict) and "code" in frame else {"code": 0, "data": frame}
        texts.append(f"data:{json.dumps(whole, ensure_ascii=False)}\n\n".encode())
    body = Pieces(*texts, then=then)
    return httpx.Response(200, headers={"content-type": "text/event-stream"}, stream=body), body


def in_pages(key: str | None, items: list[Any]) -> Callable[[httpx.Request], Any]:
    """A list on a server: gives the page that is asked for, bare or under a key with the total."""

    def page(request: httpx.Request) -> Any:
        number, size = (int(request.url.params[name]) for name in ("page", "page_size"))
        rows = items[(number - 1) * size : number * size]
        if key is None:
            return {"code": 0, "data": rows, "total_datasets": len(items)}
        return {key: rows, "total": len(items)}

    return page


def stored(key: str | None, ids: list[str], batches: list[list[str]]) -> Callable[..., Any]:
    """A list whose items can be deleted by their ids; `batches` collects what was deleted."""
    items = [{"id": id} for id in ids]
    show = in_pages(key, items)

    def answer(request: httpx.Request) -> Any:
        if request.method == "GET":
            return show(request)
        (named,) = json.loads(request.content).values()
        batches.append(named)
        items[:] = [item for item in items if item["id"] not in named]
        return {"success_count": len(named)}

    return answer
