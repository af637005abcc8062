"""Strict checking of request values, with the messages that real servers give."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ragflow.local.wire import WireError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    Check = Callable[[Any], Any]
    Values = dict[str, Any]

_SHOWN = 128


@dataclass(frozen=True, slots=True)
class Problem:
    """One value is not what it should be.

    Attributes:
        message: What should be there instead.
        value: The value itself.
        path: The keys that lead to the value.
    """

    message: str
    value: Any
    path: tuple[str, ...] = ()

    def below(self, key: str) -> Problem:
        """The same problem, seen from one level higher."""
        return Problem(self.message, self.value, (key, *self.path))


class ProblemsError(Exception):
    """Values are not what they should be."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        super().__init__()
        self.problems: tuple[Problem, ...] = tuple(problems)


def wrong(message: str, value: Any) -> ProblemsError:
    """What a check raises about its value."""
    return ProblemsError([Problem(message, value)])


@dataclass(frozen=True, slots=True)
class Field:
    """A key of a schema: how its value is checked, and whether it may be missing."""

    check: Check
    required: bool = False


def validate(schema: Mapping[str, Field], values: Values, *, code: int = 101) -> Values:
    """Check an object against a schema.

    Returns:
        The checked values of the keys that were sent.

    Raises:
        WireError: With one line for each problem.
    """
    checked, problems = _object(schema, values)
    if problems:
        raise WireError(code, "\n".join(_line(problem) for problem in problems))
    return checked


def problem_error(field: str, message: str, value: Any, *, code: int = 101) -> WireError:
    """A failure about one value, in the same words as those of a schema."""
    return WireError(code, _line(Problem(message, value, (field,))))


def _object(schema: Mapping[str, Field], values: Values) -> tuple[Values, list[Problem]]:
    checked: Values = {}
    problems: list[Problem] = []
    for key, field in schema.items():
        if key not in values:
            if field.required:
                problems.append(Problem("Field required", values, (key,)))
            continue
        try:
            checked[key] = field.check(values[key])
        except ProblemsError as error:
            problems.extend(problem.below(key) for problem in error.problems)
    problems.extend(
        Problem("Extra inputs are not permitted", value, (key,))
        for key, value in values.items()
        if key not in schema
    )
    return checked, problems


def _line(problem: Problem) -> str:
    shown = str(problem.value)
    if len(shown) > _SHOWN:
        shown = f"{shown[:_SHOWN]}..."
    path = ".".join(problem.path)
    return f"Field: <{path}> - Message: <{problem.message}> - Value: <{shown}>"


def text(minimum: int = 0, maximum: int | None = None, *, strip: bool = False) -> Check:
    """A string with bounds on its length."""

    def check(value: Any) -> str:
        if not isinstance(value, str):
            raise wrong("Input should be a valid string", value)
        result = value.strip() if strip else value
        if len(result) < minimum:
            plural = "" if minimum == 1 else "s"
            raise wrong(f"String should have at least {minimum} character{plural}", value)
        if maximum is not None and len(result) > maximum:
            raise wrong(f"String should have at most {maximum} characters", value)
        return result

    return check


def integer(minimum: int | None = None, maximum: int | None = None) -> Check:
    """An int; true and false are none."""

    def check(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise wrong("Input should be a valid integer", value)
        _bounded(value, minimum, maximum)
        return value

    return check


def number(minimum: float | None = None, maximum: float | None = None) -> Check:
    """A float; an int will do."""

    def check(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise wrong("Input should be a valid number", value)
        _bounded(value, minimum, maximum)
        return float(value)

    return check


def _bounded(value: float, minimum: float | None, maximum: float | None) -> None:
    if minimum is not None and value < minimum:
        raise wrong(f"Input should be greater than or equal to {minimum}", value)
    if maximum is not None and value > maximum:
        raise wrong(f"Input should be less than or equal to {maximum}", value)


def boolean(value: Any) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise wrong("Input should be a valid boolean", value)
    return value


def mapping(value: Any) -> Values:
    """Any object."""
    if not isinstance(value, dict):
        raise wrong("Input should be a valid dictionary", value)
    return value


def one_of(*allowed: str) -> Check:
    """One of a few strings."""
    *first, last = (f"'{item}'" for item in allowed)
    listed = f"{', '.join(first)} or {last}"

    def check(value: Any) -> str:
        if value not in allowed:
            raise wrong(f"Input should be {listed}", value)
        return str(value)

    return check


def optional(check: Check) -> Check:
    """Null, or what the other check accepts."""
    return lambda value: None if value is None else check(value)


def items(check: Check) -> Check:
    """An array of values that one check accepts."""

    def check_all(value: Any) -> list[Any]:
        if not isinstance(value, list):
            raise wrong("Input should be a valid list", value)
        checked: list[Any] = []
        problems: list[Problem] = []
        for index, item in enumerate(value):
            try:
                checked.append(check(item))
            except ProblemsError as error:
                problems.extend(problem.below(str(index)) for problem in error.problems)
        if problems:
            raise ProblemsError(problems)
        return checked

    return check_all


def nested(schema: Mapping[str, Field]) -> Check:
    """An object with a schema of its own."""

    def check(value: Any) -> Values:
        checked, problems = _object(schema, mapping(value))
        if problems:
            raise ProblemsError(problems)
        return checked

    return check


def identifier(name: str, *, any_version: bool) -> Check:
    """A UUID, of version 1 or of any; hyphens are taken out."""

    def check(value: Any) -> str:
        problem = wrong(f"Invalid {name} format", value)
        if not isinstance(value, str):
            raise problem
        try:
            parsed = uuid.UUID(value)
        except ValueError:
            raise problem from None
        if not any_version and parsed.version != 1:
            raise problem
        return parsed.hex

    return check


def query_integer(minimum: int, maximum: int | None = None, *, name: str = "value") -> Check:
    """A number in a query string."""

    def check(value: str) -> int:
        if not re.fullmatch(r"\s*[+-]?[0-9]+\s*", value):
            message = "Input should be a valid integer, unable to parse string as an integer"
            raise wrong(message, value)
        result = int(value)
        _bounded(result, minimum, None)
        if maximum is not None and result > maximum:
            message = f"Value error, {name} must be less than or equal to {maximum}"
            raise wrong(message, value)
        return result

    return check


def query_boolean(value: str) -> bool:
    """A truth value in a query string."""
    lowered = value.strip().lower()
    if lowered in {"true", "1", "yes", "on", "t", "y"}:
        return True
    if lowered in {"false", "0", "no", "off", "f", "n"}:
        return False
    message = "Input should be a valid boolean, unable to interpret input"
    raise wrong(message, value)
