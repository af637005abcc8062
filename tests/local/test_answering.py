"""Quoted answers, prompts, and streams from a model."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.corpora import CHINESE, CHINESE_QUESTIONS, ENGLISH, ENGLISH_NONSENSE, ENGLISH_QUESTIONS
from ragflow.local._sentences import split_sentences, unwrap
from ragflow.local.answering import Passage, deltas, extractive_answer, render_prompt

PASSAGES = [Passage(text, f"{key}.txt") for key, text in [*ENGLISH.items(), *CHINESE.items()]]
PLACES = {passage.content: number for number, passage in enumerate(PASSAGES)}
CASES = [(question, PLACES[ENGLISH[key]]) for question, key in ENGLISH_QUESTIONS.items()] + [
    (question, PLACES[CHINESE[key]]) for question, key in CHINESE_QUESTIONS.items()
]


def citations(answer: str) -> list[int]:
    """The passages an answer cites, in order."""
    return [int(number) for number in re.findall(r" \[ID:(\d+)\]", answer)]


@pytest.mark.parametrize(("question", "place"), CASES)
def test_answers_quote_the_right_passage(question: str, place: int) -> None:
    """Every quoted sentence stands in the passage it cites, the right one among them."""
    answer = extractive_answer(question, PASSAGES)
    cited = citations(answer)
    assert place in cited
    assert 1 <= len(cited) <= 4
    assert cited == sorted(cited)
    for sentence, number in re.findall(r"(.+?) \[ID:(\d+)\](?: |$)", answer):
        assert sentence in PASSAGES[int(number)].content


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("How long are backups kept?", "ninety days"),
        ("How long is the reset link for a forgotten password valid?", "thirty minutes"),
        ("Who can unlock a locked account?", "only the help desk"),
        ("What does HNSW do?", "find similar vectors"),
        ("数据库备份保留多少天？", "保留九十天"),
        ("每日餐费上限是多少？", "二百元"),
    ],
)
def test_answers_hold_the_fact(question: str, words: str) -> None:
    """The sentence with the answer is the one that is quoted."""
    assert words in extractive_answer(question, PASSAGES)


@pytest.mark.parametrize("question", [*ENGLISH_NONSENSE, "", "??"])
def test_nothing_fits_nonsense(question: str) -> None:
    """No answer is better than a wrong one."""
    assert extractive_answer(question, PASSAGES) == ""


def test_no_passages_no_answer() -> None:
    """There is nothing to quote."""
    assert extractive_answer("anything", []) == ""


def test_headings_and_questions_lead_to_what_follows() -> None:
    """They say what the next sentences are about and are not answers themselves."""
    passage = Passage("Opening hours\nWe are there from nine to five.\nParking\nBehind it.", "a.md")
    assert extractive_answer("What are the opening hours?", [passage]) == (
        "We are there from nine to five. [ID:0]"
    )
    faq = Passage("How do I cancel my subscription? Press the red button twice.", "faq.txt")
    assert extractive_answer("How can I cancel the subscription?", [faq]) == (
        "Press the red button twice. [ID:0]"
    )


def test_a_sentence_in_two_passages_is_quoted_once() -> None:
    """The better passage gets the citation of what overlapping chunks share."""
    twin = Passage("Tea is made of leaves.", "tea.txt")
    assert extractive_answer("What is tea made of?", [twin, twin]) == (
        "Tea is made of leaves. [ID:0]"
    )


def test_wrapped_lines_are_joined() -> None:
    """A sentence that spans lines of a PDF is quoted on one line."""
    passage = Passage(
        "The maximum weight of a parcel that we take to\nthe islands is 30 kilograms.\nBye.",
        "p",
    )
    assert extractive_answer("What is the maximum weight of a parcel?", [passage]) == (
        "The maximum weight of a parcel that we take to the islands is 30 kilograms. [ID:0]"
    )


def test_endless_sentences_are_quoted_in_part() -> None:
    """Text without marks is cut to a readable length."""
    passage = Passage("filler words " * 300 + "the treasure is hidden here " + "filler " * 500, "p")
    answer = extractive_answer("Where is the treasure hidden?", [passage])
    assert "treasure is hidden" in answer
    assert len(answer) < 1000


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("One. Two! Three? Four", ["One. ", "Two! ", "Three? ", "Four"]),
        ("Dr. Ng met J. Doe, e.g. at 3.5 km. Ok.", ["Dr. Ng met J. Doe, e.g. at 3.5 km. ", "Ok."]),
        ("1. First item\n10. Second item", ["1. First item\n", "10. Second item"]),
        ("你好。再见！“好吗？”他问。", ["你好。", "再见！", "“好吗？”", "他问。"]),
        ('He said "Stop." Then left.', ['He said "Stop." ', "Then left."]),
        ("Wait... what", ["Wait... what"]),
        ("Title\nText", ["Title\n", "Text"]),
        ("", []),
    ],
)
def test_sentences(text: str, sentences: list[str]) -> None:
    """Marks end sentences, abbreviations, numbers and lists do not."""
    assert split_sentences(text) == sentences


@pytest.mark.parametrize(
    ("first", "second", "joined"),
    [
        ("This line is long enough to have been wrapped", "by an editor.", True),
        ("检索增强生成先从知识库中检索相关片段，再让大语言模型", "根据片段回答问题。", True),
        ("Short heading", "and its text", False),
        ("This line is long enough to have been wrapped", "- but a list follows", False),
        ("This line is long enough to have been wrapped:", "but it ends", False),
        ("name: Ada Lovelace; city: London; born: 1815", "name: Bob; city: Rome", False),
        ("column one      column two      column three", "value one       value two", False),
        ("This line is long enough to have been wrapped", "", False),
        ("This line is long enough to have been wrapped\n", "Next paragraph", False),
    ],
)
def test_line_breaks_end_a_sentence_unless_wrapped(first: str, second: str, joined: bool) -> None:
    """Width, marks and what comes next tell a wrapped line from a finished one."""
    sentences = split_sentences(f"{first}\n{second}")
    assert (len(sentences) == 1 and bool(second)) is joined


@given(st.text(alphabet=st.sampled_from("ab AB.!?。！\n\"')12-:|检索"), max_size=200))
def test_sentences_joined_are_the_text(text: str) -> None:
    """Cutting loses nothing."""
    assert "".join(split_sentences(text)) == text


def test_unwrapping_knows_the_script() -> None:
    """Western lines are joined by a blank, Chinese ones by nothing."""
    assert unwrap(" one\n  two ") == "one two"
    assert unwrap("检索，\n增强\n生成") == "检索，增强生成"


def test_prompts_hold_numbered_passages() -> None:
    """The numbers are those of the citations; other placeholders take their values."""
    prompt = render_prompt(
        "You are {role}. {knowledge} Answer {unknown}. {}",
        [Passage("Tea is {role} green.", "tea.txt"), Passage("Milk.", "milk.txt")],
        {"role": "kind"},
    )
    assert prompt == (
        "You are kind. ID: 0\nTitle: tea.txt\nContent:\nTea is {role} green.\n------\n"
        "ID: 1\nTitle: milk.txt\nContent:\nMilk. Answer {unknown}. {}"
    )


def test_prompts_without_passages() -> None:
    """An empty retrieval leaves an empty place."""
    assert render_prompt("Use: {knowledge}!", [], {"knowledge": "not this"}) == "Use: !"


def test_deltas_are_a_few_words_each() -> None:
    """Western words and East Asian letters count alike, citations stay whole."""
    text = "one two three [ID:0] 检索增强 end \n"
    assert list(deltas(text, words=3)) == [
        "one two three",
        " [ID:0] 检索",
        "增强 end",
        " \n",
    ]


@given(st.text(max_size=200), st.integers(-1, 9))
def test_deltas_joined_are_the_text(text: str, words: int) -> None:
    """Streaming loses nothing, and no piece is empty."""
    pieces = list(deltas(text, words))
    assert "".join(pieces) == text
    assert all(pieces)
