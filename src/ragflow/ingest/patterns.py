"""Which files are meant: include and exclude patterns, and globs, compiled once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from attrs import evolve, field, frozen

from ..errors import InvalidArgumentError
from .paths import escaped

__all__ = ["WILDCARDS", "Rules", "rules"]

WILDCARDS = re.compile(r"[*?[]")

Matcher = Callable[[str], re.Match[str] | None]


@frozen
class Rules:
    """Which paths are taken. Made by `rules`; the default takes all but what is hidden."""

    _included: Matcher | None = field(default=None, repr=False)
    _excluded: Matcher | None = field(default=None, repr=False)
    _reached: Matcher | None = field(default=None, repr=False)
    _matched: Matcher | None = field(default=None, repr=False)
    _dotted: tuple[str, ...] = ()

    def takes(self, path: str) -> bool:
        """Whether a file is meant, by its path relative to the root."""
        return (
            (self._included is None or self._included(path) is not None)
            and (self._matched is None or self._matched(path) is not None)
            and (self._excluded is None or self._excluded(path) is None)
        )

    def enters(self, path: str) -> bool:
        """Whether a folder may hold files that are meant, by its path relative to the root."""
        return (self._reached is None or self._reached(path) is not None) and (
            self._excluded is None or self._excluded(f"{path}/") is None
        )

    def shows(self, name: str) -> bool:
        """Whether a file or folder is looked at: it is not hidden, or a pattern names it."""
        if not name.startswith("."):
            return True
        return any(re.fullmatch(part, name, re.DOTALL) for part in self._dotted)

    def narrowed(self, glob: str) -> Rules:
        """These rules for the files that match a glob, relative to the root, as well."""
        parts = _parts(glob, anchored=True)
        return evolve(
            self,
            reached=_compiled([_way(parts)]),
            matched=_compiled([_regex(parts)]),
            dotted=self._dotted + _dotted(parts),
        )


def rules(include: str | Iterable[str] = (), exclude: str | Iterable[str] = ()) -> Rules:
    """Compiles patterns; they are case-sensitive on every system.

    ``*`` is any text within a name, ``?`` one character, ``[a-z]`` one of these, ``[!a-z]`` one
    that is none of these, ``**`` between slashes any folders. A pattern without ``/`` matches the
    base name; one with ``/`` the whole path relative to the root; one that ends with ``/`` a
    folder and all in it. What is excluded stays out even if it is included as well, and so does
    all in a folder that is excluded. Hidden files and folders (a leading dot) of a folder are left
    out, unless the name in an include pattern begins with a dot and matches: ``.env``,
    ``.github/``.

    Args:
        include: Only files that match one of them are taken; none means all.
        exclude: Files and folders that match one of them are left out.

    Raises:
        InvalidArgumentError: A pattern is no text, or empty.
    """
    included = [_parts(pattern) for pattern in _listed(include)]
    excluded = [_parts(pattern) for pattern in _listed(exclude)]
    return Rules(
        included=_compiled([_regex(parts) for parts in included]) if included else None,
        excluded=_compiled([f"{_regex(parts)}(?:/.*)?" for parts in excluded])
        if excluded
        else None,
        dotted=tuple(regex for parts in included for regex in _dotted(parts)),
    )


def _listed(patterns: str | Iterable[str]) -> list[str]:
    listed = [patterns] if isinstance(patterns, str) else list(patterns)
    for pattern in listed:
        if not isinstance(pattern, str) or not pattern.strip("/"):
            raise InvalidArgumentError(f"not a pattern for files: {pattern!r}")
    return listed


def _parts(pattern: str, *, anchored: bool = False) -> list[str]:
    """The pattern between slashes, for the whole path: ``*.pdf`` is ``**/*.pdf``."""
    anchored = anchored or "/" in pattern.rstrip("/")
    folder = pattern.endswith("/")
    parts = [part for part in escaped(pattern).split("/") if part not in ("", ".")]
    parts = [*([] if anchored else ["**"]), *parts, *(["**"] if folder else [])]
    return [
        part
        for part, after in zip(parts, [*parts[1:], ""], strict=True)
        if part != "**" or after != "**"
    ]


def _compiled(regexes: Sequence[str]) -> Matcher:
    return re.compile("|".join(f"(?:{regex})" for regex in regexes), re.DOTALL).fullmatch


def _regex(parts: Sequence[str]) -> str:
    *folders, last = parts
    before = "".join("(?:.*/)?" if part == "**" else f"{_name(part)}/" for part in folders)
    return before + (".*" if last == "**" else _name(last))


def _way(parts: Sequence[str]) -> str:
    """Matches the folders that lead to what the parts match."""
    regex = ""
    for part in reversed(parts[:-1] if parts[-1] != "**" else parts):
        further = f"(?:/{regex})?" if regex else ""
        regex = ".*" if part == "**" else _name(part) + further
    return regex


def _dotted(parts: Sequence[str]) -> tuple[str, ...]:
    return tuple(_name(part) for part in parts if part.startswith("."))


def _name(part: str) -> str:
    regex, at = "", 0
    while at < len(part):
        character = part[at]
        at += 1
        if character == "*":
            regex += "" if regex.endswith("[^/]*") else "[^/]*"
        elif character == "?":
            regex += "[^/]"
        elif character == "[" and (end := _end_of_class(part, at)) > 0:
            regex += _one_of(part[at:end])
            at = end + 1
        else:
            regex += re.escape(character)
    return regex


def _end_of_class(part: str, start: int) -> int:
    """Where the class ends; a bracket that comes first is one of its characters."""
    return part.find("]", start + (2 if part.startswith("!", start) else 1))


def _one_of(body: str) -> str:
    """One character of a class; a range that runs backwards holds none."""
    negated = body.startswith("!")
    ranges, at = "", 1 if negated else 0
    while at < len(body):
        first = last = body[at]
        if at + 2 < len(body) and body[at + 1] == "-":
            last = body[at + 2]
            at += 2
        at += 1
        if first <= last:
            ranges += f"{re.escape(first)}-{re.escape(last)}"
    if negated:
        return f"[^/{ranges}]"
    return f"[{ranges}]" if ranges else "(?!)"
