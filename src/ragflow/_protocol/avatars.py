"""Pictures in any form a user has them, as the data URI that servers store."""

from __future__ import annotations

import base64
import os
from pathlib import Path

from ..errors import InvalidArgumentError

__all__ = ["Avatar", "avatar_uri"]

Avatar = str | bytes | os.PathLike[str]

MAX_LENGTH = 65535
JPEG_MAGIC = b"\xff\xd8\xff"
PICTURE_MAGICS = (b"\x89PNG", JPEG_MAGIC, b"GIF8", b"RIFF")


def avatar_uri(avatar: Avatar) -> str:
    """A data URI from one, from bytes, from base64 text or from the path of a PNG or JPEG file.

    Raises:
        InvalidArgumentError: It is none of these, or more than servers take.
    """
    uri = _uri(avatar)
    if len(uri) > MAX_LENGTH:
        raise InvalidArgumentError(
            f"servers take avatars of up to {MAX_LENGTH} characters of base64; this has {len(uri)}"
        )
    return uri


def _uri(avatar: Avatar) -> str:
    if isinstance(avatar, bytes):
        kind = "jpeg" if avatar.startswith(JPEG_MAGIC) else "png"
        return f"data:image/{kind};base64,{base64.b64encode(avatar).decode()}"
    if isinstance(avatar, str):
        if avatar.startswith("data:"):
            return avatar
        decoded = _from_base64(avatar)
        if decoded is not None:
            return _uri(decoded)
    try:
        return _uri(Path(avatar).read_bytes())
    except (OSError, TypeError, ValueError):
        shown = f"{avatar!r:.60}"
        raise InvalidArgumentError(
            f"the avatar is neither a picture nor its path: {shown}"
        ) from None


def _from_base64(text: str) -> bytes | None:
    """The picture in a base64 text; many a file name without a suffix is valid base64 as well."""
    try:
        decoded = base64.b64decode(text, validate=True)
    except ValueError:
        return None
    return decoded if decoded.startswith(PICTURE_MAGICS) else None
