"""The arithmetic of the benchmarks."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

FIGURES = Path(__file__).parent.parent / "benchmarks" / "figures.py"


@pytest.fixture(scope="module")
def figures() -> ModuleType:
    """The module, which belongs to no package."""
    spec = importlib.util.spec_from_file_location("benchmark_figures", FIGURES)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look for their module there
    spec.loader.exec_module(module)
    return module


def results_of(figures: ModuleType, **rows: list[float]) -> object:
    """Rows of samples that took so many seconds of CPU for two things in four seconds."""
    return figures.Results(
        {
            label: [figures.Sample(cpu=cpu, wall=4, units=2, server=1) for cpu in seconds]
            for label, seconds in rows.items()
        }
    )


def test_a_ratio_is_the_median_of_the_ratios_within_the_rounds(figures: ModuleType) -> None:
    """A slow minute, which meets both clients, does not move a ratio."""
    results = results_of(figures, ours=[1, 10, 2], theirs=[2, 20, 2])
    assert results.ratio("ours", "theirs", figures.cost) == 0.5
    assert results.median("ours", figures.cost) == 1
    assert results.median("ours", figures.rate) == 0.5


def test_what_was_not_measured_has_no_figures(figures: ModuleType) -> None:
    """A client that is not installed has neither a median nor a ratio, and a dash in the table."""
    results = results_of(figures, ours=[1], absent=[])
    assert results.median("absent", figures.cost) is None
    assert results.ratio("absent", "ours", figures.cost) is None
    assert figures.figure(None) == "–"


@pytest.mark.parametrize(
    ("measured", "most", "holds"),
    [(0.9, True, "yes"), (1.0, True, "yes"), (1.1, True, "NO"), (1.1, False, "yes")],
)
def test_a_goal_says_whether_it_holds(
    figures: ModuleType, measured: float, most: bool, holds: str
) -> None:
    """A bound is an upper or a lower one, and includes its own value."""
    assert figures.Goal("metric", measured, 1.0, most=most).reaches(1.0) == holds


def test_a_goal_without_a_figure_is_not_said_to_hold(figures: ModuleType) -> None:
    """Nothing measured is neither yes nor no."""
    assert figures.Goal("metric", None, 1.0).reaches(1.0) == "not measured"


def test_a_report_names_who_is_missing(
    figures: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    """The table has medians and ratios; below it stands why a row has none."""
    results = results_of(figures, ours=[1, 2, 3], theirs=[4, 8, 12], absent=[])
    results.missing["absent"] = "not installed"
    figures.report("Title", results, "theirs", "thing", scale=1, clock="s")
    printed = capsys.readouterr().out
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in printed.splitlines()]
    assert ["ours", "1", "0.5", "0.25", "1", "25 %"] in cells
    assert ["absent", "–", "–", "–", "–", "–"] in cells
    assert "- absent: not installed" in printed
    assert len({len(line) for line in printed.splitlines() if line.startswith("|")}) == 1


def test_goals_show_the_ratio_by_cpu_beside_the_one_by_the_clock(
    figures: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    """Rows that took equally long, one of them with half the CPU, differ by that alone."""
    results = results_of(figures, ours=[1, 1], theirs=[2, 2])
    figures.goals(figures.Goal.faster("things/s", results, "ours", "theirs", 0.9, 2))
    printed = capsys.readouterr().out.splitlines()
    cells = [cell.strip() for cell in printed[-2].split("|")[1:-1]]
    assert cells == ["things/s", "1", "2", "≥ 0.9", "yes", "≥ 2", "NO"]
