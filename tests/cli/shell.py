"""Runs commands of ``ragflow`` in this process, against an embedded server."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ragflow import cli
from ragflow.testing import LocalServer


@dataclass
class Ran:
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        """The lines of standard output."""
        return self.out.splitlines()

    @property
    def objects(self) -> list[dict[str, Any]]:
        """The JSON lines of standard output."""
        return [json.loads(line) for line in self.lines]

    @property
    def files(self) -> dict[str, dict[str, Any]]:
        """The JSON lines about files, by path or name."""
        return {o["path"] or o["name"]: o for o in self.objects if o.get("type") == "file"}


class Shell:
    """A user with a server's address and key in the environment, and a home for ledgers."""

    def __init__(self, capsys: pytest.CaptureFixture[str], server: LocalServer, home: Path) -> None:
        self._capsys = capsys
        self.server = server
        self.home = home

    @property
    def environment(self) -> Mapping[str, str]:
        """For commands in a process of their own."""
        return {
            **os.environ,
            "RAGFLOW_API_KEY": self.server.api_key,
            "RAGFLOW_BASE_URL": self.server.base_url,
            "XDG_STATE_HOME": str(self.home),
        }

    def __call__(self, *arguments: str | Path) -> Ran:
        """Runs a command."""
        code = cli.main([str(argument) for argument in arguments])
        shown = self._capsys.readouterr()
        assert "Traceback" not in shown.err
        return Ran(code, shown.out, shown.err)

    @contextlib.contextmanager
    def started(self, *arguments: str | Path, **options: Any) -> Iterator[subprocess.Popen[str]]:
        """A command in a process of its own, which is gone in the end."""
        process = subprocess.Popen(
            [sys.executable, "-m", "ragflow", *map(str, arguments)],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **options,
        )
        with process:
            try:
                yield process
            finally:
                process.kill()
