"""What differs between server generations, as one table of data.

A row holds from its version on until the next row. What is not a column is alike everywhere.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping

from attrs import frozen

from ..errors import ConfigurationError, ProtocolError, api_error
from .payload import json_object
from .requests import Request

__all__ = [
    "DIALECTS",
    "Dialect",
    "checked_version",
    "dialect_for",
    "fingerprint",
    "parse_version",
    "probe",
]

Version = tuple[int, int, int]


@frozen(kw_only=True)
class Dialect:
    """The habits of one line of server releases.

    Attributes:
        since: The first release that the row describes.
        document_update: HTTP verb that changes a document.
        chunk_update: HTTP verb that changes a chunk.
        chat_update: HTTP verb that changes a chat and leaves what is not named as it is.
        session_update: HTTP verb that renames a session.
        parse_route: Verb and last path segments that start parsing.
        stop_route: Verb and last path segments that stop parsing.
        completion_route: Path segments of a question; ``{chat}`` stands for the chat's id.
        completion_names_chat: The question's body carries ``chat_id``.
        new_chat_schema: Chats are written as ``llm_id``, ``llm_setting`` and ``prompt_config``.
        chat_update_keeps_datasets: A chat update without datasets leaves them alone.
        keyword_weight_read_is_vector: Chats tell the vector weight under the keyword weight's name.
        dataset_language: Where a dataset's language goes at creation: a key path, or nowhere.
        layout_recognize_is_text: ``layout_recognize`` is the name of a layout model, not a switch.
        documents_by_ids: The document list takes many ids in one request.
        code_109_is_permission: Code 109 means "not yours"; a bad key is told by the HTTP status.
        upload_returns_stored: A partly failed upload tells which files were stored.
        highlight_is_flag: ``highlight`` is a JSON boolean; before, only the text "false" is off.
    """

    since: Version
    document_update: str
    chunk_update: str
    chat_update: str
    session_update: str
    parse_route: tuple[str, ...]
    stop_route: tuple[str, ...]
    completion_route: tuple[str, ...]
    completion_names_chat: bool
    new_chat_schema: bool
    chat_update_keeps_datasets: bool
    keyword_weight_read_is_vector: bool
    dataset_language: tuple[str, ...]
    layout_recognize_is_text: bool
    documents_by_ids: bool
    code_109_is_permission: bool
    upload_returns_stored: bool
    highlight_is_flag: bool

    @property
    def name(self) -> str:
        """The first release of the row, as text."""
        return ".".join(map(str, self.since))


DIALECTS: tuple[Dialect, ...] = (
    Dialect(
        since=(0, 22, 0),
        document_update="PUT",
        chunk_update="PUT",
        chat_update="PUT",
        session_update="PUT",
        parse_route=("POST", "chunks"),
        stop_route=("DELETE", "chunks"),
        completion_route=("chats", "{chat}", "completions"),
        completion_names_chat=False,
        new_chat_schema=False,
        chat_update_keeps_datasets=False,
        keyword_weight_read_is_vector=False,
        dataset_language=(),
        layout_recognize_is_text=True,
        documents_by_ids=False,
        code_109_is_permission=False,
        upload_returns_stored=False,
        highlight_is_flag=False,
    ),
    Dialect(
        since=(0, 27, 0),
        document_update="PATCH",
        chunk_update="PATCH",
        chat_update="PATCH",
        session_update="PATCH",
        parse_route=("POST", "documents", "parse"),
        stop_route=("POST", "documents", "stop"),
        completion_route=("chat", "completions"),
        completion_names_chat=True,
        new_chat_schema=True,
        chat_update_keeps_datasets=True,
        keyword_weight_read_is_vector=False,
        dataset_language=("ext", "language"),
        layout_recognize_is_text=True,
        documents_by_ids=True,
        code_109_is_permission=True,
        upload_returns_stored=True,
        highlight_is_flag=True,
    ),
)
NEWEST = DIALECTS[-1]
UNNUMBERED = ("nightly", "unknown", "latest")

# What a server without a version endpoint answers to an unknown path, and what that makes it.
_FINGERPRINTS: Mapping[str, Version] = {
    "retcode": (0, 13, 0),
    "code 100": (0, 22, 1),
    "bare 404": (0, 23, 1),
    "code 404": (0, 24, 0),
}


def parse_version(text: str) -> Version | None:
    """The release in a version text such as ``v0.27.0-12-gabc1234 slim``, if it names one."""
    found = re.match(r"\s*v?(\d+)\.(\d+)(?:\.(\d+))?", text)
    if found is None:
        return None
    major, minor, patch = found.groups(default="0")
    return int(major), int(minor), int(patch)


def dialect_for(version: str) -> Dialect:
    """The row for a version; builds without a number (``nightly``, ``unknown``) are the newest."""
    release = parse_version(version)
    if release is None:
        return NEWEST
    index = bisect_right([row.since for row in DIALECTS], release) - 1
    return DIALECTS[max(index, 0)]


def checked_version(version: str) -> str:
    """A version that the user told, refused when it is not one."""
    known = isinstance(version, str) and (parse_version(version) or version in UNNUMBERED)
    if not known:
        raise ConfigurationError(f'server_version must look like "0.27.0", not {version!r}')
    return version


def probe() -> Request:
    """The request whose answer tells the server's version, or betrays its generation."""
    return Request.get("/system/version")


def fingerprint(status: int, body: bytes) -> str:
    """The version that an answer to :func:`probe` tells or betrays.

    Raises:
        APIError: The server, or a proxy before it, is down or refuses to answer.
        ProtocolError: It is not the answer of any known server.
    """
    envelope = json_object(body)
    if envelope is not None:
        data = envelope.get("data")
        if status == 200 and envelope.get("code") == 0 and isinstance(data, str):
            return data
        trait = _trait(status, envelope)
        if trait is not None:
            return ".".join(map(str, _FINGERPRINTS[trait]))
    problem = f"cannot tell the server's version (HTTP {status})"
    if status in (401, 403, 429) or status >= 500:
        asked = probe()
        raise api_error(None, status)(problem, status=status, method=asked.method, path=asked.path)
    raise ProtocolError(f"{problem}; is base_url right? If it is, pass server_version=")


def _trait(status: int, envelope: Mapping[str, object]) -> str | None:
    if "retcode" in envelope:
        return "retcode"
    if status == 200 and envelope.get("code") == 100:
        return "code 100"
    if status == 404 and envelope.keys() >= {"error", "message"}:
        return "code 404" if "code" in envelope else "bare 404"
    return None
