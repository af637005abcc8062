"""``ragflow demo`` and ``ragflow serve``: RAGFlow without a server of one's own."""

from __future__ import annotations

from pathlib import Path

import click

from ragflow.cli.commands.options import EXIT_CODES

__all__ = ["demo", "serve"]

_data_option = click.option(
    "--data",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    metavar="PATH",
    help="The file that keeps the data; without it nothing outlives the server.",
)
_version_option = click.option(
    "--version",
    default="0.27.0",
    show_default=True,
    metavar="V",
    help="The RAGFlow version whose protocol is spoken.",
)


@click.command(epilog=EXIT_CODES)
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path(path_type=Path))
@click.option("--ask", "question", metavar="QUESTION", help="The question to begin with.")
@_data_option
@_version_option
def demo(paths: tuple[Path, ...], question: str | None, data: Path | None, version: str) -> int:
    """Ask questions about files, with passages, scores and citations.

    Takes files and directories, or a few documents that come along when none are given. An
    embedded server is started, the files are uploaded and parsed, the passages that fit the
    question are shown, and the answer is streamed with its sources. In a terminal it then goes on
    as a chat.
    """
    from ragflow.cli.demo import run_demo

    return run_demo(paths, question=question, data=data, version=version)


@click.command(epilog=EXIT_CODES)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    show_default=True,
    help="The port to listen on; 0 takes a free one.",
)
@_data_option
@_version_option
@click.option("--json", "as_json", is_flag=True, help="Tell the address and key as one JSON line.")
def serve(host: str, port: int, data: Path | None, version: str, as_json: bool) -> int:
    """Run the embedded server until Ctrl-C or SIGTERM.

    Clients need its API key: the one in RAGFLOW_LOCAL_API_KEY, else the one kept in the data file,
    else a new one.
    """
    from ragflow.cli.serve import run_server

    return run_server(host=host, port=port, data=data, version=version, as_json=as_json)
