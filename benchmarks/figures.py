"""Medians, ratios, tables, and whether a goal is reached."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

__all__ = ["Goal", "Results", "Sample", "figure", "goals", "report", "table"]


@dataclass(frozen=True)
class Sample:
    """What one process used: seconds of CPU and of wall time, MiB of memory beyond its start."""

    cpu: float
    wall: float
    units: float
    server: float
    memory: float | None = None
    kept: float = 0  # bytes that stay on disk

    @property
    def cost(self) -> float:
        """CPU seconds per unit."""
        return self.cpu / self.units

    @property
    def rate(self) -> float:
        """Units per second."""
        return self.units / self.wall

    @property
    def busy(self) -> float:
        """The share of the time in which the server was at work."""
        return self.server / self.wall


@dataclass
class Results:
    """The samples of each row, in the order of the rounds, or why there are none."""

    samples: dict[str, list[Sample]]
    missing: dict[str, str | None] = field(default_factory=dict)

    def median(self, label: str, value: Callable[[Sample], float]) -> float | None:
        """The median of a row."""
        samples = self.samples.get(label)
        return statistics.median(map(value, samples)) if samples else None

    def ratio(self, label: str, other: str, value: Callable[[Sample], float]) -> float | None:
        """The median of the ratios within each round, so that a slow minute cancels out."""
        pairs = list(zip(self.samples.get(label, ()), self.samples.get(other, ()), strict=False))
        ratios = [value(mine) / value(theirs) for mine, theirs in pairs if value(theirs)]
        return statistics.median(ratios) if ratios else None


@dataclass(frozen=True)
class Goal:
    """A bound that is to hold and one that is hoped for.

    Attributes:
        metric: What is bounded.
        measured: What it is.
        must: The bound that is to hold.
        aim: The bound that is hoped for.
        most: Whether less is better.
        unit: What the figures are in; nothing for ratios.
        by_cpu: The ratio that the clients' CPU time alone would give. Others who use the machine
            move it less than the wall clock's.
    """

    metric: str
    measured: float | None
    must: float | None
    aim: float | None = None
    most: bool = False
    unit: str = ""
    by_cpu: float | None = None

    @classmethod
    def faster(
        cls,
        metric: str,
        results: Results,
        label: str,
        other: str,
        must: float | None,
        aim: float | None = None,
    ) -> Goal:
        """Units per second, as a multiple of another row's."""
        cpu = results.ratio(other, label, cost)
        return cls(metric, results.ratio(label, other, rate), must, aim, by_cpu=cpu)

    @classmethod
    def cheaper(
        cls,
        metric: str,
        results: Results,
        label: str,
        other: str,
        must: float | None,
        aim: float | None = None,
    ) -> Goal:
        """CPU per unit, as a multiple of another row's."""
        return cls(metric, results.ratio(label, other, cost), must, aim, most=True)

    def reaches(self, bound: float | None) -> str:
        """In words, whether the bound holds."""
        if bound is None:
            return ""
        if self.measured is None:
            return "not measured"
        return "yes" if (self.measured <= bound) == self.most or self.measured == bound else "NO"

    def shown(self, bound: float | None) -> str:
        """The bound as text."""
        return "" if bound is None else f"{'≤' if self.most else '≥'} {bound:g}{self.unit}"


def cost(sample: Sample) -> float:
    """CPU per unit."""
    return sample.cost


def rate(sample: Sample) -> float:
    """Units per second."""
    return sample.rate


def figure(number: float | None, unit: str = "") -> str:
    """A number with about three digits."""
    if number is None:
        return "–"
    return (f"{number:,.0f}" if abs(number) >= 100 else f"{number:.3g}") + unit


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table, laid out to be read as it is."""
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]

    def line(cells: Sequence[str]) -> str:
        padded = [
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(cells, widths, strict=True))
        ]
        return f"| {' | '.join(padded)} |"

    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    return "\n".join([line(head), f"| {' | '.join(rule)} |", *map(line, rows)])


def report(
    title: str,
    results: Results,
    reference: str,
    unit: str,
    *,
    per: float = 1,
    scale: float = 1e6,
    clock: str = "µs",
    memory: bool = False,
) -> None:
    """Prints a table of results.

    Args:
        title: What the table shows.
        results: Its rows.
        reference: The row that the ratios refer to.
        unit: What was done so many times.
        per: How many of what was counted make a unit.
        scale: What makes seconds of CPU the clock's units.
        clock: The name of these.
        memory: Whether to show memory.
    """
    head = ["", f"CPU {clock}/{unit}", f"{unit}/s", "CPU ×", "rate ×", "server busy"]
    rows = []
    for label in results.samples:
        cells = [
            figure(_times(results.median(label, cost), per * scale)),
            figure(_times(results.median(label, rate), 1 / per)),
            figure(results.ratio(label, reference, cost)),
            figure(results.ratio(label, reference, rate)),
            figure(_times(results.median(label, lambda sample: sample.busy), 100), " %"),
        ]
        if memory:
            cells.append(figure(results.median(label, lambda sample: sample.memory or 0), " MiB"))
        rows.append([label, *cells])
    print(f"**{title}** (× {reference})\n")
    print(table([*head, "extra memory"] if memory else head, rows) + "\n")
    for label, reason in results.missing.items():
        if reason:
            print(f"- {label}: {reason}")
    print(flush=True)


def goals(*found: Goal) -> None:
    """Prints which goals are reached."""
    head = ["goal", "measured", "by CPU", "must", "holds", "aim", "reached"]
    rows = [
        [
            goal.metric,
            figure(goal.measured, goal.unit),
            "" if goal.by_cpu is None else figure(goal.by_cpu),
            goal.shown(goal.must),
            goal.reaches(goal.must),
            goal.shown(goal.aim),
            goal.reaches(goal.aim),
        ]
        for goal in found
    ]
    print(table(head, rows) + "\n", flush=True)


def _times(number: float | None, factor: float) -> float | None:
    return None if number is None else number * factor
