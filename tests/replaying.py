"""Recorded exchanges with real servers."""

from __future__ import annotations

import base64
import email
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
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
    def is_cut(self) -> bool:
        """Whether a stream ended before the server said so; whoever recorded it had left."""
        return self.is_stream and not any(f["code"] or f["data"] is True for f in self.frames)

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


def _frames(text: str) -> list[dict[str, Any]]:
    return [json.loads(line[5:]) for line in text.split("\n") if line.startswith("data:")]


def _bytes(message: Mapping[str, Any]) -> bytes:
    if message.get("body_base64"):
        return base64.b64decode(message["body_base64"])
    return (message.get("body") or "").encode()
