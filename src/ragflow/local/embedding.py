"""Vectors for texts without a model: feature hashing of words and parts of words."""

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from math import log

import numpy as np
import numpy.typing as npt
import xxhash

from ragflow.local.terms import is_stop_word, terms

DIMENSIONS: int = 1024
"""Length of a vector."""

_BATCH = 256
_PAIR_WEIGHT = 0.4
_PART_WEIGHT = 0.8
_STOP_WORD_WEIGHT = 0.05


def embed(texts: Sequence[str]) -> npt.NDArray[np.float32]:
    """Turns texts into vectors whose dot product tells how much wording two texts share.

    This is a lexical embedding and needs no model: words, neighbouring words and the letter groups
    within words are hashed into a vector, so that spelling variants and word forms are near each
    other. Unlike a neural embedding it knows nothing of meaning: synonyms and translations are
    strangers to it. The same text gives the same vector in every process and on every machine.

    Args:
        texts: The texts to embed, in any language.

    Returns:
        One row of length 1 and [`DIMENSIONS`][ragflow.local.embedding.DIMENSIONS] columns per text;
        texts without letters and digits give rows of zeros.
    """
    vectors = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
    for start in range(0, len(texts), _BATCH):
        batch = texts[start : start + _BATCH]
        vectors[start : start + len(batch)] = _embed_batch(batch)
    return vectors


def _embed_batch(texts: Sequence[str]) -> npt.NDArray[np.float64]:
    buckets: list[int] = []
    values: list[float] = []
    weights: list[float] = []
    lengths: list[int] = []
    rows: list[int] = []
    for text in texts:
        before = len(buckets)
        words = terms(text)
        for word, count in Counter(words).items():
            word_buckets, word_values = _word_features(word)
            buckets += word_buckets
            values += word_values
            weights.append(1 + log(count))
            lengths.append(len(word_buckets))
        content = [word for word in words if not is_stop_word(word)]
        for pair, count in Counter(pairwise(content)).items():
            bucket, sign = _hash(" ".join(pair))
            buckets.append(bucket)
            values.append(sign * _PAIR_WEIGHT)
            weights.append(1 + log(count))
            lengths.append(1)
        rows.append(len(buckets) - before)
    offsets = np.repeat(np.arange(len(texts)) * DIMENSIONS, rows)
    cells = np.array(buckets, dtype=np.int64) + offsets
    scaled = np.array(values) * np.repeat(weights, lengths)
    sums = np.bincount(cells, scaled, minlength=len(texts) * DIMENSIONS).astype(np.float64)
    matrix = sums.reshape(len(texts), DIMENSIONS)
    norms = np.linalg.norm(matrix, axis=1, keepdims=True)
    return matrix / np.where(norms > 0, norms, 1.0)


@lru_cache(maxsize=65_536)
def _word_features(word: str) -> tuple[tuple[int, ...], tuple[float, ...]]:
    """The buckets of a word and of its parts, and what it adds to each."""
    if is_stop_word(word):
        bucket, sign = _hash(word)
        return (bucket,), (sign * _STOP_WORD_WEIGHT,)
    parts = _parts(word)
    share = _PART_WEIGHT / max(1, len(parts)) ** 0.5
    hashed = [(_hash(word), 1.0), *((_hash(part), share) for part in parts)]
    return (
        tuple(bucket for (bucket, _), _ in hashed),
        tuple(sign * weight for (_, sign), weight in hashed),
    )


def _parts(word: str) -> list[str]:
    """Its letter groups: threes of longer words, single letters of East Asian pairs."""
    if word.isascii() or len(word) > 2:
        framed = f"<{word}>"
        return [f"~{framed[i : i + 3]}" for i in range(len(framed) - 2)]
    return [f"~{letter}" for letter in word]


def _hash(feature: str) -> tuple[int, float]:
    """A bucket and a sign; the sign lets collisions cancel out on average."""
    digest = xxhash.xxh3_64_intdigest(feature.encode())
    return digest % DIMENSIONS, 1.0 if digest >> 63 else -1.0
