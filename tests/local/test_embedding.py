"""Vectors without a model: equal everywhere, near for texts that share wording."""

import hashlib
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ragflow.local.embedding import DIMENSIONS, embed

SAMPLES = [
    "Retrieval augmented generation",
    "检索增强生成",
    "データベース",
    "데이터",
    "to be or not",
]


def cosine(first: str, second: str) -> float:
    """How near two texts are."""
    a, b = embed([first, second])
    return float(a @ b)


def test_shape_and_type() -> None:
    """One row per text, single precision, also for no texts at all."""
    vectors = embed(SAMPLES)
    assert vectors.shape == (len(SAMPLES), DIMENSIONS)
    assert vectors.dtype == np.float32
    assert embed([]).shape == (0, DIMENSIONS)


@settings(max_examples=50)
@given(st.lists(st.text(max_size=80), max_size=6))
def test_rows_have_length_one_or_none(texts: list[str]) -> None:
    """A row is normalised, or zero where a text has no words; it does not depend on its batch."""
    vectors = embed(texts)
    for text, row in zip(texts, vectors, strict=True):
        assert np.linalg.norm(row) == pytest.approx(1.0, abs=1e-5) or not row.any()
        assert np.array_equal(row, embed([text])[0])


@pytest.mark.parametrize("text", ["", "  \n", "!?…", "\0"])
def test_texts_without_words_are_zero(text: str) -> None:
    """There is nothing to compare in blank texts."""
    assert not embed([text]).any()


def test_stop_words_alone_still_have_a_direction() -> None:
    """A phrase of function words can be found again."""
    assert cosine("to be or not to be", "to be or not to be") == pytest.approx(1.0, abs=1e-5)


def test_many_texts_come_in_order() -> None:
    """Batches are put together in the order of the texts."""
    texts = [f"passage number {number}" for number in range(600)]
    vectors = embed(texts)
    assert np.array_equal(vectors[577], embed([texts[577]])[0])


@pytest.mark.parametrize(
    ("text", "near", "far"),
    [
        ("How are documents parsed?", "Parsing a document", "The weather in Spain"),
        ("retrieval of passages", "Passages are retrieved", "Cheese is made of milk"),
        ("vectorization", "vectors", "banana bread"),
        ("什么是向量数据库", "向量数据库存储嵌入", "今天天气很好"),
        ("データベースとは", "データベースの設計", "今日は天気がいい"),
        ("벡터 데이터베이스", "데이터베이스에 벡터를 저장", "오늘 날씨가 좋다"),
    ],
)
def test_shared_wording_is_near(text: str, near: str, far: str) -> None:
    """Texts about the same thing are clearly nearer than others."""
    assert cosine(text, near) > 0.2
    assert cosine(text, near) > 2 * cosine(text, far)


def test_word_order_counts_a_little() -> None:
    """Neighbouring words make a difference, the words themselves more."""
    text = "dog bites man"
    assert 0.6 < cosine(text, "man bites dog") < cosine(text, "a dog bites a man") + 1e-6


def test_repeats_count_less_than_once_more() -> None:
    """A word said many times does not drown the others."""
    text = "apple pear"
    assert cosine(text, "apple " * 50 + "pear") > 0.5


def test_another_process_gives_the_same_vectors() -> None:
    """Vectors stored once stay valid: nothing depends on the process, its hash seed or its past."""
    script = (
        "import sys, hashlib; from ragflow.local.embedding import embed;"
        f"sys.stdout.write(hashlib.sha256(embed({SAMPLES!r}).round(5).tobytes()).hexdigest())"
    )
    run = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONHASHSEED": "7", "PYTHONUTF8": "1"},
        timeout=60,
    )
    assert run.stdout == hashlib.sha256(embed(SAMPLES).round(5).tobytes()).hexdigest()


def test_the_buckets_are_those_of_every_machine() -> None:
    """Known features fall where they always fell, so that stored vectors keep their meaning."""
    assert np.flatnonzero(embed(["用"])[0]).tolist() == [375, 574]
