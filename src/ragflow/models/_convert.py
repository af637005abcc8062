"""The one converter between JSON and models.

The fast path takes values of the expected types as they are. A value of another type sends the
object down the slow path, field by field: what cannot be read falls back to the field's default
and is kept in ``extra`` under its wire name, so that nothing is lost and nothing crashes.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from enum import Enum
from typing import Any, TypeVar, get_args, get_origin

import cattrs
from attrs import Attribute, fields, has, resolve_types

from .._memory import uncollected
from ..errors import ProtocolError
from ._base import Model
from ._dates import parse_date
from ._readers import PLAIN, Read, meanings, row_reader
from .documents import RunStatus

__all__ = ["structure", "structure_many", "to_plain"]

M = TypeVar("M", bound=Model)
Hook = Callable[[Any, Any], Any]
INTERNAL = frozenset({"extra", "_api", "_pending"})
UNREADABLE = (TypeError, ValueError, OverflowError)

_converter = cattrs.Converter(detailed_validation=False)
hook_of = _converter.get_structure_hook


def structure(data: object, kind: type[M], what: str = "answer") -> M:
    """Makes a model of decoded JSON.

    Raises:
        ProtocolError: ``data`` is not a JSON object.
    """
    if not isinstance(data, dict):
        raise ProtocolError(f"{what}: expected an object, got {type(data).__name__}")
    return _converter.structure(data, kind)


def structure_many(data: object, kind: type[M], what: str = "answer") -> list[M]:
    """Makes models of a decoded JSON array; ``null`` is an empty one.

    Raises:
        ProtocolError: ``data`` is not an array of objects; the message names the item.
    """
    if data is None:
        return []
    if not isinstance(data, list):
        raise ProtocolError(f"{what}: expected an array, got {type(data).__name__}")
    read = hook_of(kind)
    with uncollected(len(data)):
        return [
            read(item, kind) if item.__class__ is dict else structure(item, kind, f"{what}[{n}]")
            for n, item in enumerate(data)
        ]


def to_plain(model: Model) -> dict[str, object]:
    """A model as plain data; fields that are ``None`` are left out.

    What a server gave and no field could take stands in for that field's default.
    """
    plain: dict[str, object] = {}
    for attribute in fields(type(model)):
        if attribute.name in INTERNAL or "alias_of" in attribute.metadata:
            continue
        value = getattr(model, attribute.name)
        if value is not None:
            plain[attribute.name] = _plain(value)
    return {**plain, **model.extra}


def _plain(value: object) -> object:
    if isinstance(value, Model):
        return to_plain(value)
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Enum):
        return value.value
    return value.isoformat() if isinstance(value, date) else value


def _exactly(*kinds: type, null: object) -> Hook:
    """A hook that takes a value of the given types as it is, and ``null`` for nothing."""

    def take(value: Any, _: Any) -> Any:
        if value.__class__ in kinds:
            return value
        if value is None:
            return null
        raise TypeError(f"{value!r} is not of {kinds}")

    return take


def _number(value: Any, _: Any) -> float:
    if value.__class__ is float:
        return value
    if value.__class__ is int:
        return float(value)
    if value is None:
        return 0.0
    raise TypeError(f"{value!r} is not a number")


def _flag(value: Any, _: Any) -> bool:
    """Servers tell a switch as a boolean, as 0 and 1, or as "0" and "1"."""
    if value in (0, 1, "0", "1"):
        return bool(int(value))
    raise TypeError(f"{value!r} is not a switch")


MAX_SHAPES = 64


def readable_fields(kind: type[Model]) -> list[Attribute[Any]]:
    """The fields that a server may fill."""
    resolve_types(kind)
    return [a for a in fields(kind) if a.name not in INTERNAL and "alias_of" not in a.metadata]


def _model_hook(kind: type[Model]) -> Hook:
    readable = readable_fields(kind)
    known = frozenset(a.name for a in readable)
    readers: dict[tuple[str, ...], Read | None] = {}

    def take(data: Any, _: Any) -> Any:
        if data.__class__ is not dict:
            if isinstance(data, kind):
                return data
            raise TypeError(f"{type(data).__name__} is not an object")
        keys = tuple(data)
        read = readers.get(keys)
        if read is None and keys not in readers:
            if len(readers) >= MAX_SHAPES:
                readers.clear()
            meant = meanings(kind, readable, keys)
            read = None if meant is None else row_reader(kind, keys, meant, hook_of)
            readers[keys] = read
        if read is not None:
            try:
                return read(data)
            except UNREADABLE:
                pass
        wire = _canonical(data, kind.wire_names)
        model = _lenient(kind, readable, wire, extra := {k: wire[k] for k in wire.keys() - known})
        if extra:
            object.__setattr__(model, "extra", extra)
        return model

    return take


def _canonical(data: dict[str, Any], aliases: dict[str, str]) -> dict[str, Any]:
    """The data under the fields' own names; of two names with different values both are kept."""
    wire = {name: value for name, value in data.items() if name not in aliases}
    for name, own in aliases.items():
        if name not in data:
            continue
        value = data[name]
        if wire.get(own) is None:
            wire[own] = value
        elif value is not None and value != wire[own]:
            wire[name] = value
    return wire


def _lenient(
    kind: type[Model],
    readable: list[Attribute[Any]],
    wire: dict[str, Any],
    extra: dict[str, Any],
) -> Model:
    """Reads each field by itself; what does not fit keeps its default and goes to ``extra``."""
    arguments = {}
    for attribute in readable:
        if attribute.name not in wire:
            continue
        value = wire[attribute.name]
        try:
            arguments[attribute.alias or attribute.name] = _converter.structure(
                value, attribute.type or object
            )
        except UNREADABLE:
            if value is not None:
                extra[attribute.name] = value
    return kind(**arguments)


def _switch_or_name(value: Any, _: Any) -> bool | str | None:
    if value is None or value.__class__ in (bool, str):
        return value
    raise TypeError(f"{value!r} is neither a switch nor a name")


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Model) and has(kind)


def _is_plain_object(kind: Any) -> bool:
    return kind in (dict[str, object], list[object])


def _is_list(kind: Any) -> bool:
    return get_origin(kind) is list and kind != list[object]


def _list_hook(kind: Any) -> Hook:
    (member,) = get_args(kind)
    read = _converter.get_structure_hook(member)
    plain = frozenset({PLAIN[member]} if member in PLAIN else ())

    def take(value: Any, _: Any) -> Any:
        if value.__class__ is list:
            if plain.issuperset(map(type, value)):
                return value
            return [read(item, member) for item in value]
        if value is None:
            return []
        raise TypeError(f"{value!r} is not a list")

    return take


def _json_hook(kind: Any) -> Hook:
    container = dict if kind == dict[str, object] else list

    def take(value: Any, _: Any) -> Any:
        if value.__class__ is container:
            return value
        if value is None:
            return container()
        raise TypeError(f"{value!r} is not a {container.__name__}")

    return take


_converter.register_structure_hook(str, _exactly(str, null=""))
_converter.register_structure_hook(int, _exactly(int, null=0))
_converter.register_structure_hook(float, _number)
_converter.register_structure_hook(bool, _flag)
_converter.register_structure_hook(RunStatus, lambda value, _: RunStatus(value))
_converter.register_structure_hook(datetime, lambda value, _: parse_date(value))
_converter.register_structure_hook_func(lambda kind: kind is object, lambda value, _: value)
_converter.register_structure_hook_func(lambda kind: kind == bool | str | None, _switch_or_name)
_converter.register_structure_hook_factory(_is_plain_object, _json_hook)
_converter.register_structure_hook_factory(_is_list, _list_hook)
_converter.register_structure_hook_factory(_is_model, _model_hook)
