# Generated from src/ragflow/_async/chunks.py by tools/generate_sync.py. Do not edit.
"""Chunks on the server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .._protocol import chunks
from .._protocol.arguments import unfold
from .._protocol.timeouts import TimeoutLike
from ..models import ChunkData
from .resource import absorb, api_of

__all__ = ["Chunk"]


class Chunk(ChunkData):
    """A passage of a document."""

    __slots__ = ()

    def update(
        self,
        update_message: Mapping[str, object] | Sequence[Mapping[str, object]],
        *,
        timeout: TimeoutLike = None,
    ) -> None:
        """Changes the chunk, here and on the server.

        Args:
            update_message: ``content``, ``important_keywords``, ``questions``, ``available``.
            timeout: Seconds; the client's own when not given.

        Raises:
            InvalidRequestError: There is no such chunk any more, or a value is bad.
        """
        message = unfold(update_message)
        api = api_of(self)
        api.send(lambda dialect: chunks.update(dialect, self, message), timeout=timeout)
        absorb(self, message)
