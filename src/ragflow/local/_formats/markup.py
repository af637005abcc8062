"""Markdown and HTML without their markup."""

import re

from bs4 import BeautifulSoup
from bs4.dammit import EncodingDetector
from bs4.element import NavigableString, Tag

from ragflow.local._formats.base import Section
from ragflow.local._formats.text import decode

_BLOCK_NAMES = """
address article aside blockquote body caption dd details div dl dt fieldset figcaption figure
footer form h1 h2 h3 h4 h5 h6 header hr li main ol p pre section summary table title tr ul
"""
_BLOCKS = frozenset(_BLOCK_NAMES.split())
_BOILERPLATE = frozenset({"script", "style", "noscript", "template", "svg", "iframe", "nav"})
_CELLS = frozenset({"td", "th"})

_COMMENT = re.compile(r"<!--(?:(?!<!--).)*?-->", re.DOTALL)
_FENCE = re.compile(r"^\s{0,3}(```+|~~~+)")
_LINE_START = re.compile(r"^(?:\s*>)*\s{0,3}(?:#{1,6}\s+)?")
_CODE_SPAN = re.compile(r"(`+)(.{1,1000}?)\1")
# Lengths are bounded so that no line, however odd, takes more than linear time.
_INLINE = (
    (re.compile(r"!?\[([^\[\]]*)\]\([^()\s]*(?:\([^()\s]*\)[^()\s]*)*(?:\s+[\"'][^)]*)?\)"), r"\1"),
    (re.compile(r"!?\[([^\[\]]+)\]\[[^\[\]]*\]"), r"\1"),
    (re.compile(r"<((?:https?|mailto):[^<>\s]+)>"), r"\1"),
    (re.compile(r"</?[A-Za-z][^<>]*>"), ""),
    (re.compile(r"(?<!\\)(\*\*|__|~~)(?=\S)(.{1,1000}?)(?<=[^\s\\])\1"), r"\2"),
    (re.compile(r"(?<![\w*\\])\*(?=[^\s*])(.{1,1000}?)(?<=[^\s*\\])\*(?![\w*])"), r"\1"),
    (re.compile(r"(?<![\w\\])_(?=[^\s_])(.{1,1000}?)(?<=[^\s_\\])_(?!\w)"), r"\1"),
    (re.compile(r"\\([\\`*_{}\[\]()#+\-.!|<>~])"), r"\1"),
)


def parse_markdown(blob: bytes) -> list[Section]:
    """Keeps headings, prose, code and table cells; drops the marks around them."""
    text = _COMMENT.sub("", decode(blob))
    lines = []
    fence = ""
    for line in text.splitlines():
        mark = _FENCE.match(line)
        if mark and (not fence or mark[1].startswith(fence)):
            fence = "" if fence else mark[1]
        elif fence:
            lines.append(line)
        elif not _is_rule(line):
            lines.append(_plain(line))
    return [Section("\n".join(lines), 1)]


def _is_rule(line: str) -> bool:
    """Whether a line only draws a line: between sections, under a heading or in a table."""
    marks = "".join(line.split())
    if len(marks) >= 3 and len(set(marks)) == 1 and marks[0] in "-*_=":
        return True
    return "-" in marks and "|" in marks and set(marks) <= set("|:-")


def _plain(line: str) -> str:
    """One line of Markdown without its marks; code spans are kept as they are."""
    line = _LINE_START.sub("", line)
    if line.startswith("|"):
        line = line.strip().strip("|").strip()
    parts = []
    end = 0
    for span in _CODE_SPAN.finditer(line):
        parts += [_inline(line[end : span.start()]), span[2].strip()]
        end = span.end()
    parts.append(_inline(line[end:]))
    return "".join(parts).rstrip()


def _inline(text: str) -> str:
    for pattern, replacement in _INLINE:
        text = pattern.sub(replacement, text)
    return text


def parse_html(blob: bytes) -> list[Section]:
    """Gives the readable text, one line per block."""
    text = decode(blob, EncodingDetector.find_declared_encoding(blob, is_html=True))
    # The parser is slow at comments that never end, and warns of misuse at processing instructions
    # and at input that could be a file name or an address.
    text = re.sub(r"<\?[^<>]*>", "", _COMMENT.sub("", text).replace("<!--", ""))
    soup = BeautifulSoup(f"\n{text}\n", "html.parser")
    parts: list[str] = []
    _write(soup, parts, verbatim=False)
    lines = (line.rstrip() for line in "".join(parts).split("\n"))
    return [Section("\n".join(filter(None, lines)), 1)]


def _write(tag: Tag, parts: list[str], *, verbatim: bool) -> None:
    """Adds the text of an element, with line breaks around blocks and bars between cells."""
    verbatim = verbatim or tag.name == "pre"
    edge = "\n" if tag.name in _BLOCKS else ""
    in_row = False
    parts.append(edge)
    for child in tag.children:
        if isinstance(child, Tag):
            if child.name in _BOILERPLATE or child.get("role") == "navigation":
                continue
            if child.name in _CELLS and in_row:
                parts.append(" | ")
            in_row = in_row or child.name in _CELLS
            _write(child, parts, verbatim=verbatim)
        elif type(child) is NavigableString:
            parts.append(child if verbatim else _collapse(child, after=parts[-1]))
    parts.append("\n" if tag.name == "br" else edge)


def _collapse(text: str, after: str) -> str:
    """The text with single blanks, and none where the text before ends with one."""
    text = re.sub(r"\s+", " ", text)
    return text.lstrip(" ") if after[-1:].isspace() else text
