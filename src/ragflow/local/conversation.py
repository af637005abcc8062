"""From a question to an answer: find passages, let somebody write, add what was used."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import anyio.to_thread

from ragflow.local import answering, chunk_views, metadata
from ragflow.local.chat_schemas import DEFAULT_PROMPT
from ragflow.local.retrieval import Settings
from ragflow.local.writing import NOTHING_FITS

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from ragflow.local.retrieval import Found, Retriever
    from ragflow.local.store import Store
    from ragflow.local.writing import Question, Writer


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
        reference: The passages as sessions keep them.
        prompt: The prompt the answer was made with.
    """

    text: str
    kind: str
    reference: dict[str, Any]
    prompt: str


class Conversation:
    """Answers questions; how the answers look is the business of others."""

    def __init__(self, store: Store, retriever: Retriever, writer: Writer) -> None:
        self._store = store
        self._retriever = retriever
        self._writer = writer

    async def answer(self, question: Question) -> AsyncGenerator[Piece | Answer, None]:
        """The pieces of an answer as they come, and the whole of it at the end."""
        found = await anyio.to_thread.run_sync(self._passages, question)
        empty_response = question.prompt_config.get("empty_response")
        if question.datasets and not found and (empty_response or not question.text.strip()):
            text = str(empty_response or NOTHING_FITS)
            yield Piece(text, "empty")
            yield _empty_answer(question, text)
            return
        kind = "grounded" if question.datasets else "bare"
        default = DEFAULT_PROMPT if question.datasets else ""
        passages = [answering.Passage(item.chunk.content, item.document_name) for item in found]
        system = str(question.prompt_config.get("system") or default)
        prompt = answering.render_prompt(system, passages, question.variables)
        text = ""
        async with aclosing(self._writer.write(question, passages, prompt)) as pieces:
            async for piece in pieces:
                text += piece
                yield Piece(piece, kind)
        if kind == "bare":
            yield Answer(text, kind, {"chunks": []}, "")
            return
        reference = {}
        if question.quote:
            reference = chunk_views.kept_reference(found)
        yield Answer(text, kind, reference, f"{prompt}\n\n### Query:\n{question.text}")

    def _passages(self, question: Question) -> list[Found]:
        chat = question.chat
        if chat is None or not question.datasets:
            return []
        found = self._retriever.search(
            question.text,
            question.datasets,
            Settings(chat.similarity_threshold, chat.vector_similarity_weight, chat.top_k),
            document_ids=self._documents(question),
        )
        return found[: chat.top_n]

    def _documents(self, question: Question) -> list[str] | None:
        """The documents that both the request and the chat's filter allow; None for all."""
        conditions = metadata.manual_conditions(
            question.chat.meta_data_filter if question.chat else {}
        )
        if not conditions:
            return question.document_ids
        fields = self._store.documents.metadata([dataset.id for dataset in question.datasets])
        matching = metadata.matching(conditions, fields)
        if question.document_ids is None:
            return matching
        return [id for id in matching if id in question.document_ids]


def _empty_answer(question: Question, text: str) -> Answer:
    nothing: Any = [] if question.text.strip() else {}
    reference = {"total": 0, "chunks": [], "doc_aggs": nothing}
    return Answer(text, "empty", reference, f"\n\n### Query:\n{question.text}")
