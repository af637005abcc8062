# Generated from tests/_async/test_chats.py by tools/generate_sync.py. Do not edit.
"""Chat assistants: created, listed, changed and deleted, in one vocabulary for all servers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ragflow import (
    LLM,
    Chat,
    Document,
    InvalidArgumentError,
    InvalidRequestError,
    Prompt,
    RAGFlow,
)
from scripted import Script

Connect = Callable[..., RAGFlow]
Unique = Callable[[str], str]
UNKNOWN = "f48fb254e6db11f1aeb502fc00000001"
SETTINGS: dict[str, Any] = {
    "temperature": 0.5,
    "top_p": 0.6,
    "presence_penalty": 0.1,
    "frequency_penalty": 0.2,
    "max_tokens": 99,
}


@pytest.fixture
def chat(client: RAGFlow, parsed: Document, unique: Unique) -> Chat:
    """A chat of the embedded server, over one dataset."""
    return client.create_chat(unique("chat"), knowledgebases=parsed.dataset_id)


def test_defaults(chat: Chat, parsed: Document) -> None:
    """What is not given is the server's; the model knows it under the draft's names."""
    assert chat.dataset_ids == chat.knowledgebases == [parsed.dataset_id]
    assert chat.get_prologue() == chat.prompt.opener != ""
    assert "{knowledge}" in chat.prompt.prompt
    assert chat.prompt.keywords_similarity_weight == 0.7
    assert chat.prompt.top_n == 6


def test_everything(client: RAGFlow, parsed: Document, unique: Unique) -> None:
    """Whatever was set is read back the same, whichever schema the server has."""
    prompt = Prompt(
        prompt="Answer by {knowledge} for {name}.",
        opener="Well?",
        show_quote=False,
        empty_response="Nothing.",
        variables=[{"key": "knowledge", "optional": False}, {"key": "name", "optional": True}],
        similarity_threshold=0.4,
        keywords_similarity_weight=0.9,
        top_n=3,
    )
    dataset = client.get_dataset(parsed.dataset_id)
    created = client.create_chat(
        unique("full"), "data:image/png;base64,AAAA", [dataset], LLM(**SETTINGS), prompt,
        description="What it is for",
    )  # fmt: skip
    for chat in (created, client.get_chat(created.id)):
        assert chat.avatar == "data:image/png;base64,AAAA"
        assert chat.description == "What it is for"
        assert {name: getattr(chat.llm, name) for name in SETTINGS} == SETTINGS
        told = chat.prompt.to_dict()
        assert {name: told[name] for name in prompt.to_dict()} == prompt.to_dict()


@pytest.mark.parametrize("llm", [LLM(max_token=99), {"max_token": 99}, {"max_tokens": 99}])
def test_forms_of_settings(client: RAGFlow, unique: Unique, llm: object) -> None:
    """A model's settings come as an object or a dict, a prompt also as a mere text."""
    chat = client.create_chat(unique("forms"), llm=llm, prompt="Speak of {knowledge}.")
    assert chat.llm.max_token == chat.llm.max_tokens == 99
    assert chat.prompt.prompt == "Speak of {knowledge}."


def test_what_is_sent(connect: Connect) -> None:
    """Settings go out where the server's schema has them; the weight is that of vectors there."""
    prompt = {
        "prompt": "p",
        "keywords_similarity_weight": 0.9,
        "rerank_model": "r",
        "top_k": 5,
        "variables": [{"key": "k"}],
    }
    variables = [{"key": "k", "optional": False}]
    arguments = {"name": "a", "avatar": "data:x", "knowledgebases": ["d"], "llm": "big"}
    new, old = Script({"id": "1"}), Script({"id": "1"})
    connect(new).create_chat(**arguments, prompt=prompt)
    connect(old, "0.22.1").create_chat(**arguments, prompt=prompt)
    assert new.bodies == [
        {
            "name": "a",
            "icon": "data:x",
            "dataset_ids": ["d"],
            "llm_id": "big",
            "vector_similarity_weight": 0.1,
            "rerank_id": "r",
            "top_k": 5,
            "prompt_config": {"system": "p", "parameters": variables},
        }
    ]
    assert old.bodies == [
        {
            "name": "a",
            "avatar": "data:x",
            "dataset_ids": ["d"],
            "llm": {"model_name": "big"},
            "prompt": {**prompt, "keywords_similarity_weight": 0.1, "variables": variables},
        }
    ]


@pytest.mark.parametrize(
    "arguments",
    [
        {"name": ""},
        {"name": 5},
        {"llm": 5},
        {"prompt": 5},
        {"avatar": "no-such-picture.png"},
        {"knowledgebases": [""]},
        {"knowledgebases": [5]},
    ],
)
def test_create_refuses(connect: Connect, arguments: dict[str, Any]) -> None:
    """What cannot be right is an error before anything is sent."""
    script = Script({})
    with pytest.raises(InvalidArgumentError):
        connect(script).create_chat(**arguments)
    assert script.sent == []


def test_server_refuses(client: RAGFlow, chat: Chat, unique: Unique) -> None:
    """Taken names, unknown datasets and unparsed ones are the server's errors."""
    empty = client.create_dataset(unique("empty"))
    for arguments in (
        {"name": chat.name},
        {"name": unique("x"), "knowledgebases": [UNKNOWN]},
        {"name": unique("y"), "knowledgebases": [empty]},
    ):
        with pytest.raises(InvalidRequestError) as refusal:
            client.create_chat(**arguments)
        assert (refusal.value.code, refusal.value.path) == (102, "/chats")


def test_update(client: RAGFlow, chat: Chat) -> None:
    """An update changes what it names, here and on the server, and nothing else."""
    before = chat.to_dict()
    chat.update({"description": "words", "llm": {"temperature": 0.8, "max_token": 7}})
    chat.update([{"prompt": {"opener": "Yes?", "top_n": 2}}])
    for each in (chat, client.get_chat(chat.id)):
        assert each.description == "words"
        assert (each.llm.temperature, each.llm.max_tokens) == (0.8, 7)
        assert (each.get_prologue(), each.prompt.top_n) == ("Yes?", 2)
        assert each.name == before["name"]
        assert each.dataset_ids == before["dataset_ids"]
        assert each.prompt.prompt == before["prompt"]["prompt"]
        assert each.prompt.keywords_similarity_weight == 0.7


def test_update_of_datasets(client: RAGFlow, chat: Chat, parsed: Document) -> None:
    """Datasets are named by either word, as objects or ids, or all taken away."""
    dataset = client.get_dataset(parsed.dataset_id)
    for message, expected in (
        ({"knowledgebases": []}, []),
        ({"knowledgebases": [dataset]}, [dataset.id]),
        ({"dataset_ids": []}, []),
        ({"dataset_ids": dataset.id}, [dataset.id]),
    ):
        chat.update(message)
        assert chat.dataset_ids == expected
        assert client.get_chat(chat.id).dataset_ids == expected


def test_update_without_an_answer(connect: Connect) -> None:
    """Where the server does not describe the result, the object takes what was sent."""
    chat = Chat(id="1", name="a", dataset_ids=["d"], llm=LLM(top_p=0.1), prompt=Prompt(top_n=4))
    connect(script := Script({"code": 0}), "0.22.1").bind(chat)
    chat.update({"llm": {"temperature": 0.8}, "prompt": {"keywords_similarity_weight": 0.6}})
    assert (chat.llm.temperature, chat.llm.top_p) == (0.8, 0.1)
    assert (chat.prompt.keywords_similarity_weight, chat.prompt.top_n) == (0.6, 4)
    assert chat.dataset_ids == ["d"]
    assert script.bodies[0]["dataset_ids"] == ["d"]
    assert script.bodies[0]["prompt"] == {"keywords_similarity_weight": 0.4}


def test_update_refused(connect: Connect) -> None:
    """Nothing, or what belongs to the server, is not sent."""
    script = Script({})
    chat = connect(script).bind(Chat(id="1", tenant_id="mine"))
    for message in ({}, {"id": "2"}, {"tenant_id": "other"}, {"llm": 5}):
        with pytest.raises(InvalidArgumentError):
            chat.update(message)
    assert script.sent == []
