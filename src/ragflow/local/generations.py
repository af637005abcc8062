"""The table of what differs between the server generations this server can speak.

A row is data only. Whoever needs to know how an answer looks asks the row, never the version.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
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
    document_update_answers: Literal["nothing", "enabled-true", "document"]
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

    # What follows differs in old servers only; the values here are those of all newer ones.
    # Keys that are spelt otherwise, or are missing (None), by the kind of object.
    spellings: Mapping[str, Mapping[str, str | None]] = field(default_factory=dict)

    # envelope, authentication, request bodies, paging
    outer_keys: tuple[str, str] = ("code", "message")  # of exceptions and refused keys
    renamed_product: bool = False  # messages say "seceum" wherever they said "rag"
    key_missing_is_exception: bool = False
    any_content_type: bool = False  # JSON is read whatever the header says
    broken_json_is_null: bool = False
    largest_body: int | None = None
    default_page_size: int = 30
    page_parameters: tuple[str, str] = ("page", "page_size")  # of documents, chunks, retrieval

    # datasets
    dataset_methods: tuple[str, ...] = ()
    dataset_languages: tuple[str, ...] | None = NOT_CHECKED
    longest_dataset_name: int | None = NOT_CHECKED
    parser_config_checked: bool = False
    bad_desc_refused: bool = False
    first_foreign_dataset_stops: bool = False
    no_datasets_is_error: bool = False
    settable_dataset_keys: frozenset[str] = frozenset()

    # documents
    largest_upload: int | None = None
    refused_suffixes: frozenset[str] = frozenset()
    file_name_limit: int | None = 255
    file_name_unit: Literal["bytes", "characters"] = "bytes"
    long_file_name_refuses: Literal["request", "file"] = "request"
    plain_header_names: bool = True  # raw UTF-8 in Content-Disposition, else RFC 5987
    download_cache: str = "public"
    serves_ranges: bool = False
    document_filters: frozenset[str] = frozenset(
        {"keywords", "id", "name", "suffix", "run", "type", "create_time"}
    )
    only_false_ascends: bool = False  # desc=false means nothing, desc=False does
    no_documents_is_error: bool = False
    total_counts_page: bool = False
    first_unknown_id_stops: bool = False
    repeated_ids_reported: bool = True
    parse_needs_zero_progress: bool = False
    stop_refused_at: tuple[float, ...] = (0, 1)

    # chunks and retrieval
    chunk_flag_is_number: bool = False
    no_positions: tuple[Any, ...] = ()
    blank_chunks_refused: bool = True
    hand_chunks_lack_image: bool = False  # such a chunk can't be listed by its id
    dataset_id_is_list: bool = False
    unknown_chunks_kept: bool = False  # a delete with an unknown id deletes nothing
    empty_chunk_ids: Literal["all", "none"] = "all"
    wipe_stumbles: bool = True
    chunk_delete_needs_body: bool = True
    search_page_zero_is_empty: bool = False
    filters_metadata: bool = True
    mixed_retrieval_code: Code = 102

    # chats, sessions, completions
    chat_dataset_ids: Literal["required", "echoed", "optional"] = "optional"
    unparsed_documents_refuse_chats: bool = False
    chat_without_datasets_code: Code | None = None  # of an update to an empty list
    lost_dataset_breaks_chats: bool = False
    no_chats_is_error: bool = False
    prompts_pile_up: bool = False  # all chats of a list show the prompt of the last one
    bare_model_names: bool = False
    default_switches: Mapping[str, bool] = field(
        default_factory=lambda: {"quote": True, "tts": False, "refine_multiturn": True}
    )
    shows_vector_weight: bool = False  # under the name of the keywords' weight
    top_k_created: bool = False  # the answer to a creation has it beside the prompt
    fixed_opener: str | None = None
    opener_has_reference: bool = True
    session_reference_keys: tuple[str, ...] = (
        "id",
        "content",
        "document_id",
        "document_name",
        "dataset_id",
        "image_id",
        "positions",
    )
    empty_question_refused: bool = False
    opener_is_text: bool = False  # JSON answers without a session hold a stream as a string
    citations_come_last: bool = False  # as ##0$$, in the last frame only
    streaming_reference: Mapping[str, Any] = field(default_factory=lambda: {"chunks": []})
    answers_tell_time: bool = True
    empty_stream_fails: bool = False


_V22 = Generation(
    version="0.22.1",
    features=frozenset({"strict"}),
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
    features=frozenset({"strict", "restful"}),
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

_METHODS_13 = (
    "naive",
    "manual",
    "qa",
    "table",
    "paper",
    "book",
    "laws",
    "presentation",
    "picture",
    "one",
    "knowledge_graph",
    "email",
)
_SETTABLE_13 = frozenset(
    {
        "name",
        "avatar",
        "description",
        "permission",
        "language",
        "chunk_method",
        "embedding_model",
        "parser_config",
    }
)
_NO_TASKS = dict.fromkeys(
    f"{task}_task_{part}"
    for task in ("graphrag", "mindmap", "raptor")
    for part in ("id", "finish_at")
)
_SPELLINGS_17: dict[str, dict[str, str | None]] = {
    "dataset": {"pipeline_id": None, **_NO_TASKS},
    "document": {"process_duration": "process_duation", "suffix": None, "pipeline_id": None},
    "uploaded document": {"suffix": None, "pipeline_id": None, "source_type": None},
    "retrieved chunk": {"doc_type_kwd": None},
    "reference": dict.fromkeys(("similarity", "vector_similarity", "term_similarity")),
    "chat": {"meta_data_filter": None},
}

_V17 = replace(
    _V22,
    version="0.17.2",
    features=frozenset({"lax"}),
    aliases=frozenset({"login-version"}),
    foreign_dataset_code=102,
    parser_config=parser_defaults.V17,
    document_update_answers="nothing",
    list_keys=frozenset({"meta_fields"}),
    unknown_chunk_code=100,
    unknown_document_chunk_delete_code=102,
    mixed_models_code=109,
    update_without_datasets_clears=False,
    reference_keys=frozenset({"url"}),
    spellings=_SPELLINGS_17,
    any_content_type=True,
    broken_json_is_null=True,
    largest_body=128 * 1024**2,
    dataset_methods=(*_METHODS_13, "tag"),
    longest_dataset_name=127,
    parser_config_checked=True,
    bad_desc_refused=True,
    settable_dataset_keys=_SETTABLE_13 | {"pagerank"},
    refused_suffixes=frozenset({"msg", "jsonl", "ldjson", "mkv"}),
    file_name_limit=127,
    file_name_unit="characters",
    long_file_name_refuses="file",
    plain_header_names=False,
    download_cache="no-cache",
    serves_ranges=True,
    document_filters=frozenset({"keywords", "id", "name"}),
    only_false_ascends=True,
    first_unknown_id_stops=True,
    repeated_ids_reported=False,
    parse_needs_zero_progress=True,
    blank_chunks_refused=False,
    hand_chunks_lack_image=True,
    empty_chunk_ids="none",
    wipe_stumbles=False,
    search_page_zero_is_empty=True,
    filters_metadata=False,
    chat_dataset_ids="echoed",
    unparsed_documents_refuse_chats=True,
    chat_without_datasets_code=102,
    bare_model_names=True,
    opener_has_reference=False,
    opener_is_text=True,
    citations_come_last=True,
    empty_stream_fails=True,
)

_V13 = replace(
    _V17,
    version="0.13.0",
    parser_config=parser_defaults.V13,
    default_embedding="hashing",
    update_keys=frozenset(),
    list_keys=frozenset(),
    unknown_chunk_code=102,
    reference_keys=frozenset({"content_ltks", "important_kwd"}),
    question_needs_session=False,
    spellings={
        **_SPELLINGS_17,
        "dataset": {**_SPELLINGS_17["dataset"], "pagerank": None},
        "chunk": {"dataset_id": None, "questions": None},
        "added chunk": {"questions": None},
        "retrieved chunk": {
            "doc_type_kwd": None,
            "dataset_id": "kb_id",
            "image_id": "img_id",
        },
        "reference": {
            "id": "chunk_id",
            "content": "content_with_weight",
            "document_id": "doc_id",
            "document_name": "docnm_kwd",
            "dataset_id": "kb_id",
            "image_id": "img_id",
        },
        "session": {"user_id": None},
        "listed session": {"user_id": None, "chat_id": "chat"},
    },
    outer_keys=("retcode", "retmsg"),
    renamed_product=True,
    key_missing_is_exception=True,
    default_page_size=1024,
    page_parameters=("offset", "limit"),
    dataset_methods=_METHODS_13,
    dataset_languages=("Chinese", "English"),
    longest_dataset_name=NOT_CHECKED,
    parser_config_checked=False,
    bad_desc_refused=False,
    first_foreign_dataset_stops=True,
    no_datasets_is_error=True,
    settable_dataset_keys=_SETTABLE_13,
    largest_upload=10 * 1024**2,
    file_name_limit=None,
    document_filters=frozenset({"keywords", "id"}),
    no_documents_is_error=True,
    total_counts_page=True,
    parse_needs_zero_progress=False,
    stop_refused_at=(0, 100),
    chunk_flag_is_number=True,
    no_positions=("",),
    blank_chunks_refused=True,
    hand_chunks_lack_image=False,
    dataset_id_is_list=True,
    unknown_chunks_kept=True,
    empty_chunk_ids="all",
    chunk_delete_needs_body=False,
    mixed_retrieval_code=109,
    chat_dataset_ids="required",
    unparsed_documents_refuse_chats=False,
    lost_dataset_breaks_chats=True,
    no_chats_is_error=True,
    prompts_pile_up=True,
    default_switches={},
    shows_vector_weight=True,
    top_k_created=True,
    fixed_opener="Hi! I am your assistant，can I help you?",
    session_reference_keys=(
        *_V22.session_reference_keys,
        "similarity",
        "vector_similarity",
        "term_similarity",
    ),
    empty_question_refused=True,
    opener_is_text=False,
    streaming_reference={},
    answers_tell_time=False,
    empty_stream_fails=False,
)

GENERATIONS = {row.version: row for row in (_V13, _V17, _V22, _V27)}


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
