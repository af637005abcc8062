"""Carries out an ingestion and tells how it ends."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from ragflow import (
    AsyncRAGFlow,
    ConfigurationError,
    IngestAbortedError,
    IngestReport,
    InvalidArgumentError,
    RAGFlowError,
)
from ragflow.cli.bulk.reporting import AGAIN, JsonReporter, Reporter
from ragflow.cli.bulk.server import Server
from ragflow.cli.bulk.stopping import Stopped, run
from ragflow.cli.failures import ExitCode, Failure

__all__ = ["carry_out", "code_of", "make_reporter"]


def make_reporter(
    *, as_json: bool, dry_run: bool = False, ledger: Path | None = None, again: str = AGAIN
) -> Reporter:
    """What suits whoever reads standard output."""
    hint = ""
    if ledger is not None:
        option = f"--ledger {shlex.quote(str(ledger))}".replace("{", "{{").replace("}", "}}")
        hint = (
            f"Look: ragflow jobs show {{job}} {option}\n"
            f"Try again: ragflow jobs retry {{job}} {option}"
        )
    if as_json:
        return JsonReporter(dry_run=dry_run, again=again)
    if sys.stdout.isatty():
        from ragflow.cli.bulk.terminal import TerminalReporter

        return TerminalReporter(dry_run=dry_run, hint=hint, again=again)
    return Reporter(dry_run=dry_run, hint=hint, again=again)


def code_of(report: IngestReport) -> ExitCode:
    """How a job that came to its end ended."""
    return ExitCode.DONE if report.ok else ExitCode.SOME_FAILED


def carry_out(
    server: Server,
    work: Callable[[AsyncRAGFlow], Awaitable[ExitCode]],
    reporter: Reporter,
    *,
    at_rest: Callable[[], ExitCode | None] = lambda: None,
) -> ExitCode:
    """Does the work with a client, until it is done or the user has enough.

    Args:
        server: How to get the client.
        work: What to do.
        reporter: Who tells of it.
        at_rest: Gives an exit code if to be stopped now is no interruption.

    Raises:
        Failure: The work cannot be done, or not to its end.
    """

    async def connected() -> ExitCode:
        async with server.client() as rag:
            return await work(rag)

    try:
        with reporter:
            return run(connected, reporter.farewell)
    except Stopped:
        code = at_rest()
        if code is not None:
            return code
        reporter.stopped()
        return ExitCode.ABORTED
    except BrokenPipeError:  # as of "| head"; what is still in the buffer has no reader
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.ABORTED
    except IngestAbortedError as error:
        is_bad_input = isinstance(error.__cause__, ConfigurationError | InvalidArgumentError)
        if error.report.total or not is_bad_input:
            reporter.summary(error.report, error=str(error))
        if not is_bad_input:
            raise Failure(f"{error}. {AGAIN}", ExitCode.ABORTED) from error
        code = ExitCode.ABORTED if error.report.bytes_sent else ExitCode.BAD_INPUT
        raise Failure(str(error), code) from error
    except (ConfigurationError, InvalidArgumentError):
        raise
    except RAGFlowError as error:
        raise Failure(str(error), ExitCode.ABORTED) from error
