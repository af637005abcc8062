"""``ragflow ingest``, ``sync`` and ``verify``: many files and one dataset."""

from __future__ import annotations

from pathlib import Path
from typing import IO, Any

import click

from ragflow.cli.commands import options
from ragflow.cli.commands.options import EXIT_CODES, Decorator

__all__ = ["ingest", "sync", "verify"]

dataset_option: Decorator = click.option(
    "-d", "--dataset", required=True, metavar="DATASET", help="The dataset's name or id."
)
create_option: Decorator = click.option(
    "--create", is_flag=True, help="Make the dataset if there is none."
)
dry_run_option: Decorator = click.option(
    "--dry-run", is_flag=True, help="Only tell what would be done with each file."
)


@click.command(epilog=EXIT_CODES)
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@dataset_option
@create_option
@dry_run_option
@click.option(
    "--on-conflict",
    type=click.Choice(["skip", "replace", "rename"]),
    default="skip",
    show_default=True,
    help="What to do if a file has changed, or another document has its name.",
)
@options.patterns
@click.option(
    "--from-file",
    type=click.File("rb"),
    metavar="FILE",
    help="Take paths from a file, one a line; - is standard input.",
)
@click.option("-0", "--null", is_flag=True, help="The paths in --from-file end with NUL.")
@click.option("--shard", metavar="I/N", help='Take only a share of the files, such as "3/16".')
@options.pacing
@options.ledger_option
@options.no_ledger_option
@options.json_option
@options.connecting
def ingest(paths: tuple[str, ...], from_file: IO[bytes] | None, null: bool, **given: Any) -> int:
    """Bring files into a dataset, each of them once, and have them parsed.

    Takes files, folders, globs and addresses such as s3://bucket/docs. The same command again goes
    on where the last one stopped: files that have not changed cost nothing. Files in folders are
    named after them: hr/leave.pdf becomes "hr - leave.pdf".
    """
    from ragflow.cli.bulk.ingest import run_ingest

    return run_ingest(paths, from_file, null=null, **given)


@click.command(epilog=EXIT_CODES)
@click.argument("folder", metavar="DIR")
@dataset_option
@create_option
@dry_run_option
@click.option("--delete", is_flag=True, help="Delete the documents of files that are gone.")
@click.option(
    "--max-delete",
    type=click.IntRange(min=0),
    metavar="N",
    help="Delete up to N, and nothing if more files are gone; by default nothing if the folder is "
    "empty, or more than half of more than 20 files are gone.",
)
@click.option("--watch", is_flag=True, help="Look again and again, until Ctrl-C.")
@click.option(
    "--interval",
    type=click.FloatRange(min=0, min_open=True),
    default=5.0,
    show_default=True,
    metavar="SECONDS",
    help="How long --watch waits before it looks again.",
)
@options.patterns
@options.pacing
@options.ledger_option
@options.json_option
@options.connecting
def sync(folder: str, **given: Any) -> int:
    """Let a dataset follow a folder: new files come in, changed ones are replaced.

    Only documents that came from here, by the same ledger, are ever replaced or deleted. Ctrl-C
    between two looks of --watch is its proper end.
    """
    from ragflow.cli.bulk.sync import run_sync

    return run_sync(folder, **given)


@click.command(epilog=EXIT_CODES)
@click.argument("paths", nargs=-1, required=True, metavar="DIR...")
@dataset_option
@click.option("--deep", is_flag=True, help="Download the documents and compare their bytes.")
@click.option("--all", "show_all", is_flag=True, help="Print files that are equal too.")
@options.patterns
@options.ledger_option
@options.no_ledger_option
@options.json_option
@options.connecting
def verify(paths: tuple[str, ...], ledger: Path | None, **given: Any) -> int:
    r"""Compare files with a dataset; neither is changed.

    \b
    Each line begins with a sign:
      =  equal (with --all)
      -  missing on the server
      *  different
      +  on the server only
      !  cannot be read

    The exit code is 2 if anything differs.
    """
    from ragflow.cli.bulk.verify import run_verify

    return run_verify(paths, ledger=ledger, **given)
