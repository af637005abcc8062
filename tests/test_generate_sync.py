"""The generator of the blocking layer: its rules, and that no difference goes unseen."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tools"))

import generate_sync  # noqa: E402

SOURCE = "src/ragflow/_async/client.py"
TARGET = Path("src/ragflow/_sync/client.py")
BANNER = f"# Generated from {SOURCE} by tools/generate_sync.py. Do not edit.\n"

CLIENT = '''"""The AsyncRAGFlow of this tree."""


class AsyncRAGFlow:
    async def aclose(self) -> None:
        await self.transport.aclose()
'''
TESTS = """from ragflow._async.client import AsyncRAGFlow


async def test_close(async_client: AsyncRAGFlow) -> None:
    await async_client.aclose()
"""


def generated(source: str) -> str:
    """Generate from one source and take the banner off."""
    return generate_sync.generate(source, SOURCE).removeprefix(BANNER)


@pytest.fixture
def rules(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put tables in place that do not change with the project's own."""
    names = ["AsyncRAGFlow", "AsyncChat", "AsyncDocument", "AsyncIterator"]
    renamed = {name: name.removeprefix("Async") for name in names}
    monkeypatch.setattr(generate_sync, "NAMES", {"_async": "_sync", **renamed})
    wordings = {"async with": "with", "async for": "for", "await ": ""}
    articles = {"an async": "a blocking", "asynchronous": "blocking"}
    monkeypatch.setattr(generate_sync, "WORDINGS", {**wordings, **articles})


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Build a small project whose generated files are up to date."""
    rows = {"_async": "_sync", "AsyncRAGFlow": "RAGFlow", "aclose": "close"}
    monkeypatch.setattr(generate_sync, "NAMES", {**rows, "async_client": "client"})
    monkeypatch.setattr(generate_sync, "WORDINGS", {})
    (tmp_path / "pyproject.toml").write_text("[tool.ruff]\nline-length = 100\n")
    for path, text in {SOURCE: CLIENT, "tests/_async/test_client.py": TESTS}.items():
        (tmp_path / path).parent.mkdir(parents=True)
        (tmp_path / path).write_text(text)
    assert generate_sync.main([], tmp_path) == 0
    return tmp_path


def only_drift(tree: Path) -> str:
    """Give the one difference of a tree, and see the command line refuse it too."""
    (report,) = generate_sync.drift(tree)
    assert generate_sync.main(["--check"], tree) == 1
    return report


@pytest.mark.usefixtures("rules")
@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("async def f():\n    return await g()\n", "def f():\n    return g()\n"),
        (
            "async def f():\n    async with a as b:\n        async for c in b:\n            pass\n",
            "def f():\n    with a as b:\n        for c in b:\n            pass\n",
        ),
        (
            "async def f():\n    return [await g(x) async for x in y if await x]\n",
            "def f():\n    return [g(x) for x in y if x]\n",
        ),
        ("x: AsyncIterator[int]\n", "x: Iterator[int]\n"),
        (
            "async def f():\n    return (await g(1)).data[0]\n",
            "def f():\n    return g(1).data[0]\n",
        ),
        (
            "async def f():\n    return (\n        await g()\n    ).data\n",
            "def f():\n    return g().data\n",
        ),
        (
            "async def f():\n    return (await g() + 1).real\n",
            "def f():\n    return (g() + 1).real\n",
        ),
        ("async def f():\n    return g(await h)\n", "def f():\n    return g(h)\n"),
        ("def f() -> Awaitable[dict[str, int]]: ...\n", "def f() -> dict[str, int]: ...\n"),
        ("def f() -> Coroutine[Any, Any, int]: ...\n", "def f() -> int: ...\n"),
        ("def f() -> Awaitable[\n    int\n]: ...\n", "def f() -> int: ...\n"),
        ("x: Callable[[A], Awaitable[B]]\n", "x: Callable[[A], B]\n"),
        ("x = f'{await y!r:>{z}} of {{AsyncRAGFlow}}'\n", 'x = f"{y!r:>{z}} of {{RAGFlow}}"\n'),
        ("async_parse_documents()\n", "async_parse_documents()\n"),
        ("x = '\u2028\x85'; AsyncChat\n", 'x = "\u2028\x85"\nChat\n'),
    ],
)
def test_code_becomes_blocking(source: str, expected: str) -> None:
    """Each construct of async code has one blocking form."""
    assert generated(source) == expected


@pytest.mark.usefixtures("rules")
def test_imports_are_merged_sorted_and_freed_of_the_unused() -> None:
    """Renaming leaves no name imported twice, out of order or for nothing."""
    source = (
        "from collections.abc import AsyncIterator, Awaitable, Callable, Iterator\n\n"
        "from ragflow._async.chats import AsyncChat\n\n"
        '__all__ = ["AsyncChat", "Alpha"]\n\n'
        "x: Callable[[Iterator[int]], Awaitable[AsyncIterator[int]]]\n"
    )
    assert generated(source) == (
        "from collections.abc import Callable, Iterator\n\n"
        "from ragflow._sync.chats import Chat\n\n"
        '__all__ = ["Alpha", "Chat"]\n\n'
        "x: Callable[[Iterator[int]], Iterator[int]]\n"
    )


@pytest.mark.usefixtures("rules")
def test_comments_and_docstrings_survive_in_blocking_words() -> None:
    """Text keeps its layout, and tells a reader of blocking code what is true there."""
    source = (
        '"""An AsyncDocument, an `AsyncIterator` and an async loop.\n\n'
        "async with AsyncRAGFlow() as rag:\n"
        "    async for message in await rag.ask():\n"
        '"""\n\n'
        "x = 1  # the asynchronous one of ragflow._async\n"
    )
    assert generated(source) == (
        '"""A Document, an `Iterator` and a blocking loop.\n\n'
        "with RAGFlow() as rag:\n"
        "    for message in rag.ask():\n"
        '"""\n\n'
        "x = 1  # the blocking one of ragflow._sync\n"
    )


@pytest.mark.usefixtures("rules")
def test_async_only_blocks_have_no_twin() -> None:
    """What stands between the two markers is left out."""
    source = (
        "class A:\n    x = 1\n\n    # async-only: start\n"
        "    def __await__(self): ...\n\n    # async-only: end\n    y = 2\n"
    )
    assert generated(source) == "class A:\n    x = 1\n\n    y = 2\n"


@pytest.mark.usefixtures("rules")
@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("x = 1\nclass AsyncThing: ...\n", ":2: async name left over: 'AsyncThing'"),
        ("x: AsyncGenerator[int, None]\n", ":1: async name left over: 'AsyncGenerator'"),
        ("async_parse(1)\n", ":1: async name left over: 'async_parse'"),
        ("import anyio\n", ":1: async name left over: 'anyio'"),
        ("from asyncio import sleep\n", ":1: async name left over: 'asyncio'"),
        ("def __await__(self): ...\n", ":1: async name left over: '__await__'"),
        ("x = anext(y)\n", ":1: async name left over: 'anext'"),
        ("class A(Awaitable[int]): ...\n", ":1: async name left over: 'Awaitable'"),
        ("x: Awaitable\n", ":1: async name left over: 'Awaitable'"),
        ('"""One.\n\nIt is awaitable."""\n', ":3: async wording left over: 'awaitable'"),
        ("# see AsyncThing\n", ":1: async wording left over: 'AsyncThing'"),
        ("x = 1\n# async-only: start\n", ": async-only marker of line 2 has no counterpart"),
        ("x = (\n", ": "),
    ],
)
def test_what_has_no_blocking_form_is_an_error(source: str, problem: str) -> None:
    """Leftovers are refused with the file and the line of the source."""
    with pytest.raises(generate_sync.GenerateError) as caught:
        generate_sync.generate(source, SOURCE)
    assert str(caught.value).startswith(SOURCE + problem)


def test_invalid_code_is_an_error_of_ruff() -> None:
    """Text that is no Python is not written."""
    with pytest.raises(generate_sync.GenerateError, match="ruff format"):
        generate_sync.generate("x = = 1\n", SOURCE)


@pytest.mark.usefixtures("rules")
def test_two_names_that_become_one_are_an_error() -> None:
    """A twin that would define a name twice is refused."""
    with pytest.raises(generate_sync.GenerateError, match=rf"{SOURCE}:5:\d+: F811"):
        generate_sync.generate("class AsyncChat: ...\n\n\nclass Chat: ...\n", SOURCE)


def test_a_missing_ruff_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the formatter the output would not be stable, so there is none."""
    monkeypatch.setattr(generate_sync.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(generate_sync.GenerateError, match="ruff is not installed"):
        generate_sync.generate("x = 1\n", SOURCE)


def test_an_unused_row_is_an_error(
    tree: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A name that no source has is refused, so that the table stays true; text does not count."""
    rows = {**generate_sync.NAMES, "AsyncNothing": "Nothing"}
    monkeypatch.setattr(generate_sync, "NAMES", rows)
    (tree / SOURCE).write_text(CLIENT + "\n\n# an AsyncNothing\n")
    assert generate_sync.main(["--check"], tree) == 1
    message = "generate_sync.py: row 'AsyncNothing' matches nothing, remove it\n"
    assert capsys.readouterr().err == message


def test_a_left_over_name_stops_the_command(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command names file, line and word, and writes nothing."""
    (tree / SOURCE).write_text(CLIENT + "\n\nclass AsyncThing: ...\n")
    assert generate_sync.main([], tree) == 1
    assert capsys.readouterr().err == f"{SOURCE}:9: async name left over: 'AsyncThing'\n"
    assert "Thing" not in (tree / TARGET).read_text()


def test_a_clean_tree_passes(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Freshly generated files have the banner and do not differ; byte code does not count."""
    (tree / TARGET.parent / "__pycache__").mkdir()
    (tree / TARGET.parent / "__pycache__" / "client.pyc").touch()
    capsys.readouterr()
    assert generate_sync.drift(tree) == []
    assert generate_sync.main(["--check"], tree) == 0
    assert capsys.readouterr() == ("", "")
    assert (tree / TARGET).read_text() == (
        BANNER + '"""The RAGFlow of this tree."""\n\n\nclass RAGFlow:\n'
        "    def close(self) -> None:\n        self.transport.close()\n"
    )
    assert (tree / "tests/_sync/test_client.py").exists()


def test_a_changed_line_is_caught(tree: Path) -> None:
    """An edit of a generated file is shown as a difference."""
    (tree / TARGET).write_text((tree / TARGET).read_text().replace("transport", "pool"))
    report = only_drift(tree)
    assert "-        self.pool.close()\n+        self.transport.close()\n" in report


def test_a_changed_source_is_caught(tree: Path) -> None:
    """A source that moved on without its twin is shown as a difference."""
    (tree / SOURCE).write_text(CLIENT + "        self.closed = True\n")
    assert "+        self.closed = True\n" in only_drift(tree)


@pytest.mark.parametrize("addition", ["\n", "x = 1\n", "# a word"])
def test_a_trailing_line_is_caught(tree: Path, addition: str) -> None:
    """Whole texts are compared, to the last line."""
    (tree / TARGET).write_text((tree / TARGET).read_text() + addition)
    assert f"\n-{addition}" in only_drift(tree)


def test_other_line_ends_are_caught(tree: Path) -> None:
    """Whole texts are compared, line ends too."""
    (tree / TARGET).write_bytes((tree / TARGET).read_bytes().replace(b"\n", b"\r\n"))
    assert "-class RAGFlow:\r\n" in only_drift(tree)


def test_a_removed_banner_is_caught(tree: Path) -> None:
    """A generated file must say that it is one."""
    (tree / TARGET).write_text((tree / TARGET).read_text().removeprefix(BANNER))
    assert f"\n+{BANNER}" in only_drift(tree)


def test_a_missing_file_is_caught(tree: Path) -> None:
    """Each source has its twin."""
    (tree / TARGET).unlink()
    assert only_drift(tree) == f"{TARGET}: missing file"


@pytest.mark.parametrize("name", ["old.py", "notes.txt", "deep/test_old.py"])
def test_a_stray_file_is_caught(tree: Path, name: str) -> None:
    """Each file of the generated trees has a source."""
    stray = TARGET.parent / name
    (tree / stray).parent.mkdir(exist_ok=True)
    (tree / stray).touch()
    assert only_drift(tree) == f"{stray}: stray file"


def test_generating_removes_twins_without_a_source(tree: Path) -> None:
    """A source that goes takes its twin along, and new ones are written."""
    (tree / SOURCE).rename(tree / "src/ragflow/_async/main.py")
    assert generate_sync.write(tree) == [TARGET, TARGET.with_name("main.py")]
    assert generate_sync.drift(tree) == []


def test_generating_spares_files_it_did_not_write(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file without the banner may be somebody's work."""
    stray = tree / TARGET.with_name("notes.txt")
    stray.write_text("mine")
    assert generate_sync.main([], tree) == 1
    assert "not a generated file" in capsys.readouterr().err
    assert stray.read_text() == "mine"


def test_this_repository_has_no_drift() -> None:
    """The committed sync layer is what its sources give."""
    assert generate_sync.drift(ROOT) == []
