"""A streaming client for OpenAI-compatible chat models."""

import json
import time
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from typing import Any

import httpx

_TIMEOUT = httpx.Timeout(60.0, connect=10.0, read=120.0)
_TOTAL_SECONDS = 900.0
_MAX_BYTES = 4_000_000
_MAX_ERROR_LETTERS = 300


class ModelError(Exception):
    """The model did not answer properly; the message says what happened in one sentence."""


async def stream_model(
    url: str,
    *,
    api_key: str | None,
    model: str,
    messages: Sequence[Mapping[str, str]],
    settings: Mapping[str, float | int],
) -> AsyncGenerator[str, None]:
    """Streams an answer from an OpenAI-compatible endpoint.

    Args:
        url: The base URL, with or without ``/v1``, or the whole URL of ``/chat/completions``.
        api_key: Sent as bearer token when given.
        model: The model's name.
        messages: The conversation, each message with ``role`` and ``content``.
        settings: Further fields of the request such as ``temperature``.

    Yields:
        The pieces of the answer as they arrive; one piece from servers that do not stream.

    Raises:
        ModelError: The endpoint cannot be reached, refuses, breaks off, or sends something else.
    """
    body = {**settings, "model": model, "messages": [dict(m) for m in messages], "stream": True}
    headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
    try:
        endpoint = _endpoint(url)
        async with (
            httpx.AsyncClient(timeout=_TIMEOUT) as client,
            client.stream("POST", endpoint, json=body, headers=headers) as response,
        ):
            if not response.is_success:
                raise ModelError(await _refusal(response))
            async for delta in _deltas(response):
                yield delta
    except httpx.TimeoutException as error:
        raise ModelError("The model endpoint did not answer in time.") from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        reason = str(error) or type(error).__name__
        raise ModelError(f"The connection to the model endpoint failed: {reason}.") from error


def _endpoint(url: str) -> httpx.URL:
    """Adds what is missing of ``/v1/chat/completions``."""
    base = httpx.URL(url)
    path = base.path.rstrip("/")
    if not path.endswith("/chat/completions"):
        versioned = any(part[:1] == "v" and part[1:2].isdigit() for part in path.split("/"))
        path += "/chat/completions" if versioned else "/v1/chat/completions"
    return base.copy_with(path=path)


async def _refusal(response: httpx.Response) -> str:
    """One sentence from an error answer, whatever its form."""
    blob = b""
    async for part in response.aiter_bytes():
        blob += part
        if len(blob) > _MAX_BYTES:
            break
    text = blob.decode("utf-8", "replace")
    try:
        reason = _error_text(json.loads(text)) or text
    except ValueError:
        reason = text
    reason = " ".join(reason.split())[:_MAX_ERROR_LETTERS] or response.reason_phrase
    return f"The model endpoint answered HTTP {response.status_code}: {reason}"


async def _deltas(response: httpx.Response) -> AsyncIterator[str]:
    """The texts in the frames; an answer that is one JSON document counts as one frame."""
    finished = False
    document = b""
    async for line in _lines(response):
        if document or line.startswith(b"{"):
            document += line
            if len(document) > _MAX_BYTES:
                raise ModelError("The model endpoint sent an answer that is too long.")
            continue
        if not line.startswith(b"data:"):
            continue
        payload = line[5:].strip()
        if payload == b"[DONE]":
            return
        text, last = _read(payload)
        finished = finished or last
        if text:
            yield text
    if document:
        text, _ = _read(document)
        if text:
            yield text
    elif not finished:
        raise ModelError("The model endpoint broke off before the end of the answer.")


async def _lines(response: httpx.Response) -> AsyncIterator[bytes]:
    """Lines cut at line feeds only: JSON may hold other line separators as they are."""
    deadline = time.monotonic() + _TOTAL_SECONDS
    rest = b""
    async for part in response.aiter_bytes():
        *lines, rest = (rest + part).split(b"\n")
        for line in lines:
            yield line.strip()
        if len(rest) > _MAX_BYTES:
            raise ModelError("The model endpoint sent a line that is too long.")
        if time.monotonic() > deadline:
            raise ModelError("The model took too long to finish its answer.")
    if rest.strip():
        yield rest.strip()


def _read(payload: bytes) -> tuple[str, bool]:
    """The text of a frame and whether it is the last one."""
    try:
        frame = json.loads(payload)
    except ValueError as error:
        raise ModelError("The model endpoint sent a frame that is not JSON.") from error
    if reason := _error_text(frame):
        raise ModelError(f"The model endpoint failed: {reason[:_MAX_ERROR_LETTERS]}")
    choices = frame.get("choices") if isinstance(frame, dict) else None
    if not isinstance(choices, list):
        raise ModelError("The model endpoint sent a frame without choices.")
    if not choices:
        return "", False
    choice = choices[0] if isinstance(choices[0], dict) else {}
    message = choice.get("delta") or choice.get("message") or {}
    text = message.get("content") if isinstance(message, dict) else message
    if text is not None and not isinstance(text, str):
        raise ModelError("The model endpoint sent a frame whose content is not text.")
    return text or "", choice.get("finish_reason") is not None


def _error_text(frame: Any) -> str | None:
    """The message of an error object, or None when there is no error in it."""
    error = frame.get("error") if isinstance(frame, dict) else None
    if isinstance(error, dict):
        return str(error.get("message") or error)
    return str(error) if error else None
