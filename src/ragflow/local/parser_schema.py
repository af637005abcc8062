"""The schema of parser configurations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ragflow.local.validation import (
    Field,
    boolean,
    integer,
    items,
    mapping,
    nested,
    number,
    one_of,
    optional,
    text,
)

if TYPE_CHECKING:
    from ragflow.local.generations import Generation

    Schema = dict[str, Field]


def parser_config_schema(generation: Generation) -> Schema:
    """The keys of a parser configuration."""
    graph = {
        "use_graphrag": Field(boolean),
        "entity_types": Field(items(text())),
        "method": Field(one_of("light", "general")),
        "community": Field(boolean),
        "resolution": Field(boolean),
    }
    raptor = {
        "use_raptor": Field(boolean),
        "prompt": Field(text(1, strip=True)),
        "max_token": Field(integer(1, 2048)),
        "threshold": Field(number(0, 1)),
        "max_cluster": Field(integer(1, 1024)),
        "random_seed": Field(integer(0)),
    }
    schema = {
        "auto_keywords": Field(integer(0, 32)),
        "auto_questions": Field(integer(0, 10)),
        "chunk_token_num": Field(integer(1, 2048)),
        "delimiter": Field(text(1)),
        "graphrag": Field(optional(nested(graph))),
        "html4excel": Field(boolean),
        "layout_recognize": Field(text()),
        "raptor": Field(optional(nested(raptor))),
        "tag_kb_ids": Field(items(text())),
        "topn_tags": Field(integer(1, 10)),
        "filename_embd_weight": Field(optional(number(0, 1))),
        "task_page_size": Field(optional(integer(1))),
        "pages": Field(optional(items(items(integer())))),
    }
    if "restful" in generation.features:
        whole = generation.parser_config.completed("naive", {})
        for name, values in (("graphrag", graph), ("raptor", raptor)):
            known = {key: Field(_like(value)) for key, value in whole[name].items()}
            schema[name] = Field(optional(nested({**known, **values})))
        parent_child = {
            "use_parent_child": Field(boolean),
            "children_delimiter": Field(text()),
        }
        schema["parent_child"] = Field(optional(nested(parent_child)))
        schema["metadata"] = Field(lambda value: value)
        for key, value in whole.items():
            schema.setdefault(key, Field(_like(value)))
    return schema


def _like(example: Any) -> Any:
    """A check that accepts what has the type of a default value."""
    if example is None:
        return lambda value: value
    if isinstance(example, bool):
        return boolean
    if isinstance(example, int):
        return integer()
    if isinstance(example, float):
        return number()
    if isinstance(example, str):
        return text()
    return items(lambda value: value) if isinstance(example, list) else mapping
