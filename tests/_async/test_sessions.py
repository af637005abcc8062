"""Sessions: conversations with a chat."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ragflow import (
    AsyncChat,
    AsyncDocument,
    AsyncRAGFlow,
    AsyncSession,
    InvalidArgumentError,
    InvalidRequestError,
    Message,
    NotFoundError,
    PermissionDeniedError,
    Reference,
)
from scripted import Script, in_pages, stored, streamed

Connect = Callable[..., AsyncRAGFlow]
Unique = Callable[[str], str]
UNKNOWN = "f48fb254e6db11f1aeb502fc00000001"
QUESTION = "What is the capital of Japan?"


@pytest.fixture
async def chat(async_client: AsyncRAGFlow, parsed: AsyncDocument, unique: Unique) -> AsyncChat:
    """A chat of the embedded server, over a document about capitals."""
    return await async_client.create_chat(unique("chat"), knowledgebases=[parsed.dataset_id])


async def test_create(chat: AsyncChat) -> None:
    """A session has a name, knows its chat, and begins with the chat's first words."""
    plain, named = await chat.create_session(), await chat.create_session(name="Talk")
    assert (plain.name, named.name) == ("New session", "Talk")
    assert plain.chat_id == named.chat_id == chat.id
    assert plain.messages == [Message(role="assistant", content=chat.get_prologue())]
    for name in ("", "  ", 5):
        with pytest.raises(InvalidArgumentError):
            await chat.create_session(name)


async def test_list(chat: AsyncChat) -> None:
    """Sessions are listed in pages and orders, and found by id and name."""
    names = ["a", "b", "c"]
    made = [await chat.create_session(name) for name in names]

    async def shown(**arguments: Any) -> list[str]:
        return [session.name for session in await chat.list_sessions(**arguments)]

    assert sorted(await shown()) == names
    assert len(await shown(page=2, page_size=2)) == 1
    assert await shown(id=made[1].id) == await shown(name="b") == ["b"]
    assert await shown(id=UNKNOWN) == await shown(name="none") == []
    await made[0].update({"name": "a2"})
    assert (await shown(order_by="update_time"))[0] == "a2"
    assert (await shown(orderby="update_time", desc=False))[-1] == "a2"
    assert [session.name async for session in chat.iter_sessions(name="c")] == ["c"]
    assert (await chat.get_session(made[2].id)).name == "c"
    with pytest.raises(NotFoundError, match=UNKNOWN):
        await chat.get_session(UNKNOWN)


async def test_unknown_chat(async_client: AsyncRAGFlow) -> None:
    """Sessions of a chat that is not there are the server's error."""
    chat = async_client.bind(AsyncChat(id=UNKNOWN))
    for call in (chat.create_session, chat.list_sessions):
        with pytest.raises((InvalidRequestError, PermissionDeniedError)) as refusal:
            await call()
        assert refusal.value.path == f"/chats/{UNKNOWN}/sessions"


async def test_many(connect: Connect) -> None:
    """More than a page of sessions is fetched in parts."""

    def answer(request: Any) -> Any:
        return {"code": 0, "data": in_pages(None, rows)(request)["data"]}

    rows = [{"id": str(n), "chat_id": "1", "messages": []} for n in range(205)]
    chat = connect(script := Script(answer)).bind(AsyncChat(id="1"))
    assert len(await chat.list_sessions()) == 205
    assert [query["page"] for query in script.queries] == ["1", "2", "3"]


async def test_update(chat: AsyncChat) -> None:
    """A session can be renamed; what cannot be changed is the server's error."""
    session = await chat.create_session("old")
    await session.update([{"name": "new"}])
    assert session.name == (await chat.get_session(session.id)).name == "new"
    for message in ({"name": ""}, {"messages": []}):
        with pytest.raises(InvalidRequestError) as refusal:
            await session.update(message)
        assert refusal.value.code == 102
    with pytest.raises(InvalidArgumentError):
        await session.update({})


async def test_delete(chat: AsyncChat) -> None:
    """Sessions are deleted by id or as objects, or all of one chat."""
    first, second, *others = [await chat.create_session() for _ in range(4)]
    await chat.delete_sessions(ids=[first, second.id])
    assert {s.id for s in await chat.list_sessions()} == {s.id for s in others}
    with pytest.raises(InvalidRequestError):
        await chat.delete_sessions(UNKNOWN)
    assert await chat.delete_all_sessions() == 2
    assert await chat.list_sessions() == []


async def test_delete_all_in_batches(connect: Connect) -> None:
    """All sessions are listed first and then deleted by id, a hundred at a time."""
    ids = [str(n) for n in range(150)]
    batches: list[list[str]] = []
    chat = connect(Script(stored("sessions", ids, batches))).bind(AsyncChat(id="1"))
    assert await chat.delete_all_sessions() == 150
    assert batches == [ids[:100], ids[100:]]


async def test_ask(chat: AsyncChat, parsed: AsyncDocument) -> None:
    """An answer cites chunks, by numbers that point at the right ones."""
    session = await chat.create_session()
    message = await session.ask(QUESTION)
    assert (message.role, message.final, message.error) == ("assistant", True, None)
    assert "Tokyo" in message.content
    assert "[ID:0]" in message.content
    assert isinstance(message.reference[0], Reference)
    assert message.reference[0].content == "Tokyo is the capital of Japan."
    assert message.reference[0].document_id == parsed.id
    assert message.reference[0].knowledgebase_id == parsed.dataset_id
    assert (message.id != "", message.session_id) == (True, session.id)


@pytest.mark.parametrize("stream", [True, False])
async def test_conversation_is_kept(chat: AsyncChat, stream: bool) -> None:
    """The server keeps questions and answers; each answer stands with what it cites."""
    session = await chat.create_session()
    answers = []
    for question in (QUESTION, "What is the capital of France?"):
        if stream:
            async with session.ask(question, True) as messages:
                async for message in messages:
                    answer = message
        else:
            answer = await session.ask(question)
        answers.append(answer)
    stored = await chat.get_session(session.id)
    roles = ["assistant", "user", "assistant", "user", "assistant"]
    assert [message.role for message in stored.messages] == roles
    assert stored.messages[1].content == QUESTION
    for answer, kept in zip(answers, stored.messages[2::2], strict=True):
        assert (kept.content, kept.id) == (answer.content, answer.id)
        assert [r.id for r in kept.reference] == [r.id for r in answer.reference]


async def test_nothing_found(async_client: AsyncRAGFlow, chat: AsyncChat) -> None:
    """Where nothing fits, the chat's own words for that are the answer."""
    await chat.update({"prompt": {"empty_response": "I know nothing."}})
    message = await (await chat.create_session()).ask("zzzzqqqq wwwwvvvv")
    assert (message.content, message.reference) == ("I know nothing.", [])


async def test_streamed_answer_grows(chat: AsyncChat) -> None:
    """Each message holds the text so far, its delta what is new; the last one cites."""
    session = await chat.create_session()
    messages = [message async for message in session.ask(QUESTION, stream=True)]
    assert [message.final for message in messages] == [False] * (len(messages) - 1) + [True]
    assert messages[-1].content == "".join(message.delta for message in messages)
    assert messages[-1].reference[0].content == "Tokyo is the capital of Japan."


async def test_ask_refused(async_client: AsyncRAGFlow, chat: AsyncChat) -> None:
    """An unknown session is the server's error, streamed or not; a question is a text."""
    session = async_client.bind(AsyncSession(id=UNKNOWN, chat_id=chat.id))
    with pytest.raises(InvalidRequestError) as refusal:
        await session.ask(QUESTION)
    assert refusal.value.code == 102
    with pytest.raises(InvalidRequestError):
        async for _ in session.ask(QUESTION, stream=True):
            pass
    with pytest.raises(InvalidArgumentError):
        await session.ask(5)


async def test_options(connect: Connect) -> None:
    """Further fields of the request go out as they are."""
    answer, _ = streamed({"answer": "a", "reference": {}}, True)
    script = Script(answer)
    session = connect(script, "0.22.1").bind(AsyncSession(id="s", chat_id="c"))
    await session.ask("q", options={"quote": False, "doc_ids": "x"})
    assert script.bodies == [
        {"question": "q", "session_id": "s", "stream": True, "quote": False, "doc_ids": "x"}
    ]
