"""The table of what differs between the server generations this server can speak.

A row is data only. Whoever needs to know how an answer looks asks the row, never the version.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from ragflow.local import parser_defaults

Code = int
NOT_CHECKED = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """The traits of one server version; the comments name what clients see of them."""

    version: str
    features: frozenset[str]  # optional groups of routes
    aliases: frozenset[str]  # /v1 paths that answer although they belong to the web UI

    # envelope, authentication, unknown routes
    iso_dates: bool  # else RFC 1123 with a false "GMT"
    unauthorized_status: int  # 401, or 200 with one of several bodies
    unknown_route_status: int
    says_success: frozenset[str]  # route families whose answers carry a message
    denied_has_data: bool  # "no authorization" answers carry data: false

    # request bodies and paging
    broken_json_ignored: bool
    json_type_required: bool
    stumbles_without_body: bool
    bad_paging_code: Code | None  # None: silently corrected
    max_page_size: int | None

    # datasets
    foreign_dataset_code: Code
    uuid_name: str
    any_uuid_version: bool
    empty_avatar_allowed: bool
    empty_update_code: Code
    unknown_embedding_code: Code
    chunks_fix_embedding: bool
    extra_dataset_keys: tuple[str, ...]
    listed_dataset_keys: tuple[str, ...]
    dataset_ids_required: bool
    null_dataset_ids: Literal["all", "none"]
    counts_deleted_datasets: bool
    parser_config: parser_defaults.ParserDefaults
    default_embedding: str

    # documents
    document_update_answers: Literal["enabled-true", "document"]
    document_schema_code: Code | None  # None: values are looked at one by one, wrong types are 100
    update_keys: frozenset[str]  # keys of a document beside the common ones, per kind of answer
    list_keys: frozenset[str]
    upload_keys: frozenset[str]
    upload_unknown_dataset_code: Code
    upload_foreign_dataset_code: Code | None  # None: accepted
    reads_images: bool
    partial_uploads_listed: bool
    download_type_by_suffix: bool
    document_orders: tuple[str, ...] | None  # None: any column, unknown ones are 100
    empty_ids_delete_all: bool  # documents, chats, sessions, chunks of a document
    unknown_documents_kept: bool  # a delete with an unknown id deletes nothing
    running_by_progress: bool
    stop_invalid_state: str | None
    page_span: str

    # chunks and retrieval
    chunk_keys: frozenset[str]
    unknown_chunk_code: Code
    unknown_document_chunk_delete_code: Code
    wrong_keywords_code: Code
    blank_chunk_update_allowed: bool
    retrieved_keys: frozenset[str]
    highlight_default: bool
    highlight_strict: bool
    bad_top_k_code: Code
    blank_question: Literal["error", "empty"]
    unmatched_metadata: Literal["everything", "nothing"]
    result_window: int

    # chats, sessions, completions
    chat_schema: Literal["old", "new"]
    chat_noun: str
    not_yours_code: Code
    mixed_models_code: Code
    similarity_threshold: float
    update_without_datasets_clears: bool
    default_llm_setting: dict[str, Any]
    default_parameters: tuple[dict[str, Any], ...]
    numbers_are_names: bool
    session_user_kept: bool
    cumulative: bool
    hyphenated_message_ids: bool
    question_needs_session: bool
    reference_keys: frozenset[str]


_V22 = Generation(
    version="0.22.1",
    features=frozenset(),
    aliases=frozenset({"ping", "healthz", "login-version"}),
    iso_dates=False,
    unauthorized_status=200,
    unknown_route_status=200,
    says_success=frozenset({"system"}),
    denied_has_data=False,
    broken_json_ignored=True,
    json_type_required=False,
    stumbles_without_body=True,
    bad_paging_code=100,
    max_page_size=None,
    foreign_dataset_code=108,
    uuid_name="UUID1",
    any_uuid_version=False,
    empty_avatar_allowed=False,
    empty_update_code=101,
    unknown_embedding_code=101,
    chunks_fix_embedding=True,
    extra_dataset_keys=(),
    listed_dataset_keys=(),
    dataset_ids_required=True,
    null_dataset_ids="all",
    counts_deleted_datasets=False,
    parser_config=parser_defaults.V22,
    default_embedding="hashing@Builtin",
    document_update_answers="enabled-true",
    document_schema_code=None,
    update_keys=frozenset({"meta_fields"}),
    list_keys=frozenset({"meta_fields", "title"}),
    upload_keys=frozenset(),
    upload_unknown_dataset_code=100,
    upload_foreign_dataset_code=NOT_CHECKED,
    reads_images=True,
    partial_uploads_listed=False,
    download_type_by_suffix=False,
    document_orders=None,
    empty_ids_delete_all=True,
    unknown_documents_kept=False,
    running_by_progress=True,
    stop_invalid_state=None,
    page_span="Page(1~100000001)",
    chunk_keys=frozenset(),
    unknown_chunk_code=404,
    unknown_document_chunk_delete_code=100,
    wrong_keywords_code=100,
    blank_chunk_update_allowed=True,
    retrieved_keys=frozenset(),
    highlight_default=True,
    highlight_strict=False,
    bad_top_k_code=100,
    blank_question="error",
    unmatched_metadata="everything",
    result_window=10_000,
    chat_schema="old",
    chat_noun="assistant",
    not_yours_code=102,
    mixed_models_code=109,
    similarity_threshold=0.2,
    update_without_datasets_clears=True,
    default_llm_setting={
        "temperature": 0.1,
        "top_p": 0.3,
        "frequency_penalty": 0.7,
        "presence_penalty": 0.4,
        "max_tokens": 512,
    },
    default_parameters=({"key": "knowledge", "optional": False},),
    numbers_are_names=True,
    session_user_kept=True,
    cumulative=True,
    hyphenated_message_ids=True,
    question_needs_session=True,
    reference_keys=frozenset({"url", "doc_type"}),
)

_V27 = Generation(
    version="0.27.0",
    features=frozenset({"restful"}),
    aliases=frozenset({"healthz"}),
    iso_dates=True,
    unauthorized_status=401,
    unknown_route_status=404,
    says_success=frozenset({"system", "chats", "sessions", "completions", "document-list"}),
    denied_has_data=True,
    broken_json_ignored=False,
    json_type_required=True,
    stumbles_without_body=False,
    bad_paging_code=None,
    max_page_size=100,
    foreign_dataset_code=102,
    uuid_name="UUID",
    any_uuid_version=True,
    empty_avatar_allowed=True,
    empty_update_code=102,
    unknown_embedding_code=102,
    chunks_fix_embedding=False,
    extra_dataset_keys=(
        "session_essence_task_finish_at",
        "session_essence_task_id",
        "session_graph_task_finish_at",
        "session_graph_task_id",
        "skill_task_finish_at",
        "skill_task_id",
        "structure_graph_task_finish_at",
        "structure_graph_task_id",
        "structure_mindmap_task_finish_at",
        "structure_mindmap_task_id",
        "structure_task_finish_at",
        "structure_task_id",
        "tenant_embd_id",
        "timeline_task_finish_at",
        "timeline_task_id",
        "wiki_task_finish_at",
        "wiki_task_id",
    ),
    listed_dataset_keys=("embedding_model_name", "nickname", "tenant_avatar"),
    dataset_ids_required=False,
    null_dataset_ids="none",
    counts_deleted_datasets=True,
    parser_config=parser_defaults.V27,
    default_embedding="hashing@Local@Builtin",
    document_update_answers="document",
    document_schema_code=102,
    update_keys=frozenset({"content_hash"}),
    list_keys=frozenset({"meta_fields", "nickname", "pipeline_name"}),
    upload_keys=frozenset({"content_hash"}),
    upload_unknown_dataset_code=102,
    upload_foreign_dataset_code=109,
    reads_images=False,
    partial_uploads_listed=True,
    download_type_by_suffix=True,
    document_orders=("create_time", "update_time", "name"),
    empty_ids_delete_all=False,
    unknown_documents_kept=True,
    running_by_progress=False,
    stop_invalid_state="DOC_STOP_PARSING_INVALID_STATE",
    page_span="Page(1~100000000)",
    chunk_keys=frozenset({"doc_type_kwd", "tag_kwd"}),
    unknown_chunk_code=102,
    unknown_document_chunk_delete_code=102,
    wrong_keywords_code=102,
    blank_chunk_update_allowed=False,
    retrieved_keys=frozenset({"mom_id", "row_id", "tag_kwd"}),
    highlight_default=False,
    highlight_strict=True,
    bad_top_k_code=102,
    blank_question="empty",
    unmatched_metadata="nothing",
    result_window=10_000,
    chat_schema="new",
    chat_noun="chat",
    not_yours_code=109,
    mixed_models_code=102,
    similarity_threshold=0.1,
    update_without_datasets_clears=False,
    default_llm_setting={},
    default_parameters=(
        {"key": "knowledge", "optional": False},
        {"key": "date", "optional": True},
    ),
    numbers_are_names=False,
    session_user_kept=False,
    cumulative=False,
    hyphenated_message_ids=False,
    question_needs_session=False,
    reference_keys=frozenset({"url", "doc_type", "row_id", "document_metadata"}),
)

GENERATIONS = {row.version: row for row in (_V22, _V27)}


def find_generation(version: str) -> Generation:
    """Look up the row of a version, with or without a leading ``v``.

    Raises:
        ValueError: If there is no such row.
    """
    row = GENERATIONS.get(version.removeprefix("v"))
    if row is None:
        known = ", ".join(GENERATIONS)
        raise ValueError(
            f"the embedded server does not speak version {version!r}; it knows {known}"
        )
    return row
