"""Chat assistants, their model and their prompt, in one vocabulary for all server generations."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, TypeAlias

from attrs import define, field

from ._base import Model, ResourceData, alias_of, fold_aliases

__all__ = ["LLM", "ChatData", "Prompt"]


@define(kw_only=True, frozen=True, getstate_setstate=False)
class LLM(Model):
    """The language model of a chat. What is ``None`` is left to the server.

    Attributes:
        model_name: Name of the model; ``None`` is the tenant's default.
        temperature: Randomness (servers default to 0.1).
        top_p: Nucleus sampling (servers default to 0.3).
        presence_penalty: Penalty for words that were said (servers default to 0.4).
        frequency_penalty: Penalty for frequent words (servers default to 0.7).
        max_tokens: Longest answer in tokens (servers default to 512).
        max_token: The draft's name for ``max_tokens``; either may be given.
    """

    model_name: str | None = None
    temperature: float | None = None
    top_p: float | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    max_tokens: int | None = None
    max_token: int | None = alias_of("max_tokens")

    def __attrs_post_init__(self) -> None:
        fold_aliases(self)


@define(kw_only=True, frozen=True, getstate_setstate=False)
class Prompt(Model):
    """What a chat tells its model and how it looks for knowledge; ``None`` is left to the server.

    Attributes:
        prompt: The system prompt; ``{knowledge}`` stands for the retrieved chunks.
        opener: The chat's first words.
        show_quote: Whether answers carry citations.
        empty_response: The answer when nothing is found; "" lets the model speak freely.
        variables: Names that the prompt uses: ``{"key": …, "optional": …}``.
        similarity_threshold: Chunks below it are not used.
        keywords_similarity_weight: Weight of words against vectors, 0 to 1 (servers default to
            0.7). The client sends and reads it as this, on every server generation.
        top_n: Chunks given to the model.
        top_k: Chunks considered by the vector search.
        rerank_model: Name of the reranker.
    """

    prompt: str | None = None
    opener: str | None = None
    show_quote: bool | None = None
    empty_response: str | None = None
    variables: list[object] | None = field(default=None, repr=False)
    similarity_threshold: float | None = None
    keywords_similarity_weight: float | None = None
    top_n: int | None = None
    top_k: int | None = None
    rerank_model: str | None = None
    tts: bool | None = field(default=None, repr=False)
    refine_multiturn: bool | None = field(default=None, repr=False)
    keyword: bool | None = field(default=None, repr=False)
    reasoning: bool | None = field(default=None, repr=False)
    use_kg: bool | None = field(default=None, repr=False)
    cross_languages: list[str] | None = field(default=None, repr=False)
    toc_enhance: bool | None = field(default=None, repr=False)
    tavily_api_key: str | None = field(default=None, repr=False)


_LLM: TypeAlias = LLM
_Prompt: TypeAlias = Prompt


@define(kw_only=True, getstate_setstate=False)
class ChatData(ResourceData):
    """A chat assistant's data.

    Attributes:
        dataset_ids: The datasets it answers from; also ``knowledgebases``.
        llm: Its language model.
        prompt: What it is told, and how it retrieves.
        avatar: Its picture, as a data URI.
    """

    LLM: ClassVar[type[_LLM]] = LLM
    Prompt: ClassVar[type[_Prompt]] = Prompt

    name: str = ""
    description: str = ""
    avatar: str = field(default="", repr=False)
    dataset_ids: list[str] = field(factory=list)
    llm: _LLM = field(factory=_LLM)
    prompt: _Prompt = field(factory=_Prompt, repr=False)
    language: str = field(default="", repr=False)
    prompt_type: str = field(default="", repr=False)
    status: str = field(default="", repr=False)
    tenant_id: str = field(default="", repr=False)
    create_time: int = field(default=0, repr=False)
    create_date: datetime | None = field(default=None, repr=False)
    update_time: int = field(default=0, repr=False)
    update_date: datetime | None = field(default=None, repr=False)

    @property
    def knowledgebases(self) -> list[str]:
        """The draft's name for ``dataset_ids``."""
        return self.dataset_ids
