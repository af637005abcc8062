"""Recorded requests as arguments of the client's calls, and which of them it refuses."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ragflow import AsyncChat, AsyncChunk, AsyncDataSet, AsyncDocument, AsyncRAGFlow, AsyncSession
from ragflow._protocol.dialects import Dialect

NUMBERS = ("page", "page_size")
OLDEST_NAMES = {"offset": "page", "limit": "page_size"}
QUESTION = ("question", "messages", "chat_id", "session_id", "stream")
TRUTH = {"true": True, "True": True, "false": False, "False": False}


@dataclass
class Asked:
    """What a recorded request asks for, with the client that is to ask it again."""

    client: AsyncRAGFlow
    dialect: Dialect
    ids: dict[str, str]
    query: dict[str, Any]
    body: dict[str, Any]
    files: list[tuple[str, bytes]]

    @property
    def dataset(self) -> AsyncDataSet:
        """The dataset in the path."""
        return self.client.bind(AsyncDataSet(id=self.ids["dataset"]))

    @property
    def document(self) -> AsyncDocument:
        """The document in the path."""
        document = AsyncDocument(id=self.ids["document"], dataset_id=self.ids["dataset"])
        return self.client.bind(document)

    @property
    def chunk(self) -> AsyncChunk:
        """The chunk in the path."""
        ids = self.ids
        chunk = AsyncChunk(id=ids["chunk"], document_id=ids["document"], dataset_id=ids["dataset"])
        return self.client.bind(chunk)

    @property
    def chat(self) -> AsyncChat:
        """The chat in the path."""
        return self.client.bind(AsyncChat(id=self.ids["chat"]))

    @property
    def session(self) -> AsyncSession:
        """The session in the path, or that of a question."""
        told = {**self.body, **self.ids}
        chat_id = told.get("chat", told.get("chat_id", "some-chat"))
        session = AsyncSession(id=told.get("session_id", "some-session"), chat_id=chat_id)
        return self.client.bind(session)

    def filters(self, *known: str) -> dict[str, Any]:
        """The query as arguments of their types; what the client cannot say is left out."""
        told = {OLDEST_NAMES.get(name, name): text for name, text in self.query.items()}
        if "page_size" in told:
            told.setdefault("page", "1")
        return {
            name: int(text)
            if name in NUMBERS and re.fullmatch(r"-?\d+", text)
            else TRUTH.get(text, text)
            if name == "desc"
            else text
            for name, text in told.items()
            if name in (*NUMBERS, *known)
        }

    @property
    def question(self) -> dict[str, Any]:
        """The question as arguments; of a whole conversation, only the last part counts."""
        options = {name: value for name, value in self.body.items() if name not in QUESTION}
        if "messages" in self.body:
            return {"question": self.body["messages"][-1]["content"], "options": options}
        asked = {name: value for name, value in self.body.items() if name == "question"}
        return {**asked, "options": options}

    def arguments(self, **renamed: str) -> dict[str, Any]:
        """The body as arguments."""
        return {renamed.get(name, name): value for name, value in self.body.items()}


async def updated(resource: Any, message: dict[str, Any]) -> object:
    """Updates an object and gives it back."""
    await resource.update(message)
    return resource


def unnamed(asked: Asked) -> bool:
    """Whether a name is given that is none."""
    name = asked.body.get("name", "x")
    return not isinstance(name, str) or not name.strip()


def impossible_page(asked: Asked) -> bool:
    """Whether a page or an order is asked for that there cannot be, or an item by an empty name."""
    sought = (asked.query.get("id", "x"), asked.query.get("name", "x"))
    told = asked.filters("desc")
    numbers = [value for name, value in told.items() if name in NUMBERS and value != str(value)]
    return (
        "" in sought
        or any(number < 1 for number in numbers)
        or not isinstance(told.get("desc", True), bool)
    )


def impossible_or_text_page(asked: Asked) -> bool:
    """Whether a page is asked for that there cannot be, or by a text."""
    return impossible_page(asked) or any(isinstance(v, str) for v in asked.filters().values())


def not_texts(value: object) -> bool:
    """Whether something that may be given as texts is none of that."""
    return value is not None and (
        isinstance(value, str) or not all(isinstance(item, str) for item in value)
    )


def bad_dataset(asked: Asked) -> bool:
    """Whether a dataset is to be created without a name, with a wrong field or picture."""
    known = {"name", "avatar", "description", "permission", "chunk_method", "embedding_model"}
    avatar = asked.body.get("avatar") or "data:"
    return (
        unnamed(asked)
        or "name" not in asked.body
        or not asked.body.keys() <= known | {"parser_config"}
        or not avatar.startswith("data:")
    )


def no_files(asked: Asked) -> bool:
    """Whether an upload holds no file, or one without a name."""
    return not asked.files or any(not name for name, _ in asked.files)


def bad_retrieval(asked: Asked) -> bool:
    """Whether is searched nowhere, for no text, or on a page that there cannot be."""
    numbers = [asked.body.get(name, 1) for name in NUMBERS]
    return (
        not asked.body.get("dataset_ids")
        or not isinstance(asked.body.get("question", ""), str)
        or any(not isinstance(number, int) or number < 1 for number in numbers)
        or ("metadata_condition" in asked.body and not asked.dialect.metadata_condition)
    )


def no_question(asked: Asked) -> bool:
    """Whether nothing is asked, or no text."""
    return not isinstance(asked.question.get("question"), str)


def unnamed_or_besides(*known: str) -> Callable[[Asked], bool]:
    """A test whether there is a name that is none, or a field that the call has no word for."""
    return lambda asked: unnamed(asked) or not asked.body.keys() <= {"name", *known}


def bad_chunk(asked: Asked) -> bool:
    """Whether a chunk is to be added without content, or with words that are none."""
    content = asked.body.get("content")
    words = (asked.body.get("important_keywords"), asked.body.get("questions"))
    return (
        not isinstance(content, str)
        or not content.strip()
        or any(not_texts(some) for some in words)
    )


def nothing_new(*fixed: str) -> Callable[[Asked], bool]:
    """A test whether an update names no field, or one that cannot be changed."""
    return lambda asked: not asked.body or not asked.body.keys().isdisjoint(fixed)


def lacks(name: str) -> Callable[[Asked], bool]:
    """A test whether the body names no ids."""
    return lambda asked: not asked.body.get(name)
