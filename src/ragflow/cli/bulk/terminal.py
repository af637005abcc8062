"""The live display of an ingestion."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Self

from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from ragflow.cli.bulk.reporting import AGAIN, Reporter

__all__ = ["TerminalReporter"]

BAR = 30
REFRESHES = 4  # a second


class TerminalReporter(Reporter):
    """Three lines that are kept up to date, below what failed."""

    def __init__(self, *, dry_run: bool = False, hint: str = "", again: str = AGAIN) -> None:
        super().__init__(dry_run=dry_run, hint=hint, again=again)
        self._console = Console(markup=False, emoji=False, highlight=False, soft_wrap=True)
        self._live = Live(self, console=self._console, refresh_per_second=REFRESHES, transient=True)

    def line(self, text: str) -> None:
        """Shows a line above the display."""
        self._console.print(Text(text))

    def close(self) -> None:
        """Takes the display away."""
        super().close()
        self._live.stop()

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The lines of the display."""
        if self._note:
            yield Text(self._note, "dim", no_wrap=True, overflow="ellipsis")
            return
        yield from self._lines()

    def _lines(self) -> Iterator[Table | Text]:
        meter = self.meter
        first, *others = meter.lines()
        head = Table.grid(padding=(0, 1))
        head.add_row(ProgressBar(1.0, meter.share, width=BAR), Text(first, "bold"))
        yield head
        for text in others:
            yield Text(text, no_wrap=True, overflow="ellipsis")
