"""Requests about datasets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..errors import InvalidArgumentError
from ..models import DatasetData, ParserConfig
from .arguments import update_fields
from .avatars import Avatar, avatar_uri
from .dialects import Dialect
from .paging import PageCall
from .requests import Param, Request, listing, path

NOTHING = (102,)
MISSING = (102, 108)  # "you don't own it" is all that servers say of an unknown id or name
READ_ONLY = ("tenant_id", "document_count", "chunk_count", "id")


def create(
    dialect: Dialect,
    *,
    name: str,
    avatar: Avatar,
    description: str,
    language: str | None,
    permission: str,
    chunk_method: str,
    embedding_model: str | None,
    parser_config: ParserConfig | Mapping[str, object] | None,
) -> Request:
    """Creates a dataset; what equals the server's own default is not sent."""
    if not isinstance(name, str) or not name.strip():
        raise InvalidArgumentError("a dataset needs a name")
    body: dict[str, object] = {"name": name}
    if avatar:
        body["avatar"] = avatar_uri(avatar)
    if description:
        body["description"] = description
    if permission != "me":
        body["permission"] = permission
    if chunk_method != "naive":
        body["chunk_method"] = chunk_method
    if embedding_model is not None:
        body["embedding_model"] = embedding_model
    if parser_config is not None:
        body["parser_config"] = wire_parser_config(dialect, parser_config)
    if language is not None and dialect.dataset_language:
        *parents, last = dialect.dataset_language
        target = body
        for parent in parents:
            target[parent] = target = {}
        target[last] = language
    return Request.json("POST", "/datasets", body)


def list_page(call: PageCall, **filters: Param) -> Request:
    """One page of the datasets, by ``orderby``, ``desc``, ``id`` and ``name``."""
    return listing("/datasets", call, filters, missing=MISSING, empty=NOTHING)


def update(dialect: Dialect, dataset: DatasetData, message: Mapping[str, object]) -> Request:
    """Changes a dataset."""
    body = drop_unchanged(message, dataset, READ_ONLY)
    if "avatar" in body:
        # An empty text is an error on v0.19 to v0.24; null removes the picture everywhere.
        body["avatar"] = avatar_uri(body["avatar"]) if body["avatar"] else None  # type: ignore[arg-type]
    if "parser_config" in body:
        config = wire_parser_config(dialect, body["parser_config"])
        # v0.27 takes a config without this key for "switch it off".
        kept = dataset.parser_config.extra.get("parent_child")
        if kept is not None:
            config.setdefault("parent_child", kept)
        body["parser_config"] = config
    return Request.json("PUT", path("datasets", dataset.id), body, idempotent=True)


def delete(ids: Sequence[str]) -> Request:
    """Deletes the named datasets."""
    return Request.json("DELETE", "/datasets", {"ids": list(ids)})


def wire_parser_config(dialect: Dialect, config: object) -> dict[str, object]:
    """A parser configuration as the server spells it; nothing that the user left open is sent."""
    if isinstance(config, ParserConfig):
        config = config.to_dict()
    if not isinstance(config, Mapping):
        raise InvalidArgumentError(
            f"parser_config must be a ParserConfig or a dict, not {config!r:.80}"
        )
    wire = update_fields(config)
    layout = wire.get("layout_recognize")
    if isinstance(layout, bool) and dialect.layout_recognize_is_text:
        wire["layout_recognize"] = "DeepDOC" if layout else "Plain Text"
    return wire


def drop_unchanged(
    message: Mapping[str, object], current: object, read_only: Sequence[str]
) -> dict[str, object]:
    """The message without read-only fields that only repeat what is.

    Raises:
        InvalidArgumentError: A read-only field would change.
    """
    fields = dict(message)
    for name in read_only:
        if name in fields and fields.pop(name) != getattr(current, name):
            raise InvalidArgumentError(f"{name} cannot be changed")
    return fields
