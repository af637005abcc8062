"""Turns the frames of an answer into messages, the same for every server generation.

Up to v0.23 a frame holds the whole text so far, and the last one may rewrite it. From v0.24 on a
frame holds what is new (``"final": false``), and the last one (``"final": true``) holds nothing or
the whole text. Reasoning comes inside ``<think>`` marks, or between frames that mark its beginning
and end. Either way a finished answer is followed by a frame whose data is ``true``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress

from attrs import evolve

from ..errors import APIError, ProtocolError, StreamInterruptedError, api_error
from ..models import Message, Reference
from ..models._convert import structure_many
from ..models.messages import grown
from .frames import THINK, cited, json_of, number_of, split_thinking, text_of, unknown
from .growth import Growth
from .payload import json_object
from .repetition import Repetition, pieces_between
from .requests import Request
from .sse import EventDecoder

__all__ = ["Answer", "message_of"]

DONE_MARK = b"[DONE]"
FEW = 1 << 10  # bytes that hold so few frames that each is looked at by itself


class Answer:
    """Collects one answer: feed it bytes, take messages; each holds all that came before it.

    Args:
        request: The question, which an error in the answer names.

    Attributes:
        latest: The newest message.
        ended: Whether the server said that the answer is complete.
    """

    def __init__(self, request: Request | None = None) -> None:
        self.latest = Message(final=False)
        self.ended = False
        self._request = request
        self._gets_whole_texts = request is not None and _wants_whole_texts(request)
        self._decoder = EventDecoder()
        self._repetition = Repetition()
        self._repeated_final: object = None
        self._growth: Growth | None = None  # of the text, while it only grows
        self._base = self.latest  # what came before it grew
        self._text = ""
        self._content = ""
        self._delta = ""
        self._text_thinking = ""  # inside the text, between marks
        self._thinking = ""  # from frames between those that mark its beginning and end
        self._is_thinking = False
        self._is_plain = False  # the text shows as it is, and whatever follows it too

    def feed(self, chunk: bytes) -> Iterator[Message]:
        """Takes the next bytes of the stream and yields a message for each frame in them.

        Raises:
            APIError: A frame says that the server failed.
            ProtocolError: A frame is not JSON of the known kind.
        """
        growth = self._growth
        if growth is not None and len(chunk) > FEW:
            alike = self._decoder.alike(chunk, *self._repetition.pattern)
            pieces = pieces_between(alike.middles)
            if pieces is None:
                chunk = alike.together()
            else:
                base, add, chunk = self._base, growth.add, alike.rest
                for piece in pieces:
                    self.latest = message = grown(base, piece, growth, add(piece))
                    yield message
        yield from self._read(chunk)

    def _read(self, chunk: bytes) -> Iterator[Message]:
        for payload in self._decoder.feed(chunk):
            growth = self._growth
            piece = None if growth is None else self._repetition.piece_of(payload)
            if growth is not None and piece is not None:
                self.latest = grown(self._base, piece, growth, growth.add(piece))
                yield self.latest
                continue
            message = self._frame(payload)
            if message is not None:
                yield message

    def finish(self) -> Iterator[Message]:
        """Ends the stream.

        Raises:
            StreamInterruptedError: The server never said that the answer is complete.
        """
        with suppress(ProtocolError):  # the frame is cut, and so is the answer
            for payload in self._decoder.end():
                message = self._frame(payload)
                if message is not None:
                    yield message
        if not self.ended:
            raise StreamInterruptedError("the answer broke off before its end", self.latest)

    def _frame(self, payload: bytes) -> Message | None:
        if self.ended:
            return None
        text = self._repetition.text_of(payload)
        if text is not None:
            return self._repeat(text)
        if payload == DONE_MARK:
            return self._terminate()
        frame = json_of(payload)
        code = frame.get("code", frame.get("retcode", 0))
        if code != 0:
            raise self._failure(frame, code if isinstance(code, int) else None)
        data = frame.get("data")
        if data is True:
            return self._terminate()
        if isinstance(data, Mapping):
            self._learn(payload, data)
            return self._take(data)
        raise ProtocolError(f"a frame of the answer holds neither text nor its end: {data!r:.200}")

    def _learn(self, payload: bytes, data: Mapping[str, object]) -> None:
        """Lets frames that repeat this one be read without JSON, unless it is a turning point."""
        text = data.get("answer")
        turns = (data.get(name) for name in ("final", "start_to_think", "end_to_think"))
        if isinstance(text, str) and not any(turns):
            self._repetition.learn(payload, text)
            self._repeated_final = data.get("final")

    def _failure(self, frame: Mapping[str, object], code: int | None) -> APIError:
        message = frame.get("message") or frame.get("retmsg")
        return api_error(code, 200)(
            message if isinstance(message, str) else "the answer failed",
            code=code,
            status=200,
            method=self._request.method if self._request else "",
            path=self._request.path if self._request else "",
            data=frame.get("data"),
        )

    def _terminate(self) -> Message | None:
        """The end; a message of its own unless the last frame was marked as final."""
        self._settle()
        self.ended, self._delta = True, ""
        return None if self.latest.final else self._advance({}, final=True)

    def _settle(self) -> None:
        """Takes over what the text has become."""
        if self._growth is not None:
            self._text = self._content = self._growth.whole()
            self._growth = None

    def _take(self, data: Mapping[str, object]) -> Message:
        self._settle()
        piece = data.get("answer")
        final = data.get("final")
        if data.get("start_to_think") is True:
            self._is_thinking = True
        self._add(piece if isinstance(piece, str) else "", final)
        if data.get("end_to_think") is True:
            self._is_thinking = False
        return self._advance(data, final=final is True)

    def _add(self, text: str, final: object) -> None:
        self._delta = ""
        if final is False and not self._gets_whole_texts:
            if self._is_thinking:
                self._thinking += text
            else:
                self._show(self._text + text, text)
        elif text or final is None:
            self._show(text, text[len(self._text) :] if text.startswith(self._text) else None)

    def _show(self, text: str, new: str | None) -> None:
        """Finds out what a text shows; one that was grown out of the last needs no second look."""
        self._text = text
        if new is not None and self._is_plain and "$" not in new:
            self._content, self._delta = text, new
            return
        before = self._content
        self._text_thinking, self._content = split_thinking(text)
        self._delta = _delta(before, self._content)
        self._is_plain = self._content == text and len(text.lstrip()) >= len(THINK)

    def _repeat(self, text: str) -> Message:
        """A frame that says what the one before said, but for its text."""
        self._settle()
        is_new = self._repeated_final is False and not self._gets_whole_texts
        if is_new and self._is_plain and not self._is_thinking and "$" not in text:
            self._growth, self._base = Growth(self._text), self.latest
            self.latest = grown(self._base, text, self._growth, self._growth.add(text))
            return self.latest
        self._add(text, self._repeated_final)
        before = self.latest
        self.latest = Message(
            content=self._content,
            delta=self._delta,
            thinking=self._thinking or self._text_thinking,
            reference=before.reference,
            id=before.id,
            session_id=before.session_id,
            created_at=before.created_at,
            prompt=before.prompt,
            final=False,
            extra=before.extra.copy(),
        )
        return self.latest

    def _advance(self, data: Mapping[str, object], *, final: bool) -> Message:
        before = self.latest
        chunks, beside = cited(data.get("reference"))
        self.latest = Message(
            content=self._content,
            delta=self._delta,
            thinking=self._thinking or self._text_thinking,
            reference=structure_many(chunks, Reference, "reference") or before.reference,
            id=text_of(data, "id") or before.id,
            session_id=text_of(data, "session_id") or before.session_id,
            created_at=number_of(data, "created_at") or before.created_at,
            prompt=text_of(data, "prompt") or before.prompt,
            final=final,
            extra={**before.extra, **beside, **unknown(data)},
        )
        return self.latest


def message_of(data: object) -> Message:
    """The message of an answer that came in one piece.

    Some generations answer the text of a stream inside the JSON.

    Raises:
        ProtocolError: It holds no answer.
    """
    if isinstance(data, str):
        answer = Answer()
        for _ in answer.feed(data.encode("utf-8", "surrogatepass") + b"\n\n"):
            pass
        return evolve(answer.latest, delta=answer.latest.content, final=True)
    if data is None:
        return Message()
    if not isinstance(data, Mapping):
        raise ProtocolError(f"expected an answer, got {data!r:.200}")
    content = data.get("answer")
    thinking, text = split_thinking(content if isinstance(content, str) else "")
    chunks, beside = cited(data.get("reference"))
    return Message(
        content=text,
        delta=text,
        thinking=thinking,
        reference=structure_many(chunks, Reference, "reference"),
        id=text_of(data, "id"),
        session_id=text_of(data, "session_id"),
        created_at=number_of(data, "created_at"),
        prompt=text_of(data, "prompt"),
        extra={**beside, **unknown(data)},
    )


def _wants_whole_texts(request: Request) -> bool:
    """Whether newer servers were asked for frames as the older ones give them."""
    asked = json_object(request.body) if isinstance(request.body, bytes) else None
    return asked is not None and bool(asked.get("legacy"))


def _delta(old: str, new: str) -> str:
    if new.startswith(old):
        return new[len(old) :]
    pairs = enumerate(zip(old, new, strict=False))
    differs = next((index for index, (before, after) in pairs if before != after), len(new))
    return new[differs:]
