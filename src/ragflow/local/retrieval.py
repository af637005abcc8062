"""Finding the passages that answer a question: by words and by vectors, then ranked together."""

from __future__ import annotations

import threading
from collections import Counter, OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ragflow.local import embedding, ranking

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ragflow.local.store import Store
    from ragflow.local.store.records import Chunk, Dataset

    Floats = np.ndarray[tuple[int, ...], np.dtype[np.float32]]

_CACHED_DATASETS = 16


@dataclass(frozen=True, slots=True)
class Settings:
    """How to search.

    Attributes:
        similarity_threshold: Passages below are left out.
        vector_similarity_weight: The share of the vectors in the similarity, from 0 to 1.
        top_k: How many candidates each of the two searches may bring.
    """

    similarity_threshold: float = 0.2
    vector_similarity_weight: float = 0.3
    top_k: int = 1024


@dataclass(frozen=True, slots=True)
class Found:
    """A passage with the name of its document and its scores."""

    chunk: Chunk
    document_name: str
    similarity: float
    vector_similarity: float
    term_similarity: float


@dataclass(frozen=True, slots=True)
class _Matrix:
    revision: int
    positions: list[int]
    document_ids: list[str]
    vectors: Floats


class Retriever:
    """Searches the chunks of datasets. Its methods block; call them from worker threads."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._matrices: OrderedDict[str, _Matrix] = OrderedDict()

    def search(
        self,
        question: str,
        datasets: Sequence[Dataset],
        settings: Settings,
        *,
        document_ids: Sequence[str] | None = None,
    ) -> list[Found]:
        """All passages above the threshold, the best first.

        Args:
            question: What is asked.
            datasets: Where to look.
            settings: Threshold, weight and number of candidates.
            document_ids: Look only into these documents; None for all.
        """
        if not question.strip() or not datasets:
            return []
        ids = [dataset.id for dataset in datasets]
        positions = set(self._store.index.matching(question, ids, document_ids, settings.top_k))
        positions |= self._nearest(question, datasets, document_ids, settings.top_k)
        candidates = self._store.index.at(sorted(positions))
        if not candidates:
            return []
        chunks = [chunk for chunk, _ in candidates]
        pagerank = {dataset.id: dataset.pagerank for dataset in datasets}
        preferred = any(pagerank.values())
        hits = ranking.rank(
            question,
            [chunk.content for chunk in chunks],
            _matrix(b"".join(chunk.vector for chunk in chunks)),
            vector_similarity_weight=settings.vector_similarity_weight,
            # A preferred dataset's rank is added before the threshold is looked at.
            similarity_threshold=0.0 if preferred else settings.similarity_threshold,
            boosts=["\n".join([*c.important_keywords, *c.questions]) for c in chunks],
        )
        found = [
            Found(
                *candidates[hit.index],
                hit.similarity + pagerank[chunks[hit.index].dataset_id],
                hit.vector_similarity,
                hit.term_similarity,
            )
            for hit in hits
        ]
        if preferred:
            found = [item for item in found if item.similarity >= settings.similarity_threshold]
            found.sort(key=lambda item: -item.similarity)
        return found

    def _nearest(
        self,
        question: str,
        datasets: Sequence[Dataset],
        document_ids: Sequence[str] | None,
        top_k: int,
    ) -> set[int]:
        """Positions of the chunks whose vectors are nearest to the question's."""
        query = embedding.embed([question])[0]
        wanted = None if document_ids is None else set(document_ids)
        scored: list[tuple[float, int]] = []
        for dataset in datasets:
            matrix = self._matrix(dataset)
            if not matrix.positions:
                continue
            scores = matrix.vectors @ query
            best = np.argsort(-scores, kind="stable")
            if wanted is None:
                best = best[:top_k]
            scored.extend(
                (float(scores[index]), matrix.positions[index])
                for index in best
                if scores[index] > 0 and (wanted is None or matrix.document_ids[index] in wanted)
            )
        scored.sort(key=lambda pair: (-pair[0], pair[1]))
        return {position for _, position in scored[:top_k]}

    def _matrix(self, dataset: Dataset) -> _Matrix:
        """The vectors of a dataset, kept in memory until its chunks change."""
        with self._lock:
            matrix = self._matrices.get(dataset.id)
            if matrix is None or matrix.revision != dataset.revision:
                found = self._store.index.vectors(dataset.id)
                vectors = _matrix(found.data)
                matrix = _Matrix(dataset.revision, found.positions, found.document_ids, vectors)
                self._matrices[dataset.id] = matrix
            self._matrices.move_to_end(dataset.id)
            while len(self._matrices) > _CACHED_DATASETS:
                self._matrices.popitem(last=False)
        return matrix


def count_by_document(found: Sequence[Found]) -> list[dict[str, object]]:
    """How many of the passages come from each document, the most frequent first."""
    counts = Counter((item.document_name, item.chunk.document_id) for item in found)
    return [
        {"doc_name": name, "doc_id": id, "count": count}
        for (name, id), count in counts.most_common()
    ]


def _matrix(data: bytes | bytearray) -> Floats:
    return np.frombuffer(data, dtype=np.float32).reshape(-1, embedding.DIMENSIONS)
