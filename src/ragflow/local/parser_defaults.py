"""Default parser configurations of each server generation, as data."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field, replace
from typing import Any

Config = dict[str, Any]

_SUMMARY_PROMPT = (
    "Summarise the passages below in a few sentences. Keep every number and name exactly as it "
    "is written and add nothing of your own.\n{cluster_content}\nEnd of the passages."
)
_ENTITIES = ["organization", "person", "geo", "event", "category"]
_RETRIEVAL_ONLY = ("qa", "manual", "paper", "book", "laws", "presentation")


@dataclass(frozen=True, slots=True)
class ParserDefaults:
    """What a dataset's parser_config holds when a request says nothing, or only something.

    Attributes:
        naive: The whole default of the plain chunk method.
        switched_off: What the methods with summaries and graphs get instead.
        graph: What the method that builds graphs gets, where there still is one.
        every_method: What every method gets.
        filled: What a request's own config is completed with; it wins over the rest.
    """

    naive: Config
    filled: Config
    switched_off: Config = field(
        default_factory=lambda: {
            "raptor": {"use_raptor": False},
            "graphrag": {"use_graphrag": False},
        }
    )
    graph: Config = field(default_factory=dict)
    every_method: Config = field(default_factory=dict)

    def for_method(self, method: str) -> Config:
        """The default configuration of a chunk method."""
        own: Config = {}
        if method == "naive":
            own = self.naive
        elif method in _RETRIEVAL_ONLY:
            own = self.switched_off
        elif method == "knowledge_graph":
            own = self.graph
        return copy.deepcopy(self.every_method | own)

    def completed(self, method: str, given: Config) -> Config:
        """A request's configuration with everything filled in that it does not say."""
        return merged(merged(self.for_method(method), self.filled), given)


def merged(base: Config, over: Config) -> Config:
    """Merge two configurations deeply; the second wins."""
    result = copy.deepcopy(base)
    for key, value in over.items():
        if isinstance(value, dict) and isinstance(result.get(key), dict):
            result[key] = merged(result[key], value)
        else:
            result[key] = copy.deepcopy(value)
    return result


_DELIMITER_13 = "\\n!?;。；！？"
_NAIVE_13: Config = {
    "chunk_token_num": 128,
    "delimiter": _DELIMITER_13,
    "html4excel": False,
    "layout_recognize": True,
    "raptor": {"use_raptor": False},
}

V13: ParserDefaults = ParserDefaults(
    naive=_NAIVE_13,
    filled={},
    switched_off={"raptor": {"use_raptor": False}},
    graph={
        "chunk_token_num": 8192,
        "delimiter": _DELIMITER_13,
        "entity_types": ["organization", "person", "location", "event", "time"],
    },
)

V17: ParserDefaults = replace(V13, naive={**_NAIVE_13, "layout_recognize": "DeepDOC"})

V22 = ParserDefaults(
    naive={
        "layout_recognize": "DeepDOC",
        "chunk_token_num": 512,
        "delimiter": "\n",
        "auto_keywords": 0,
        "auto_questions": 0,
        "html4excel": False,
        "topn_tags": 3,
        "raptor": {
            "use_raptor": True,
            "prompt": _SUMMARY_PROMPT,
            "max_token": 256,
            "threshold": 0.1,
            "max_cluster": 64,
            "random_seed": 0,
        },
        "graphrag": {"use_graphrag": True, "entity_types": _ENTITIES, "method": "light"},
    },
    filled={
        "layout_recognize": "DeepDOC",
        "chunk_token_num": 512,
        "delimiter": "\\n",
        "auto_keywords": 0,
        "auto_questions": 0,
        "html4excel": False,
        "topn_tags": 1,
        "filename_embd_weight": 0.1,
        "tag_kb_ids": [],
        "pages": None,
        "task_page_size": None,
        "raptor": {
            "use_raptor": False,
            "prompt": _SUMMARY_PROMPT,
            "max_token": 256,
            "threshold": 0.1,
            "max_cluster": 64,
            "random_seed": 0,
        },
        "graphrag": {
            "use_graphrag": False,
            "entity_types": _ENTITIES,
            "method": "light",
            "community": False,
            "resolution": False,
        },
    },
)

_GRAPH_LIMITS: Config = {
    "batch_chunk_token_size": 4096,
    "build_subgraph_min_timeout_seconds": 600,
    "build_subgraph_timeout_per_chunk_seconds": 300,
    "community_timeout_seconds": 1800,
    "lock_acquire_timeout_seconds": 600,
    "merge_timeout_seconds": 180,
    "resolution_timeout_seconds": 1800,
    "retry_attempts": 2,
    "retry_backoff_max_seconds": 60.0,
    "retry_backoff_seconds": 2.0,
}
_RAPTOR_27: Config = {
    "use_raptor": True,
    "prompt": _SUMMARY_PROMPT,
    "max_token": 512,
    "clustering_threshold": 0.3,
    "clustering_ratio": 0.5,
    "max_cluster": 64,
    "random_seed": 0,
}
_EVERY_27: Config = {
    "table_context_size": 0,
    "image_context_size": 0,
    "llm_id": "extractive@Local@Builtin",
}

V27 = ParserDefaults(
    naive={
        **{key: value for key, value in V22.naive.items() if key not in ("raptor", "graphrag")},
        "children_delimiter": "",
        "parent_child": {"use_parent_child": False, "children_delimiter": "\n"},
        "raptor": _RAPTOR_27,
        "graphrag": {**V22.naive["graphrag"], **_GRAPH_LIMITS},
    },
    filled={
        **{key: value for key, value in V22.filled.items() if key not in ("raptor", "graphrag")},
        "children_delimiter": "",
        "compilation_template_group_id": [],
        "enable_children": False,
        "ext": {},
        "parent_child": {"use_parent_child": False, "children_delimiter": "\n"},
        "table_column_mode": None,
        "table_column_names": None,
        "table_column_roles": None,
        "raptor": {
            **_RAPTOR_27,
            "use_raptor": False,
            "scope": "file",
            "auto_disable_for_structured_data": True,
        },
        "graphrag": {**V22.filled["graphrag"], **_GRAPH_LIMITS},
    },
    every_method=_EVERY_27,
)
