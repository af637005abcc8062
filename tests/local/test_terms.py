"""Search terms, queries and highlights in several languages."""

import re
import sqlite3

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ragflow.local.terms import highlight, match_query, question_terms, terms


def search(contents: list[str], question: str) -> list[int]:
    """The places of the contents that a full-text index finds for a question."""
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE texts USING fts5(content, tokenize='unicode61')")
    rows = [(number, " ".join(terms(content))) for number, content in enumerate(contents)]
    connection.executemany("INSERT INTO texts (rowid, content) VALUES (?, ?)", rows)
    statement = "SELECT rowid FROM texts WHERE texts MATCH ? ORDER BY rowid"
    found = [row[0] for row in connection.execute(statement, (match_query(question),))]
    connection.close()
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("!? … \0", []),
        ("Hello, World", ["hello", "world"]),
        ("version 0.27 of chunk_size", ["version", "0", "27", "of", "chunk", "siz"]),
        ("ＦＵＬＬ ｗｉｄｔｈ", ["full", "width"]),
        ("Crème Brûlée Straße", ["crem", "brule", "strass"]),
        ("Привет Ёлка", ["привет", "елка"]),
        ("检索", ["检索"]),
        ("检索增强", ["检索", "索增", "增强"]),
        ("猫", ["猫"]),
        ("用GPT4写", ["用", "gpt4", "写"]),
        ("データベース", ["デー", "ータ", "タベ", "ベー", "ース"]),
        ("ﾃｰﾀ", ["テー", "ータ"]),
        ("데이터 베이스", ["데이", "이터", "베이", "이스"]),
        ("हिन्दी भाषा", ["हिन्दी", "भाषा"]),
    ],
)
def test_terms_of_many_scripts(text: str, expected: list[str]) -> None:
    """Words are folded, East Asian runs become pairs, all else parts terms."""
    assert terms(text) == expected


@pytest.mark.parametrize(
    "forms",
    [
        "parse parses parsed parsing",
        "query queries",
        "box boxes",
        "class classes",
        "match matches matched matching",
        "stop stops stopped stopping",
        "chunk chunks chunked chunking",
        "fill fills filled filling",
        "database databases",
        "store stores stored storing",
    ],
)
def test_english_word_forms_agree(forms: str) -> None:
    """The commonest endings do not matter."""
    assert len(set(terms(forms))) == 1


@pytest.mark.parametrize("word", ["bus", "glass", "analysis", "red", "sing", "use", "gas", "bed"])
def test_short_words_stay_themselves(word: str) -> None:
    """An ending is only cut from a word that remains one."""
    assert terms(word) == [word]


@settings(max_examples=30)
@given(st.text(max_size=200))
def test_terms_survive_the_full_text_index(text: str) -> None:
    """Whatever the text, a question in its own words finds it."""
    query = match_query(text)
    assert bool(query) == bool(terms(text))
    if query:
        search([text, "other"], text)


@settings(max_examples=30)
@given(st.text(alphabet=st.sampled_from("Aé9ß ,的向量猫テ데.'\"-"), max_size=60))
def test_a_text_finds_itself(text: str) -> None:
    """Terms in common scripts are found again."""
    if match_query(text):
        assert 0 in search([text], text)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("How are documents parsed?", ["document", "pars"]),
        ("to be or not to be", ["to", "be", "or", "not"]),
        ("What's a cat?", ["cat"]),
        ("cats and cats", ["cat"]),
        ("什么是向量？", ["向量"]),
        ("请问如何申请年假", ["申请", "请年", "年假"]),
        ("会议的目的", ["会议", "目的"]),
        ("我的猫", ["我的", "的猫"]),
        ("什么", ["什么"]),
        ("ベクトルとは何ですか", ["ベク", "クト", "トル"]),
        ("벡터란 무엇인가요", ["벡터", "터란"]),
        ("", []),
    ],
)
def test_questions_keep_what_they_are_about(question: str, expected: list[str]) -> None:
    """Stop words and question words go unless nothing else remains."""
    assert question_terms(question) == expected


def test_queries_are_quoted() -> None:
    """Operators and quotes of the query language are plain text."""
    assert match_query('NEAR("x" vector*) -col:') == '"near" OR "x" OR "vector" OR "col"'
    assert match_query("猫") == '"猫" *'
    assert match_query("\0 ?!") == ""


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("Which databases exist?", [0]),
        ("数据库", [1, 2]),
        ("データ", [3]),
        ("데이터베이스는 무엇인가요?", [4]),
        ("库", [1]),
        ("向", [2]),
        ("cafe", [5]),
        ('" OR ( NEAR * ^ -a AND NOT', []),
    ],
)
def test_the_index_finds_every_language(question: str, found: list[int]) -> None:
    """English, Chinese, Japanese and Korean texts are found by their words."""
    contents = [
        "A database stores rows.",
        "关系数据库很常见。",
        "向量数据库",
        "データベースは便利です",
        "데이터베이스",
        "Café",
    ]
    assert search(contents, question) == found


def test_a_page_long_question_is_still_a_query() -> None:
    """The number of terms is bounded, so the index takes any question."""
    question = " ".join(f"w{number}" for number in range(5000))
    assert search(["w1 here", "nothing"], question) == [0]


@pytest.mark.parametrize(
    ("text", "question", "expected"),
    [
        ("The Parsers parse.", "parsing", "The Parsers <em>parse</em>."),
        ("a < b & the cats", "Where is the cat?", "a < b & the <em>cats</em>"),
        ("to be", "to be", "<em>to</em> <em>be</em>"),
        (
            "向量数据库，数据也好",
            "什么是向量数据库",
            "<em>向量数据库</em>，<em>数据</em>也好",
        ),
        ("黑猫和白猫", "猫", "黑<em>猫</em>和白<em>猫</em>"),
        ("ﾃﾞｰﾀを見る", "データ", "<em>ﾃﾞｰﾀを見る</em>"),
        ("ﾃﾞｽｸ", "データ", "ﾃﾞｽｸ"),
        ("Cafe\u0301 Ｃａｆｅ", "café", "<em>Cafe\u0301</em> <em>Ｃａｆｅ</em>"),
        ("chunk_size", "size of a chunk", "<em>chunk</em>_<em>size</em>"),
        ("nothing here", "zebra", "nothing here"),
        ("nothing here", "", "nothing here"),
    ],
)
def test_highlights_wrap_what_was_asked_for(text: str, question: str, expected: str) -> None:
    """Word forms and covered runs are marked, other text is not touched."""
    assert highlight(text, question) == expected


@given(st.text(max_size=100), st.text(max_size=30))
def test_highlighting_only_adds_marks(text: str, question: str) -> None:
    """Without the marks the text is the same as before."""
    text = text.replace("<em>", "").replace("</em>", "")
    assert re.sub("</?em>", "", highlight(text, question)) == text
