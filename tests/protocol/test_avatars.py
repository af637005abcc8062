"""Pictures in any form."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from ragflow._protocol.avatars import MAX_LENGTH, avatar_uri
from ragflow.errors import InvalidArgumentError

PNG = b"\x89PNG\r\n\x1a\n rest"
JPEG = b"\xff\xd8\xff rest"


def encoded(picture: bytes) -> str:
    """A picture as base64 text."""
    return base64.b64encode(picture).decode()


@pytest.mark.parametrize(("picture", "kind"), [(PNG, "png"), (JPEG, "jpeg")])
def test_one_picture_in_five_forms(tmp_path: Path, picture: bytes, kind: str) -> None:
    """Bytes, base64, a path and a data URI of one picture are the same avatar."""
    path = tmp_path / "picture"
    path.write_bytes(picture)
    uri = f"data:image/{kind};base64,{encoded(picture)}"
    for avatar in (picture, encoded(picture), path, str(path), uri):
        assert avatar_uri(avatar) == uri


@pytest.mark.parametrize(
    "avatar", ["path", "logo", "no/such.png", "a\0b", "", 5, None, Path("/"), "https://x/y.png"]
)
def test_what_is_no_picture(avatar: object) -> None:
    """A name that happens to be valid base64 is no picture, nor is a missing file."""
    with pytest.raises(InvalidArgumentError, match="neither a picture nor its path"):
        avatar_uri(avatar)  # type: ignore[arg-type]


def test_longest_picture() -> None:
    """Servers take a bounded length of text."""
    start = "data:image/png;base64,"
    assert len(avatar_uri(start + "A" * (MAX_LENGTH - len(start)))) == MAX_LENGTH
    with pytest.raises(InvalidArgumentError, match=str(MAX_LENGTH)):
        avatar_uri(start + "A" * MAX_LENGTH)
    with pytest.raises(InvalidArgumentError, match=str(MAX_LENGTH)):
        avatar_uri(PNG + bytes(MAX_LENGTH))
