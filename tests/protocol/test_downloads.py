"""Where a download goes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ragflow._protocol.downloads import target_path
from ragflow.errors import InvalidArgumentError


def test_a_path_is_taken_as_it_is(tmp_path: Path) -> None:
    """The name on the server does not matter then."""
    assert target_path(str(tmp_path / "x.txt"), "..") == tmp_path / "x.txt"


@pytest.mark.parametrize(
    ("name", "base"), [("a.txt", "a.txt"), ("../../etc/passwd", "passwd"), ("/x/ü.txt", "ü.txt")]
)
def test_a_folder_gets_the_base_name(tmp_path: Path, name: str, base: str) -> None:
    """A name from a server never leads out of the folder."""
    assert target_path(tmp_path, name) == tmp_path / base


@pytest.mark.parametrize("name", ["", ".", "..", "/", "a/.."])
def test_a_name_that_is_none(tmp_path: Path, name: str) -> None:
    """A name that would be the folder itself, or the one above, is refused."""
    with pytest.raises(InvalidArgumentError, match="no file name"):
        target_path(tmp_path, name)


def test_a_device_is_not_replaced(tmp_path: Path) -> None:
    """What is there and is no regular file, a pipe or a device, stays what it is."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(InvalidArgumentError, match="no regular file"):
        target_path(pipe, "a.txt")
