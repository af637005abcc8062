"""Replays recorded requests against an application and compares what it answers."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import httpx

from local.unrecorded import STEPS, Step

if TYPE_CHECKING:
    from starlette.applications import Starlette

RECORDINGS = Path(__file__).parent.parent / "recordings"
OTHER_KEY = "ragflow-the-other-tenant"
_ID = re.compile(r"[0-9a-f]{32}|[0-9a-f]{16}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_AT_ONCE = (
    "parse-status-at-once",
    "parse-again-while-running",
    "parse-status-running",
    "parse-stop",
)


@dataclass(frozen=True)
class Recording:
    """One exchange with a real server."""

    n: int
    operation: str
    request: dict[str, Any]
    response: dict[str, Any] | None = None

    @property
    def abandoned(self) -> bool:
        """Whether the client left in the middle of the answer."""
        return bool(self.response and self.response.get("left"))


def load(version: str) -> list[Recording]:
    """The recordings of a version, in the order they were made.

    Some steps were recorded elsewhere, but what they made is used by others. They are done again,
    without a look at the answer; a step says which recorded id it stands for.
    """
    lines = (RECORDINGS / f"v{version}.jsonl").read_text("utf-8").split("\n")
    parsed = [json.loads(line) for line in lines if line]
    recorded = [Recording(r["n"], r["operation"], r["request"], r["response"]) for r in parsed]
    present = {recording.n for recording in recorded}
    gaps = [_as_recording(step) for step in STEPS[version] if step.n not in present]
    return sorted(recorded + gaps, key=lambda recording: recording.n)


def _as_recording(step: Step) -> Recording:
    headers = [("Authorization", "Bearer ragflow-TOKEN")]
    request: dict[str, Any] = {"method": step.method, "path": f"/api/v1{step.path}"}
    if step.file is None:
        headers.append(("Content-Type", "application/json"))
        request["body"] = json.dumps(step.json)
    else:
        name, content = step.file
        form = httpx.Request("POST", "http://test", files={"file": (name, content)})
        headers.append(("Content-Type", form.headers["content-type"]))
        request["body"] = form.read().decode()
    request["headers"] = headers
    made = [{"id": id} for id in step.stands_for]
    response = {"body": json.dumps({"data": made if step.file else {**made[0]}})} if made else None
    return Recording(step.n, "unrecorded", request, response)


@dataclass
class Replay:
    """Sends recorded requests with the ids of the server at hand."""

    app: Starlette
    client: httpx.AsyncClient
    ids: dict[str, str] = field(default_factory=dict)

    async def send(self, recording: Recording) -> httpx.Response:
        """Send one request as it was recorded, as far as ids and keys allow."""
        if recording.operation not in _AT_ONCE:
            await self.wait_for_parsing()
        request = recording.request
        headers = [(name, self._translated(value)) for name, value in request["headers"]]
        if request.get("body_base64"):
            content = base64.b64decode(request["body_base64"])
        else:
            content = self._translated(request.get("body") or "").encode()
        return await self.client.request(
            request["method"],
            self._translated(request["path"]),
            headers=headers,
            content=content if content or request.get("body") else None,
        )

    async def wait_for_parsing(self) -> None:
        """Wait until no document is being parsed."""
        with anyio.fail_after(30):
            while self.app.state.services.store.jobs.running():
                await anyio.sleep(0.01)

    def _translated(self, text: str) -> str:
        text = text.replace("ragflow-TOKEN-OTHER-TENANT", OTHER_KEY)
        text = text.replace("ragflow-TOKEN", self.app.state.api_key)
        return _ID.sub(lambda match: self.ids.get(match[0], match[0]), text)

    def learn(self, recording: Recording, response: httpx.Response) -> None:
        """Remember which of our ids stand where the recording has others."""
        if recording.response:
            self._pair(answers(recording.response["body"] or ""), answers(response.text))

    def _pair(self, recorded: Any, actual: Any) -> None:
        if isinstance(recorded, dict) and isinstance(actual, dict):
            for key in recorded.keys() & actual.keys():
                self._pair(recorded[key], actual[key])
        elif isinstance(recorded, list) and isinstance(actual, list):
            for first, second in zip(recorded, actual, strict=False):
                self._pair(first, second)
        elif _is_id(recorded) and _is_id(actual):
            self.ids.setdefault(recorded, actual)


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def answers(body: str) -> list[Any]:
    """The JSON values of an answer: one, or one per frame of a stream, or a text."""
    if body.startswith("data:"):
        return [json.loads(part[5:]) for part in body.split("\n\n") if part]
    try:
        return [json.loads(body)]
    except ValueError:
        return ["text"] if body else []


def shape(value: Any) -> Any:
    """What a JSON value looks like: keys and types, without texts, numbers and lengths."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in sorted(value.items())}
    if isinstance(value, list):
        return merge([shape(item) for item in value])
    return type(value).__name__


def merge(shapes: list[Any]) -> list[Any]:
    """The different shapes of a list's items."""
    different: list[Any] = []
    for item in shapes:
        if item not in different:
            different.append(item)
    return different


def differences(recorded: Any, actual: Any, path: str = "") -> list[str]:
    """Where two shapes differ; an empty list fits any list."""
    if isinstance(recorded, dict) and isinstance(actual, dict):
        found = [f"{path}.{key} is missing" for key in recorded.keys() - actual.keys()]
        found += [f"{path}.{key} is new" for key in actual.keys() - recorded.keys()]
        for key in recorded.keys() & actual.keys():
            found += differences(recorded[key], actual[key], f"{path}.{key}")
        return sorted(found)
    if isinstance(recorded, list) and isinstance(actual, list):
        if not recorded or not actual:
            return []
        found = []
        for item in actual:
            best = min((differences(other, item, f"{path}[]") for other in recorded), key=len)
            found += best
        return found
    return [] if recorded == actual else [f"{path} is {actual}, was {recorded}"]


def compare(recording: Recording, response: httpx.Response) -> list[str]:
    """Where an answer differs from the recorded one in status, code or shape."""
    if recording.operation == "unrecorded":
        return []
    found = []
    if response.status_code != recording.response["status"]:
        found.append(f"status is {response.status_code}, was {recording.response['status']}")
    for name in ("content-type", "content-disposition", "cache-control"):
        recorded = [value for key, value in recording.response["headers"] if key.lower() == name]
        ours = [
            value.decode("latin-1")
            for key, value in response.headers.raw
            if key.decode("latin-1").lower() == name
        ]
        if ours != recorded:
            found.append(f"{name} is {ours}, was {recorded}")
    expected, actual = answers(recording.response["body"] or ""), answers(response.text)
    for first, second in ((expected, actual), (actual, expected)):
        for kind in _kinds(first) - _kinds(second):
            found.append(f"only {'recorded' if first is expected else 'ours'}: {kind}")
    if not found:
        by_kind = {_kind(item): shape(item) for item in expected}
        for item in actual:
            found += differences(by_kind[_kind(item)], shape(item))
    return list(dict.fromkeys(found))


def _kinds(values: list[Any]) -> set[str]:
    return {_kind(value) for value in values}


def _kind(value: Any) -> str:
    """Tells frames of different purpose apart, and failures by their code."""
    if not isinstance(value, dict):
        return type(value).__name__
    data = value.get("data")
    keys = ",".join(sorted(data)) if isinstance(data, dict) and "answer" in data else ""
    final = data.get("final") if isinstance(data, dict) else None
    shown = data if isinstance(data, bool) else type(data).__name__
    return f"code {value.get('code')} data {shown} {keys} {'' if final is None else final}".strip()
