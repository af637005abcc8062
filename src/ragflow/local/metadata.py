"""Conditions on the metadata of documents."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ragflow.local.wire import data_error

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Fields = dict[str, Any]

_WORDS: dict[str, str] = {"is": "=", "not is": "≠", "!=": "≠", ">=": "≥", "<=": "≤"}


def parse(text: str) -> Fields:
    """Read a condition from JSON text."""
    try:
        value = json.loads(text)
    except ValueError:
        raise data_error("metadata_condition must be valid JSON") from None
    if not isinstance(value, dict):
        raise data_error("metadata_condition must be an object")
    return value


def matching(condition: Fields, documents: Mapping[str, Fields]) -> list[str]:
    """The ids of the documents whose metadata fulfil a condition.

    Args:
        condition: ``{"logic": "and" | "or", "conditions": [{"name", "comparison_operator",
            "value"}]}``.
        documents: The metadata of each document by its id.
    """
    conditions = condition.get("conditions") or []
    combine: Callable[[list[bool]], bool] = any if condition.get("logic") == "or" else all
    return [
        id
        for id, fields in documents.items()
        if combine([_holds(item, fields) for item in conditions])
    ]


def manual_conditions(chat_filter: Fields) -> Fields:
    """The condition that a chat's ``meta_data_filter`` asks for; empty when it asks for none.

    Raises:
        WireError: If the filter wants a model to choose.
    """
    method = chat_filter.get("method") or "disabled"
    if method == "disabled":
        return {}
    if method != "manual":
        raise data_error(f"meta_data_filter: {method!r} is not supported by the embedded server")
    conditions = [
        {"name": item.get("key"), "comparison_operator": item.get("op"), "value": item.get("value")}
        for item in chat_filter.get("manual") or []
    ]
    return {"logic": chat_filter.get("logic") or "and", "conditions": conditions}


def _holds(condition: Fields, fields: Fields) -> bool:
    operator = str(condition.get("comparison_operator") or "is").strip().lower()
    operator = _WORDS.get(operator, operator)
    actual, wanted = fields.get(str(condition.get("name"))), condition.get("value")
    values = actual if isinstance(actual, list) else [] if actual is None else [actual]
    if operator == "empty":
        return not any(str(value) for value in values)
    if operator == "not empty":
        return any(str(value) for value in values)
    if operator in _NEGATIVE:
        return not any(_POSITIVE[_NEGATIVE[operator]](value, wanted) for value in values)
    test = _POSITIVE.get(operator)
    if test is None:
        raise data_error(f"unknown comparison_operator: {operator}")
    return any(test(value, wanted) for value in values)


def _text(value: Any) -> str:
    return str(value).strip().lower()


def _compare(first: Any, second: Any) -> int:
    """The order of two values: as numbers when both are, else as text."""
    try:
        a, b = float(first), float(second)
    except (TypeError, ValueError):
        left, right = _text(first), _text(second)
        return (left > right) - (left < right)
    return (a > b) - (a < b)


def _members(wanted: Any) -> list[Any]:
    return wanted if isinstance(wanted, list) else str(wanted).split(",")


_POSITIVE: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda value, wanted: _compare(value, wanted) == 0,
    ">": lambda value, wanted: _compare(value, wanted) > 0,
    "<": lambda value, wanted: _compare(value, wanted) < 0,
    "≥": lambda value, wanted: _compare(value, wanted) >= 0,
    "≤": lambda value, wanted: _compare(value, wanted) <= 0,
    "contains": lambda value, wanted: _text(wanted) in _text(value),
    "start with": lambda value, wanted: _text(value).startswith(_text(wanted)),
    "end with": lambda value, wanted: _text(value).endswith(_text(wanted)),
    "in": lambda value, wanted: any(_compare(value, item) == 0 for item in _members(wanted)),
}
_NEGATIVE = {"≠": "=", "not contains": "contains", "not in": "in"}
