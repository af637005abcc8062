"""One request with all that can be done about it, short of answering it properly."""

from __future__ import annotations

import os
import re
import socket
import struct
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from starlette.requests import ClientDisconnect, Request
from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    import asyncio

    from starlette.responses import Response
    from starlette.types import Message, Receive, Scope, Send

_UPLOAD = re.compile(r"/api/v1/datasets/[^/]+/documents/?")
_TRANSPORT: Final = "ragflow.transport"
# Linger, for zero seconds: closing then drops what is unsent and resets the connection.
_NO_GOODBYE = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)


class OpenProtocol(H11Protocol):
    """HTTP whose requests know their connection, so that it can be ended as networks end them."""

    app_state: dict[str, object]

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Put the connection where all its requests have it."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, _TRANSPORT: transport}


@dataclass(slots=True, eq=False)
class Traffic:
    """How many bytes of a request body were read, and whether there may be more."""

    received: int = 0
    is_open: bool = True


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and its answer, as ASGI has them; the protocol must be :class:`OpenProtocol`."""

    scope: Scope
    receive: Receive
    send: Send
    traffic: Traffic = field(default_factory=Traffic)

    @property
    def is_upload(self) -> bool:
        """Whether the request brings files into a dataset."""
        return self.scope["method"] == "POST" and bool(_UPLOAD.fullmatch(self.scope["path"]))

    @property
    def request(self) -> Request:
        """The request with its headers and body."""
        return Request(self.scope, self.receive)

    async def take(self, part: float = 1.0) -> None:
        """Let a part of the body arrive, and forget it."""
        announced = self.request.headers.get("content-length", "")
        wanted = int(announced) * part if announced.isdecimal() else float("inf")
        seen, more = 0, True
        while more and seen <= wanted:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                raise ClientDisconnect
            seen += len(message.get("body", b""))
            more = message.get("more_body", False)

    async def answer(self, response: Response) -> None:
        """Send an answer."""
        await response(self.scope, self.receive, self.send)

    async def reset(self) -> None:
        """End the connection with a TCP reset, whatever is still on its way."""
        self._transport.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, _NO_GOODBYE
        )
        self._transport.abort()
        await self.gone()

    def hang_up(self) -> None:
        """Close the connection after what was sent so far."""
        self._transport.close()

    async def gone(self) -> None:
        """Wait until the connection is closed."""
        while (await self.receive())["type"] != "http.disconnect":
            continue

    def unanswered(self) -> Exchange:
        """The same request, whose answer goes nowhere."""

        async def send(message: Message) -> None:
            pass

        return replace(self, send=send)

    def with_body(self, body: bytes) -> Exchange:
        """The same request with another body, or with its own one that was read already."""
        messages = iter([{"type": "http.request", "body": body}])

        async def receive() -> Message:
            return next(messages, None) or await self.receive()

        return replace(self, receive=receive)

    @property
    def _transport(self) -> Any:
        return self.scope["state"][_TRANSPORT]
