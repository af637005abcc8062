"""What the models promise to their users."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest
from attrs import evolve

from ragflow.errors import InvalidArgumentError
from ragflow.models import (
    LLM,
    BatchResult,
    ChatData,
    ChunkData,
    DatasetData,
    DocumentCount,
    DocumentData,
    Message,
    Page,
    ParserConfig,
    Prompt,
    Reference,
    Retrieval,
    RunStatus,
    SessionData,
)
from ragflow.models._convert import structure


class Api:
    """A client's connection, which no copy and no text may hold."""

    def __repr__(self) -> str:
        return "Bearer ragflow-s3cr3t"


@pytest.mark.parametrize(
    "model",
    [
        ChatData(),
        ChunkData(),
        DatasetData(),
        DocumentData(),
        SessionData(),
        LLM(),
        Prompt(),
        ParserConfig(),
        Message(),
        Reference(),
        DocumentCount(),
    ],
    ids=lambda model: type(model).__name__,
)
def test_unknown_attributes_are_refused(model: Any) -> None:
    """A misspelt attribute is an error where it is written, not a riddle later."""
    with pytest.raises(AttributeError):
        model.unheard_of = 1
    with pytest.raises(AttributeError):
        _ = model.unheard_of
    with pytest.raises(TypeError):
        type(model)(unheard_of=1)
    assert type(model).__doc__


@pytest.mark.parametrize("kind", [LLM, Prompt, ParserConfig, Message, Reference, DocumentCount])
def test_values_cannot_be_changed(kind: type) -> None:
    """A value is made anew instead."""
    with pytest.raises(AttributeError):
        kind().extra = {}


@pytest.mark.parametrize("kind", [ChatData, ChunkData, DatasetData, DocumentData, SessionData])
def test_a_client_is_no_part_of_the_data(kind: type) -> None:
    """Equality, texts, plain data and pickles know nothing of the client."""
    bound = kind(id="a")
    bound._api = Api()
    assert bound == kind(id="a")
    assert bound != kind(id="b")
    assert "s3cr3t" not in repr(bound)
    assert "_api" not in bound.to_dict()
    for again in (pickle.loads(pickle.dumps(bound)), copy.deepcopy(bound), copy.copy(bound)):
        assert again == bound
        assert again._api is None
    assert b"s3cr3t" not in pickle.dumps(bound)


def test_secrets_of_a_prompt_are_not_shown() -> None:
    """A key to another service stays out of logs."""
    prompt = Prompt(tavily_api_key="s3cr3t", extra={"other_key": "s3cr3t"})
    assert "s3cr3t" not in repr(prompt) + repr(ChatData(prompt=prompt))
    assert prompt.to_dict()["tavily_api_key"] == "s3cr3t"
    assert "s3cr3t" not in repr(Message(prompt="s3cr3t"))


def test_run_compares_with_its_text() -> None:
    """The draft's comparison works."""
    document = structure({"run": "DONE"}, DocumentData)
    assert document.run == "DONE"
    assert document.run is RunStatus.DONE
    assert f"{document.run}" == "DONE"
    assert document.to_dict()["run"] == "DONE"


@pytest.mark.parametrize(
    ("run", "progress", "ended"),
    [
        ("UNSTART", 0.0, False),
        ("RUNNING", 0.5, False),
        ("RUNNING", 1.0, True),
        ("RUNNING", -1.0, True),
        ("DONE", 1.0, True),
        ("FAIL", -1.0, True),
        ("CANCEL", 0.8, True),
        ("CANCEL", 0.0, True),
    ],
)
def test_end_of_parsing(run: str, progress: float, ended: bool) -> None:
    """The state may lag behind the progress, and the progress behind the state."""
    assert DocumentData(run=RunStatus(run), progress=progress).ended is ended


def test_aliases_of_settings() -> None:
    """Either name may be given and both can be read; two values are a mistake."""
    for model in (LLM(max_token=5), LLM(max_tokens=5), LLM(max_token=5, max_tokens=5)):
        assert (model.max_token, model.max_tokens) == (5, 5)
        assert model.to_dict() == {"max_tokens": 5}
        assert model == LLM(max_tokens=5)
    for config in (ParserConfig(chunk_token_count=7), ParserConfig(chunk_token_num=7)):
        assert (config.chunk_token_count, config.chunk_token_num) == (7, 7)
    assert LLM().max_token is None
    with pytest.raises(InvalidArgumentError, match="max_token and max_tokens"):
        LLM(max_token=5, max_tokens=6)
    with pytest.raises(InvalidArgumentError, match="chunk_token_count"):
        ParserConfig(chunk_token_count=5, chunk_token_num=6)


def test_names_of_the_draft() -> None:
    """Each other name of an attribute reads the same value."""
    dataset = DatasetData(chunk_method="qa")
    assert dataset.parse_method == dataset.parser_method == "qa"
    document = DocumentData(dataset_id="d", chunk_method="qa", process_duration=1.5)
    assert document.knowledgebase_id == "d"
    assert document.parser_method == document.parse_method == "qa"
    assert document.process_duation == 1.5
    assert structure({"process_duation": 1.5}, DocumentData).process_duration == 1.5
    for kind in (ChunkData, Reference):
        chunk = kind(dataset_id="d", positions=[[1]])
        assert (chunk.knowledgebase_id, chunk.position) == ("d", [[1]])
    assert ChatData(dataset_ids=["d"]).knowledgebases == ["d"]
    assert ChatData.LLM is LLM
    assert ChatData.Prompt is Prompt
    assert DatasetData.ParserConfig is ParserConfig


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ("fine", None),
        ("**ERROR**: quota", "quota"),
        ("\n**ERROR**: quota", "quota"),
        ("half an answer**ERROR**: quota", "quota"),
        ("**ERROR**", ""),
    ],
)
def test_errors_passed_off_as_answers(content: str, error: str | None) -> None:
    """What a model's provider complained of can be told from an answer."""
    assert Message(content=content).error == error


def test_messages_of_a_stream_compare_by_what_they_say() -> None:
    """The way a message came is no part of it."""
    assert Message(content="a", delta="a", final=False) == Message(content="a")
    assert Message(content="a") != Message(content="b")


def test_pages() -> None:
    """A page is a list that knows what lies beyond it, in pickles too."""
    page = Page([1, 2], 9)
    assert (page, page.total, len(page)) == ([1, 2], 9, 2)
    found = Retrieval([1], 3, [DocumentCount(doc_id="d", count=3)])
    for again in (pickle.loads(pickle.dumps(found)), copy.copy(found)):
        assert (again, again.total, again.documents) == (found, 3, found.documents)
    assert Page([]).total is None
    assert BatchResult() == BatchResult(None, ())


def test_evolved_models_keep_what_they_know() -> None:
    """A changed copy keeps the unknown fields."""
    document = evolve(DocumentData(id="a", extra={"odd": 1}), name="n")
    assert document.extra == {"odd": 1}
    assert document.to_dict()["odd"] == 1
