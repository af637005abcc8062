"""A small chaos run; ``chaos.py`` does large ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from chaos import Chaos, Plan

PLANS = (
    Plan(files=320, seed=1, kills=8, restarts=1, harder=2, largest=3),
    Plan(files=200, seed=2, kills=5, restarts=1, parse=True, largest=2, version="0.22.1"),
)


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.version)
def test_nothing_is_lost_or_doubled(plan: Plan, tmp_path: Path) -> None:
    """Whatever is killed when: in the end each file is there once, and was sent about once."""
    chaos = Chaos(plan, tmp_path)
    chaos.run()
    report = "\n".join(chaos.lines())
    assert not chaos.problems, report
    assert chaos.runs == chaos.kills + 1, report
