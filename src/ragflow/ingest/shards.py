"""Shares of a job: which machine takes which path, the same in every release."""

from __future__ import annotations

import re

import xxhash

from ..errors import InvalidArgumentError

__all__ = ["in_shard", "parse_shard"]


def in_shard(path: str, index: int, count: int) -> bool:
    """Whether a relative path falls into a share.

    It is a function of the path alone, so machines that scan the same tree agree without a word,
    and each path falls into exactly one share.

    Args:
        path: As the scan gives it.
        index: Which share, from 1.
        count: How many shares there are.
    """
    return xxhash.xxh64_intdigest(path.encode()) % count == index - 1


def parse_shard(text: str) -> tuple[int, int]:
    """Reads ``3/16``, the third of sixteen shares.

    Raises:
        InvalidArgumentError: It is no such text, or there is no such share.
    """
    match = re.fullmatch(r"\s*([0-9]{1,9})\s*/\s*([0-9]{1,9})\s*", text)
    if not match:
        raise InvalidArgumentError(f"a shard is written like 3/16, not {text!r}")
    index, count = int(match[1]), int(match[2])
    if not 1 <= index <= count:
        raise InvalidArgumentError(f"shards of {count} are 1/{count} to {count}/{count}: {text!r}")
    return index, count
