"""What more files cost: whether time and memory for each of them stay what they are."""

from __future__ import annotations

from contextlib import ExitStack

from figures import Goal, cost, goals, report
from harness import OURS, Bench, Case, main, small_files
from server import Server

QUESTION = "How does a job grow with its files?"
SIZE = 1024


def run(bench: Bench) -> None:
    """Prints the table and the goals."""
    counts = [bench.size(1000, 200), bench.size(10_000, 400), bench.size(100_000, 800)]
    with ExitStack() as stack:
        server = stack.enter_context(Server())
        folders = {count: stack.enter_context(small_files(count, SIZE)) for count in counts}

        def case(count: int) -> Case:
            return Case(row(count), OURS, "grow", {"folder": str(folders[count])}, files=count)

        results = bench.measure(server, [case(count) for count in counts])
    few, many = counts[0], counts[-1]
    first, last = row(few), row(many)
    report(f"Files of {SIZE} bytes, with a ledger", results, first, "file", memory=True)
    kept = results.median(last, lambda sample: sample.kept / sample.units)
    memory = results.median(last, lambda sample: sample.memory or 0)
    goals(
        Goal(f"CPU per file, {many} / {few}", results.ratio(last, first, cost), 1.3, most=True),
        Goal(f"extra memory, {many} files", memory, 150, most=True, unit=" MiB"),
        Goal(f"ledger, bytes per file, {many} files", kept, None),
    )


def row(count: int) -> str:
    """The name of a row."""
    return f"{count:,} files"


if __name__ == "__main__":
    main(QUESTION, run)
