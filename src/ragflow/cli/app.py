"""The command line: its commands, its errors, its exit codes."""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence

import click

from ragflow import __version__
from ragflow.cli.commands.ingesting import ingest, sync, verify
from ragflow.cli.commands.jobs import jobs
from ragflow.cli.commands.options import EXIT_CODES
from ragflow.cli.commands.trying import demo, serve
from ragflow.cli.failures import ExitCode, Failure
from ragflow.cli.texts import printable
from ragflow.errors import ConfigurationError, InvalidArgumentError, RAGFlowError

__all__ = ["commands", "run"]


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
        click.echo("Aborted.", err=True)
        return ExitCode.ABORTED
    except Failure as failure:
        return _complain(failure.message, failure.code)
    except (ConfigurationError, InvalidArgumentError) as error:
        return _complain(str(error), ExitCode.BAD_INPUT)
    except (RAGFlowError, OSError) as error:
        return _complain(str(error), ExitCode.SOME_FAILED)
    return int(code or 0)


def _complain(message: str, code: ExitCode) -> int:
    click.echo(f"Error: {printable(message)}", err=True)
    return code


@click.group(
    epilog=EXIT_CODES,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, prog_name="ragflow")
@click.pass_context
def commands(context: click.Context) -> None:
    """RAGFlow from Python: bring files in, keep them in step, or try it without a server.

    Start with "ragflow demo", or with your own files: "ragflow demo handbook.pdf notes/". With a
    server of your own: "ragflow ingest notes/ -d my-dataset --create".
    """
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


_COMMANDS: tuple[click.Command, ...] = (demo, ingest, sync, verify, jobs, serve)
for _command in _COMMANDS:
    commands.add_command(_command)
