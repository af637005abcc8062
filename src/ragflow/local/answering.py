"""Answers from retrieved passages: quoted sentences, or prompts for a language model."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ragflow.local._model import ModelError, stream_model
from ragflow.local._scripts import CJK
from ragflow.local._sentences import split_sentences, unwrap
from ragflow.local.chunking import split
from ragflow.local.embedding import embed
from ragflow.local.extraction import Section
from ragflow.local.ranking import rank

__all__ = [
    "ModelError",
    "Passage",
    "deltas",
    "extractive_answer",
    "render_prompt",
    "stream_model",
]

_MAX_SENTENCES = 4
_VECTOR_WEIGHT = 0.3
_THRESHOLD = 0.2
_SHARE_OF_BEST = 0.6
_MAX_TOKENS = 100
_MAX_HEADING_LETTERS = 80
_ENDS_SENTENCE = re.compile(r"[.!。！…;；:：][\"'”’」』）)\]]*$")


@dataclass(frozen=True, slots=True)
class Passage:
    """A retrieved chunk, as far as answers need it.

    Attributes:
        content: Its text.
        document_name: The file it comes from.
    """

    content: str
    document_name: str


@dataclass(frozen=True, slots=True)
class _Sentence:
    text: str
    passage: int
    context: str


def extractive_answer(question: str, passages: Sequence[Passage]) -> str:
    """Answers with the sentences of the passages that fit the question best.

    Args:
        question: The question.
        passages: What was retrieved for it, best first.

    Returns:
        At most four sentences in the order they stand in the passages, each followed by
        `` [ID:n]`` with the index of its passage; empty when no sentence fits.
    """
    sentences = list({s.text: s for s in reversed(list(_sentences(passages)))}.values())[::-1]
    texts = [sentence.text for sentence in sentences]
    hits = rank(
        question,
        texts,
        embed(texts),
        vector_similarity_weight=_VECTOR_WEIGHT,
        similarity_threshold=_THRESHOLD,
        boosts=[sentence.context for sentence in sentences],
    )
    floor = hits[0].similarity * _SHARE_OF_BEST if hits else 0.0
    chosen = sorted(hit.index for hit in hits[:_MAX_SENTENCES] if hit.similarity >= floor)
    return " ".join(f"{sentences[i].text} [ID:{sentences[i].passage}]" for i in chosen)


def render_prompt(system: str, passages: Sequence[Passage], variables: Mapping[str, str]) -> str:
    """Fills the placeholders of a system prompt.

    Args:
        system: The prompt; ``{knowledge}`` stands for the passages.
        passages: The passages, numbered in the prompt as citations number them.
        variables: Values for the other placeholders.

    Returns:
        The prompt; placeholders without a value and text inside values are left as they are.
    """
    knowledge = "\n------\n".join(
        f"ID: {number}\nTitle: {passage.document_name}\nContent:\n{passage.content}"
        for number, passage in enumerate(passages)
    )
    values = {**variables, "knowledge": knowledge}
    return re.sub(r"\{(\w+)\}", lambda match: values.get(match[1], match[0]), system)


def deltas(text: str, words: int = 6) -> Iterator[str]:
    """Cuts a finished text into pieces to stream; joined they give the text again.

    Args:
        text: The text.
        words: Words per piece; a Chinese, Japanese or Korean letter counts as one.
    """
    units = re.findall(rf"\s*(?:[{CJK}]|[^\s{CJK}]+)|\s+$", text)
    for start in range(0, len(units), max(1, words)):
        yield "".join(units[start : start + max(1, words)])


def _sentences(passages: Sequence[Passage]) -> Iterator[_Sentence]:
    """What can be quoted; headings and questions are context for what follows them."""
    for number, passage in enumerate(passages):
        context = ""
        for sentence in split_sentences(passage.content):
            for piece in split([Section(sentence, 1)], chunk_token_num=_MAX_TOKENS, delimiter=""):
                text = unwrap(piece.text)
                if _ENDS_SENTENCE.search(text) or len(text) > _MAX_HEADING_LETTERS:
                    yield _Sentence(text, number, context)
                else:
                    context = text
