"""What a demo shows: lively in a terminal, plain lines elsewhere."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from rich.console import Console
from rich.live import Live
from rich.padding import Padding
from rich.progress import BarColumn, Progress, TextColumn
from rich.text import Text

from ragflow.cli.texts import cited, excerpt, printable

if TYPE_CHECKING:
    from ragflow.models import ChunkData, Message

__all__ = ["Display"]

Report = Callable[[float, str], None]


class Display:
    """Standard output and standard error of a demo.

    Attributes:
        interactive: Whether somebody sits there who can be asked.
    """

    def __init__(self) -> None:
        terminal = sys.stdout.isatty()
        self.interactive: bool = terminal and sys.stdin.isatty()
        self._console = Console(
            force_terminal=terminal,
            soft_wrap=not terminal,  # lines of a pipe are as long as they are
            markup=False,
            emoji=False,
            highlight=False,
        )
        self._errors = Console(
            stderr=True, soft_wrap=True, markup=False, emoji=False, highlight=False
        )
        self._lively = terminal and not self._console.is_dumb_terminal

    def line(self, text: str = "", style: str = "") -> None:
        """Shows a line."""
        self._console.print(Text(printable(text), style))

    def heading(self, title: str, text: str = "") -> None:
        """Begins a part."""
        self._console.print()
        self._console.print(Text(title, "bold"))
        if text:
            self.line(text)

    def warn(self, text: str) -> None:
        """Says on standard error what went wrong though the demo goes on."""
        self._errors.print(Text(f"Warning: {printable(text)}", "yellow"))

    @contextlib.contextmanager
    def waiting(self, text: str) -> Iterator[None]:
        """Shows that something takes its time."""
        with self._console.status(text) if self._lively else contextlib.nullcontext():
            yield

    @contextlib.contextmanager
    def progress(self, title: str) -> Iterator[Report]:
        """Shows a bar; what is entered takes the share that is done, and a text beside it."""
        columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[note]}"))
        bar = Progress(*columns, console=self._console, transient=True, disable=not self._lively)
        with bar:
            task = bar.add_task(title, total=1.0, note="")
            yield lambda share, note: bar.update(task, completed=share, note=note)

    def passages(self, chunks: Iterable[ChunkData]) -> None:
        """Shows passages with their files, scores and best parts."""
        for number, chunk in enumerate(chunks, 1):
            words, meaning = _score(chunk.term_similarity), _score(chunk.vector_similarity)
            self._console.print(
                Text.assemble(
                    f"{number}. ",
                    (printable(chunk.document_name), "cyan"),
                    "  score ",
                    (_score(chunk.similarity), "bold"),
                    (f" (words {words}, meaning {meaning})", "dim"),
                )
            )
            shown = excerpt(chunk.highlight or chunk.content)
            text = Text(shown.text)
            for start, stop in shown.matches:
                text.stylize("bold", start, stop)
            self._console.print(Padding(text, (0, 0, 0, 3)) if self._lively else text)

    def answer(self, messages: Iterable[Message]) -> Message:
        """Shows an answer while it is written, and gives its last message."""
        with self._streaming() as show:
            for message in messages:
                show(message.content)
        return message

    def sources(self, message: Message) -> None:
        """Shows which files an answer cites."""
        found = cited(message.content, message.reference)
        if found:
            self.heading("Sources")
        for number, reference in found:
            self._console.print(
                Text.assemble(
                    (f"[ID:{number}]", "green"), " ", (printable(reference.document_name), "cyan")
                )
            )

    def ask(self, prompt: str) -> str:
        """Asks whoever sits there; empty where they have nothing to say."""
        with contextlib.suppress(ImportError):
            import readline  # noqa: F401 - makes input() a line editor
        self._console.print()
        try:
            return input(prompt).strip()
        except (EOFError, KeyboardInterrupt):
            self._console.print()
            return ""

    @contextlib.contextmanager
    def _streaming(self) -> Iterator[Callable[[str], None]]:
        if self._lively:
            with Live(console=self._console, refresh_per_second=12) as live:
                yield lambda text: live.update(_answer(text))
            return
        # A server may rewrite what it has sent, and a pipe cannot take anything back.
        last = ""

        def keep(text: str) -> None:
            nonlocal last
            last = text

        yield keep
        self._console.print(_answer(last))


def _answer(text: str) -> Text:
    shown = Text(printable(text))
    shown.highlight_regex(r"\[ID:\d+\]", "green")
    return shown


def _score(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"
