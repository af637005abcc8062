"""Data as servers tell it, in one vocabulary for all their generations."""

from ._base import Model, ResourceData
from .chats import LLM, ChatData, Prompt
from .chunks import ChunkData, Reference
from .datasets import DatasetData, ParserConfig
from .documents import DocumentData, RunStatus
from .ingest import FileResult, IngestProgress, IngestReport, Outcome
from .messages import Message, SessionData
from .results import BatchResult, DocumentCount, Page, ParseProgress, Retrieval, UploadProgress

__all__ = [
    "LLM",
    "BatchResult",
    "ChatData",
    "ChunkData",
    "DatasetData",
    "DocumentCount",
    "DocumentData",
    "FileResult",
    "IngestProgress",
    "IngestReport",
    "Message",
    "Model",
    "Outcome",
    "Page",
    "ParseProgress",
    "ParserConfig",
    "Prompt",
    "Reference",
    "ResourceData",
    "Retrieval",
    "RunStatus",
    "SessionData",
    "UploadProgress",
]
