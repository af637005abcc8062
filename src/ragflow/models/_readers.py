"""Functions that read objects of one shape, written as attrs writes constructors.

Each value is looked up under its own name and taken as it is where its type is the field's, which
is a quarter of the work of any loop over fields.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from attrs import NOTHING, Attribute, Factory, fields

from ._base import Model

__all__ = ["PLAIN", "TEXTS", "Read", "meanings", "record_reader", "row_reader"]

M = TypeVar("M", bound=Model)
Hook = Callable[[Any, Any], Any]
Read = Callable[[Any], Any]
HookOf = Callable[[Any], Hook]
Meanings = Sequence["Attribute[Any] | None"]

# Types whose values are taken over as they are, by what JSON makes of them.
PLAIN: dict[Any, type] = {
    str: str,
    int: int,
    bool: bool,
    float: float,
    list[object]: list,
    dict[str, object]: dict,
}
TEXTS = list[str]
ARE_TEXTS = frozenset({str})


def meanings(
    kind: type[Model], readable: Sequence[Attribute[Any]], keys: Sequence[str]
) -> Meanings | None:
    """The field that each key means; ``None`` where two keys mean the same one."""
    own = {attribute.name: attribute for attribute in readable}
    meant = [own.get(kind.wire_names.get(key, key)) for key in keys]
    names = [attribute.name for attribute in meant if attribute is not None]
    return meant if len(set(names)) == len(names) else None


def row_reader(kind: type[M], keys: Sequence[str], meant: Meanings, hook_of: HookOf) -> Read:
    """Writes a function that makes a model of a dictionary with exactly these keys, in order."""
    writer = _Writer(kind, keys, meant, hook_of)
    values = "".join(f"value{n}, " for n in range(len(keys)))
    lines = [f"({values}) = data.values()"] if keys else []
    for n, attribute in enumerate(meant):
        lines += writer.checks(n, attribute)
    lines += [*writer.model(), "return model"]
    return writer.function("data", lines)


def record_reader(
    kind: type[M], keys: Sequence[str], meant: Meanings, hook_of: HookOf, checked: Sequence[bool]
) -> Read:
    """Writes a function that makes models of many records, whose attributes are ``f0``, ``f1``.

    Args:
        kind: What they become.
        keys: What the attributes are called on the wire.
        meant: The fields that these mean.
        hook_of: What reads values of a type.
        checked: Which of them have the type of their field for certain.
    """
    writer = _Writer(kind, keys, meant, hook_of)
    lines = []
    for n, attribute in enumerate(meant):
        lines.append(f"value{n} = record.f{n}")
        if not checked[n]:
            lines += writer.checks(n, attribute)
    lines += [*writer.model(), "append(model)"]
    loop = ["models = []", "append = models.append", "for record in records:"]
    return writer.function("records", [*loop, *(f" {line}" for line in lines), "return models"])


class _Writer:
    """Writes such a function; what servers named is among its constants, never in its text."""

    def __init__(
        self, kind: type[Model], keys: Sequence[str], meant: Meanings, hook_of: HookOf
    ) -> None:
        self._kind = kind
        self._meant = meant
        self._hook_of = hook_of
        self._constants: dict[str, Any] = {"kind": kind, "new": kind.__new__, "texts": ARE_TEXTS}
        self._constants |= {f"key{n}": key for n, key in enumerate(keys)}

    def checks(self, n: int, attribute: Attribute[Any] | None) -> list[str]:
        """Brings a value into its field's type, if it is not of it."""
        if attribute is None:
            return []
        hook = self._hook_of(attribute.type or object)
        self._constants |= {f"hook{n}": hook, f"type{n}": attribute.type}
        read = f"value{n} = hook{n}(value{n}, type{n})"
        if attribute.type in PLAIN:
            self._constants[f"plain{n}"] = PLAIN[attribute.type]
            return [f"if value{n}.__class__ is not plain{n}: {read}"]
        if attribute.type == TEXTS:
            texts = f"not value{n} or texts.issuperset(map(type, value{n}))"
            return [f"if value{n}.__class__ is not list or not ({texts}): {read}"]
        return [read]

    def model(self) -> list[str]:
        """Makes the model of the values."""
        unknown = [n for n, attribute in enumerate(self._meant) if attribute is None]
        extra = "{" + ", ".join(f"key{n}: value{n}" for n in unknown) + "}"
        given = {a.name: f"value{n}" for n, a in enumerate(self._meant) if a is not None}
        given["extra"] = extra
        if not _is_simple(self._kind):
            aliases = {a.name: a.alias or a.name for a in fields(self._kind)}
            arguments = ", ".join(f"{aliases[name]}={value}" for name, value in given.items())
            return [f"model = kind({arguments})"]
        lines = ["model = new(kind)"]
        for n, attribute in enumerate(fields(self._kind)):
            value = given.get(attribute.name, f"default{n}")
            if attribute.name not in given:
                default = attribute.default
                is_made = isinstance(default, Factory)  # type: ignore[arg-type]
                self._constants[f"default{n}"] = default.factory if is_made else default
                value += "()" * is_made
            lines.append(f"model.{attribute.name} = {value}")
        return lines

    def function(self, argument: str, lines: Sequence[str]) -> Read:
        """Compiles it."""
        text = f"def read({argument}):\n" + "\n".join(f" {line}" for line in lines)
        exec(text, self._constants)  # noqa: S102
        read: Read = self._constants["read"]
        return read


def _is_simple(kind: type[Model]) -> bool:
    """Whether a model's constructor does nothing but set its fields."""
    return (
        kind.__setattr__ is object.__setattr__
        and not hasattr(kind, "__attrs_post_init__")
        and all(
            attribute.validator is attribute.converter is None
            and attribute.default is not NOTHING
            and not (isinstance(attribute.default, Factory) and attribute.default.takes_self)  # type: ignore[arg-type]
            for attribute in fields(kind)
        )
    )
