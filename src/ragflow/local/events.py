"""Streams of server-sent events that end their work when the client goes away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anyio
from starlette.responses import StreamingResponse

from ragflow.local.wire import frame

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterable

    from starlette.types import Receive, Scope, Send


class EventStream(StreamingResponse):
    """An answer that arrives piece by piece.

    Args:
        content: The encoded events. It is closed in any case, also when the client leaves.
    """

    def __init__(self, content: AsyncGenerator[bytes, None]) -> None:
        super().__init__(content, media_type="text/event-stream")
        self._content = content
        self.headers["cache-control"] = "no-cache"
        self.headers["connection"] = "keep-alive"
        self.headers["x-accel-buffering"] = "no"
        # Real servers send the content type twice, and clients have to bear it.
        content_type = (b"content-type", b"text/event-stream; charset=utf-8")
        self.raw_headers.append(content_type)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the stream until it ends or the client leaves."""

        async def watch() -> None:
            await self.listen_for_disconnect(receive)
            tasks.cancel_scope.cancel()

        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(watch)
                await self.stream_response(send)
                tasks.cancel_scope.cancel()
        finally:
            with anyio.CancelScope(shield=True):
                await self._content.aclose()


async def fixed_events(values: Iterable[Any]) -> AsyncGenerator[bytes, None]:
    """A stream whose events are known from the start."""
    for value in values:
        yield frame(value)
