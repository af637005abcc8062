"""The columns of the table of server generations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ragflow.local.parser_defaults import ParserDefaults

Code = int
NOT_CHECKED: None = None


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
    parser_config: ParserDefaults
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
    dataset_methods: tuple[str, ...] = ()  # where no schema knows them
    dataset_languages: tuple[str, ...] | None = NOT_CHECKED
    longest_dataset_name: int | None = NOT_CHECKED
    parser_config_checked: bool = False
    bad_desc_refused: bool = False
    first_foreign_dataset_stops: bool = False
    no_datasets_is_error: bool = False
    settable_dataset_keys: frozenset[str] = frozenset()  # where no schema knows them

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
    citation: str = "[ID:{}]"
    citations_come_last: bool = False  # all at once, in the last frame
    streaming_reference: Mapping[str, Any] = field(default_factory=lambda: {"chunks": []})
    answers_tell_time: bool = True
    empty_stream_fails: bool = False
