"""JSON by way of msgspec, which is faster than the standard library and stricter."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from .models import Model
from .models._convert import UNREADABLE, hook_of, readable_fields
from .models._readers import PLAIN, TEXTS, Read, meanings, record_reader

M = TypeVar("M", bound=Model)
MOST_MISSES = 3
UNDECODABLE = (msgspec.DecodeError, UnicodeDecodeError)

_decode = msgspec.json.Decoder().decode


def decode(body: bytes) -> object:
    """What some JSON means; what only the standard library takes, NaN for example, is taken too."""
    try:
        return _decode(body)
    except UNDECODABLE:
        value: object = json.loads(body)
        return value


class Listings:
    """Reads whole lists at once, where their rows look like those of an earlier one.

    msgspec makes records of them, which have the fields of that earlier row, no more and no fewer,
    and values of its types. Anything else is left to the general way, so both give the same.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[type[Model], str], _Shape] = {}

    def read(self, body: bytes, kind: type[M], key: str) -> tuple[list[M], int | None] | None:
        """The models of a list and their total, or ``None`` where it has to be read generally."""
        shape = self._known.get((kind, key))
        return None if shape is None or shape.misses > MOST_MISSES else shape.read(body)

    def learn(self, rows: object, kind: type[Model], key: str) -> None:
        """Takes a list that was read generally as the pattern for later ones."""
        if not isinstance(rows, list) or not rows or not isinstance(rows[0], dict):
            return
        misses = -1
        if (kind, key) in self._known:
            misses = self._known[kind, key].misses
        if misses <= MOST_MISSES:
            self._known[kind, key] = _Shape(rows[0], kind, key, misses + 1)


class _Shape:
    """How a list looks, and what reads it."""

    def __init__(self, row: Mapping[str, object], kind: type[Model], key: str, misses: int) -> None:
        self.misses = misses
        self._read: Read | None = None
        meant = meanings(kind, readable_fields(kind), tuple(row))
        if meant is None:
            return
        types = [
            attribute and _certain(attribute.type, row[name])
            for name, attribute in zip(row, meant, strict=True)
        ]
        self._read = record_reader(kind, tuple(row), meant, hook_of, [t is not None for t in types])
        names = [f"f{n}" for n in range(len(row))]
        record = msgspec.defstruct(
            "Record",
            [
                (name, Any if kind is None else kind)
                for name, kind in zip(names, types, strict=True)
            ],
            rename=dict(zip(names, row, strict=True)),
            forbid_unknown_fields=True,
            gc=False,
        )
        rows = list[record]  # type: ignore[valid-type]
        under_key = msgspec.defstruct(
            "UnderKey", [("rows", rows), ("total", Any, None)], rename={"rows": key}
        )
        envelope = msgspec.defstruct(
            "Envelope",
            [
                ("code", int),
                ("data", under_key | rows),
                ("total", Any, None),
                ("total_datasets", Any, None),
            ],
        )
        self._decode = msgspec.json.Decoder(envelope).decode

    def read(self, body: bytes) -> tuple[list[Any], int | None] | None:
        """The models of such a list and their total."""
        if self._read is None:
            return None
        try:
            envelope: Any = self._decode(body)
            if envelope.code:
                return None
            data = envelope.data
            if isinstance(data, list):
                rows = data
                total = (
                    envelope.total if envelope.total_datasets is None else envelope.total_datasets
                )
            else:
                rows, total = data.rows, data.total
            models = self._read(rows)
        except (*UNDECODABLE, *UNREADABLE):
            return None
        self.misses = 0
        return models, total if isinstance(total, int) else None


def _certain(kind: Any, example: object) -> Any:
    """The type that msgspec can see to, if that is the field's and the example is of it."""
    if kind == TEXTS and isinstance(example, list):
        return TEXTS
    plain = PLAIN.get(kind)
    return plain if plain in (str, bool, list, dict) and example.__class__ is plain else None
