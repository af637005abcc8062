"""Requests about datasets."""

from __future__ import annotations

from typing import Any

import pytest

from ragflow._protocol import datasets
from ragflow._protocol.dialects import dialect_for
from ragflow._protocol.paging import PageCall
from ragflow.errors import InvalidArgumentError
from ragflow.models import DatasetData, ParserConfig
from ragflow.models._convert import structure, structure_many

from .recorded import Recording, assert_nothing_lost, successes
from .sent import body, line

OLD, NEW = dialect_for("0.22.1"), dialect_for("0.27.0")
PLAIN: dict[str, Any] = {
    "avatar": "",
    "description": "",
    "language": None,
    "permission": "me",
    "chunk_method": "naive",
    "embedding_model": None,
    "parser_config": None,
}
PICTURE = "data:image/png;base64,AA=="


def test_create_sends_only_what_was_asked_for() -> None:
    """Defaults are the server's: sending them would switch off others."""
    request = datasets.create(NEW, name="kb", **PLAIN)
    assert (line(request), body(request)) == ("POST /datasets", {"name": "kb"})
    assert not request.idempotent


def test_create_with_everything() -> None:
    """Each argument has its place; the language only where the server takes one."""
    everything = {
        "avatar": PICTURE,
        "description": "d",
        "language": "Chinese",
        "permission": "team",
        "chunk_method": "qa",
        "embedding_model": "m@p",
        "parser_config": ParserConfig(chunk_token_count=64, layout_recognize=False),
    }
    expected = {
        "name": "kb",
        "avatar": PICTURE,
        "description": "d",
        "permission": "team",
        "chunk_method": "qa",
        "embedding_model": "m@p",
        "parser_config": {"chunk_token_num": 64, "layout_recognize": "Plain Text"},
    }
    assert body(datasets.create(OLD, name="kb", **everything)) == expected
    assert body(datasets.create(NEW, name="kb", **everything)) == {
        **expected,
        "ext": {"language": "Chinese"},
    }


@pytest.mark.parametrize("name", ["", "  ", None, 5])
def test_create_needs_a_name(name: object) -> None:
    """A blank name is refused."""
    with pytest.raises(InvalidArgumentError, match="name"):
        datasets.create(NEW, name=name, **PLAIN)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("config", "wire"),
    [
        (ParserConfig(), {}),
        ({"chunk_token_count": 5, "odd": 1}, {"chunk_token_num": 5, "odd": 1}),
        ({"layout_recognize": True}, {"layout_recognize": "DeepDOC"}),
        ({"layout_recognize": "Naive"}, {"layout_recognize": "Naive"}),
        (ParserConfig(delimiter="\n", extra={"odd": 1}), {"delimiter": "\n", "odd": 1}),
    ],
)
def test_parser_config(config: object, wire: object) -> None:
    """A config is spelled as servers do and says nothing that was left open."""
    assert datasets.wire_parser_config(NEW, config) == wire


def test_parser_config_of_another_kind() -> None:
    """Anything else is refused."""
    with pytest.raises(InvalidArgumentError, match="ParserConfig"):
        datasets.wire_parser_config(NEW, "naive")


def test_list() -> None:
    """A search for one dataset knows what "not yours" means."""
    call = PageCall(1, 30)
    request = datasets.list_page(call, id="d", orderby="create_time", desc=True, name=None)
    assert line(request) == "GET /datasets"
    assert dict(request.params)["id"] == "d"
    assert request.missing == {102, 108}
    assert not datasets.list_page(call, desc=True).missing


def test_update() -> None:
    """What changes is sent; a read-only field may be repeated but not changed."""
    dataset = DatasetData(id="d", tenant_id="t", chunk_count=3)
    request = datasets.update(NEW, dataset, {"name": "n", "tenant_id": "t", "chunk_count": 3})
    assert (line(request), body(request)) == ("PUT /datasets/d", {"name": "n"})
    assert request.idempotent
    with pytest.raises(InvalidArgumentError, match="tenant_id cannot be changed"):
        datasets.update(NEW, dataset, {"tenant_id": "other"})


@pytest.mark.parametrize(("avatar", "wire"), [(PICTURE, PICTURE), ("", None), (None, None)])
def test_update_of_the_avatar(avatar: object, wire: object) -> None:
    """No avatar is null, which all servers take; some refuse an empty text."""
    request = datasets.update(OLD, DatasetData(id="d"), {"avatar": avatar})
    assert body(request) == {"avatar": wire}


def test_update_keeps_parent_child_chunking() -> None:
    """v0.27 switches it off when a config comes without it."""
    kept = {"use_parent_child": True}
    dataset = DatasetData(id="d", parser_config=ParserConfig(extra={"parent_child": kept}))
    message = {"parser_config": {"chunk_token_num": 9}}
    assert body(datasets.update(NEW, dataset, message)) == {
        "parser_config": {"chunk_token_num": 9, "parent_child": kept}
    }
    other = {"parser_config": {"parent_child": {"use_parent_child": False}}}
    assert body(datasets.update(NEW, dataset, other)) == other
    assert body(datasets.update(NEW, DatasetData(id="d"), message)) == message


def test_update_needs_an_id() -> None:
    """An object that was never stored cannot be changed."""
    with pytest.raises(InvalidArgumentError):
        datasets.update(NEW, DatasetData(), {"name": "n"})


def test_delete_names_its_ids() -> None:
    """The ids stand in a JSON body; the request is not sent twice."""
    request = datasets.delete(["a", "b"])
    assert (line(request), body(request)) == ("DELETE /datasets", {"ids": ["a", "b"]})


ONE = [
    item
    for item in [*successes("POST", "/datasets"), *successes("PUT", "")]
    if item.operation.startswith("dataset-") and item.json.get("data")
]


@pytest.mark.parametrize("recording", ONE, ids=str)
def test_recorded_datasets(recording: Recording) -> None:
    """Created and updated datasets lose no field."""
    data = recording.reply().data
    dataset = structure(data, DatasetData)
    assert_nothing_lost(recording.json["data"], dataset)
    assert structure(dataset.to_dict(), DatasetData) == dataset


@pytest.mark.parametrize("recording", successes("GET", "/datasets"), ids=str)
def test_recorded_lists(recording: Recording) -> None:
    """Listed datasets lose no field, and the total is told where the server tells it."""
    items, total = recording.reply().listing("datasets")
    listed = structure_many(items, DatasetData)
    assert total == recording.json.get("total_datasets")
    for wire, dataset in zip(recording.json["data"], listed, strict=True):
        assert_nothing_lost(wire, dataset)
        assert dataset.create_date is not None
        assert dataset.token_num == wire["token_num"]
