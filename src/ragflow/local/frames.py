"""The shapes of answers to questions: stream frames and JSON, old and new."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ragflow.local import chunk_views, citations

if TYPE_CHECKING:
    from ragflow.local.conversation import Answer
    from ragflow.local.generations import Generation

    Wire = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Frames:
    """Builds the frames of one answer.

    Attributes:
        generation: Whose frames.
        ids: The keys every frame ends with: ``id``, ``session_id`` and, in newer ones, ``chat_id``.
        legacy: Whether a newer server was asked for whole texts instead of pieces.
    """

    generation: Generation
    ids: Wire
    legacy: bool = False

    def piece(self, piece: str, text: str, kind: str) -> Wire:
        """A frame while the answer is being written.

        Args:
            piece: What is new.
            text: All so far.
            kind: The kind of the answer, see :class:`~ragflow.local.conversation.Answer`.
        """
        whole = self.generation.cumulative or self.legacy
        text = citations.unfinished(text, self.generation)
        reference = dict(self.generation.streaming_reference)
        frame: Wire = {"answer": text if whole else piece, "reference": reference}
        if kind == "empty":
            frame["prompt"] = ""
        frame["audio_binary"] = None
        if kind == "bare":
            frame |= {"prompt": "", **self._time()}
        return self._envelope(frame, final=False)

    def last(self, answer: Answer) -> Wire | None:
        """The frame with the reference; chats without datasets have none."""
        if answer.kind == "bare":
            return None
        keep_text = self.generation.cumulative or self.legacy or answer.kind == "empty"
        frame: Wire = {
            "answer": citations.finished(answer.text, self.generation) if keep_text else "",
            "reference": chunk_views.reference(answer.reference, self.generation),
            "prompt": answer.prompt,
        }
        if answer.kind == "grounded":
            frame |= self._time()
        if self.generation.cumulative:
            if answer.kind == "empty":
                frame["audio_binary"] = None
            return self._envelope(frame, final=True)
        if answer.kind == "empty":
            return self._envelope({**frame, "audio_binary": None}, final=True)
        return self._envelope(frame, final=True, audio_last=True)

    def end(self) -> Wire:
        """The frame behind the answer."""
        return {"code": 0, **self._message(), "data": True}

    def failure(self, message: str) -> Wire:
        """A frame that reports a failure within the stream."""
        data = {"answer": f"**ERROR**: {message}", "reference": []}
        return {"code": 500, "message": message, "data": data}

    def whole(self, answer: Answer) -> Wire:
        """The ``data`` of a JSON answer."""
        data: Wire = {
            "answer": citations.finished(answer.text, self.generation),
            "reference": chunk_views.reference(answer.reference, self.generation),
            "prompt": answer.prompt,
            "audio_binary": None,
            **self.ids,
        }
        if answer.kind != "empty":
            data |= self._time()
        elif not self.generation.cumulative:
            # Newer servers answer with what would have been the first frame.
            data |= {"final": False, "prompt": "", "reference": {"chunks": []}}
        return data

    def _envelope(self, frame: Wire, *, final: bool, audio_last: bool = False) -> Wire:
        if not self.generation.cumulative:
            frame = {**frame, "final": final}
        if audio_last:
            frame["audio_binary"] = None
        return {"code": 0, **self._message(), "data": {**frame, **self.ids}}

    def _time(self) -> Wire:
        return {"created_at": time.time()} if self.generation.answers_tell_time else {}

    def _message(self) -> Wire:
        return {} if self.generation.cumulative else {"message": ""}


def opener(prologue: Any, session_id: str) -> list[Wire]:
    """What older servers stream for a question without a session: only the opener."""
    data = {
        "answer": prologue,
        "reference": {},
        "audio_binary": None,
        "id": None,
        "session_id": session_id,
    }
    return [
        {"code": 0, "message": "", "data": data},
        {"code": 0, "message": "", "data": True},
    ]
