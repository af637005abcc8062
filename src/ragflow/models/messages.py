"""Messages of a conversation and the sessions they stand in."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from attrs import define, field, fields

from ._base import Model, ResourceData
from .chunks import Reference

__all__ = ["Message", "SessionData"]

ERROR_MARK = "**ERROR**"


class Growing(Protocol):
    """A text that grows while it is streamed."""

    def until(self, end: int) -> str:
        """Its first so many pieces."""
        ...


@define(kw_only=True, frozen=True, getstate_setstate=False)
class Message(Model):
    """One message, finished or still streaming.

    Attributes:
        content: The whole answer so far, on every server generation, without its thinking. It
            cites as ``[ID:0]``, which is the first of ``reference``.
        delta: What is new in ``content`` since the message before. Where a server rewrote
            earlier text (citations put in at the end), it is what follows the common beginning.
        thinking: The model's reasoning so far, where it shows one.
        reference: The cited chunks; complete in the last message of a stream.
        id: The server's id of this turn.
        role: ``"assistant"`` or ``"user"``.
        session_id: The session it belongs to.
        created_at: Epoch seconds.
        prompt: The prompt that the model was given, where the server tells it. Large.
        final: Whether this is the end of the stream.
    """

    role: str = "assistant"
    content: str = ""
    delta: str = field(default="", repr=False, eq=False)
    thinking: str = field(default="", repr=False)
    reference: list[Reference] = field(factory=list)
    id: str = ""
    session_id: str = field(default="", repr=False)
    created_at: float | None = field(default=None, repr=False)
    prompt: str = field(default="", repr=False)
    final: bool = field(default=True, repr=False, eq=False)
    # The message before, a growing text and how far it had grown: see ``grown``.
    _pending: Any = field(default=None, init=False, eq=False, repr=False)

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> object:
            """Puts a field of a grown message together, once."""
            if name not in _GROWING:
                raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
            before, text, end = self._pending
            value = text.until(end) if name == "content" else getattr(before, name)
            if name == "extra":
                value = value.copy()
            object.__setattr__(self, name, value)
            return value

    @property
    def error(self) -> str | None:
        """What the model's provider complained of, if the server passed that off as an answer."""
        _, mark, text = self.content.partition(ERROR_MARK)
        return text.lstrip(": ") if mark else None


_GROWING = frozenset(attribute.name for attribute in fields(Message) if attribute.init)
_new = Message.__new__
_set_delta = vars(Message)["delta"].__set__
_set_pending = vars(Message)["_pending"].__set__


def grown(before: Message, delta: str, text: Growing, end: int) -> Message:
    """A message that only adds to the content of another, of which it takes all else.

    An answer comes in thousands of messages, and few look at more than what is new in each: the
    rest is put together when it is looked at, else long answers would be copied for each word.
    """
    message = _new(Message)
    _set_delta(message, delta)
    _set_pending(message, (before, text, end))
    return message


@define(kw_only=True, getstate_setstate=False)
class SessionData(ResourceData):
    """A session's data: one conversation with a chat.

    Attributes:
        chat_id: The chat it belongs to.
        messages: What was said so far, the chat's opener first. Each answer carries what it cites.
    """

    wire_names: ClassVar[dict[str, str]] = {"chat": "chat_id"}

    name: str = ""
    chat_id: str = ""
    messages: list[Message] = field(factory=list, repr=False)
    user_id: str = field(default="", repr=False)
    create_time: int = field(default=0, repr=False)
    create_date: datetime | None = field(default=None, repr=False)
    update_time: int = field(default=0, repr=False)
    update_date: datetime | None = field(default=None, repr=False)
