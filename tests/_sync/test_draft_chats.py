# Generated from tests/_async/test_draft_chats.py by tools/generate_sync.py. Do not edit.
"""Every example of the draft API about chats, against an embedded server of each generation."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ragflow import (
    Chat,
    DataSet,
    RAGFlow,
)

Unique = Callable[[str], str]


@pytest.fixture
def assistant(rag: RAGFlow, ds: DataSet, unique: Unique) -> Chat:
    """A chat over the dataset."""
    return rag.create_chat(unique("Miss R"), knowledgebases=[ds])


def test_create_chat(rag: RAGFlow, ds: DataSet, unique: Unique) -> None:
    """Create chat: the example; the list of datasets goes in as it is."""
    knowledge_base = rag.list_datasets(name=ds.name)
    assistant = rag.create_chat(unique("Miss R"), knowledgebases=knowledge_base)
    assert assistant.knowledgebases == [ds.id]


def test_create_chat_with_settings(rag: RAGFlow, unique: Unique) -> None:
    """Create chat: the signature, with the settings that the text describes."""
    assistant = rag.create_chat(
        name=unique("assistant"),
        avatar="",
        knowledgebases=[],
        llm=Chat.LLM(
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


def test_update_chat(rag: RAGFlow, ds: DataSet, unique: Unique) -> None:
    """Update chat: the example; the datasets stay."""
    knowledge_base = rag.list_datasets(name=ds.name)
    assistant = rag.create_chat(unique("Miss R"), knowledgebases=knowledge_base)
    assistant.update({"llm": {"temperature": 0.8}})
    stored = rag.get_chat(assistant.id)
    assert assistant.llm.temperature == stored.llm.temperature == 0.8
    assert assistant.knowledgebases == stored.knowledgebases == [ds.id]


def test_delete_chats(rag: RAGFlow, unique: Unique) -> None:
    """Delete chats: the example, with ids that exist."""
    id_1, id_2 = [rag.create_chat(unique(f"Miss {n}")).id for n in "RS"]
    rag.delete_chats(ids=[id_1, id_2])
    assert rag.list_chats(id=id_1) == []


def test_list_chats(rag: RAGFlow, assistant: Chat) -> None:
    """List chats: the example, with a list in the place of a screen."""
    printed = []
    for each in rag.list_chats():
        printed.append(each)
    assert assistant.id in [each.id for each in printed]


def test_create_session(rag: RAGFlow, assistant: Chat) -> None:
    """Create session: the example."""
    assi = rag.list_chats(name=assistant.name)
    assi = assi[0]
    sess = assi.create_session()
    assert (sess.name, sess.chat_id) == ("New session", assistant.id)
    assert [(m.role, m.content) for m in sess.messages] == [("assistant", assi.get_prologue())]


def test_update_session(rag: RAGFlow, assistant: Chat) -> None:
    """Update session: the example."""
    assi = rag.list_chats(name=assistant.name)[0]
    sess = assi.create_session("new_session")
    sess.update({"name": "Updated session"})
    assert sess.name == assi.get_session(sess.id).name == "Updated session"


@pytest.mark.parametrize("question", ["What is RAGFlow?", "Which kinds of files does it read?"])
def test_chat(rag: RAGFlow, assistant: Chat, question: str) -> None:
    """Chat: the example's own loop over a stream, with a question in the place of a keyboard."""
    assi = rag.list_chats(name=assistant.name)[0]
    sess = assi.create_session()
    assert assi.get_prologue()

    printed = ""
    cont = ""
    for ans in sess.ask(question, stream=True):
        printed += ans.content[len(cont) :]
        cont = ans.content

    assert printed == cont == ans.content != ""
    (chunk,) = ans.reference
    assert (chunk.document_name, chunk.knowledgebase_id) == ("ragflow.txt", assi.dataset_ids[0])
    assert chunk.content.startswith("RAGFlow")
    assert 0 < chunk.similarity <= 1
    assert (chunk.image_id, type(chunk.position)) == ("", list)
    assert ans.id


def test_ask_without_a_stream(assistant: Chat) -> None:
    """Chat: the signature, whose default is one message."""
    sess = assistant.create_session()
    message = sess.ask(question="What is RAGFlow?", stream=False)
    assert "RAGFlow" in message.content
    assert message.reference[0].document_name == "ragflow.txt"


def test_list_sessions(rag: RAGFlow, assistant: Chat) -> None:
    """List sessions: the example, with a list in the place of a screen."""
    created = assistant.create_session()
    assi = rag.list_chats(name=assistant.name)[0]
    printed = []
    for sess in assi.list_sessions():
        printed.append(sess)
    assert [sess.id for sess in printed] == [created.id]


def test_delete_sessions(rag: RAGFlow, assistant: Chat) -> None:
    """Delete session: the example, with ids that exist."""
    id_1, id_2 = [assistant.create_session().id for _ in range(2)]
    assi = rag.list_chats(name=assistant.name)[0]
    assi.delete_sessions(ids=[id_1, id_2])
    assert assi.list_sessions() == []


PAGED = "page page_size orderby desc id name"
