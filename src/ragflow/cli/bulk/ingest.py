"""``ragflow ingest``."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from ragflow import AsyncRAGFlow
from ragflow.cli.bulk.carrying import carry_out, code_of, make_reporter
from ragflow.cli.bulk.ledgers import default_ledger
from ragflow.cli.bulk.server import Server, find_dataset
from ragflow.cli.failures import ExitCode, Failure

__all__ = ["checked_paths", "choose_ledger", "pace_of", "run_ingest", "server_of"]

PIECE = 1 << 16
_WILDCARDS = frozenset("*?[")


def run_ingest(
    paths: Sequence[str],
    from_file: IO[bytes] | None,
    *,
    null: bool,
    dataset: str,
    create: bool,
    dry_run: bool,
    on_conflict: Any,
    include: Sequence[str],
    exclude: Sequence[str],
    shard: str | None,
    ledger: Path | None,
    no_ledger: bool,
    as_json: bool,
    **rest: Any,
) -> ExitCode:
    """Brings files into a dataset; the arguments are the command's.

    Raises:
        Failure: The command cannot be carried out.
    """
    sources = _sources(paths, from_file, null=null)
    server, pace = server_of(rest), pace_of(rest)
    record = None if no_ledger else choose_ledger(ledger, server)
    reporter = make_reporter(as_json=as_json, dry_run=dry_run, ledger=record)

    async def work(rag: AsyncRAGFlow) -> ExitCode:
        target = await find_dataset(rag, dataset, create=create, dry_run=dry_run)
        report = await target.ingest(
            sources,
            on_conflict=on_conflict,
            include=include,
            exclude=exclude,
            shard=shard,
            ledger=record,
            dry_run=dry_run,
            progress=reporter.progress,
            on_result=reporter.result,
            **pace,
        )
        reporter.close()
        reporter.summary(report)
        return code_of(report)

    return carry_out(server, work, reporter)


def server_of(given: dict[str, Any]) -> Server:
    """The server that the options of a command name."""
    return Server(given["base_url"], given["api_key_file"], given["server_version"])


def pace_of(given: dict[str, Any]) -> dict[str, Any]:
    """The arguments of ``ingest`` and ``sync`` that a command has options for."""
    return {
        "parse": not given["no_parse"],
        "concurrency": given["concurrency"],
        "max_parsing": given["max_parsing"],
        "max_failures": 0 if given["fail_fast"] else given["max_failures"],
    }


def choose_ledger(given: Path | None, server: Server) -> Path:
    """The ledger to keep: the one given, or the server's.

    Raises:
        Failure: None is given, and no server.
    """
    return given or default_ledger(server.address)


def checked_paths(paths: Sequence[str]) -> list[str]:
    """Paths, globs and addresses.

    Raises:
        Failure: One is the path of nothing.
    """
    for path in paths:
        is_plain = "://" not in path and not _WILDCARDS & set(path)
        if is_plain and not os.path.lexists(path):
            raise Failure(f"there is no file or folder {path!r}")
    return list(paths)


def _sources(
    paths: Sequence[str], from_file: IO[bytes] | None, *, null: bool
) -> Iterable[str | Path]:
    """Where the files are; a list, which the ledger keeps, if the command line has them all."""
    checked = checked_paths(paths)
    if from_file is None:
        if not paths:
            raise Failure("nothing to ingest: give a PATH, or --from-file")
        if null:
            raise Failure("-0 tells how --from-file is written, which is not given")
        return checked
    return itertools.chain(checked, _listed(from_file, b"\0" if null else b"\n"))


def _listed(file: IO[bytes], end: bytes) -> Iterator[str | Path]:
    """The paths in a file; wildcards in them are letters like others."""
    rest = b""
    # Without its buffer, which waits to be full, and keeps a process from its end meanwhile.
    source = getattr(file, "raw", file)
    while piece := source.read(PIECE):
        *whole, rest = (rest + piece).split(end)
        yield from map(_path, filter(None, whole))
    if rest:
        yield _path(rest)


def _path(line: bytes) -> str | Path:
    text = os.fsdecode(line)
    return text if "://" in text else Path(text)
