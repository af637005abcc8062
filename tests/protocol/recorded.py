"""Recorded exchanges with real servers, as the protocol layer sees them."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ragflow._protocol import envelope
from ragflow._protocol.dialects import Dialect, dialect_for
from ragflow._protocol.requests import Request
from ragflow.models import Model

FOLDER = Path(__file__).parent.parent / "recordings"
VERSIONS = ("0.17.2", "0.22.1", "0.27.0")


@dataclass(frozen=True)
class Recording:
    """One recorded request and its answer."""

    version: str
    n: int
    operation: str
    method: str
    path: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    is_cut: bool

    def __str__(self) -> str:
        return f"{self.version}-{self.n}-{self.operation}"

    @property
    def dialect(self) -> Dialect:
        """The row of the server that answered."""
        return dialect_for(self.version)

    @property
    def request(self) -> Request:
        """The recorded request, reduced to what parsing an answer looks at."""
        return Request(method=self.method, path=self.path)

    @property
    def json(self) -> Any:
        """The decoded answer, or None where it is no JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    @property
    def is_stream(self) -> bool:
        """Whether the answer is a stream of events."""
        return self.headers.get("content-type", "").startswith("text/event-stream")

    @property
    def is_success(self) -> bool:
        """Whether the server did what was asked, as its bare envelope tells."""
        answer = self.json
        return (
            isinstance(answer, dict)
            and answer.get("code") == 0
            and self.status == 200
            and answer.get("data") is not False
        )

    def reply(self) -> envelope.Reply:
        """The parsed answer."""
        return envelope.parse(self.request, self.status, self.body, self.dialect)


def recordings(wanted: Callable[[Recording], bool] = lambda _: True) -> list[Recording]:
    """The recordings of all versions that meet a condition."""
    return [item for version in VERSIONS for item in _load(version) if wanted(item)]


def successes(method: str, *endings: str) -> list[Recording]:
    """Successful JSON answers to one verb on paths with one of these endings."""
    return recordings(
        lambda item: item.is_success and item.method == method and item.path.endswith(endings)
    )


def _load(version: str) -> Iterator[Recording]:
    for line in (FOLDER / f"v{version}.jsonl").read_text("utf-8").split("\n"):
        if line:
            row = json.loads(line)
            request, response = row["request"], row["response"]
            encoded = response.get("body_base64")
            yield Recording(
                version,
                row["n"],
                row["operation"],
                request["method"],
                request["path"].split("?")[0].removeprefix("/api/v1"),
                response["status"],
                {name.lower(): value for name, value in response["headers"]},
                base64.b64decode(encoded) if encoded else response.get("body", "").encode(),
                bool(response.get("left")),
            )


def assert_nothing_lost(wire: Mapping[str, Any], model: Model, where: str = "") -> None:
    """Every key of some JSON is an attribute of its model, or in its ``extra``, at each depth."""
    for key, value in wire.items():
        name = type(model).wire_names.get(key, key)
        place = f"{where}.{key}"
        if name in model.extra:
            assert model.extra[name] == value, place
        elif key in model.extra:
            assert model.extra[key] == value, place
        else:
            _assert_same(value, getattr(model, name), place)


def _assert_same(wire: Any, read: Any, place: str) -> None:
    if isinstance(read, Model):
        assert_nothing_lost(wire or {}, read, place)
    elif isinstance(read, list) and isinstance(wire, list):
        assert len(wire) == len(read), place
        for index, (one, other) in enumerate(zip(wire, read, strict=True)):
            _assert_same(one, other, f"{place}[{index}]")
    elif isinstance(read, datetime):
        assert str(read.year) in wire, place
        assert read.strftime("%H:%M:%S") in wire, place
    elif wire is None:
        assert not read, place
    else:
        assert read == wire, place
