"""Files to ask about and to bring in, and a shell to do it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import docx
import pytest
from reportlab.pdfgen.canvas import Canvas
from shell import Shell

from ragflow.testing import LocalServer


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A directory with a PDF, a Word document and a table, one of them in a folder."""
    folder = tmp_path / "shop"
    (folder / "legal").mkdir(parents=True)
    page = Canvas(str(folder / "warranty.pdf"))
    page.drawString(72, 720, "The warranty of the kettle lasts 24 months from delivery.")
    page.save()
    document = docx.Document()
    document.add_paragraph("The kettle may be returned within 30 days, unused and in its box.")
    document.save(str(folder / "legal" / "returns.docx"))
    (folder / "prices.csv").write_text("Product,Price\nKettle,49 euros\nToaster,39 euros\n")
    return folder


@pytest.fixture
def enter(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Callable[[LocalServer], Shell]:
    """Make a shell whose environment names a server."""

    def of(server: LocalServer) -> Shell:
        shell = Shell(capsys, server, tmp_path / "state")
        for name in ("RAGFLOW_API_KEY", "RAGFLOW_BASE_URL", "XDG_STATE_HOME"):
            monkeypatch.setenv(name, shell.environment[name])
        return shell

    return of


@pytest.fixture
def shell(enter: Callable[[LocalServer], Shell], servers: Callable[[str], LocalServer]) -> Shell:
    """A shell for the embedded server that all tests share."""
    return enter(servers("0.27.0"))


@pytest.fixture
def kb(unique: Callable[[str], str]) -> str:
    """A dataset's name that nobody else has."""
    return unique("kb")


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    """A folder of three texts, one of them in a folder."""
    folder = tmp_path / "docs"
    (folder / "hr").mkdir(parents=True)
    (folder / "a.txt").write_text("Alpha is the first letter.\n")
    (folder / "b.md").write_text("Beta is the second letter.\n")
    (folder / "hr" / "leave.txt").write_text("Leave lasts 30 days.\n")
    return folder
