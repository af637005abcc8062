"""What may be asked of an ingestion."""

from __future__ import annotations

from pathlib import Path

import pytest

from ragflow.errors import InvalidArgumentError
from ragflow.ingest.options import MOST_FORMS, MOST_RECORDED, IngestOptions
from ragflow.ingest.reconcile import Policy


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("on_conflict", "overwrite"),
        ("concurrency", 0),
        ("concurrency", "fast"),
        ("concurrency", True),
        ("max_parsing", 0),
        ("max_parsing", 1.5),
        ("max_failures", -1),
        ("max_failures", True),
        ("parse_timeout", 0),
        ("parse_timeout", float("nan")),
        ("shard", (0, 4)),
        ("shard", "5/4"),
        ("shard", "third of four"),
        ("include", ""),
        ("exclude", [1]),
    ],
)
def test_wrong_arguments(name: str, value: object) -> None:
    """An argument that cannot be right is refused, by an error that shows it."""
    with pytest.raises(InvalidArgumentError) as caught:
        IngestOptions(**{name: value})
    shown = str(value[0] if isinstance(value, list | tuple) else value)
    assert shown in str(caught.value)


def test_defaults() -> None:
    """Nothing given is everything, parsed, in few forms, and nothing replaced."""
    options = IngestOptions()
    assert options.forms == MOST_FORMS
    assert options.policy == Policy(True, changed="skip", taken="skip")
    assert options.is_ours("any/file.txt")
    assert options.rules.takes("any/file.txt")
    assert options.ledger is None


def test_concurrency_is_the_number_of_forms() -> None:
    """A number that is asked for is taken, however high."""
    assert IngestOptions(concurrency=9).forms == 9


def test_a_mirror_replaces_its_own_only() -> None:
    """What others uploaded under the same name is left alone."""
    options = IngestOptions(mirror=True, ledger="here.db")
    assert options.policy == Policy(True, changed="replace", taken="skip")
    assert options.ledger == Path("here.db")


@pytest.mark.parametrize("shard", [(2, 3), "2/3"])
def test_shard(shard: tuple[int, int] | str) -> None:
    """A share may be written in two ways, and the shares make the whole."""
    options = IngestOptions(shard=shard)
    assert options.shard == (2, 3)
    paths = [f"{number}.txt" for number in range(60)]
    shares = [
        {path for path in paths if IngestOptions(shard=(index, 3)).is_ours(path)}
        for index in (1, 2, 3)
    ]
    assert {path for path in paths if options.is_ours(path)} == shares[1]
    assert set.union(*shares) == set(paths)
    assert sum(map(len, shares)) == len(paths)


def test_one_pattern_or_several() -> None:
    """A text is one pattern, and a sequence are several."""
    assert IngestOptions(include="*.pdf").include == ("*.pdf",)
    assert IngestOptions(exclude=["a", "b"]).exclude == ("a", "b")


@pytest.mark.parametrize(
    ("sources", "recorded"),
    [
        ("docs", [str(Path.cwd() / "docs")]),
        (Path("docs"), [str(Path.cwd() / "docs")]),
        (["/a", Path("/b")], ["/a", "/b"]),
        ("https://me:secret@host/docs?token=secret", None),
        ([("a.txt", b"1")], None),
        (iter(["/a"]), None),
        (["/a"] * (MOST_RECORDED + 1), None),
    ],
)
def test_recorded_sources(sources: object, recorded: list[str] | None) -> None:
    """Paths are kept to be used again, contents and endless lists are not."""
    kept = IngestOptions().recorded(sources)["sources"]
    if recorded is not None or not isinstance(sources, str):
        assert kept == recorded
    assert "secret" not in str(kept)


def test_recorded_options_are_plain_data() -> None:
    """The ledger keeps what was asked for, without functions."""
    options = IngestOptions(include="*.md", on_conflict="rename", name_for=str.upper, shard="1/2")
    recorded = options.recorded("/docs")
    assert recorded == {
        "sources": ["/docs"],
        "parse": True,
        "on_conflict": "rename",
        "include": ["*.md"],
        "exclude": [],
        "shard": (1, 2),
        "mirror": False,
    }
