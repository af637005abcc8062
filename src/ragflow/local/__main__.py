"""``python -m ragflow.local``: run the embedded server in the foreground."""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from ragflow.local.config import DEFAULT_VERSION, GIBIBYTE, ServerConfig
from ragflow.local.faults import Faults

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ragflow.local.config import ServerInfo

API_KEY_VARIABLE = "RAGFLOW_LOCAL_API_KEY"


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until told to stop; returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        config = ServerConfig(
            path=options.data,
            version=options.version,
            host=options.host,
            port=options.port,
            # Other users of the machine can read command lines, so keys are not put there.
            api_key=os.environ.get(API_KEY_VARIABLE) or None,
            max_body=options.max_body,
            faults=Faults.from_json(options.faults) if options.faults else None,
        )
    except ValueError as error:
        return _fail(error)
    try:
        from ragflow.local.run import ServerStartError, run
    except ImportError as error:
        return _fail(f'{error}; install the embedded server with: pip install "ragflow[local]"')
    try:
        run(
            config,
            on_ready=_report_json if options.json else _report,
            watch_stdin=options.parent_watch,
        )
    except (OSError, ServerStartError) as error:
        return _fail(error)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ragflow.local", description=__doc__)
    parser.add_argument("--data", type=Path, help="the data file; without it nothing is kept")
    parser.add_argument("--version", default=DEFAULT_VERSION, help="RAGFlow version to speak")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=0, help="port to listen on; 0 takes a free one")
    parser.add_argument("--max-body", type=int, default=GIBIBYTE, help="largest request in bytes")
    parser.add_argument("--faults", help="ragflow.testing.Faults as JSON")
    parser.add_argument("--json", action="store_true", help="report readiness as one line of JSON")
    parser.add_argument("--parent-watch", action="store_true", help="stop when standard input ends")
    return parser


def _report_json(info: ServerInfo) -> None:
    _print(json.dumps(asdict(info)))


def _report(info: ServerInfo) -> None:
    _print(f"RAGFlow {info.version} (embedded) at {info.base_url}\nAPI key: {info.api_key}")


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _fail(reason: object) -> int:
    sys.stderr.write(f"{reason}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
