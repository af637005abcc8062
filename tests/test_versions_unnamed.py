"""What differs between server generations is data of one table, and nothing else knows it."""

import ast
import re
from pathlib import Path

import pytest

FILES = sorted(Path(__file__).resolve().parents[1].glob("src/ragflow/_async/*.py"))
RELEASE = re.compile(r"\bv\d+\.|\b\d+\.\d+\.\d+")


def versions_in(source: str) -> list[str]:
    """Tell where a source mentions a server's version, or decides something by one."""
    found = [
        f"line {number} names a release"
        for number, line in enumerate(source.split("\n"), 1)
        if RELEASE.search(line)
    ]
    for node in ast.walk(ast.parse(source)):
        what = offence(node)
        if what is not None:
            found.append(f"line {getattr(node, 'lineno', 0)} {what}")
    return found


def offence(node: ast.AST) -> str | None:
    """Tell what a part of the code does with a version, if anything."""
    match node:
        case ast.Tuple(elts=[ast.Constant(value=int()), ast.Constant(value=int()), *_]):
            return "holds a release"
        case ast.Compare(comparators=[ast.Constant(value=None)]):
            return None
        case ast.Compare(left=left, comparators=others) if any(map(is_version, [left, *others])):
            return "compares a version"
        case ast.Match(subject=side) if is_version(side):
            return "chooses by version"
        case ast.Attribute(value=side) | ast.Subscript(value=side) if is_version(side):
            return "takes a version apart"
        case ast.Attribute(attr="since") | ast.Attribute(value=ast.Name("dialect"), attr="name"):
            return "asks which row it is"
        case ast.alias(name="DIALECTS" | "parse_version"):
            return "imports what tells releases apart"
    return None


def is_version(side: ast.expr) -> bool:
    """Tell whether an expression is called a version."""
    name: str = getattr(side, "attr", getattr(side, "id", ""))
    return name.endswith("version")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_no_file_mentions_a_version(path: Path) -> None:
    """Neither code nor texts of the client name a release, or decide by one."""
    assert versions_in(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "source",
    [
        "# from v0.25 on",
        '"""Servers up to v0.24 have deleted them."""',
        'NEW = "0.25.1"',
        'known = f"v0.{minor}"',
        "NEW = (0, 25)",
        "if api.version >= limit: pass",
        "if version == other: pass",
        "if server_version in old: pass",
        "if dialect.since > first: pass",
        "old = dialect.name",
        'if version.startswith("0."): pass',
        "minor = api.version[3]",
        'match version:\n    case "nightly": pass',
        "from .._protocol.dialects import DIALECTS",
        "from .._protocol.versions import parse_version as parse",
    ],
)
def test_versions_are_noticed(source: str) -> None:
    """However a version is written down or asked about, the test above sees it."""
    assert versions_in(source)


@pytest.mark.parametrize(
    "source",
    [
        "if self.version is None: pass",
        "threshold = 0.2",
        "dialect = dialect_for(self.version)",
        "if await self.dialect() != dialect: pass",
        "if dialect.new_chat_schema: pass",
    ],
)
def test_what_names_no_version_is_let_through(source: str) -> None:
    """Numbers are not releases, and traits are what the table is for."""
    assert versions_in(source) == []
