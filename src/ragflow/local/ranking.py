"""Orders passages by how well they fit a question."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ragflow.local.embedding import embed
from ragflow.local.terms import is_lone_letter, normalize, question_terms, terms

_DECIMALS = 6


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that fits a question; all values are between 0 and 1.

    Attributes:
        index: Its place among the passages given.
        similarity: The mean of the two other values, weighted as asked for.
        vector_similarity: The cosine between the vectors of the question and the passage.
        term_similarity: The share of the question's terms that the passage holds, where terms
            that few passages hold count more.
    """

    index: int
    similarity: float
    vector_similarity: float
    term_similarity: float


def rank(
    question: str,
    contents: Sequence[str],
    vectors: npt.NDArray[np.float32],
    *,
    vector_similarity_weight: float,
    similarity_threshold: float,
    boosts: Sequence[str] | None = None,
) -> list[Hit]:
    """Ranks passages for a question.

    Args:
        question: What is looked for.
        contents: The texts of the passages.
        vectors: Their vectors, one row each.
        vector_similarity_weight: The share of the vector similarity, 0 to 1.
        similarity_threshold: Passages that are less similar are left out.
        boosts: Further text of each passage that counts like its content when terms are matched.

    Returns:
        The passages that fit, best first; equally good ones in the order given.
    """
    if not contents:
        return []
    texts = list(contents)
    if boosts is not None:
        texts = [f"{content}\n{boost}" for content, boost in zip(contents, boosts, strict=True)]
    by_terms = _term_similarity(question, texts)
    by_vector = np.clip(vectors @ embed([question])[0], 0.0, 1.0).astype(np.float64)
    weight = min(1.0, max(0.0, vector_similarity_weight))
    # Rounding keeps equal passages equal where the machine adds up in another order.
    scores = np.round(weight * by_vector + (1.0 - weight) * by_terms, _DECIMALS)
    return [
        Hit(int(i), float(scores[i]), float(by_vector[i]), float(by_terms[i]))
        for i in np.argsort(-scores, kind="stable")
        if scores[i] >= similarity_threshold
    ]


def _term_similarity(question: str, texts: Sequence[str]) -> npt.NDArray[np.float64]:
    wanted = question_terms(question)
    if not wanted:
        return np.zeros(len(texts))
    found = np.array([_found(wanted, text) for text in texts])
    # East Asian letter pairs overlap: one that merely joins two found words counts as found.
    for i in range(1, len(wanted) - 1):
        if _overlap(wanted[i - 1], wanted[i]) and _overlap(wanted[i], wanted[i + 1]):
            found[:, i] |= found[:, i - 1] & found[:, i + 1]
    rarity = np.log(1 + (len(texts) + 10) / (found.sum(axis=0) + 1))
    shares: npt.NDArray[np.float64] = found @ (rarity / rarity.sum())
    return np.clip(shares, 0.0, 1.0)


def _found(wanted: Sequence[str], text: str) -> list[bool]:
    held = set(terms(text))
    if lone := {term for term in wanted if is_lone_letter(term)}:
        held |= lone.intersection(normalize(text))
    return [term in held for term in wanted]


def _overlap(first: str, second: str) -> bool:
    return len(first) == len(second) == 2 and first[1] == second[0]
