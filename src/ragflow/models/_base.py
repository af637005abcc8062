"""What all models share: unknown fields are kept, copies and pickles carry data only."""

from __future__ import annotations

from typing import Any, ClassVar

from attrs import define, field, fields

from ..errors import InvalidArgumentError

__all__ = ["Model", "ResourceData", "alias_of", "fold_aliases"]


@define(kw_only=True, getstate_setstate=False)
class Model:
    """Data as a server told it.

    Attributes:
        extra: The fields that this version of the library has no name for, as they came.
    """

    # Other names under which servers, or the draft of this API, give a field.
    wire_names: ClassVar[dict[str, str]] = {}

    extra: dict[str, object] = field(factory=dict, repr=False)

    def to_dict(self) -> dict[str, object]:
        """The model as plain JSON-able data, the unknown fields among it; unset ones left out."""
        from ._convert import to_plain

        return to_plain(self)

    def __getstate__(self) -> dict[str, object]:
        names = (attribute.name for attribute in fields(type(self)))
        return {name: getattr(self, name) for name in names if not name.startswith("_")}

    def __setstate__(self, state: dict[str, object]) -> None:
        for name, value in state.items():
            object.__setattr__(self, name, value)


@define(kw_only=True, getstate_setstate=False)
class ResourceData(Model):
    """Data of an object on the server, which may be bound to the client that fetched it.

    Two of them are equal when their data are. A pickled one loses its client and with it the API
    key; ``client.bind(obj)`` gives it one again.
    """

    id: str = ""
    _api: Any = field(default=None, init=False, eq=False, repr=False)

    def __setstate__(self, state: dict[str, object]) -> None:
        super().__setstate__(state)
        self._api = None


def alias_of(name: str) -> Any:
    """A field that is another name of field ``name``: either may be given, both can be read."""
    return field(default=None, eq=False, repr=False, metadata={"alias_of": name})


def fold_aliases(model: Model) -> None:
    """Makes both names of each aliased field hold the value that was given under either.

    Raises:
        InvalidArgumentError: Both were given and differ.
    """
    for attribute in fields(type(model)):
        name = attribute.metadata.get("alias_of")
        if name is None:
            continue
        given, main = getattr(model, attribute.name), getattr(model, name)
        if given is not None and main is not None and given != main:
            raise InvalidArgumentError(f"{attribute.name} and {name} are one setting, but differ")
        value = main if given is None else given
        object.__setattr__(model, name, value)
        object.__setattr__(model, attribute.name, value)
