"""Recorded exchanges with real servers, and what a client should make of the answers."""

from __future__ import annotations

import base64
import email
import json
import re
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from ragflow import (
    AuthenticationError,
    InvalidRequestError,
    NotFoundError,
    PartialUploadError,
    PermissionDeniedError,
    RAGFlowError,
    ServerError,
)

HERE = Path(__file__).parent
FOLDERS = ("recordings", "golden")
PREFIX = "/api/v1"


@dataclass(frozen=True)
class Exchange:
    """One recorded request and its answer; `version` is the server's, `source` the folder."""

    source: str
    version: str
    operation: str
    request: Mapping[str, Any]
    response: Mapping[str, Any]

    @property
    def method(self) -> str:
        """The verb of the request."""
        return str(self.request["method"])

    @property
    def path(self) -> str:
        """The path below the API's root, without a query."""
        return urlsplit(self.request["path"]).path.removeprefix(PREFIX)

    @property
    def shape(self) -> str:
        """Verb and path, with stars for ids."""
        return f"{self.method} {re.sub(r'(?<=/)[0-9a-f]{16}(?:[0-9a-f]{16})?', '*', self.path)}"

    @property
    def query(self) -> dict[str, str]:
        """The query parameters, each once."""
        pairs = parse_qs(urlsplit(self.request["path"]).query, keep_blank_values=True)
        return {name: values[0] for name, values in pairs.items()}

    @property
    def body(self) -> dict[str, Any] | None:
        """The JSON object that was sent, if it was one and said so."""
        if "json" not in header(self.request, "content-type"):
            return None
        try:
            value = json.loads(self.request.get("body") or "")
        except ValueError:
            return None
        return value if isinstance(value, dict) else None

    @property
    def files(self) -> list[tuple[str, bytes]]:
        """The files that were uploaded."""
        content_type = header(self.request, "content-type")
        if not content_type.startswith("multipart/"):
            return []
        form = email.message_from_bytes(
            f"Content-Type: {content_type}\r\n\r\n".encode() + _bytes(self.request)
        )
        disposition = "content-disposition"
        parts = [part for part in form.walk() if part.get_param("filename", None, disposition)]
        return [(str(part.get_filename()), part.get_payload(decode=True)) for part in parts]

    @property
    def content(self) -> bytes:
        """The bytes of the answer."""
        return _bytes(self.response)

    @property
    def is_stream(self) -> bool:
        """Whether the answer came frame by frame."""
        return header(self.response, "content-type").startswith("text/event-stream")

    @property
    def is_file(self) -> bool:
        """Whether the answer is a file."""
        return header(self.response, "content-disposition").startswith("attachment")

    @property
    def frames(self) -> list[dict[str, Any]]:
        """The frames of a stream."""
        return _frames(self.content.decode())

    @property
    def envelope(self) -> dict[str, Any]:
        """The JSON of the answer; of a stream that failed, of the frame that says so."""
        if self.is_stream:
            return next((frame for frame in self.frames if frame["code"]), self.frames[-1])
        return {"code": 0} if self.is_file else json.loads(self.content)

    @property
    def code(self) -> int:
        """The code of the answer, which has another name in the oldest generation."""
        return int(self.envelope.get("code", self.envelope.get("retcode", 0)))

    @property
    def message(self) -> str:
        """The message of the answer, likewise."""
        return str(self.envelope.get("message", self.envelope.get("retmsg")))

    @property
    def data(self) -> Any:
        """What the answer is about: a file, the payload of an envelope, or of all frames.

        Some answers are the text of a stream inside an envelope.
        """
        if self.is_file:
            return self.content
        data = self.envelope.get("data")
        if self.is_stream or (isinstance(data, str) and data.startswith("data:")):
            text = data if isinstance(data, str) else self.content.decode()
            return [frame["data"] for frame in _frames(text)]
        return data

    def answer(self, _: httpx.Request) -> httpx.Response:
        """The recorded answer, for a mock transport."""
        headers = [(k.encode(), v.encode()) for k, v in self.response["headers"]]
        return httpx.Response(self.response["status"], headers=headers, content=self.content)


def exchanges() -> list[Exchange]:
    """Every exchange that was recorded, or put together from what is known of a version."""
    found = []
    for folder in FOLDERS:
        for file in sorted((HERE / folder).glob("v*.jsonl")):
            for line in file.read_text("utf-8").split("\n"):
                if line:
                    row = json.loads(line)
                    what = (row["operation"], row["request"], row["response"])
                    found.append(Exchange(folder, file.stem[1:], *what))
    return found


def header(message: Mapping[str, Any], name: str) -> str:
    """A header of a recorded request or answer, or nothing."""
    return next((value for key, value in message["headers"] if key.lower() == name), "")


def expected_error(exchange: Exchange, missing: frozenset[int]) -> type[RAGFlowError] | None:
    """The class of error that an answer stands for, or None where it is a success.

    Args:
        exchange: The exchange.
        missing: Codes by which this kind of request says that there is no such object.
    """
    if exchange.is_file:
        return None
    envelope, status = exchange.envelope, exchange.response["status"]
    code = exchange.code
    refused = envelope.get("data") is False and "message" in envelope
    if code == 0 and status < 400 and not refused:
        return None
    if status == 401 or code in (0, 401):
        return AuthenticationError
    if code in missing:
        return NotFoundError
    if code == 109:
        old = tuple(map(int, exchange.version.split("."))) < (0, 25, 0)
        return AuthenticationError if old else PermissionDeniedError
    if code in (101, 102, 103):
        return InvalidRequestError
    if code == 500 and isinstance(exchange.data, list) and not exchange.is_stream:
        return PartialUploadError
    return {108: PermissionDeniedError, 404: NotFoundError}.get(code, ServerError)


def check_model(model: Any, data: object) -> None:
    """A model holds every value of the JSON it was made of, and plain ones under their own name.

    An answer without data, or with a mere `true`, leaves nothing to check.
    """
    if not isinstance(data, Mapping):
        return
    for key, value in data.items():
        name = model.wire_names.get(key, key)
        if hasattr(model, name) and isinstance(value, str | int | float) and not _date(value):
            assert getattr(model, name) == value, name
    assert lost(data, model.to_dict()) == Counter()


def check_chunk(chunk: Any, data: object) -> None:
    """A chunk that was added stands one level deeper."""
    check_model(chunk, data.get("chunk", data) if isinstance(data, Mapping) else None)


def check_chat(chat: Any, data: object) -> None:
    """Newer servers tell a chat's weight of vectors, the model that of words."""
    if isinstance(data, Mapping) and "prompt_config" in data:
        data = dict(data)
        vectors = data.pop("vector_similarity_weight")
        assert chat.prompt.keywords_similarity_weight == round(1 - vectors, 10)
    check_model(chat, data)


def check_session(session: Any, data: object) -> None:
    """Newer servers keep the citations beside the messages, an entry for each question."""
    if isinstance(data, Mapping):
        assert lost(data, session.to_dict()) == Counter()
        roles = [message["role"] for message in data["messages"]]
        assert [message.role for message in session.messages] == roles


def told(exchange: Exchange) -> Any:
    """What a client makes of an answer's data with what it knows of the server's generation.

    It does itself what filters the server leaves out, and turns round the weight that the first
    generations tell of a chat.
    """
    data, version = exchange.data, tuple(map(int, exchange.version.split(".")))
    if isinstance(data, Mapping) and "docs" in data and "suffix" in exchange.query:
        docs = [doc for doc in data["docs"] if doc["name"].endswith(exchange.query["suffix"])]
        return {**data, "docs": docs, "total": len(docs)}
    if version < (0, 16, 0) and exchange.path == "/chats":
        weight = "keywords_similarity_weight"
        for chat in data if isinstance(data, list) else [data] if data else []:
            chat["prompt"][weight] = round(1 - chat["prompt"][weight], 10)
    return data


Check = Callable[[Any, Any], None]


def check_items(check: Check) -> Check:
    """A check of lists: all items in their order, and what is told about the whole."""

    def check_list(items: Any, data: Any) -> None:
        rows, told = data, {}
        if isinstance(data, Mapping):
            told = data
            rows = next(data[name] for name in ("docs", "chunks", "chats") if name in data)
        assert len(items) == len(rows)
        for item, row in zip(items, rows, strict=True):
            check(item, row)
        if "total" in told:
            assert items.total == told["total"]
        counts = [count.to_dict() for count in getattr(items, "documents", [])]
        assert counts == list(told.get("doc_aggs") or [])

    return check_list


def check_batch(result: Any, data: object) -> None:
    """The counts and complaints of an answer about many objects are kept."""
    told = data if isinstance(data, Mapping) else {}
    assert result.success_count == told.get("success_count", told.get("deleted"))
    assert list(result.errors) == told.get("errors", [])


def check_same(result: object, data: object) -> None:
    """Bytes and texts come as they are."""
    assert result == data


def check_message(message: Any, data: Any) -> None:
    """An answer is kept with all that stands beside it, whether it was streamed or not."""
    frames = data if isinstance(data, list) else [{**data, "final": None}]
    text, thinking, thinks, told = "", "", False, {}
    for piece in frames:
        if piece is True:
            continue
        told |= {key: value for key, value in piece.items() if value}
        thinks = piece.get("start_to_think") or (thinks and not piece.get("end_to_think"))
        if thinks:
            thinking += piece["answer"]
        elif piece.get("final") is False:
            text += piece["answer"]
        elif piece["answer"] or "final" not in piece:
            text = piece["answer"]
    if text.startswith("<think>"):
        thinking, text = text.removeprefix("<think>").split("</think>")
    assert (message.thinking, message.content) == (thinking, text)
    marks = ("answer", "final", "start_to_think", "end_to_think")
    told = {key: value for key, value in told.items() if key not in marks}
    for name in told.keys() & {"id", "session_id", "created_at", "prompt"}:
        assert getattr(message, name) == told[name]
    cited = told.get("reference", {}).get("chunks", [])
    assert [reference.id for reference in message.reference] == [
        chunk.get("id", chunk.get("chunk_id")) for chunk in cited
    ]
    assert lost(told, message.to_dict()) == Counter()


def lost(data: Any, model: Any) -> Counter[Hashable]:
    """The values of some JSON that a model made of it does not hold."""
    return Counter(_leaves(data)) - Counter(_leaves(model))


def _leaves(value: Any) -> Iterator[Hashable]:
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _leaves(item)
    elif value is not None:
        yield _date(value) or value


def _date(value: Any) -> datetime | None:
    """Dates come in two forms, which are one and the same in a model."""
    if not isinstance(value, str):
        return None
    if re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT", value):
        return parsedate_to_datetime(value).replace(tzinfo=None)
    if re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:]{8}", value):
        return datetime.fromisoformat(value)
    return None


def _frames(text: str) -> list[dict[str, Any]]:
    return [json.loads(line[5:]) for line in text.split("\n") if line.startswith("data:")]


def _bytes(message: Mapping[str, Any]) -> bytes:
    if message.get("body_base64"):
        return base64.b64decode(message["body_base64"])
    return (message.get("body") or "").encode()
