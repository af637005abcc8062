"""The strict schemas of dataset and document requests."""

from __future__ import annotations

from typing import Any

import pytest

from ragflow.local import schemas
from ragflow.local.generations import find_generation
from ragflow.local.validation import validate
from ragflow.local.wire import WireError

OLD, NEW = find_generation("0.22.1"), find_generation("0.27.0")


def complaint(schema: Any, values: Any) -> str:
    """What a schema has against some values."""
    with pytest.raises(WireError) as caught:
        validate(schema, values)
    assert caught.value.code == 101
    return caught.value.message


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, "Field: <name> - Message: <Field required> - Value: <{}>"),
        ({"name": None}, "<Input should be a valid string> - Value: <None>"),
        (
            {"name": "x" * 200},
            f"<String should have at most 128 characters> - Value: <{'x' * 128}...>",
        ),
        ({"name": "a", "permission": "x"}, "Input should be 'me' or 'team'"),
        ({"name": "a", "chunk_method": None}, "Field: <chunk_method>"),
        ({"name": "a", "avatar": "data:text/plain;base64,xx"}, "Unsupported MIME type"),
        ({"name": "a", "embedding_model": ""}, "must follow <model_name>@<provider>"),
        ({"name": "a", "embedding_model": "@x"}, "must be non-empty"),
        ({"name": "a", "tenant_id": "t"}, "Extra inputs are not permitted"),
        ({"name": "a", "parser_config": []}, "Input should be a valid dictionary"),
        ({"name": "a", "parser_config": {"nope": 1}}, "Field: <parser_config.nope>"),
        (
            {"name": "a", "parser_config": {"chunk_token_num": "1"}},
            "Input should be a valid integer",
        ),
        ({"name": "a", "parser_config": {"chunk_token_num": True}}, "valid integer"),
        ({"name": "a", "parser_config": {"auto_keywords": 33}}, "less than or equal to 32"),
        ({"name": "a", "parser_config": {"delimiter": ""}}, "at least 1 character>"),
        ({"name": "a", "parser_config": {"html4excel": 1}}, "Input should be a valid boolean"),
        (
            {"name": "a", "parser_config": {"raptor": {"threshold": "x"}}},
            "<parser_config.raptor.threshold>",
        ),
        ({"name": "a", "parser_config": {"tag_kb_ids": "x"}}, "Input should be a valid list"),
        ({"name": "a", "parser_config": {"pages": [[1, "x"]]}}, "<parser_config.pages.0.1>"),
        ({"name": "a", "parser_config": {"graphrag": {"method": 1}}}, "'light' or 'general'"),
    ],
)
def test_create_complaints(values: Any, expected: str) -> None:
    """Each wrong value of a create request is told with its path."""
    assert expected in complaint(schemas.dataset_create(OLD), values)


def test_one_line_for_each_problem() -> None:
    """Several problems are told in several lines."""
    lines = complaint(schemas.dataset_create(OLD), {"name": 1, "x": 2}).split("\n")
    assert [line.split(" - ")[0] for line in lines] == ["Field: <name>", "Field: <x>"]


def test_good_values() -> None:
    """Good values come back, stripped where the schema strips."""
    body = {"name": " a ", "avatar": "data:image/png;base64,xx", "parser_config": None}
    assert validate(schemas.dataset_create(OLD), body)["name"] == "a"
    config = {"filename_embd_weight": 1, "pages": [[1, 2]], "raptor": {"threshold": 1}}
    checked = validate(schemas.dataset_create(OLD), {"name": "a", "parser_config": config})
    assert checked["parser_config"]["filename_embd_weight"] == 1.0


def test_newer_keys() -> None:
    """Newer schemas know more keys and accept an empty avatar and a model id."""
    body = {
        "name": "a",
        "avatar": "",
        "embedding_model": "0" * 32,
        "pipeline_id": "",
        "parse_type": None,
        "parser_config": {
            "parent_child": {"use_parent_child": True},
            "table_column_mode": "x",
            "compilation_template_group_id": [],
            "ext": {},
            "graphrag": {"retry_backoff_seconds": 2},
        },
    }
    assert validate(schemas.dataset_create(NEW), body)["avatar"] == ""
    assert "Missing MIME prefix" in complaint(schemas.dataset_create(OLD), body)
    assert "32 hexadecimal" in complaint(
        schemas.dataset_create(NEW), {"name": "a", "pipeline_id": "x"}
    )


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"page": "x"}, "unable to parse string as an integer"),
        ({"page": "0"}, "greater than or equal to 1"),
        ({"page_size": "101"}, "page_size must be less than or equal to 100"),
        ({"desc": "maybe"}, "unable to interpret input"),
        ({"orderby": "name"}, "'create_time' or 'update_time'"),
        ({"id": "x"}, "Invalid UUID format"),
        ({"nope": "1"}, "Extra inputs"),
    ],
)
def test_query_complaints(query: Any, expected: str) -> None:
    """Each wrong parameter of a list request is told."""
    assert expected in complaint(schemas.dataset_list(NEW), query)


def test_query_values() -> None:
    """Query texts become values; ids may have hyphens."""
    query = {"page": " 2 ", "desc": "No", "id": "a1b2c3d4-0000-11f0-aaaa-000000000000"}
    checked = validate(schemas.dataset_list(OLD), query)
    assert checked == {"page": 2, "desc": False, "id": query["id"].replace("-", "")}
    assert validate(schemas.dataset_list(OLD), {"desc": "YES", "page_size": "1000"})["desc"] is True
    assert "UUID1" in complaint(
        schemas.dataset_list(OLD), {"id": "a1b2c3d4-0000-41f0-aaaa-000000000000"}
    )


def test_delete_ids() -> None:
    """Lists of ids hold ids only, each once; older servers want the key."""
    schema = schemas.dataset_delete(OLD)
    assert "Field required" in complaint(schema, {})
    assert "valid list" in complaint(schema, {"ids": "x"})
    assert "Invalid UUID1" in complaint(schema, {"ids": [1]})
    assert validate(schema, {"ids": None}) == {"ids": None}
    assert validate(schemas.dataset_delete(NEW), {}) == {}


def test_document_metadata() -> None:
    """Metadata holds texts, numbers and lists of them."""
    schema = schemas.document_update(NEW)
    good = {"meta_fields": {"a": "x", "b": 1.5, "c": ["y", 2]}}
    assert validate(schema, good) == good
    assert "The type of 'a'" in complaint(schema, {"meta_fields": {"a": {"b": 1}}})
    assert "The type of 'a'" in complaint(schema, {"meta_fields": {"a": [True]}})
