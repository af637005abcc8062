"""Documents: files in a dataset."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from attrs import define, field

from ._base import ResourceData
from .datasets import ParserConfig

__all__ = ["DocumentData", "RunStatus"]


class RunStatus(StrEnum):
    """How far the parsing of a document is; compares equal to its text, ``"DONE"`` and so on."""

    UNSTART = "UNSTART"
    RUNNING = "RUNNING"
    CANCEL = "CANCEL"
    DONE = "DONE"
    FAIL = "FAIL"

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen by itself."""
        return self in (RunStatus.DONE, RunStatus.FAIL, RunStatus.CANCEL)


@define(kw_only=True, getstate_setstate=False)
class DocumentData(ResourceData):
    """A document's data. What an upload answers lacks counts, progress and dates.

    Attributes:
        id: Its id.
        name: Its file name; a name that is taken in the dataset gets ``(1)`` before the suffix.
        dataset_id: The dataset it is in; also ``knowledgebase_id``.
        chunk_method: The parser's name; also ``parser_method`` and ``parse_method``.
        size: Bytes.
        progress: 0 to 1; -1 when parsing failed.
        progress_msg: The parser's log so far, a line each step.
        process_begin_at: When parsing began, the server's local time.
        process_duration: Seconds of parsing; also ``process_duation``, as the draft spells it.
        run: How far the parsing is.
        meta_fields: Metadata set by users.
        content_hash: xxh128 of the stored bytes, in hexadecimal; only from v0.27 on.
    """

    wire_names: ClassVar[dict[str, str]] = {
        "kb_id": "dataset_id",
        "knowledgebase_id": "dataset_id",
        "parser_id": "chunk_method",
        "chunk_num": "chunk_count",
        "token_num": "token_count",
        "process_duation": "process_duration",
    }

    name: str = ""
    dataset_id: str = ""
    size: int = 0
    type: str = ""
    run: RunStatus = RunStatus.UNSTART
    progress: float = 0.0
    progress_msg: str = field(default="", repr=False)
    chunk_count: int = 0
    token_count: int = 0
    chunk_method: str = ""
    parser_config: ParserConfig = field(factory=ParserConfig, repr=False)
    meta_fields: dict[str, object] = field(factory=dict, repr=False)
    location: str = field(default="", repr=False)
    suffix: str = field(default="", repr=False)
    source_type: str = field(default="", repr=False)
    thumbnail: str = field(default="", repr=False)
    created_by: str = field(default="", repr=False)
    status: str = field(default="", repr=False)
    content_hash: str = field(default="", repr=False)
    process_begin_at: datetime | None = field(default=None, repr=False)
    process_duration: float = field(default=0.0, repr=False)
    create_time: int = field(default=0, repr=False)
    create_date: datetime | None = field(default=None, repr=False)
    update_time: int = field(default=0, repr=False)
    update_date: datetime | None = field(default=None, repr=False)

    @property
    def knowledgebase_id(self) -> str:
        """The draft's name for ``dataset_id``."""
        return self.dataset_id

    @property
    def parser_method(self) -> str:
        """The draft's name for ``chunk_method``."""
        return self.chunk_method

    @property
    def parse_method(self) -> str:
        """Another name of the draft for ``chunk_method``."""
        return self.chunk_method

    @property
    def process_duation(self) -> float:
        """``process_duration`` as the draft, and servers up to v0.19, spell it."""
        return self.process_duration

    @property
    def ended(self) -> bool:
        """Whether parsing is over: done, failed or cancelled. ``run`` may lag behind progress."""
        return self.run.ended or self.progress >= 1 or self.progress < 0
