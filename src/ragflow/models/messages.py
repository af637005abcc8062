"""Messages of a conversation and the sessions they stand in."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from attrs import define, field

from ._base import Model, ResourceData
from .chunks import Reference

__all__ = ["Message", "SessionData"]

ERROR_MARK = "**ERROR**"


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

    @property
    def error(self) -> str | None:
        """What the model's provider complained of, if the server passed that off as an answer."""
        _, mark, text = self.content.partition(ERROR_MARK)
        return text.lstrip(": ") if mark else None


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
