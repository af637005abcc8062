"""Every example of the draft API about chats, against an embedded server of each generation."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ragflow import (
    AsyncChat,
    AsyncDataSet,
    AsyncRAGFlow,
)

Unique = Callable[[str], str]


@pytest.fixture
async def assistant(rag: AsyncRAGFlow, ds: AsyncDataSet, unique: Unique) -> AsyncChat:
    """A chat over the dataset."""
    return await rag.create_chat(unique("Miss R"), knowledgebases=[ds])


async def test_create_chat(rag: AsyncRAGFlow, ds: AsyncDataSet, unique: Unique) -> None:
    """Create chat: the example; the list of datasets goes in as it is."""
    knowledge_base = await rag.list_datasets(name=ds.name)
    assistant = await rag.create_chat(unique("Miss R"), knowledgebases=knowledge_base)
    assert assistant.knowledgebases == [ds.id]


async def test_create_chat_with_settings(rag: AsyncRAGFlow, unique: Unique) -> None:
    """Create chat: the signature, with the settings that the text describes."""
    assistant = await rag.create_chat(
        name=unique("assistant"),
        avatar="",
        knowledgebases=[],
        llm=AsyncChat.LLM(
            temperature=0.1,
            top_p=0.3,
            presence_penalty=0.2,
            frequency_penalty=0.7,
            max_token=512,
        ),
        prompt="You are an assistant. Here is what you know: {knowledge}",
    )
    assert assistant.llm.temperature == 0.1
    assert assistant.llm.max_token == 512
    assert assistant.prompt.prompt == "You are an assistant. Here is what you know: {knowledge}"


async def test_update_chat(rag: AsyncRAGFlow, ds: AsyncDataSet, unique: Unique) -> None:
    """Update chat: the example; the datasets stay."""
    knowledge_base = await rag.list_datasets(name=ds.name)
    assistant = await rag.create_chat(unique("Miss R"), knowledgebases=knowledge_base)
    await assistant.update({"llm": {"temperature": 0.8}})
    stored = await rag.get_chat(assistant.id)
    assert assistant.llm.temperature == stored.llm.temperature == 0.8
    assert assistant.knowledgebases == stored.knowledgebases == [ds.id]


async def test_delete_chats(rag: AsyncRAGFlow, unique: Unique) -> None:
    """Delete chats: the example, with ids that exist."""
    id_1, id_2 = [(await rag.create_chat(unique(f"Miss {n}"))).id for n in "RS"]
    await rag.delete_chats(ids=[id_1, id_2])
    assert await rag.list_chats(id=id_1) == []


async def test_list_chats(rag: AsyncRAGFlow, assistant: AsyncChat) -> None:
    """List chats: the example, with a list in the place of a screen."""
    printed = []
    for each in await rag.list_chats():
        printed.append(each)
    assert assistant.id in [each.id for each in printed]


async def test_create_session(rag: AsyncRAGFlow, assistant: AsyncChat) -> None:
    """Create session: the example."""
    assi = await rag.list_chats(name=assistant.name)
    assi = assi[0]
    sess = await assi.create_session()
    assert (sess.name, sess.chat_id) == ("New session", assistant.id)
    assert [(m.role, m.content) for m in sess.messages] == [("assistant", assi.get_prologue())]


async def test_update_session(rag: AsyncRAGFlow, assistant: AsyncChat) -> None:
    """Update session: the example."""
    assi = (await rag.list_chats(name=assistant.name))[0]
    sess = await assi.create_session("new_session")
    await sess.update({"name": "Updated session"})
    assert sess.name == (await assi.get_session(sess.id)).name == "Updated session"


@pytest.mark.parametrize("question", ["What is RAGFlow?", "Which kinds of files does it read?"])
async def test_chat(rag: AsyncRAGFlow, assistant: AsyncChat, question: str) -> None:
    """Chat: the example's own loop over a stream, with a question in the place of a keyboard."""
    assi = (await rag.list_chats(name=assistant.name))[0]
    sess = await assi.create_session()
    assert assi.get_prologue()

    printed = ""
    cont = ""
    async for ans in sess.ask(question, stream=True):
        printed += ans.content[len(cont) :]
        cont = ans.content

    assert printed == cont == ans.content != ""
    (chunk,) = ans.reference
    assert (chunk.document_name, chunk.knowledgebase_id) == ("ragflow.txt", assi.dataset_ids[0])
    assert chunk.content.startswith("RAGFlow")
    assert 0 < chunk.similarity <= 1
    assert (chunk.image_id, type(chunk.position)) == ("", list)
    assert ans.id


async def test_ask_without_a_stream(assistant: AsyncChat) -> None:
    """Chat: the signature, whose default is one message."""
    sess = await assistant.create_session()
    message = await sess.ask(question="What is RAGFlow?", stream=False)
    assert "RAGFlow" in message.content
    assert message.reference[0].document_name == "ragflow.txt"


async def test_list_sessions(rag: AsyncRAGFlow, assistant: AsyncChat) -> None:
    """List sessions: the example, with a list in the place of a screen."""
    created = await assistant.create_session()
    assi = (await rag.list_chats(name=assistant.name))[0]
    printed = []
    for sess in await assi.list_sessions():
        printed.append(sess)
    assert [sess.id for sess in printed] == [created.id]


async def test_delete_sessions(rag: AsyncRAGFlow, assistant: AsyncChat) -> None:
    """Delete session: the example, with ids that exist."""
    id_1, id_2 = [(await assistant.create_session()).id for _ in range(2)]
    assi = (await rag.list_chats(name=assistant.name))[0]
    await assi.delete_sessions(ids=[id_1, id_2])
    assert await assi.list_sessions() == []


PAGED = "page page_size orderby desc id name"
