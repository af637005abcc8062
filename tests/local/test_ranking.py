"""The right passage first, in English and Chinese, and nothing for nonsense."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local.corpora import (
    CHINESE,
    CHINESE_NONSENSE,
    CHINESE_QUESTIONS,
    ENGLISH,
    ENGLISH_NONSENSE,
    ENGLISH_QUESTIONS,
)
from ragflow.local.embedding import embed
from ragflow.local.ranking import Hit, rank

MIXED = {**{f"en {k}": v for k, v in ENGLISH.items()}, **{f"zh {k}": v for k, v in CHINESE.items()}}
CASES = [(question, f"en {key}") for question, key in ENGLISH_QUESTIONS.items()] + [
    (question, f"zh {key}") for question, key in CHINESE_QUESTIONS.items()
]


def ask(
    question: str,
    contents: list[str],
    *,
    weight: float = 0.3,
    threshold: float = 0.2,
    boosts: list[str] | None = None,
) -> list[Hit]:
    """The hits with the values a server uses by default."""
    return rank(
        question,
        contents,
        embed(contents),
        vector_similarity_weight=weight,
        similarity_threshold=threshold,
        boosts=boosts,
    )


@pytest.mark.parametrize(("question", "passage"), CASES)
def test_natural_questions_find_their_passage(question: str, passage: str) -> None:
    """Among passages in both languages the one with the answer comes first."""
    hits = ask(question, list(MIXED.values()))
    assert hits, question
    assert list(MIXED)[hits[0].index] == passage


@pytest.mark.parametrize(("question", "passage"), CASES)
def test_vectors_alone_find_it_too(question: str, passage: str) -> None:
    """The vector part is worth its name: by itself it puts the passage among the first two."""
    hits = ask(question, list(MIXED.values()), weight=1.0, threshold=0.0)
    assert passage in [list(MIXED)[hit.index] for hit in hits[:2]]


@pytest.mark.parametrize("question", [*ENGLISH_NONSENSE, *CHINESE_NONSENSE])
def test_nonsense_finds_nothing(question: str) -> None:
    """A question about something else stays below the default threshold."""
    assert ask(question, list(MIXED.values())) == []


def test_a_single_passage_can_be_found() -> None:
    """Rarity among candidates means nothing when there is one."""
    (hit,) = ask("How are backups encrypted?", [ENGLISH["backup"]])
    assert hit.term_similarity == pytest.approx(1.0)
    assert ask("Which volcano erupted?", [ENGLISH["backup"]]) == []


def test_the_similarity_is_the_weighted_mean() -> None:
    """The two parts are mixed as asked for; weights beyond the bounds count as the bound."""
    contents = list(ENGLISH.values())
    for weight, used in ((0.0, 0.0), (0.3, 0.3), (1.0, 1.0), (-4.0, 0.0), (9.0, 1.0)):
        for hit in ask("paid vacation days", contents, weight=weight, threshold=0.0):
            mean = used * hit.vector_similarity + (1 - used) * hit.term_similarity
            assert hit.similarity == pytest.approx(mean, abs=1e-6)


def test_the_threshold_drops_what_is_below() -> None:
    """A hit is kept when it reaches the threshold, and all are with none."""
    contents = list(ENGLISH.values())
    everything = ask("vacation days per year", contents, threshold=0.0)
    assert len(everything) == len(contents)
    limit = everything[1].similarity
    kept = ask("vacation days per year", contents, threshold=limit)
    assert [hit.index for hit in kept] == [h.index for h in everything if h.similarity >= limit]
    assert ask("vacation days per year", contents, threshold=1.1) == []


def test_equal_passages_keep_their_order() -> None:
    """Ties are resolved by place, however many there are."""
    contents = ["The cat sat.", "A dog ran."] * 40
    hits = ask("Where is the cat?", contents)
    assert [hit.index for hit in hits] == list(range(0, 80, 2))


def test_rare_terms_count_more() -> None:
    """Of two half matches, the one with the distinguishing word wins."""
    contents = ["server restart", "server update", "server log", "server disk", "failover plan"]
    hits = ask("server failover", contents, weight=0.0, threshold=0.0)
    assert hits[0].index == 4
    assert hits[0].term_similarity > 0.5 > hits[1].term_similarity


def test_boosts_count_like_content() -> None:
    """Keywords and questions of a passage match though its text does not hold them."""
    contents = ["It is closed on Mondays.", "It opens at nine."]
    assert ask("museum hours", contents) == []
    hits = ask("museum hours", contents, boosts=["", "museum opening hours"])
    assert [hit.index for hit in hits] == [1]
    assert hits[0].term_similarity == pytest.approx(1.0)


def test_overlapping_pairs_do_not_punish_chinese() -> None:
    """A question that joins two words finds the text that holds both apart."""
    hits = ask("向量索引", ["索引可以加速，向量也一样。", "天气很好。"], weight=0.0)
    assert [hit.index for hit in hits] == [0]
    assert hits[0].term_similarity == pytest.approx(1.0)


def test_a_lone_letter_is_found_inside_words() -> None:
    """One Chinese character is a word by itself, wherever it stands."""
    hits = ask("猫", ["家里有一只黑猫。", "家里有一只狗。"], weight=0.0)
    assert [hit.index for hit in hits] == [0]


@pytest.mark.parametrize("question", ["", "?!", "\0"])
def test_a_question_without_words_fits_nothing(question: str) -> None:
    """There is nothing to compare, so all values are zero."""
    assert ask(question, ["some text"]) == []
    (hit,) = ask(question, ["some text"], threshold=0.0)
    assert hit == Hit(0, 0.0, 0.0, 0.0)


def test_no_passages_no_hits() -> None:
    """Ranking nothing gives nothing."""
    assert ask("anything", []) == []


@settings(max_examples=50)
@given(
    st.text(max_size=40),
    st.lists(st.text(max_size=60), max_size=8),
    st.floats(0, 1),
)
def test_values_stay_within_bounds_and_order(
    question: str, contents: list[str], weight: float
) -> None:
    """Whatever the texts, values are between 0 and 1 and fall from hit to hit."""
    hits = ask(question, contents, weight=weight, threshold=0.0)
    assert sorted(hit.index for hit in hits) == list(range(len(contents)))
    for hit in hits:
        values = (hit.similarity, hit.vector_similarity, hit.term_similarity)
        assert all(type(value) is float and 0.0 <= value <= 1.0 for value in values)
    assert [h.similarity for h in hits] == sorted((h.similarity for h in hits), reverse=True)


def test_vectors_from_a_store_are_taken_as_they_are() -> None:
    """Rows read back from bytes rank like fresh ones."""
    contents = list(CHINESE.values())
    stored = np.frombuffer(embed(contents).tobytes(), dtype=np.float32).reshape(len(contents), -1)
    question = "忘记密码了怎么办？"
    options = {"vector_similarity_weight": 0.3, "similarity_threshold": 0.2}
    assert rank(question, contents, stored, **options) == ask(question, contents)
