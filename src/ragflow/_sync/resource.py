# Generated from src/ragflow/_async/resource.py by tools/generate_sync.py. Do not edit.
"""What all objects on the server have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from attrs import fields

from ..errors import ConfigurationError
from ..models import ResourceData
from ..models._convert import structure
from .transport import Transport

R = TypeVar("R", bound=ResourceData)


def api_of(resource: ResourceData) -> Transport:
    """The transport of the client that a resource belongs to.

    Raises:
        ConfigurationError: It belongs to none, for example after unpickling.
    """
    api = resource._api
    if not isinstance(api, Transport):
        raise ConfigurationError(
            f"this {type(resource).__name__} belongs to no client; client.bind(…) gives it one"
        )
    return api


def absorb(resource: ResourceData, data: Mapping[str, object]) -> None:
    """Takes over new values; what ``data`` does not name stays as it is."""
    fresh = structure({**resource.to_dict(), **data}, type(resource))
    for attribute in fields(type(resource)):
        if attribute.init:
            setattr(resource, attribute.name, getattr(fresh, attribute.name))
