"""One turn of a conversation: passages for a question, and an answer made from them."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import anyio
import anyio.to_thread

from ragflow.local import answering, views
from ragflow.local.chat_schemas import DEFAULT_PROMPT
from ragflow.local.retrieval import Settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from ragflow.local.generations import Generation
    from ragflow.local.retrieval import Found, Retriever
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


@dataclass(frozen=True, slots=True)
class ModelConfig:
    """An OpenAI-compatible endpoint that writes the answers.

    Attributes:
        url: Its base URL.
        name: The model to ask for.
        api_key: Its key, if it wants one.
    """

    url: str
    name: str
    api_key: str | None = field(default=None, repr=False)

    @classmethod
    def from_environment(cls) -> ModelConfig | None:
        """The endpoint named by ``RAGFLOW_LOCAL_LLM_URL`` and its companions, if any."""
        url = os.environ.get("RAGFLOW_LOCAL_LLM_URL")
        if not url:
            return None
        name = os.environ.get("RAGFLOW_LOCAL_LLM_MODEL") or "default"
        return cls(url, name, os.environ.get("RAGFLOW_LOCAL_LLM_API_KEY") or None)


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


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of an answer that is being written; ``kind`` is that of the answer."""

    text: str
    kind: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A finished answer.

    Attributes:
        text: The whole text.
        kind: ``"grounded"`` in passages, ``"empty"`` when nothing was found, ``"bare"`` when there
            are no datasets to look into.
        reference: The passages as answers show them.
        prompt: The prompt the answer was made with.
    """

    text: str
    kind: str
    reference: dict[str, Any]
    prompt: str


class Conversation:
    """Answers questions, with a model when there is one and by quoting passages when not."""

    def __init__(
        self, generation: Generation, retriever: Retriever, model: ModelConfig | None
    ) -> None:
        self._generation = generation
        self._retriever = retriever
        self._model = model

    async def answer(self, question: Question) -> AsyncIterator[Piece | Answer]:
        """The pieces of an answer as they come, and the whole of it at the end."""
        if not question.datasets:
            async for item in self._bare(question):
                yield item
            return
        found = await anyio.to_thread.run_sync(self._passages, question)
        empty_response = _prompt_config(question).get("empty_response")
        if not found and (empty_response or not question.text.strip()):
            text = empty_response or NOTHING_FITS
            yield Piece(text, "empty")
            yield self._empty(question, text)
            return
        passages = [answering.Passage(i.chunk.content, i.document_name) for i in found]
        system = str(_prompt_config(question).get("system") or DEFAULT_PROMPT)
        prompt = answering.render_prompt(system, passages, question.variables)
        text = ""
        pieces = (
            self._generated(question, prompt)
            if self._model
            else self._quoted(question, passages)
        )
        async for piece in pieces:
            text += piece
            yield Piece(piece, "grounded")
        reference: dict[str, Any] = {}
        if question.quote:
            reference = views.reference(found, len(found), self._generation)
        yield Answer(text, "grounded", reference, f"{prompt}\n\n### Query:\n{question.text}")

    def _passages(self, question: Question) -> list[Found]:
        chat = question.chat
        if chat is None:
            return []
        settings = Settings(chat.similarity_threshold, chat.vector_similarity_weight, chat.top_k)
        found = self._retriever.search(
            question.text, question.datasets, settings, document_ids=question.document_ids
        )
        return found[: chat.top_n]

    def _empty(self, question: Question, text: str) -> Answer:
        nothing: Any = {} if not question.text.strip() else []
        reference = {"total": 0, "chunks": [], "doc_aggs": nothing}
        return Answer(text, "empty", reference, f"\n\n### Query:\n{question.text}")

    async def _bare(self, question: Question) -> AsyncIterator[Piece | Answer]:
        text = ""
        prompt = answering.render_prompt(
            str(_prompt_config(question).get("system") or ""), [], question.variables
        )
        pieces = self._generated(question, prompt) if self._model else _paced(NO_MODEL)
        async for piece in pieces:
            text += piece
            yield Piece(piece, "bare")
        yield Answer(text, "bare", {"chunks": []}, "")

    async def _quoted(
        self, question: Question, passages: Sequence[answering.Passage]
    ) -> AsyncIterator[str]:
        text = await anyio.to_thread.run_sync(_quotation, question, passages)
        async for piece in _paced(text):
            yield piece

    async def _generated(self, question: Question, prompt: str) -> AsyncIterator[str]:
        """The model's words; its failure is told as text, as real servers do."""
        if self._model is None:
            return
        own = question.chat.llm_setting if question.chat else {}
        settings = {key: value for key, value in {**own, **question.settings}.items() if value is not None}
        messages = [{"role": "system", "content": prompt}] if prompt else []
        messages += [*question.history, {"role": "user", "content": question.text}]
        begun = False
        try:
            async for piece in answering.stream_model(
                self._model.url,
                api_key=self._model.api_key,
                model=self._model.name,
                messages=messages,
                settings={key: settings[key] for key in _SETTINGS if key in settings},
            ):
                begun = True
                yield piece
        except answering.ModelError as error:
            yield f"\n**ERROR**: {error}" if begun else f"**ERROR**: {error}"


def model_settings(body: dict[str, Any]) -> dict[str, Any]:
    """The settings of the model that a request overrides."""
    return {
        key: body[key]
        for key in _SETTINGS
        if isinstance(body.get(key), (int, float)) and not isinstance(body[key], bool)
    }


def _prompt_config(question: Question) -> dict[str, Any]:
    return question.chat.prompt_config if question.chat else {}


def _quotation(question: Question, passages: Sequence[answering.Passage]) -> str:
    """Sentences that answer the question, or the beginning of the best passage."""
    text = answering.extractive_answer(question.text, passages)
    if not text and passages:
        text = f"{passages[0].content[:_EXCERPT].strip()} [ID:0]"
    if not question.quote:
        text = _MARK.sub("", text)
    return text or NOTHING_FITS


async def _paced(text: str) -> AsyncIterator[str]:
    for piece in answering.deltas(text):
        yield piece
        await anyio.sleep(_PACE)
