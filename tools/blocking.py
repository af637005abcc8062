"""Turns the text of one async source into blocking code, token by token and line for line."""

from __future__ import annotations

import io
import keyword
import re
import tokenize
from dataclasses import dataclass, field

RESULT_WRAPPERS = {"Awaitable": 0, "Coroutine": 2}  # name -> arguments before the result type
FORBIDDEN_NAME = re.compile(
    r"(?i:async|await)|^(?:__a(?:enter|exit|iter|next)__|a(?:close|iter|next|read))$"
    r"|^(?:anyio|sniffio|trio|Coroutine)$"
)
FORBIDDEN_TEXT = re.compile(r"\b[Aa]wait\w*|\basync (?:def|for|with)\b|\bAsync[A-Z]\w*")
ASYNC_ONLY = re.compile(
    r"^ *# async-only: start$.*?^ *# async-only: end$", re.MULTILINE | re.DOTALL
)
NEW_STATEMENT = {tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}
OPENING, CLOSING = {"(", "[", "{"}, {")", "]", "}"}


class GenerateError(Exception):
    """The sources cannot be turned into blocking code; the text has one problem a line."""


@dataclass
class Piece:
    """One token of a source, with the blanks before it."""

    kind: int
    text: str
    gap: str
    line: int

    @property
    def is_plain_name(self) -> bool:
        """Whether the token is a name and no keyword."""
        return self.kind == tokenize.NAME and not keyword.iskeyword(self.text)


@dataclass
class Converter:
    """Converts sources by two tables, and remembers which names it met and what went wrong."""

    names: dict[str, str]
    wordings: dict[str, str]
    allowed: tuple[str, ...]
    used: set[str] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)

    def convert(self, source: str, name: str) -> str:
        """Give the blocking text of a source, which still wants its layout and imports tidied."""
        found: list[tuple[int, str]] = []
        try:
            pieces = _split(_without_async_only(source))
        except (tokenize.TokenError, SyntaxError, GenerateError) as error:
            self.problems.append(f"{name}: {error}")
            return ""
        statement = ""
        for index, piece in enumerate(pieces):
            if piece.kind in NEW_STATEMENT:
                statement = ""
            elif piece.kind in {tokenize.STRING, tokenize.COMMENT}:
                piece.text = self._reword(piece.text)
                for match in FORBIDDEN_TEXT.finditer(piece.text):
                    line = piece.line + piece.text.count("\n", 0, match.start())
                    found.append((line, f"async wording left over: {match[0]!r}"))
            elif piece.text == "(":
                _drop_needless_parentheses(pieces, index)
            elif piece.kind == tokenize.NAME:
                statement = statement or piece.text
                if piece.text in {"async", "await"}:
                    piece.text = pieces[index + 1].gap = ""
                elif piece.text in RESULT_WRAPPERS and statement in {"from", "import"}:
                    continue  # nothing will use it, and ruff removes unused imports
                elif piece.text in RESULT_WRAPPERS and statement != "class":
                    _unwrap_result(pieces, index)
                self.used.add(piece.text)
                piece.text = self.names.get(piece.text, piece.text)
                if FORBIDDEN_NAME.search(re.sub("|".join(self.allowed), "", piece.text)):
                    found.append((piece.line, f"async name left over: {piece.text!r}"))
        self.problems += [f"{name}:{line}: {problem}" for line, problem in found]
        return "".join(piece.gap + piece.text for piece in pieces)

    def unused_rows(self) -> list[str]:
        """Give the names that no token of a source matched so far."""
        return [row for row in self.names if row not in self.used]

    def _reword(self, text: str) -> str:
        """Reword a string or a comment for a reader of blocking code."""
        for wording, replacement in self.wordings.items():
            end = r"\b" if wording[-1].isalnum() else ""
            text = re.sub(rf"\b{wording}{end}", replacement, text)
        return re.sub(rf"(?:\b([Aa])n (`*))?\b({'|'.join(self.names)})\b", self._rename, text)

    def _rename(self, match: re.Match[str]) -> str:
        """Rename one word of a text, with the article before it: an AsyncX, but a X."""
        article, ticks, name = match[1], match[2], self.names[match[3]]
        if article is None:
            return name
        return f"{article}{'n' if name[0] in 'AEIOU' else ''} {ticks}{name}"


def _without_async_only(source: str) -> str:
    """Blank the blocks marked as async-only, which keeps the numbers of the other lines."""
    kept = ASYNC_ONLY.sub(lambda block: "\n" * block[0].count("\n"), source)
    if "# async-only:" in kept:
        line = kept[: kept.index("# async-only:")].count("\n") + 1
        raise GenerateError(f"async-only marker of line {line} has no counterpart")
    return kept


def _split(source: str) -> list[Piece]:
    """Split a source into tokens that, joined with their gaps, give it back.

    An f-string is one piece: Python 3.12 began to split them, and the output must not depend on it.
    """
    starts = [0]
    for text in io.StringIO(source):
        starts.append(starts[-1] + len(text))
    pieces: list[Piece] = []
    done = depth = opening = line = 0
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        kind, name = token.type, tokenize.tok_name[token.type]
        if depth == 0:
            line = token.start[0]
            opening = starts[min(line, len(starts)) - 1] + token.start[1]
        depth += name.endswith("STRING_START") - name.endswith("STRING_END")
        if depth == 0:
            end = min(starts[min(token.end[0], len(starts)) - 1] + token.end[1], len(source))
            kind = tokenize.STRING if name.endswith("STRING_END") else kind
            pieces.append(Piece(kind, source[opening:end], source[done:opening], line))
            done = end
    return pieces


def _after(pieces: list[Piece], index: int) -> int:
    """Give the index after a token, or after the whole group if the token opens a bracket."""
    depth = 0
    while True:
        depth += (pieces[index].text in OPENING) - (pieces[index].text in CLOSING)
        index += 1
        if depth <= 0:
            return index


def _drop_needless_parentheses(pieces: list[Piece], opening: int) -> None:
    """Make ``(await a.b()).c`` ready to become ``a.b().c``."""
    before, end = pieces[opening - 1], _after(pieces, opening) - 1
    words: list[int] = []
    newlines: list[int] = []
    index = opening + 1
    while index < end:
        (newlines if pieces[index].kind == tokenize.NL else words).append(index)
        index = _after(pieces, index)
    called = before.is_plain_name or before.text in CLOSING
    if called or not words or pieces[words[0]].text != "await":
        return
    if all(pieces[i].is_plain_name or pieces[i].text in {".", "(", "["} for i in words[1:]):
        for index in [opening, *newlines]:
            pieces[index].text = pieces[index + 1].gap = ""
        pieces[end].text = ""


def _unwrap_result(pieces: list[Piece], start: int) -> None:
    """Reduce ``Awaitable[X]`` or ``Coroutine[Any, Any, X]`` to ``X``, in parentheses if long."""
    if pieces[start + 1].text != "[":
        return
    end, result = _after(pieces, start + 1) - 1, start + 2
    commas = RESULT_WRAPPERS[pieces[start].text]
    while commas:
        commas -= pieces[result].text == ","
        result = _after(pieces, result)
    one_line = pieces[start].line == pieces[end].line
    for piece in pieces[start:result]:
        piece.text = piece.text if piece.kind == tokenize.NL else ""
    pieces[start].text, pieces[end].text = ("", "") if one_line else ("(", ")")
