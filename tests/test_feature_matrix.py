"""The page that says what works on which server."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from attrs import fields

import ragflow
from ragflow._protocol.dialects import DIALECTS, Dialect, dialect_for

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tools"))

import feature_matrix as matrix

CLASSES = ("RAGFlow", "DataSet", "Document", "Chunk", "Chat", "Session")
# What models do without a server.
LOCAL = {"to_dict", "local"}


PAGE = matrix.page()


def calls() -> Iterator[tuple[str, str]]:
    """Class and name of each public method."""
    for name in CLASSES:
        for method, _ in inspect.getmembers(getattr(ragflow, name), inspect.isfunction):
            if not method.startswith("_") and method not in LOCAL:
                yield name, method


def cells(name: str) -> list[str]:
    """The cells of a row of the page."""
    (line,) = [line for line in PAGE.split("\n") if line.startswith(f"| {name} |")]
    return line.strip("|").split(" | ")[1:]


def test_the_page_is_current() -> None:
    """The page is what the generator writes from the table as it is."""
    assert matrix.main(["--check"]) == 0


def test_a_stale_page_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Checking writes nothing, and fails for a missing and for another page; writing mends it."""
    page = tmp_path / "docs" / "servers.md"
    monkeypatch.setattr(matrix, "PAGE", page)
    assert matrix.main(["--check"]) == 1
    assert not page.exists()
    assert matrix.main([]) == 0
    assert matrix.main(["--check"]) == 0
    page.write_text("other", encoding="utf-8")
    assert matrix.main(["--check"]) == 1
    assert "run it" in capsys.readouterr().err


@pytest.mark.parametrize(("owner", "method"), [pytest.param(*c, id=".".join(c)) for c in calls()])
def test_every_public_method_has_a_row(owner: str, method: str) -> None:
    """What can be called is on the page, by itself or with its class."""
    assert f"`{method}`" in PAGE or f"`{owner}.{method}`" in PAGE or f"`{owner}.{method}(" in PAGE


def test_every_trait_is_told_or_unseen() -> None:
    """A new column of the table is explained to users, or said to be none of their business."""
    told = {t for rows in matrix.FEATURES.values() for row in rows for t in row.traits}
    assert told.isdisjoint(matrix.UNSEEN)
    assert told | matrix.UNSEEN | {"since"} == {field.name for field in fields(Dialect)}


def test_lines_cover_the_table() -> None:
    """Each row of the table falls into a line."""
    shown = [row for first in matrix.LINES for row in matrix.rows_of(first)]
    assert [row for row in DIALECTS if row not in shown] == []


def test_cells_follow_the_table() -> None:
    """What a row of the table cannot do is marked so; what differs has a note."""
    stop = [cell.strip() for cell in cells("`async_cancel_parse_documents`")]
    able = [dialect_for(first).stops_running for first in matrix.LINES]
    assert stop == ["✓" if can else "–" for can in able]
    ask = cells("`Session.ask`, streamed or not")
    noted = [dialect_for(first).completion_sends_history for first in matrix.LINES]
    assert ["[^" in cell for cell in ask] == noted
    for number in range(1, PAGE.count("\n[^") + 1):
        assert f"\n[^{number}]: " in PAGE
        assert f"[^{number}]" in PAGE.split("\n[^")[0]
