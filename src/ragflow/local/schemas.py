"""The request schemas of datasets and documents, built from the traits of a generation."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ragflow.local.parser_schema import parser_config_schema
from ragflow.local.validation import (
    Field,
    ProblemsError,
    boolean,
    identifier,
    integer,
    items,
    mapping,
    nested,
    one_of,
    optional,
    query_boolean,
    query_integer,
    text,
    wrong,
)

if TYPE_CHECKING:
    from ragflow.local.generations import Generation

    Schema = dict[str, Field]

_METHODS = (
    "naive",
    "book",
    "email",
    "laws",
    "manual",
    "one",
    "paper",
    "picture",
    "presentation",
    "qa",
    "table",
    "tag",
)
DOCUMENT_METHODS = (*_METHODS, "knowledge_graph")
_LONG_TEXT = 65535
_MODEL_ID = re.compile(r"[0-9a-f]{32}")


def dataset_create(generation: Generation) -> Schema:
    """The body of a request that makes a dataset."""
    schema = {
        "name": Field(text(1, 128, strip=True), required=True),
        **_common(generation),
    }
    if "restful" in generation.features:
        schema |= {
            "parse_type": Field(optional(integer(0, 64))),
            "pipeline_id": Field(optional(_pipeline_id)),
            "auto_metadata_config": Field(optional(mapping)),
            "ext": Field(mapping),
        }
    return schema


def dataset_update(generation: Generation) -> Schema:
    """The body of a request that changes a dataset."""
    schema = {
        "name": Field(text(1, 128, strip=True)),
        **_common(generation),
        "pagerank": Field(integer(0, 100)),
    }
    if "restful" in generation.features:
        schema |= {
            "pipeline_id": Field(optional(_pipeline_id)),
            "language": Field(optional(text())),
            "connectors": Field(items(mapping)),
            "auto_metadata_config": Field(optional(mapping)),
            "ext": Field(mapping),
        }
    return schema


def dataset_list(generation: Generation) -> Schema:
    """The query of a request that lists datasets."""
    id_check = identifier(generation.uuid_name, any_version=generation.any_uuid_version)
    schema = {
        "id": Field(id_check),
        "name": Field(text()),
        "page": Field(query_integer(1)),
        "page_size": Field(query_integer(1, generation.max_page_size, name="page_size")),
        "orderby": Field(one_of("create_time", "update_time")),
        "desc": Field(query_boolean),
    }
    if "restful" in generation.features:
        schema |= {
            "ids": Field(items(id_check)),
            "include_parsing_status": Field(query_boolean),
            "ext": Field(text()),
            "type": Field(text()),
        }
    return schema


def dataset_delete(generation: Generation) -> Schema:
    """The body of a request that deletes datasets."""
    schema = {
        "ids": Field(_unique_ids(generation), required=generation.dataset_ids_required),
    }
    if "restful" in generation.features:
        schema["delete_all"] = Field(boolean)
    return schema


def document_update(generation: Generation) -> Schema:
    """The keys of a document update that are checked by schema; others are ignored."""
    return {
        "name": Field(optional(text())),
        "chunk_method": Field(optional(text())),
        "parser_config": Field(optional(nested(parser_config_schema(generation)))),
        "meta_fields": Field(optional(_metadata)),
        "enabled": Field(optional(integer())),
        "pipeline_id": Field(optional(text())),
    }


def _common(generation: Generation) -> Schema:
    methods = (*_METHODS, "resume") if "restful" in generation.features else _METHODS
    return {
        "avatar": Field(optional(_avatar(empty_allowed=generation.empty_avatar_allowed))),
        "description": Field(optional(text(0, _LONG_TEXT))),
        "embedding_model": Field(optional(_embedding_model(generation))),
        "permission": Field(one_of("me", "team")),
        "chunk_method": Field(one_of(*methods)),
        "parser_config": Field(optional(nested(parser_config_schema(generation)))),
    }


def _avatar(*, empty_allowed: bool) -> Any:
    limited = text(0, _LONG_TEXT)

    def check(value: Any) -> str:
        avatar: str = limited(value)
        if avatar == "" and empty_allowed:
            return avatar
        prefix, comma, _ = avatar.partition(",")
        if not comma or not prefix.startswith("data:"):
            message = "Missing MIME prefix. Expected format: data:<mime>;base64,<data>"
            raise wrong(message, value)
        if prefix not in {"data:image/jpeg;base64", "data:image/png;base64"}:
            message = "Unsupported MIME type. Allowed: ['image/jpeg', 'image/png']"
            raise wrong(message, value)
        return avatar

    return check


def _embedding_model(generation: Generation) -> Any:
    limited = text(0, 255, strip=True)

    def check(value: Any) -> str:
        model: str = limited(value)
        if "restful" in generation.features and _MODEL_ID.fullmatch(model):
            return model
        name, at, provider = model.rpartition("@")
        if not at:
            message = "Embedding model identifier must follow <model_name>@<provider> format"
            raise wrong(message, value)
        if not name.strip() or not provider.strip():
            raise wrong("Both model_name and provider must be non-empty strings", value)
        return model

    return check


def _unique_ids(generation: Generation) -> Any:
    check_id = identifier(generation.uuid_name, any_version=generation.any_uuid_version)

    def check(value: Any) -> list[str] | None:
        if value is None:
            return None
        if not isinstance(value, list):
            raise wrong("Input should be a valid list", value)
        try:
            ids = [check_id(item) for item in value]
        except ProblemsError as error:
            raise wrong(error.problems[0].message, value) from None
        repeated = sorted({id for id in ids if ids.count(id) > 1})
        if repeated:
            listed = ", ".join(f"'{id}'" for id in repeated)
            raise wrong(f"Duplicate ids: {listed}", value)
        return ids

    return check


def _metadata(value: Any) -> dict[str, Any]:
    fields = mapping(value)
    for key, item in fields.items():
        for part in item if isinstance(item, list) else [item]:
            if isinstance(part, bool) or not isinstance(part, (str, int, float)):
                message = f"The type of '{key}' must be text, a number, or a list of these"
                raise wrong(message, value)
    return fields


def _pipeline_id(value: Any) -> str:
    checked: str = text()(value)
    if checked and not _MODEL_ID.fullmatch(checked):
        raise wrong("pipeline_id must be 32 hexadecimal digits", value)
    return checked
