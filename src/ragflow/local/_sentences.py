"""Cuts text into sentences, keeping every character."""

import re

from ragflow.local._scripts import CJK

# A sentence ends at its mark together with closing quotes. A Western mark needs a blank and no
# small letter behind it; a stop behind an initial, a list number or an abbreviation ends nothing.
_END = re.compile(
    r"[。！？；]+[”’」』）)\"']*\s*"
    r"|(?<!\b[A-Z])(?<!^\d)(?<!^\d\d)(?<!\b(?:Dr|Mr|Ms|vs|St|No))(?<!\b(?:Mrs|e\.g|i\.e|etc|Fig))"
    r"(?<![.!?…])[.!?…]++[\"'”’)\]]*(?=\s*$|\s+[^\sa-z])\s*"
    r"|\n+",
    re.MULTILINE,
)
_MARK_AT_END = re.compile(r"[.!?:;。！？；：…|][\"'”’」』）)\]]*$")
_SOFT_WIDTH = 40
_NEW_ITEM = re.compile(r"\s*(?:[-*+•·|#>]|\(?\w{1,3}[.)、]\s|[^:：.!?。]{0,40}[:：])")
_TABULAR = re.compile(r"^\s{4}|\S\s{3}|\|")


def split_sentences(text: str) -> list[str]:
    """Cuts a text behind each sentence; the pieces joined give the text again.

    A line break ends a sentence unless the line was evidently wrapped.
    """
    pieces = []
    start = 0
    for end in _END.finditer(text):
        if end[0].startswith("\n") and _is_wrapped(text, end):
            continue
        pieces.append(text[start : end.end()])
        start = end.end()
    if start < len(text):
        pieces.append(text[start:])
    return pieces


def unwrap(sentence: str) -> str:
    """The sentence on one line; lines in Chinese or Japanese are joined without a blank."""
    joined = re.sub(rf"(?<=[{CJK}，、])\s*\n\s*(?=[{CJK}])", "", sentence)
    return " ".join(joined.split())


def _is_wrapped(text: str, line_break: re.Match[str]) -> bool:
    """Whether the line broke for lack of room: it is wide and the next one reads on."""
    before = text.rfind("\n", 0, line_break.start()) + 1
    line = text[before : line_break.start()].rstrip()
    after = text.find("\n", line_break.end())
    rest = text[line_break.end() : after if after >= 0 else len(text)]
    if len(line_break[0]) > 1 or not rest.strip():
        return False
    wide = len(line) + len(re.findall(f"[{CJK}]", line)) >= _SOFT_WIDTH
    stops = _MARK_AT_END.search(line) or _NEW_ITEM.match(rest)
    return wide and not stops and not _TABULAR.search(line) and not _TABULAR.search(rest)
