"""The commands and their options; what they do is imported when they run, so help is quick."""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from ragflow import __version__
from ragflow.cli.failures import ExitCode, Failure
from ragflow.cli.texts import printable
from ragflow.errors import InvalidArgumentError, RAGFlowError

__all__ = ["commands", "run"]

EXIT_CODES = """\b
Exit codes:
  0  done
  1  wrong usage or bad input
  2  something failed on the way; what could be done is done
  3  aborted
"""

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


def run(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line and gives the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # Documents may hold letters that the terminal's encoding does not know.
            stream.reconfigure(errors="replace")
    try:
        code = commands.main(arguments, prog_name="ragflow", standalone_mode=False)
    except click.UsageError as error:
        command = error.ctx.command_path if error.ctx else "ragflow"
        return _complain(f"{error.format_message()} (see {command} --help)", ExitCode.BAD_INPUT)
    except click.Abort:
        return _complain("Aborted.", ExitCode.ABORTED)
    except Failure as failure:
        return _complain(failure.message, failure.code)
    except InvalidArgumentError as error:
        return _complain(str(error), ExitCode.BAD_INPUT)
    except (RAGFlowError, OSError) as error:
        return _complain(str(error), ExitCode.SOME_FAILED)
    return int(code or 0)


def _complain(message: str, code: ExitCode) -> int:
    message = printable(message)
    click.echo(message if code is ExitCode.ABORTED else f"Error: {message}", err=True)
    return code


@click.group(
    epilog=EXIT_CODES,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, prog_name="ragflow")
@click.pass_context
def commands(context: click.Context) -> None:
    """RAGFlow from Python: try it without a server, or serve one for development.

    Start with "ragflow demo", or with your own files: "ragflow demo handbook.pdf notes/".
    """
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


@commands.command(epilog=EXIT_CODES)
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


@commands.command(epilog=EXIT_CODES)
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
