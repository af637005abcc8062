"""What differs between server generations, as one table of data.

Each row says what changed with a release; the rest is as in the row before. What is not a column
is alike everywhere, or can be told from the answer itself.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import lru_cache

from attrs import evolve, frozen

from ..errors import UnsupportedByServerError
from .versions import Version, parse_version

__all__ = ["DIALECTS", "Dialect", "dialect_for"]


@frozen(kw_only=True)
class Dialect:
    """The habits of one line of server releases.

    Attributes:
        since: The first release that the row describes.
        paging: Names of page number and page size in lists of documents and chunks, and in
            retrieval.
        empty_lists_fail: A list without datasets, documents or chats is an error.
        document_filters: What the document list can be filtered by; the client does the rest.
        finds_chunk_by_id: The chunk list can look for an id; before, it looked within the page
            asked for, or failed for known ids as for unknown ones.
        document_update: HTTP verb that changes a document.
        chunk_update: HTTP verb that changes a chunk.
        chat_update: HTTP verb that changes a chat and leaves what is not named as it is.
        session_update: HTTP verb that renames a session.
        parse_route: Verb and last path segments that start parsing.
        parses_again: A document that was parsed, or failed, can be parsed again.
        stop_route: Verb and last path segments that stop parsing.
        stops_running: A document that is being parsed can be stopped.
        cancelled_blocks_parse: A document that was cancelled midway refuses to be parsed until it
            is stopped once more.
        completion_route: Path segments of a question; ``{chat}`` stands for the chat's id.
        completion_names_chat: The question's body carries ``chat_id``.
        completion_sends_history: The question comes as the whole conversation, which replaces the
            one that the server knows.
        new_chat_schema: Chats are written as ``llm_id``, ``llm_setting`` and ``prompt_config``.
        chat_update_resends_datasets: A chat update names the datasets; else the chat loses them.
        keyword_weight_read_is_vector: Chats tell the vector weight under the keyword weight's name.
        dataset_language: Where a dataset's language goes at creation: a key path, or nowhere.
        layout_recognize_is_text: ``layout_recognize`` is the name of a layout model, not a switch.
        code_109_is_permission: Code 109 means "not yours"; a bad key is told by the HTTP status.
        upload_returns_stored: A partly failed upload tells which files were stored.
        file_name_bytes: Longest file name in UTF-8 bytes.
        highlight_is_flag: ``highlight`` is a JSON boolean; before, only the text "false" is off.
        metadata_condition: Retrieval can filter by the documents' metadata.
    """

    since: Version
    paging: tuple[str, str]
    empty_lists_fail: bool
    document_filters: frozenset[str]
    finds_chunk_by_id: bool
    document_update: str
    chunk_update: str
    chat_update: str
    session_update: str
    parse_route: tuple[str, ...]
    parses_again: bool
    stop_route: tuple[str, ...]
    stops_running: bool
    cancelled_blocks_parse: bool
    completion_route: tuple[str, ...]
    completion_names_chat: bool
    completion_sends_history: bool
    new_chat_schema: bool
    chat_update_resends_datasets: bool
    keyword_weight_read_is_vector: bool
    dataset_language: tuple[str, ...]
    layout_recognize_is_text: bool
    code_109_is_permission: bool
    upload_returns_stored: bool
    file_name_bytes: int
    highlight_is_flag: bool
    metadata_condition: bool

    @property
    def name(self) -> str:
        """The first release of the row, as text."""
        return "v" + ".".join(map(str, self.since))

    def require(self, trait: str, feature: str) -> None:
        """Refuses what the server cannot do.

        Raises:
            UnsupportedByServerError: The trait is off in this row; the error names rows with it.
        """
        if not getattr(self, trait):
            raise UnsupportedByServerError(feature, _spans(trait), f"like {self.name}")


_V0_13_0 = Dialect(
    since=(0, 13, 0),
    paging=("offset", "limit"),
    empty_lists_fail=True,
    document_filters=frozenset({"id", "keywords"}),
    finds_chunk_by_id=False,
    document_update="PUT",
    chunk_update="PUT",
    chat_update="PUT",
    session_update="PUT",
    parse_route=("POST", "chunks"),
    parses_again=True,
    stop_route=("DELETE", "chunks"),
    stops_running=True,
    cancelled_blocks_parse=False,
    completion_route=("chats", "{chat}", "completions"),
    completion_names_chat=False,
    completion_sends_history=False,
    new_chat_schema=False,
    chat_update_resends_datasets=True,
    keyword_weight_read_is_vector=True,
    dataset_language=("language",),
    layout_recognize_is_text=False,
    code_109_is_permission=False,
    upload_returns_stored=False,
    file_name_bytes=255,
    highlight_is_flag=False,
    metadata_condition=False,
)
_V0_14_0 = evolve(
    _V0_13_0,
    since=(0, 14, 0),
    paging=("page", "page_size"),
    empty_lists_fail=False,
    document_filters=frozenset({"id", "keywords", "name"}),
    parses_again=False,
    stops_running=False,
    chat_update_resends_datasets=False,
)
_V0_15_1 = evolve(_V0_14_0, since=(0, 15, 1), file_name_bytes=127)
_V0_16_0 = evolve(
    _V0_15_1,
    since=(0, 16, 0),
    stops_running=True,
    cancelled_blocks_parse=True,
    keyword_weight_read_is_vector=False,
    layout_recognize_is_text=True,
)
_V0_18_0 = evolve(
    _V0_16_0,
    since=(0, 18, 0),
    finds_chunk_by_id=True,
    parses_again=True,
)
_V0_19_0 = evolve(
    _V0_18_0,
    since=(0, 19, 0),
    # Only v0.22 to v0.24 need it, but v0.19 to v0.22 cannot be told apart without being told.
    chat_update_resends_datasets=True,
    dataset_language=(),
)
_V0_19_1 = evolve(_V0_19_0, since=(0, 19, 1), file_name_bytes=255)
_V0_20_5 = evolve(_V0_19_1, since=(0, 20, 5), metadata_condition=True)
_V0_21_1 = evolve(
    _V0_20_5,
    since=(0, 21, 1),
    document_filters=frozenset({"id", "keywords", "name", "run", "suffix"}),
)
_V0_24_0 = evolve(_V0_21_1, since=(0, 24, 0), highlight_is_flag=True)
_V0_25_0 = evolve(
    _V0_24_0,
    since=(0, 25, 0),
    document_update="PATCH",
    chat_update="PATCH",
    cancelled_blocks_parse=False,
    new_chat_schema=True,
    chat_update_resends_datasets=False,
    dataset_language=("ext", "language"),
    code_109_is_permission=True,
)
_V0_25_1 = evolve(
    _V0_25_0,
    since=(0, 25, 1),
    document_filters=frozenset({"id", "ids", "keywords", "name", "run", "suffix"}),
    chunk_update="PATCH",
    session_update="PATCH",
    parse_route=("POST", "documents", "parse"),
    stop_route=("POST", "documents", "stop"),
    completion_route=("chat", "completions"),
    completion_names_chat=True,
    completion_sends_history=True,
)
_V0_25_6 = evolve(_V0_25_1, since=(0, 25, 6), completion_sends_history=False)
_V0_26_3 = evolve(_V0_25_6, since=(0, 26, 3), upload_returns_stored=True)

DIALECTS: tuple[Dialect, ...] = (
    _V0_13_0,
    _V0_14_0,
    _V0_15_1,
    _V0_16_0,
    _V0_18_0,
    _V0_19_0,
    _V0_19_1,
    _V0_20_5,
    _V0_21_1,
    _V0_24_0,
    _V0_25_0,
    _V0_25_1,
    _V0_25_6,
    _V0_26_3,
)


@lru_cache(64)  # asked for with each request
def dialect_for(version: str) -> Dialect:
    """The row for a version; builds without a number (``nightly``, ``unknown``) are the newest."""
    release = parse_version(version)
    if release is None:
        return DIALECTS[-1]
    index = bisect_right([row.since for row in DIALECTS], release) - 1
    return DIALECTS[max(index, 0)]


def _spans(trait: str) -> str:
    """The releases that have a trait, in words."""
    spans: list[str] = []
    has = False
    for row in DIALECTS:
        if bool(getattr(row, trait)) is not has:
            has = not has
            if has:
                spans.append(row.name)
            else:
                spans[-1] += f" to before {row.name}"
    if has:
        spans[-1] += " and later"
    return ", or ".join(spans)
