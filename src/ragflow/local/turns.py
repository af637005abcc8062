"""A question to a chat with what it takes to answer it and to remember the answer."""

from __future__ import annotations

import logging
import time
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import anyio.to_thread

from ragflow.local.conversation import Answer
from ragflow.local.wire import frame

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from ragflow.local.frames import Frames
    from ragflow.local.routing import Services
    from ragflow.local.store.records import Session
    from ragflow.local.writing import Question

_log = logging.getLogger("ragflow.local")


@dataclass(frozen=True, slots=True)
class Turn:
    """One question and its answer.

    A turn is remembered as a whole or not at all: when the client leaves before the end of the
    stream, the session stays as it was.

    Attributes:
        services: The parts of the server.
        question: What is asked.
        session: Where the turn is remembered; None for nowhere.
        frames: How the answer looks.
        message_id: The id that question and answer share.
    """

    services: Services
    question: Question
    session: Session | None
    frames: Frames
    message_id: str

    async def whole(self) -> dict[str, Any]:
        """Answer at once; returns the ``data`` of a JSON answer."""
        answer = Answer("", "bare", {}, "")
        async with aclosing(self.services.conversation.answer(self.question)) as items:
            async for item in items:
                if isinstance(item, Answer):
                    answer = item
        await anyio.to_thread.run_sync(self._remember, answer, answer.reference)
        return self.frames.whole(answer)

    async def stream(self) -> AsyncGenerator[bytes, None]:
        """Answer piece by piece; returns encoded events."""
        try:
            async with aclosing(self._answer_frames()) as frames:
                async for item in frames:
                    yield item
        except Exception as error:  # the status line is long sent, so the stream has to tell it
            _log.exception("answering failed")
            yield frame(self.frames.failure(repr(error)))
        yield frame(self.frames.end())

    async def _answer_frames(self) -> AsyncGenerator[bytes, None]:
        text, generation = "", self.services.generation
        async with aclosing(self.services.conversation.answer(self.question)) as items:
            async for item in items:
                if isinstance(item, Answer):
                    if not item.text and item.kind == "bare" and generation.empty_stream_fails:
                        yield frame(self.frames.failure("the model said nothing"))
                        return
                    last = self.frames.last(item)
                    if last is not None:
                        yield frame(last)
                    nothing: dict[str, Any] = {"chunks": [], "doc_aggs": []}
                    reference = nothing if item.kind == "bare" else item.reference
                    await anyio.to_thread.run_sync(self._remember, item, reference)
                    continue
                text += item.text
                # Older servers tell that nothing was found in a single frame, the last one.
                if not (item.kind == "empty" and generation.cumulative):
                    yield frame(self.frames.piece(item.text, text, item.kind))

    def _remember(self, answer: Answer, reference: dict[str, Any]) -> None:
        if self.session is None:
            return
        messages: list[dict[str, Any]] = [
            {"role": "user", "content": self.question.text, "id": self.message_id}
        ]
        # Newer servers keep no empty answers.
        if answer.text or self.services.generation.cumulative:
            messages.append(
                {
                    "role": "assistant",
                    "content": answer.text,
                    "id": self.message_id,
                    "created_at": time.time(),
                }
            )
        self.services.store.sessions.add_turn(self.session.id, messages, reference)
