"""The converter between JSON and models: nothing crashes it, nothing is lost."""

from __future__ import annotations

import json
import math
import pickle
from datetime import datetime
from typing import Any

import pytest
from attrs import fields
from hypothesis import given, settings
from hypothesis import strategies as st

from ragflow.errors import ProtocolError
from ragflow.models import (
    LLM,
    ChatData,
    ChunkData,
    DatasetData,
    DocumentCount,
    DocumentData,
    Message,
    Model,
    ParserConfig,
    Prompt,
    Reference,
    RunStatus,
    SessionData,
)
from ragflow.models._convert import structure, structure_many, to_plain
from ragflow.models._dates import parse_date

MODELS: list[type[Model]] = [
    ChatData,
    ChunkData,
    DatasetData,
    DocumentCount,
    DocumentData,
    LLM,
    Message,
    ParserConfig,
    Prompt,
    Reference,
    SessionData,
]
NUMBERS = st.integers() | st.floats(allow_nan=False) | st.just(10**400)
TEXTS = st.text(max_size=4) | st.sampled_from(
    ["1", "DONE", "Thu, 24 Oct 2024 09:14:07 GMT", "2024-10-24T09:14:07", "Thu, x", "é, 1 2 3 4"]
)
SCALARS = st.none() | st.booleans() | NUMBERS | TEXTS
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=6,
)


def names(kind: type[Model]) -> list[str]:
    """All names under which a server may give a field of a model, and one that none has."""
    own = [attribute.name for attribute in fields(kind)]
    return [*own, *kind.wire_names, "unheard_of"]


def wires(kind: type[Model]) -> st.SearchStrategy[dict[str, Any]]:
    """JSON objects with junk in any field of a model."""
    return st.dictionaries(st.sampled_from(names(kind)), JSON, max_size=8)


ANY = st.sampled_from(MODELS).flatmap(lambda kind: st.tuples(st.just(kind), wires(kind)))


def same(one: object, other: object) -> bool:
    """Whether two values are the same JSON, 1 and true apart from one another."""
    return json.dumps(one) == json.dumps(other)


def is_kept(key: str, value: Any, model: Model) -> bool:
    """Whether a value of the wire can be found in a model."""
    if value is None or (key in model.extra and same(model.extra[key], value)):
        return True
    name = type(model).wire_names.get(key, key)
    if name in model.extra:
        return same(model.extra[name], value)
    if name in ("_api", "extra") or not hasattr(model, name):
        return False
    read = getattr(model, name)
    if isinstance(read, Model):
        return all(is_kept(inner, item, read) for inner, item in value.items())
    if isinstance(read, list) and read and isinstance(read[0], Model):
        return len(read) == len(value)
    if isinstance(read, list) and isinstance(value, list):
        return read == value or read == ["" if item is None else item for item in value]
    if isinstance(read, datetime):
        return read == parse_date(value)
    if isinstance(read, bool) and not isinstance(value, bool):
        return read is bool(int(value))
    return bool(read == value)


@settings(max_examples=250, deadline=None)
@given(ANY)
def test_noise_is_kept_and_never_crashes(noisy: tuple[type[Model], dict[str, Any]]) -> None:
    """A field of any content is an attribute where it fits, and in ``extra`` where it does not."""
    kind, wire = noisy
    before = json.dumps(wire)
    model = structure(wire, kind)
    assert json.dumps(wire) == before
    for key, value in wire.items():
        assert is_kept(key, value, model), key


@settings(max_examples=150, deadline=None)
@given(ANY)
def test_plain_data_is_the_whole_model(noisy: tuple[type[Model], dict[str, Any]]) -> None:
    """``to_dict()`` is JSON, loses nothing, and makes the same model again."""
    kind, wire = noisy
    model = structure(wire, kind)
    plain = model.to_dict()
    json.dumps(plain)
    for key, value in model.extra.items():
        assert same(plain[key], value)
    again = structure(plain, kind)
    assert again == model
    assert to_plain(again) == plain


@settings(max_examples=80, deadline=None)
@given(ANY)
def test_pickles_are_the_same_model(noisy: tuple[type[Model], dict[str, Any]]) -> None:
    """A model survives pickling with all it knows."""
    kind, wire = noisy
    model = structure(wire, kind)
    again = pickle.loads(pickle.dumps(model))
    assert again == model
    assert again.to_dict() == model.to_dict()


@given(JSON)
def test_what_is_no_object(value: object) -> None:
    """Anything but an object is refused by its place in the answer."""
    if isinstance(value, dict):
        assert structure(value, DocumentData).id == value.get("id", "") or "id" in value
        return
    with pytest.raises(ProtocolError, match="answer: expected an object"):
        structure(value, DocumentData)


def test_many() -> None:
    """An array, or null for none; a bad item is named by its place."""
    assert structure_many(None, DocumentData) == []
    assert [item.id for item in structure_many([{"id": "a"}, {}], DocumentData)] == ["a", ""]
    with pytest.raises(ProtocolError, match=r"docs\[1\]: expected an object, got int"):
        structure_many([{}, 5], DocumentData, "docs")
    with pytest.raises(ProtocolError, match="docs: expected an array, got dict"):
        structure_many({}, DocumentData, "docs")


@pytest.mark.parametrize(
    ("wire", "run", "kept"),
    [
        ("DONE", RunStatus.DONE, {}),
        (None, RunStatus.UNSTART, {}),
        ("7", RunStatus.UNSTART, {"run": "7"}),
        ("done", RunStatus.UNSTART, {"run": "done"}),
        (3, RunStatus.UNSTART, {"run": 3}),
        ([], RunStatus.UNSTART, {"run": []}),
    ],
)
def test_run(wire: object, run: RunStatus, kept: dict[str, object]) -> None:
    """An odd state is kept for whoever wants to look."""
    document = structure({"run": wire, "size": 5}, DocumentData)
    assert (document.run, document.extra, document.size) == (run, kept, 5)


@pytest.mark.parametrize(
    ("kind", "key", "value", "name", "read"),
    [
        (DocumentData, "size", True, "size", 0),
        (DocumentData, "size", None, "size", 0),
        (DocumentData, "progress", None, "progress", 0.0),
        (DocumentData, "name", None, "name", ""),
        (DocumentData, "size", 1.5, "size", 0),
        (DocumentData, "size", "5", "size", 0),
        (DocumentData, "progress", 1, "progress", 1.0),
        (DocumentData, "progress", True, "progress", 0.0),
        (DocumentData, "progress", 10**400, "progress", 0.0),
        (DocumentData, "name", 5, "name", ""),
        (DocumentData, "meta_fields", [], "meta_fields", {}),
        (DocumentData, "meta_fields", None, "meta_fields", {}),
        (DocumentData, "parser_config", "x", "parser_config", ParserConfig()),
        (DocumentData, "create_date", 5, "create_date", None),
        (DocumentData, "create_date", "Thu, 24 Xxx 2024 09:14:07 GMT", "create_date", None),
        (DocumentData, "create_date", f"Thu, 24 Oct {10**30} 09:14:07 GMT", "create_date", None),
        (ChunkData, "available", "1", "available", True),
        (ChunkData, "available", 0, "available", False),
        (ChunkData, "available", 2, "available", True),
        (ChunkData, "available", None, "available", True),
        (ChunkData, "important_keywords", "word", "important_keywords", []),
        (ChunkData, "important_keywords", {"a": 1}, "important_keywords", []),
        (ChunkData, "important_keywords", ["a", 1], "important_keywords", []),
        (ChunkData, "important_kwd", None, "important_keywords", []),
        (ChunkData, "positions", [""], "positions", [""]),
        (ChunkData, "dataset_id", ["d"], "dataset_id", ""),
        (ParserConfig, "layout_recognize", True, "layout_recognize", True),
        (ParserConfig, "layout_recognize", "DeepDOC", "layout_recognize", "DeepDOC"),
        (ParserConfig, "layout_recognize", 1, "layout_recognize", None),
        (Message, "reference", [{"id": "a"}, 5], "reference", []),
        (SessionData, "messages", {"role": "user"}, "messages", []),
    ],
)
def test_odd_values(kind: type[Model], key: str, value: object, name: str, read: object) -> None:
    """What a field cannot take leaves its default and is kept; the other fields are read."""
    model = structure({key: value, "id": "x"}, kind)
    found = getattr(model, name)
    assert found == read
    assert type(found) is type(read)
    is_read = value is None or found == value or (kind is ChunkData and value == "1")
    assert model.extra.get(name) == (None if is_read else value) or kind is ParserConfig
    if hasattr(model, "id"):
        assert model.id == "x"


@pytest.mark.parametrize(
    ("wire", "name", "extra"),
    [
        ({"docnm_kwd": "a"}, "a", {}),
        ({"document_name": "a", "docnm_kwd": "a"}, "a", {}),
        ({"document_name": "a", "docnm_kwd": "b"}, "a", {"docnm_kwd": "b"}),
        ({"document_name": None, "docnm_kwd": "b"}, "b", {}),
        ({"document_name": "a", "docnm_kwd": None}, "a", {}),
        ({"doc_name": "a", "docnm_kwd": "b"}, "a", {"docnm_kwd": "b"}),
        ({"docnm_kwd": None}, "", {}),
    ],
)
def test_two_names_of_one_field(wire: object, name: str, extra: dict[str, object]) -> None:
    """The field's own name goes first, a value goes before null, and no value is lost."""
    chunk = structure(wire, ChunkData)
    assert (chunk.document_name, chunk.extra) == (name, extra)


def test_models_pass_through() -> None:
    """A model among the data is taken as it is."""
    config = ParserConfig(chunk_token_num=5)
    dataset = structure({"id": "d", "parser_config": config}, DatasetData)
    assert dataset.parser_config is config
    assert structure({"parser_config": LLM()}, DatasetData).extra == {"parser_config": LLM()}


def test_numbers_beyond_json() -> None:
    """A score may be NaN up to v0.25."""
    chunk = structure({"similarity": math.nan}, ChunkData)
    assert chunk.similarity is not None
    assert math.isnan(chunk.similarity)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("2024-10-24T09:14:07", datetime(2024, 10, 24, 9, 14, 7)),
        ("2024-10-24 09:14:07", datetime(2024, 10, 24, 9, 14, 7)),
        ("2024-10-24T09:14:07Z", datetime(2024, 10, 24, 9, 14, 7)),
        ("2024-10-24T09:14:07+02:00", datetime(2024, 10, 24, 9, 14, 7)),
        ("2024-10-24", datetime(2024, 10, 24)),
        ("Thu, 24 Oct 2024 09:14:07 GMT", datetime(2024, 10, 24, 9, 14, 7)),
    ],
)
def test_dates(text: str, read: datetime) -> None:
    """Both forms are the server's wall clock, without a zone."""
    assert parse_date(text) == read
    assert parse_date(text).tzinfo is None


@given(st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1)))
def test_both_forms_of_a_date_are_one(moment: datetime) -> None:
    """Whatever the form, the date is the same."""
    moment = moment.replace(microsecond=0)
    assert parse_date(moment.isoformat()) == moment
    assert parse_date(moment.strftime("%a, %d %b %Y %H:%M:%S GMT")) == moment


@given(st.text() | st.none() | st.integers() | TEXTS)
def test_what_is_no_date(text: object) -> None:
    """Junk is refused with one of the errors that the converter expects."""
    try:
        parse_date(text)
    except (TypeError, ValueError, OverflowError):
        return
    assert isinstance(text, str)
