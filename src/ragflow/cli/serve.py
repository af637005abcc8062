"""``ragflow serve``: the embedded server in this process."""

from __future__ import annotations

import ipaddress
import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ragflow.cli.failures import ExitCode, Failure, not_installed
from ragflow.local.__main__ import API_KEY_VARIABLE
from ragflow.local.config import ServerConfig

if TYPE_CHECKING:
    from ragflow.local.config import ServerInfo

__all__ = ["run_server"]


def run_server(*, host: str, port: int, data: Path | None, version: str, as_json: bool) -> ExitCode:
    """Serves until told to stop.

    Args:
        host: The address to listen on.
        port: The port; 0 takes a free one.
        data: The data file, if the data are to be kept.
        version: The RAGFlow version to speak.
        as_json: Whether to tell address and key as one line of JSON and say nothing else.

    Raises:
        Failure: The server cannot start.
    """
    try:
        config = ServerConfig(
            path=data,
            version=version,
            host=host,
            port=port,
            api_key=os.environ.get(API_KEY_VARIABLE) or None,
        )
    except ValueError as error:
        raise Failure(str(error)) from error
    try:
        from ragflow.local.run import PortInUseError, ServerStartError, run
    except ImportError as error:
        raise not_installed(error) from error
    if not _is_loopback(host):
        click.echo(
            f"Warning: with --host {host} other machines reach this server;"
            " whoever has the key can read and change its data.",
            err=True,
        )

    def report(info: ServerInfo) -> None:
        click.echo(json.dumps(asdict(info)) if as_json else _welcome(info, data))

    try:
        run(config, on_ready=report)
    except PortInUseError as error:
        raise Failure(f"{error.strerror}; choose another --port, or 0 for a free one") from error
    except OSError as error:
        raise Failure(f"cannot listen on {host}, port {port}: {error.strerror}") from error
    except ServerStartError as error:
        raise Failure(f"{error} (--data {data})" if data else str(error)) from error
    if not as_json:
        click.echo("Stopped.")
    return ExitCode.DONE


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _welcome(info: ServerInfo, data: Path | None) -> str:
    kept = data.resolve() if data else "gone when the server stops; --data PATH keeps them"
    return f"""\
An embedded server that speaks RAGFlow {info.version} is running.

  address  {info.base_url}
  API key  {info.api_key}
  data     {kept}

Use it from Python:

  from ragflow import RAGFlow

  rag = RAGFlow("{info.api_key}", "{info.base_url}")

Stop it with Ctrl-C.
"""
