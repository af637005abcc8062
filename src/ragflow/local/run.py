"""Running the embedded server in this process until it is told to stop."""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import socket
import sys
import threading
from typing import TYPE_CHECKING

import anyio
import uvicorn

from ragflow.local.app import create_app
from ragflow.local.config import ServerInfo
from ragflow.local.exchange import OpenProtocol
from ragflow.local.generations import find_generation
from ragflow.local.injection import FaultInjector

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from starlette.applications import Starlette
    from starlette.types import ASGIApp

    from ragflow.local.config import ServerConfig

_GRACE = 0.5  # seconds open requests get to end after a signal
_BACKLOG = 512
_IN_USE = frozenset({errno.EADDRINUSE, getattr(errno, "WSAEADDRINUSE", errno.EADDRINUSE)})


class PortInUseError(OSError):
    """Something else listens on the port already."""


class ServerStartError(RuntimeError):
    """The server could not begin to work, for example because its data file cannot be used."""


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, on_started: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_started = on_started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._on_started()


def run(
    config: ServerConfig,
    *,
    on_ready: Callable[[ServerInfo], None],
    watch_stdin: bool = False,
) -> None:
    """Serve until SIGTERM or SIGINT, then end within two seconds, open streams or not.

    Call it from the main thread: only there signals arrive.

    Args:
        config: How to serve.
        on_ready: Called once requests are accepted.
        watch_stdin: Also stop when standard input ends, that is, when the parent process is gone.

    Raises:
        PortInUseError: If the port is taken.
        ServerStartError: If the data file cannot be used.
        OSError: If the address cannot be listened on for another reason.
    """
    app = create_app(config)
    listener = _listen(config.host, config.port)
    with contextlib.closing(listener):
        settings = uvicorn.Config(
            _with_faults(app, config),
            http=OpenProtocol if config.faults else "auto",
            log_config=None,
            log_level="critical",
            access_log=False,
            lifespan="on",
            server_header=False,
            timeout_graceful_shutdown=_GRACE,  # type: ignore[arg-type] # fractions are fine, too
            timeout_keep_alive=75,
            h11_max_incomplete_event_size=1024 * 1024,
        )
        server = _Server(settings, lambda: on_ready(_info(app, config, listener)))
        if watch_stdin:
            threading.Thread(target=_watch_stdin, args=(server,), daemon=True).start()
        try:
            with _quiet_signals():
                anyio.run(server.serve, [listener], backend="asyncio")
        except SystemExit:
            error = app.state.startup_error
            file = config.path or "a temporary data file"
            message = f"the embedded server could not start with {file}: {error}"
            raise ServerStartError(message) from error


def _with_faults(app: ASGIApp, config: ServerConfig) -> ASGIApp:
    if config.faults is None:
        return app
    return FaultInjector(app, config.faults, find_generation(config.version))


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Only for sockets that say they are TCP does asyncio switch the delay of small packets off.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        if error.errno in _IN_USE:
            raise PortInUseError(error.errno, f"port {port} of {host} is already in use") from None
        raise
    listener.setblocking(False)
    return listener


def _info(app: Starlette, config: ServerConfig, listener: socket.socket) -> ServerInfo:
    host, port = listener.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - only compared
    shown = f"[{host}]" if ":" in host else host
    return ServerInfo(
        f"http://{shown}:{port}", app.state.api_key, config.version.removeprefix("v"), os.getpid()
    )


def _watch_stdin(server: uvicorn.Server) -> None:
    # Reading the file object instead would hold its lock and delay the end of the process.
    while os.read(sys.stdin.fileno(), 4096):
        continue
    server.should_exit = True


@contextlib.contextmanager
def _quiet_signals() -> Iterator[None]:
    """Keep uvicorn, which raises the signals it has handled once more, from ending the process."""
    before = {
        number: signal.signal(number, lambda *_: None) for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
