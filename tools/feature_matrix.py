"""Writes docs/servers.md, what works on which server: ``python tools/feature_matrix.py [--check]``.

What differs is read from the dialect table; here stands only what it means to who calls a method.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from itertools import groupby, pairwise
from pathlib import Path

from attrs import frozen

from ragflow._protocol.dialects import DIALECTS, Dialect, dialect_for
from ragflow._protocol.versions import LENIENT, STRICT, parse_version

PAGE = Path(__file__).resolve().parents[1] / "docs" / "servers.md"
NOT_THERE = "not there"
# The server lines that have a column, by their first release; a line ends where the next begins.
LINES = {
    "0.13.0": "v0.13",
    "0.14.0": "v0.14–v0.15",
    "0.16.0": "v0.16–v0.18",
    "0.19.0": "v0.19–v0.21",
    "0.22.0": "v0.22–v0.23",
    "0.24.0": "v0.24",
    "0.25.0": "v0.25.0",
    "0.25.1": "v0.25.1–v0.25.5",
    "0.25.6": "v0.25.6–v0.26",
    "0.27.0": "v0.27",
}
# Traits of the table that only the wire knows: another verb, route, name or code.
UNSEEN = frozenset(
    {
        *("document_update", "chunk_update", "chat_update", "session_update"),
        *("parse_route", "stop_route", "completion_route", "completion_names_chat"),
        *("new_chat_schema", "code_109_is_permission", "highlight_is_flag"),
    }
)

Meaning = Callable[[object], str | None]


def when(value: object, text: str) -> Meaning:
    """What one value of a trait means; with the others, all is as usual."""
    return lambda found: text if found == value else None


def without(name: str, text: str) -> Meaning:
    """What it means that a set lacks a name."""
    return lambda found: None if name in found else text  # type: ignore[operator]


@frozen
class Feature:
    """Something that users call, and what the traits that bear on it mean to them."""

    name: str
    traits: Mapping[str, Meaning] = {}


FIRST_PAGES = when(("offset", "limit"), "the wire counts pages by other names; nothing changes")
EMPTY = when(
    True, "the server refuses to list nothing; the client gives an empty list all the same"
)
HERE = "the client filters, for which it reads the whole list"
LEFT_OUT = "not sent, since these servers choose it themselves and refuse to be told"
RESENT = "the client names the chat's datasets in each update, or some of these servers drop them"

FEATURES: Mapping[str, tuple[Feature, ...]] = {
    "Datasets": (
        Feature("`create_dataset`"),
        Feature("`create_dataset(language=…)`", {"dataset_language": when((), LEFT_OUT)}),
        Feature(
            "`layout_recognize=True` or `False`",
            {
                "layout_recognize_is_text": when(
                    True, "sent as the names `DeepDOC` and `Plain Text`, which the server wants"
                )
            },
        ),
        Feature("`list_datasets`, `iter_datasets`", {"empty_lists_fail": EMPTY}),
        Feature("`get_dataset`, `DataSet.update`"),
        Feature("`delete_datasets`, `delete_all_datasets`"),
    ),
    "Documents": (
        Feature(
            "`upload_documents`, `create_document`",
            {
                "file_name_bytes": when(127, "file names of up to 127 bytes; else 255"),
                "upload_returns_stored": when(
                    False, "what a partly refused form left is found by listing the newest files"
                ),
            },
        ),
        Feature(
            "`list_documents`, `iter_documents`, `get_document`",
            {"paging": FIRST_PAGES, "empty_lists_fail": EMPTY},
        ),
        Feature("`list_documents(name=…)`", {"document_filters": without("name", HERE)}),
        Feature("`list_documents(run=…, suffix=…)`", {"document_filters": without("run", HERE)}),
        Feature("`Document.update`, `Document.download`, `Document.download_to`, `iter_bytes`"),
        Feature("`DataSet.ingest`, `DataSet.sync`, `DataSet.verify`"),
        Feature("`delete_documents`, `delete_all_documents`"),
    ),
    "Parsing": (
        Feature(
            "`async_parse_documents`",
            {
                "cancelled_blocks_parse": when(
                    True, "what was cancelled midway is first stopped once more, by the client"
                )
            },
        ),
        Feature(
            "`async_parse_documents` of what was parsed before",
            {"parses_again": when(False, NOT_THERE)},
        ),
        Feature(
            "`parse_documents`",
            {
                "document_filters": without(
                    "ids", "to see how far it is, the client reads the list page by page"
                )
            },
        ),
        Feature("`async_cancel_parse_documents`", {"stops_running": when(False, NOT_THERE)}),
    ),
    "Chunks and retrieval": (
        Feature("`list_chunks`, `iter_chunks`", {"paging": FIRST_PAGES}),
        Feature(
            "`list_chunks(id=…)`",
            {"finds_chunk_by_id": when(False, "the client looks through all chunks")},
        ),
        Feature("`add_chunk`, `Chunk.update`, `delete_chunks`, `delete_all_chunks`"),
        Feature("`retrieve`", {"paging": FIRST_PAGES}),
        Feature("`retrieve(metadata_condition=…)`", {"metadata_condition": when(False, NOT_THERE)}),
    ),
    "Chats and sessions": (
        Feature("`create_chat`, `Chat.get_prologue`"),
        Feature(
            "`Prompt.keywords_similarity_weight`",
            {
                "keyword_weight_read_is_vector": when(
                    True, "the server tells the vectors' weight; the client turns it round"
                )
            },
        ),
        Feature("`list_chats`, `iter_chats`, `get_chat`", {"empty_lists_fail": EMPTY}),
        Feature("`Chat.update`", {"chat_update_resends_datasets": when(True, RESENT)}),
        Feature("`delete_chats`, `delete_all_chats`"),
        Feature("`create_session`, `list_sessions`, `iter_sessions`, `get_session`"),
        Feature("`Session.update`, `delete_sessions`, `delete_all_sessions`"),
        Feature(
            "`Session.ask`, streamed or not",
            {
                "completion_sends_history": when(
                    True, "the client reads the conversation first and sends all of it"
                )
            },
        ),
    ),
    "Client": (Feature("`server_version`, `bind`, `close`"),),
}


def rows_of(first: str) -> list[Dialect]:
    """The rows of the table that hold within a line."""
    begins = [parse_version(line) for line in LINES]
    start = parse_version(first)
    after = dict(pairwise(begins)).get(start)
    rest = [row for row in DIALECTS if row.since > start and (after is None or row.since < after)]  # type: ignore[operator]
    return [dialect_for(first), *rest]


def notes(feature: Feature, first: str) -> list[str]:
    """What is to be said of a feature on a line of servers; of what changes there, since when."""
    found = []
    for trait, meaning in feature.traits.items():
        meant = [(row.name, meaning(getattr(row, trait))) for row in rows_of(first)]
        runs = [next(run) for _, run in groupby(meant, key=lambda item: item[1])]
        texts = [text for _, text in runs]
        if len(texts) > 1:
            texts = ["; ".join(f"from {since}: {text or 'as usual'}" for since, text in runs)]
        found += [text for text in texts if text is not None]
    return found


def page() -> str:
    """The whole page."""
    numbers: dict[str, int] = {}
    lines = list(_introduction())
    for title, features in FEATURES.items():
        lines += [f"## {title}", "", f"| | {' | '.join(LINES.values())} |"]
        lines.append("|---" * (len(LINES) + 1) + "|")
        for feature in features:
            cells = [_cell(notes(feature, first), numbers) for first in LINES]
            lines.append(f"| {feature.name} | {' | '.join(cells)} |")
        lines.append("")
    lines += [f"[^{number}]: {text[0].upper()}{text[1:]}." for text, number in numbers.items()]
    return "\n".join(lines) + "\n"


def _cell(texts: list[str], numbers: dict[str, int]) -> str:
    if NOT_THERE in texts:
        return "–"
    refs = [f"[^{numbers.setdefault(text, len(numbers) + 1)}]" for text in texts]
    return "✓" + "".join(refs)


def _introduction() -> tuple[str, ...]:
    return (
        "# What works on which server",
        "",
        "One client speaks to all servers from v0.13 on. ✓ works, in some places with a note on",
        "what is different; – is not there: the call raises an error. Asynchronous and blocking",
        "clients are alike.",
        "",
        "Servers before v0.25 do not tell their version, so the client infers it from how they",
        f"answer. It cannot tell v0.14 to v0.18 apart, which it treats as v{LENIENT}, nor v0.19 to",
        f"v0.22, which it treats as v{STRICT}: pass `server_version=` to have all that yours can.",
        "",
        "The Go server that v0.27 can be run with is spoken to like the Python one: the client",
        "uses the routes that both have. It reads citations as `[ID:0]` on every server.",
        "",
    )


def main(arguments: list[str] | None = None) -> int:
    """Writes the page, or checks that it is what would be written."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail if it is stale")
    if not parser.parse_args(arguments).check:
        PAGE.parent.mkdir(exist_ok=True)
        PAGE.write_text(page(), encoding="utf-8")
        return 0
    if PAGE.is_file() and PAGE.read_text(encoding="utf-8") == page():
        return 0
    print(f"{PAGE} is not what tools/feature_matrix.py writes: run it", file=sys.stderr)
    return 1


if __name__ == "__main__":
    raise SystemExit(main())
