"""What a client should send in the place of a recorded request: its facts, in its own words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from replaying import Exchange

# Where servers from v0.25.1 on still know an older route, the client takes the newer one, which
# servers of every kind know.
MOVED = {
    r"POST (/datasets/[^/]+)/chunks": r"POST \1/documents/parse",
    r"DELETE (/datasets/[^/]+)/chunks": r"POST \1/documents/stop",
    r"POST /chats/[^/]+/completions": r"POST /chat/completions",
    r"PUT (/chats.*|/datasets/[^/]+/documents.*)": r"PATCH \1",
}
LARGEST_PAGE = 100
IDS = ("ids", "chunk_ids", "document_ids", "dataset_ids")
SPELLINGS = {"parse_method": "chunk_method"}
# What need not be said, since it is what servers do anyway.
SILENT = {"avatar": "", "chunk_method": "naive"}
RETRIEVAL = {
    "question": "",
    "keyword": False,
    "highlight": False,
    "similarity_threshold": 0.2,
    "vector_similarity_weight": 0.3,
    "top_k": 1024,
}


def version(exchange: Exchange) -> tuple[int, ...]:
    """The server's version as numbers."""
    return tuple(map(int, exchange.version.split(".")))


def line(exchange: Exchange) -> str:
    """Verb and path."""
    asked = f"{exchange.method} {exchange.path}"
    if version(exchange) >= (0, 25, 1):
        for old, new in MOVED.items():
            asked = re.sub(f"^{old}$", new, asked)
    return asked


def paging(exchange: Exchange) -> tuple[str, str]:
    """The names of page number and page size."""
    of_documents = exchange.path.startswith(("/datasets/", "/retrieval"))
    is_oldest = version(exchange) < (0, 14) and of_documents
    return ("offset", "limit") if is_oldest else ("page", "page_size")


def query(exchange: Exchange) -> dict[str, str]:
    """The query; without what the client does itself, in pages that every server gives."""
    asked = {name: value for name, value in exchange.query.items() if name != "user_id"}
    number, size = paging(exchange)
    if "desc" in asked:
        asked["desc"] = asked["desc"].title()
    filtered_here = version(exchange) < (0, 21, 1) and asked.pop("suffix", None)
    if version(exchange) < (0, 18) and exchange.path.endswith("/chunks"):
        filtered_here = filtered_here or asked.pop("id", None)
    if filtered_here or int(asked.get(size, 0)) > LARGEST_PAGE:
        asked |= {number: "1", size: str(LARGEST_PAGE)}
    if not asked.get(number, "1").isdigit():  # the draft gives an id where the number stands
        asked |= {"id": asked[number], number: "1"}
    return asked


def body(exchange: Exchange) -> dict[str, Any]:
    """The JSON, whole."""
    asked = {SPELLINGS.get(name, name): value for name, value in (exchange.body or {}).items()}
    for name in IDS:
        if name in asked:
            ids = [asked[name]] if isinstance(asked[name], str) else asked[name]
            asked[name] = list(dict.fromkeys(ids))
    shape = exchange.shape
    if shape in ("POST /datasets", "POST /chats"):
        asked = {name: value for name, value in asked.items() if SILENT.get(name) != value}
    if shape == "POST /chats":
        asked = {"name": "assistant", "dataset_ids": [], **asked}
    if shape in ("POST /chats", "PUT /chats/*", "PATCH /chats/*"):
        return _chat(asked, version(exchange))
    if shape == "POST /chats/*/sessions":
        return {"name": "New session", **asked}
    if shape.endswith("/completions"):
        return _question(exchange, asked)
    if shape == "POST /retrieval":
        number, size = paging(exchange)
        asked = {**RETRIEVAL, number: 1, size: 30, **asked}
        if version(exchange) < (0, 24) and asked["highlight"] is False:
            asked["highlight"] = "false"
    return asked


def _chat(asked: dict[str, Any], server: tuple[int, ...]) -> dict[str, Any]:
    """A chat's settings; those of the recordings are in the words of the first generations."""
    if server < (0, 25):
        return asked
    prompt = dict(asked.pop("prompt", {}))
    beside = {"top_n": "top_n", "rerank_model": "rerank_id"}
    asked |= {new: prompt.pop(old) for old, new in beside.items() if old in prompt}
    inside = {"prompt": "system", "opener": "prologue", "variables": "parameters"}
    if prompt:
        asked["prompt_config"] = {inside.get(name, name): prompt[name] for name in prompt}
    llm = dict(asked.pop("llm", {}))
    if "model_name" in llm:
        asked["llm_id"] = llm.pop("model_name")
    return {**asked, "llm_setting": llm} if llm else asked


def _question(exchange: Exchange, asked: Mapping[str, Any]) -> dict[str, Any]:
    """A question, always streamed; the last message of a conversation, or all of them."""
    question = {"session_id": "some-session", **asked, "stream": True}
    server = version(exchange)
    if server >= (0, 25, 1):
        told = re.fullmatch(r"/chats/([^/]+)/completions", exchange.path)
        question.setdefault("chat_id", told[1] if told else "some-chat")
    messages = question.pop("messages", None)
    if messages:
        question["question"] = messages[-1]["content"]
    if (0, 25, 1) <= server < (0, 25, 6):
        said = {"role": "user", "content": question.pop("question")}
        question["messages"] = messages or [said]
    return question
