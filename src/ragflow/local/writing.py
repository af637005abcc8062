"""Who writes the answers: a language model, or the passages themselves."""

from __future__ import annotations

import os
import re
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import anyio
import anyio.to_thread

from ragflow.local import answering

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from ragflow.local.answering import Passage
    from ragflow.local.store.records import Chat, Dataset

NO_MODEL = (
    "No language model is configured, so this server can only quote passages of datasets. Give the"
    " chat a dataset, or start the server with RAGFLOW_LOCAL_LLM_URL set to an OpenAI-compatible"
    " endpoint."
)
NOTHING_FITS = "No passage of the chat's datasets fits this question."
_PACE = 0.01  # seconds between pieces of a quoted answer, so that leaving a stream has a meaning
_EXCERPT = 400
_MARK = re.compile(r" ?\[ID:\d+\]")
_SETTINGS = ("temperature", "top_p", "presence_penalty", "frequency_penalty", "max_tokens")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked, of whom, and with which history.

    Attributes:
        text: The question.
        chat: The chat; None for a plain talk with the model.
        datasets: Where to look for passages.
        history: Earlier messages, oldest first.
        document_ids: Look only into these documents; None for all.
        variables: Values for the placeholders of the system prompt.
        quote: Whether the answer names its passages.
        settings: Settings of the model that differ from the chat's.
    """

    text: str
    chat: Chat | None
    datasets: Sequence[Dataset]
    history: Sequence[dict[str, str]] = ()
    document_ids: list[str] | None = None
    variables: dict[str, str] = field(default_factory=dict)
    quote: bool = True
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def prompt_config(self) -> dict[str, Any]:
        """The chat's prompt and switches."""
        return self.chat.prompt_config if self.chat else {}


class Writer(Protocol):
    """Writes the text of an answer."""

    def write(
        self, question: Question, passages: Sequence[Passage], prompt: str
    ) -> AsyncGenerator[str, None]:
        """The pieces of the answer as they come.

        Args:
            question: What is asked.
            passages: What was found for it, best first.
            prompt: The chat's system prompt with the passages filled in.
        """
        ...


class Quoter:
    """Answers with sentences of the passages."""

    async def write(
        self, question: Question, passages: Sequence[Passage], prompt: str
    ) -> AsyncGenerator[str, None]:
        """Pick the sentences that fit, or say why there are none."""
        text = await anyio.to_thread.run_sync(_quotation, question, passages)
        for piece in answering.deltas(text):
            yield piece
            await anyio.sleep(_PACE)


def _quotation(question: Question, passages: Sequence[Passage]) -> str:
    if not question.datasets:
        return NO_MODEL
    if not passages:
        return NOTHING_FITS
    text = answering.extractive_answer(question.text, passages)
    text = text or f"{passages[0].content[:_EXCERPT].strip()} [ID:0]"
    return text if question.quote else _MARK.sub("", text)


@dataclass(frozen=True, slots=True)
class Model:
    """An OpenAI-compatible endpoint that writes the answers.

    Attributes:
        url: Its base URL.
        name: The model to ask for.
        api_key: Its key, if it wants one.
    """

    url: str
    name: str
    api_key: str | None = field(default=None, repr=False)

    async def write(
        self, question: Question, passages: Sequence[Passage], prompt: str
    ) -> AsyncGenerator[str, None]:
        """Ask the model; its failure is told as text, as real servers do."""
        messages = [{"role": "system", "content": prompt}] if prompt else []
        messages += [*question.history, {"role": "user", "content": question.text}]
        own = question.chat.llm_setting if question.chat else {}
        stream = answering.stream_model(
            self.url,
            api_key=self.api_key,
            model=self.name,
            messages=messages,
            settings={**model_settings(own), **question.settings},
        )
        begun = False
        try:
            async with aclosing(stream) as pieces:
                async for piece in pieces:
                    begun = True
                    yield piece
        except answering.ModelError as error:
            yield f"\n**ERROR**: {error}" if begun else f"**ERROR**: {error}"


def model_settings(values: dict[str, Any]) -> dict[str, Any]:
    """Those of the values that are settings of a model."""
    return {
        key: values[key]
        for key in _SETTINGS
        if isinstance(values.get(key), (int, float)) and not isinstance(values[key], bool)
    }


def model_from_environment() -> str:
    """The name of the model that ``RAGFLOW_LOCAL_LLM_MODEL`` asks for."""
    return os.environ.get("RAGFLOW_LOCAL_LLM_MODEL") or "default"


def writer_from_environment() -> Writer:
    """The model named by ``RAGFLOW_LOCAL_LLM_URL`` and its companions, or the quoter."""
    url = os.environ.get("RAGFLOW_LOCAL_LLM_URL")
    if not url:
        return Quoter()
    return Model(url, model_from_environment(), os.environ.get("RAGFLOW_LOCAL_LLM_API_KEY") or None)
