"""One scenario on every server generation: the same calls, the same objects."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from conftest import GENERATIONS
from ragflow import AsyncRAGFlow, NotFoundError
from ragflow.testing import LocalServer

OPENER = "Hi! I am your assistant，can I help you?"  # at v0.13 whatever the chat's opener is
FACTS = {
    "france.txt": "The capital of France is Paris.",
    "tea.md": "Green tea is best brewed at eighty degrees.",
}
QUESTION = "What is the capital of France?"


async def scenario(rag: AsyncRAGFlow, name: str) -> dict[str, object]:
    """Everything a user does, and what came of it."""
    seen: dict[str, object] = {}
    dataset = await rag.create_dataset(name, description="facts", language="English")
    assert await rag.list_datasets(name=f"no {name}") == []
    with pytest.raises(NotFoundError):
        await rag.get_dataset(name=f"no {name}")
    assert await dataset.list_documents() == []

    stored = await dataset.upload_documents(list(FACTS.items()))
    seen["stored"] = [
        (item.name, item.size, item.run.value, item.dataset_id == dataset.id) for item in stored
    ]
    parsed = await dataset.parse_documents(stored, timeout=60)
    seen["parsed"] = [
        (item.name, item.run.value, item.progress, item.chunk_count) for item in parsed
    ]
    seen["download"] = await parsed[0].download()

    many = await dataset.upload_documents([(f"{number}.txt", b"x") for number in range(250)])
    listed = await dataset.list_documents(limit=-1)
    assert {item.id for item in listed} == {item.id for item in (*stored, *many)}
    assert len(await dataset.list_documents(offset=200, limit=20)) == 20
    assert len([item async for item in dataset.iter_documents()]) == 252
    seen["by name"] = [item.name for item in await dataset.list_documents(name="tea.md")]
    seen["by run"] = sorted(item.name for item in await dataset.list_documents(run=["DONE"]))
    await dataset.delete_documents(many)

    document = parsed[0]
    chunk = await document.add_chunk("Lyon is a city, too.", important_keywords=["Lyon"])
    await chunk.update({"content": "Lyon is a city in France, too."})
    seen["chunks"] = sorted(item.content for item in await document.list_chunks())
    seen["one chunk"] = [item.content for item in await document.list_chunks(id=chunk.id)]
    await document.delete_chunks([chunk])
    found = await rag.retrieve(QUESTION, datasets=[dataset], similarity_threshold=0.3)
    seen["found"] = [
        (item.content, item.document_name, item.dataset_id == dataset.id) for item in found
    ]

    prompt = {"opener": OPENER, "keywords_similarity_weight": 0.6, "top_n": 3}
    chat = await rag.create_chat(name, knowledgebases=[dataset], prompt=prompt)
    await chat.update({"llm": {"temperature": 0.8}})
    again = await rag.get_chat(name=name)
    for item in (chat, again):
        assert item.prompt.keywords_similarity_weight == 0.6
        assert item.llm.temperature == 0.8
        assert item.dataset_ids == [dataset.id]
    seen["prologue"] = again.get_prologue()

    session = await chat.create_session("talk")
    streamed = [message async for message in session.ask(QUESTION, stream=True)]
    seen["answer"] = streamed[-1].content
    seen["deltas"] = "".join(message.delta for message in streamed)
    seen["cited"] = [(item.content, item.document_name) for item in streamed[-1].reference]
    plain = await session.ask(QUESTION)
    seen["plain"] = (plain.content, [item.document_name for item in plain.reference])
    await session.update({"name": "talk about France"})
    stored_session = await chat.get_session(session.id)
    seen["session"] = (stored_session.name, stored_session.chat_id == chat.id)
    seen["messages"] = [
        (item.role, item.content, [cited.document_name for cited in item.reference])
        for item in stored_session.messages
    ]

    await document.update({"name": "frankreich.txt"})
    await dataset.update({"name": f"{name} 2"})
    seen["renamed"] = [
        (await dataset.get_document(document.id)).name,
        (await rag.get_dataset(dataset.id)).name.removeprefix(name),
    ]
    await chat.delete_sessions([session])
    await rag.delete_chats([chat])
    assert await rag.list_chats(id=chat.id) == []
    assert await dataset.delete_all_documents() == 2
    await rag.delete_datasets([dataset])
    assert await rag.list_datasets(id=dataset.id) == []
    return seen


EXPECTED = {
    "stored": [("france.txt", 31, "UNSTART", True), ("tea.md", 43, "UNSTART", True)],
    "parsed": [("france.txt", "DONE", 1.0, 1), ("tea.md", "DONE", 1.0, 1)],
    "download": b"The capital of France is Paris.",
    "by name": ["tea.md"],
    "by run": ["france.txt", "tea.md"],
    "chunks": ["Lyon is a city in France, too.", "The capital of France is Paris."],
    "one chunk": ["Lyon is a city in France, too."],
    "found": [("The capital of France is Paris.", "france.txt", True)],
    "prologue": OPENER,
    "answer": "The capital of France is Paris. [ID:0]",
    "deltas": "The capital of France is Paris. [ID:0]",
    "cited": [("The capital of France is Paris.", "france.txt")],
    "plain": ("The capital of France is Paris. [ID:0]", ["france.txt"]),
    "session": ("talk about France", True),
    "messages": [
        ("assistant", OPENER, []),
        ("user", QUESTION, []),
        ("assistant", "The capital of France is Paris. [ID:0]", ["france.txt"]),
        ("user", QUESTION, []),
        ("assistant", "The capital of France is Paris. [ID:0]", ["france.txt"]),
    ],
    "renamed": ["frankreich.txt", " 2"],
}


@pytest.mark.parametrize("told", [True, False], ids=["told", "detected"])
@pytest.mark.parametrize("version", GENERATIONS)
async def test_same_calls_same_objects(
    version: str,
    told: bool,
    servers: Callable[[str], LocalServer],
    unique: Callable[[str], str],
) -> None:
    """Each generation gives the same objects, whether its version was told or had to be found."""
    server = servers(version)
    known = version if told else None
    async with AsyncRAGFlow(server.api_key, server.base_url, server_version=known) as rag:
        assert await scenario(rag, unique("facts")) == EXPECTED
