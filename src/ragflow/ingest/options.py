"""What a caller wants of an ingestion, checked before anything is read or sent."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import Literal

from attrs import field, frozen
from attrs.converters import optional

from .._protocol.timeouts import TimeoutLike
from ..errors import InvalidArgumentError
from ..models import Comparison, FileResult, IngestProgress
from .addresses import address
from .patterns import Rules, rules
from .reconcile import Policy
from .shards import in_shard, parse_shard

__all__ = ["IngestOptions", "OnConflict", "VerifyOptions", "existing_folder"]

OnConflict = Literal["skip", "replace", "rename"]
ON_CONFLICT = ("skip", "replace", "rename")
MOST_RECORDED = 100  # sources
MOST_FORMS = 4  # when the pace is found out by trying


def existing_folder(folder: str | os.PathLike[str]) -> Path:
    """A folder's path.

    Raises:
        InvalidArgumentError: It is none.
    """
    path = Path(folder)
    if not path.is_dir():
        raise InvalidArgumentError(f"{os.fspath(folder)!r} is not a folder")
    return path


def _is_count(value: object, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def _patterns(given: Sequence[str] | str) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


def _share(given: tuple[int, int] | str) -> tuple[int, int]:
    return parse_shard(given if isinstance(given, str) else "/".join(map(str, given)))


@frozen(kw_only=True)
class IngestOptions:
    """The arguments of ``ingest`` and ``sync``; see there."""

    parse: bool = True
    on_conflict: OnConflict = "skip"
    concurrency: int | Literal["auto"] = "auto"
    ledger: Path | None = field(default=None, converter=optional(Path))
    include: tuple[str, ...] = field(default=(), converter=_patterns)
    exclude: tuple[str, ...] = field(default=(), converter=_patterns)
    rules: Rules = field(init=False)
    name_for: Callable[[str], str] | None = None
    metadata_for: Callable[[str], Mapping[str, object] | None] | None = None
    progress: Callable[[IngestProgress], None] | None = None
    on_result: Callable[[FileResult], None] | None = None
    max_failures: int | None = None
    max_parsing: int = 128
    parse_timeout: float = 3600.0
    patience: float = 120.0
    shard: tuple[int, int] | None = field(default=None, converter=optional(_share))
    timeout: TimeoutLike = None
    executor: Executor | None = None
    mirror: bool = False
    delete: bool = False
    max_delete: int | None = None
    dry_run: bool = False

    def __attrs_post_init__(self) -> None:
        if self.on_conflict not in ON_CONFLICT:
            raise InvalidArgumentError(
                f"on_conflict is one of {', '.join(ON_CONFLICT)}, not {self.on_conflict!r}"
            )
        if self.concurrency != "auto" and not _is_count(self.concurrency, least=1):
            raise InvalidArgumentError(
                f'concurrency is "auto" or 1 or more, not {self.concurrency!r}'
            )
        if not _is_count(self.max_parsing, least=1):
            raise InvalidArgumentError(f"max_parsing must be 1 or more, not {self.max_parsing!r}")
        if self.max_failures is not None and not _is_count(self.max_failures, least=0):
            raise InvalidArgumentError(f"max_failures must be 0 or more, not {self.max_failures!r}")
        if self.max_delete is not None and not _is_count(self.max_delete, least=0):
            raise InvalidArgumentError(f"max_delete must be 0 or more, not {self.max_delete!r}")
        if self.executor is not None and not callable(getattr(self.executor, "submit", None)):
            raise InvalidArgumentError(
                "executor has a submit(), as those of concurrent.futures have; "
                f"{type(self.executor).__name__} has none"
            )
        if not self.parse_timeout > 0:
            raise InvalidArgumentError(f"parse_timeout must be above 0, not {self.parse_timeout!r}")

    @rules.default
    def _rules(self) -> Rules:
        return rules(self.include, self.exclude)

    @property
    def policy(self) -> Policy:
        """What to do about files that changed and names that are taken."""
        if self.mirror:  # what others uploaded is not ours to replace
            return Policy(self.parse, changed="replace", taken="skip")
        return Policy(self.parse, changed=self.on_conflict, taken=self.on_conflict)

    @property
    def forms(self) -> int:
        """Forms at once at most."""
        return MOST_FORMS if self.concurrency == "auto" else self.concurrency

    def is_ours(self, path: str) -> bool:
        """Whether a file is in this job's share."""
        return self.shard is None or in_shard(path, *self.shard)

    def recorded(self, sources: object) -> dict[str, object]:
        """What the ledger keeps of the call, so that it can be made again."""
        return {
            "sources": _recorded(sources),
            "parse": self.parse,
            "on_conflict": self.on_conflict,
            "include": list(self.include),
            "exclude": list(self.exclude),
            "shard": self.shard,
            "mirror": self.mirror,
            "functions": [
                name for name in ("name_for", "metadata_for") if getattr(self, name) is not None
            ],
        }


@frozen(kw_only=True)
class VerifyOptions:
    """The arguments of ``verify``; see there."""

    deep: bool = False
    ledger: Path | None = field(default=None, converter=optional(Path))
    include: tuple[str, ...] = field(default=(), converter=_patterns)
    exclude: tuple[str, ...] = field(default=(), converter=_patterns)
    rules: Rules = field(init=False)
    name_for: Callable[[str], str] | None = None
    on_result: Callable[[Comparison], None] | None = None
    on_difference: Callable[[Comparison], None] | None = None

    @rules.default
    def _rules(self) -> Rules:
        return rules(self.include, self.exclude)


def _recorded(sources: object) -> list[str] | None:
    """Paths and addresses of the sources; ``None`` where some are contents, or very many."""
    many = sources if isinstance(sources, list | tuple) else [sources]
    if len(many) > MOST_RECORDED:
        return None
    texts = [os.fspath(source) for source in many if isinstance(source, str | os.PathLike)]
    if len(texts) < len(many):
        return None
    return [address(t).root if "://" in t else os.path.abspath(t) for t in texts]  # noqa: PTH100
