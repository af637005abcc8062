"""Options that several commands have."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, Protocol, TypeVar

import click

__all__ = [
    "EXIT_CODES",
    "Decorator",
    "base_url_option",
    "connecting",
    "json_option",
    "ledger_option",
    "no_ledger_option",
    "pacing",
    "patterns",
]

F = TypeVar("F", bound=Callable[..., Any])


class Decorator(Protocol):
    """What gives a command an option or an argument."""

    def __call__(self, command: F, /) -> F:
        """The command with it."""
        ...


EXIT_CODES = """\b
Exit codes:
  0  done
  1  wrong usage or bad input
  2  some failed or differ; what could be done is done
  3  aborted: the server or the ledger is lost, too many failed, or Ctrl-C
"""


def _number_or_auto(
    context: click.Context, option: click.Parameter, value: str
) -> int | Literal["auto"]:
    """A number of forms, or ``auto``."""
    if value == "auto":
        return "auto"
    if not value.isdecimal() or int(value) < 1:
        raise click.BadParameter('it is "auto", or 1 or more.')
    return int(value)


def _together(*options: Decorator) -> Decorator:
    """Several options as one decorator, shown in this order."""

    def decorate(command: F) -> F:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


base_url_option: Decorator = click.option(
    "--base-url",
    envvar="RAGFLOW_BASE_URL",
    metavar="URL",
    help="The server's address; else RAGFLOW_BASE_URL.",
)
connecting: Decorator = _together(
    base_url_option,
    click.option(
        "--api-key-file",
        type=click.Path(dir_okay=False, path_type=Path),
        metavar="FILE",
        help="A file that holds the API key; else RAGFLOW_API_KEY.",
    ),
    click.option(
        "--server-version", metavar="V", help="The server's version; asked for if not given."
    ),
)
patterns: Decorator = _together(
    click.option(
        "--include",
        multiple=True,
        metavar="GLOB",
        help='Only files that match, such as "*.pdf" or "reports/**"; may be repeated.',
    ),
    click.option(
        "--exclude",
        multiple=True,
        metavar="GLOB",
        help="No files or folders that match; may be repeated.",
    ),
)
pacing: Decorator = _together(
    click.option("--no-parse", is_flag=True, help="Only store the files."),
    click.option(
        "--max-parsing",
        type=click.IntRange(min=1),
        default=128,
        show_default=True,
        metavar="N",
        help="Documents being parsed at once, at most.",
    ),
    click.option(
        "--concurrency",
        callback=_number_or_auto,
        default="auto",
        show_default=True,
        metavar="N",
        help="Upload forms under way at once.",
    ),
    click.option("--fail-fast", is_flag=True, help="Give up at the first file that fails."),
    click.option(
        "--max-failures",
        type=click.IntRange(min=0),
        metavar="N",
        help="Give up when more than N files have failed.",
    ),
)
ledger_option: Decorator = click.option(
    "--ledger",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="PATH",
    help="The SQLite file that remembers what was done; by default one for each server, in "
    "$XDG_STATE_HOME/ragflow or ~/.local/state/ragflow.",
)
no_ledger_option: Decorator = click.option(
    "--no-ledger", is_flag=True, help="Remember nothing; compare with the server by name and size."
)
json_option: Decorator = click.option(
    "--json", "as_json", is_flag=True, help="Print JSON lines, the last one a summary."
)
