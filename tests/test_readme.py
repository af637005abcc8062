"""Every snippet of README and docs runs."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
FENCE = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SNIPPETS = [
    pytest.param(code, id=f"{page.stem}-{number}")
    for page in PAGES
    for number, code in enumerate(FENCE.findall(page.read_text(encoding="utf-8")), 1)
]


@pytest.mark.parametrize("code", SNIPPETS)
def test_snippet_runs(code: str, tmp_path: Path) -> None:
    """A snippet runs by itself as it stands, and prints what its comment says it prints."""
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    for line in re.findall(r"print\(.*?\)\s+# (.*)", code):
        assert line in result.stdout


def test_first_screen_shows_an_answer() -> None:
    """The first two snippets print what a reader expects of them."""
    for snippet in SNIPPETS[:2]:
        run = [sys.executable, "-c", str(snippet.values[0])]
        result = subprocess.run(run, capture_output=True, text=True, timeout=90, check=True)
        assert "Paris is the capital of France." in result.stdout


def test_commands_are_those_that_ci_runs() -> None:
    """README's two commands stand where a newcomer and CI look for them."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = re.findall(r"^```console\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert commands == [
        'pip install ".[all]" && ragflow demo\n',
        "pip install nox && nox -s tests\n",
    ]
    assert commands[1].strip() in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
