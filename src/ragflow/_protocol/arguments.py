"""Arguments as users give them: objects or ids, one or many, and the draft's many spellings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from ..errors import InvalidArgumentError
from ..models import ResourceData

__all__ = [
    "Identified",
    "IdentifiedMany",
    "either",
    "ids_of",
    "one_id",
    "optional_ids",
    "page_or_id",
    "unfold",
    "update_fields",
]

T = TypeVar("T")
Identified = str | ResourceData
IdentifiedMany = Identified | Iterable[Identified]

# Spellings of the draft API, and what they mean.
SPELLINGS: Mapping[str, str] = {
    "parse_method": "chunk_method",
    "parser_method": "chunk_method",
    "frequency penalty": "frequency_penalty",
    "presence penalty": "presence_penalty",
    "max_token": "max_tokens",
    "chunk_token_count": "chunk_token_num",
    "similarity_threshold_weight": "vector_similarity_weight",
    "Similarity_threshold": "similarity_threshold",
    "knowledgebases": "dataset_ids",
    "datasets": "dataset_ids",
}


def one_id(value: Identified, what: str) -> str:
    """The id of an object or an id itself.

    Raises:
        InvalidArgumentError: It is neither, or empty.
    """
    identifier = value if isinstance(value, str) else getattr(value, "id", None)
    if not isinstance(identifier, str) or not identifier.strip():
        raise InvalidArgumentError(f"{what} must be an id or an object with one, not {value!r:.80}")
    return identifier


def ids_of(values: IdentifiedMany | None, what: str, *, instead: str = "") -> list[str]:
    """The ids of one or several objects or ids, each once, in order; never none.

    Servers take an empty list for "all of them", so it is refused here.

    Raises:
        InvalidArgumentError: There is none, or one of them is not an id.
    """
    ids = optional_ids(values, what)
    if not ids:
        hint = f"; to delete everything call {instead}()" if instead else ""
        raise InvalidArgumentError(f"no {what} given{hint}")
    return ids


def optional_ids(values: IdentifiedMany | None, what: str) -> list[str]:
    """Like :func:`ids_of`, where none at all is a good answer too."""
    if values is None:
        return []
    if isinstance(values, str | ResourceData):
        values = [values]
    if isinstance(values, Mapping) or not isinstance(values, Iterable):
        raise InvalidArgumentError(f"{what} must be one or several ids, not {values!r:.80}")
    return list(dict.fromkeys(one_id(value, what) for value in values))


def either(first: T | None, second: T | None, names: str) -> T | None:
    """The one of two spellings of an argument that was given.

    Raises:
        InvalidArgumentError: Both were, and differ.
    """
    if first is None or second is None or first == second:
        return second if first is None else first
    raise InvalidArgumentError(f"{names} are one argument, but differ")


def page_or_id(page: int | str, id: str | None) -> tuple[int, str | None]:
    """The draft calls ``list_datasets("123")`` with an id where the page number stands."""
    if isinstance(page, str):
        return 1, either(id, page, "page and id")
    return page, id


def unfold(message: Mapping[str, object] | Sequence[Mapping[str, object]]) -> dict[str, object]:
    """An update message; the draft also writes it as a list of one dict.

    Raises:
        InvalidArgumentError: It is not a dict of fields, or there are several.
    """
    if isinstance(message, Sequence) and not isinstance(message, str) and len(message) == 1:
        message = message[0]
    if not isinstance(message, Mapping) or not all(isinstance(key, str) for key in message):
        raise InvalidArgumentError(f"an update is a dict of fields, not {message!r:.80}")
    if not message:
        raise InvalidArgumentError("the update names no field")
    return update_fields(message)


def update_fields(message: Mapping[str, object]) -> dict[str, object]:
    """Fields under their own names, whatever spelling of the draft they came in.

    Raises:
        InvalidArgumentError: Two spellings of one field differ.
    """
    fields: dict[str, object] = {}
    for key, value in message.items():
        name = SPELLINGS.get(key, key)
        if name in fields and fields[name] != value:
            raise InvalidArgumentError(f"{key!r} and another name of {name!r} differ")
        fields[name] = value
    return fields
