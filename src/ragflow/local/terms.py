"""Search terms of texts and questions, for any mix of Western and East Asian scripts."""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from ragflow.local._scripts import CJK
from ragflow.local._stop_words import CJK_FILLERS, STOP_WORDS

_MARKS = "\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0900-\u0dff\u0e31-\u0e4e"
_RUN = re.compile(rf"[{CJK}]+|[^\W_{CJK}]+(?:[{_MARKS}]+[^\W_{CJK}]*)*")
_IS_CJK = re.compile(f"[{CJK}]")
_FILLERS = re.compile("|".join(sorted(CJK_FILLERS, key=len, reverse=True)))
_MAX_QUESTION_TERMS = 200


def terms(text: str) -> list[str]:
    """Cuts a text into search terms, in the order they stand in it.

    Words are folded: case, accents and width do not matter, nor do the commonest English endings.
    Chinese, Japanese and Korean runs give each pair of neighbouring letters, a lone letter itself.
    Terms consist of letters, digits and vowel signs only, so that a full-text index keeps them.
    """
    found: list[str] = []
    for run in _RUN.findall(normalize(text)):
        if _IS_CJK.match(run):
            found += _pairs(run)
        else:
            found.append(fold_word(run))
    return found


def question_terms(question: str) -> list[str]:
    """The different terms a question asks for, without words that only make it a question.

    When it has no others, as in "to be or not to be", all its terms count.
    """
    text = normalize(question)
    content = [term for term in terms(_FILLERS.sub(" ", text)) if not is_stop_word(term)]
    return list(dict.fromkeys(content or terms(text)))[:_MAX_QUESTION_TERMS]


def match_query(text: str) -> str:
    """Writes a question as an FTS5 query for rows that hold any of its terms.

    The indexed rows must hold the terms of their text joined by blanks. A lone Chinese or Japanese
    letter is asked for as a prefix, since the index holds pairs.

    Returns:
        The query; empty when the question has no terms.
    """
    return " OR ".join(
        f'"{term}" *' if is_lone_letter(term) else f'"{term}"' for term in question_terms(text)
    )


def highlight(text: str, question: str) -> str:
    """Puts ``<em>`` and ``</em>`` around what a question asks for; other text stays as it is."""
    wanted = frozenset(question_terms(question))
    parts = []
    end = 0
    for run in _RUN.finditer(text):
        for start, stop in _matches(run[0], wanted):
            parts += [text[end : run.start() + start], "<em>"]
            end = run.start() + stop
            parts += [text[run.start() + start : end], "</em>"]
    parts.append(text[end:])
    return "".join(parts)


def is_stop_word(term: str) -> bool:
    """Whether a term is an English word that says nothing about the subject."""
    return term in _FOLDED_STOP_WORDS


def is_lone_letter(term: str) -> bool:
    """Whether a term is one East Asian letter, which longer runs hold as part of a pair only."""
    return len(term) == 1 and _IS_CJK.match(term) is not None


def normalize(text: str) -> str:
    """The text without differences of case, width and composition."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


@lru_cache(maxsize=65_536)
def fold_word(word: str) -> str:
    """A normalised word without accents and without the commonest English endings."""
    if not word.isascii():
        letters = unicodedata.normalize("NFD", word)
        word = unicodedata.normalize("NFC", re.sub("[\u0300-\u036f]", "", letters))
    return _stem(word) if word.isascii() and word.isalpha() else word


def _stem(word: str) -> str:
    """Cuts plural, -ing and -ed, then a final e: parse, parses, parsed and parsing agree."""
    if len(word) > 4 and word.endswith("ies"):
        word = word[:-3] + "y"
    elif len(word) > 4 and word.endswith(("sses", "shes", "ches", "xes", "zes")):
        word = word[:-2]
    elif len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for ending in ("ing", "ed"):
        rest = word.removesuffix(ending)
        if rest != word and len(rest) > 2 and re.search("[aeiouy]", rest):
            word = rest[:-1] if rest[-1] == rest[-2] and rest[-1] not in "lsz" else rest
            break
    return word[:-1] if len(word) > 3 and word.endswith("e") else word


def _pairs(run: str) -> list[str]:
    return [run[i : i + 2] for i in range(len(run) - 1)] or [run]


def _matches(run: str, wanted: frozenset[str]) -> Iterator[tuple[int, int]]:
    """The stretches of a word or an East Asian run that hold wanted terms."""
    folded = normalize(run)
    if not _IS_CJK.match(folded):
        if fold_word(folded) in wanted:
            yield 0, len(run)
        return
    if len(folded) != len(run):
        if not wanted.isdisjoint([*terms(folded), *folded]):
            yield 0, len(run)
        return
    hit = [letter in wanted for letter in folded]
    for i, pair in enumerate(_pairs(folded) if len(folded) > 1 else ()):
        if pair in wanted:
            hit[i] = hit[i + 1] = True
    start = None
    for i, marked in enumerate([*hit, False]):
        if marked and start is None:
            start = i
        elif not marked and start is not None:
            yield start, i
            start = None


_FOLDED_STOP_WORDS = frozenset(map(fold_word, STOP_WORDS))
