"""Writes the blocking twins of the async sources: ``python tools/generate_sync.py [--check]``.

``src/ragflow/_async`` and ``tests/_async`` are written by hand; their twins ``_sync`` are written
here, token by token, so that comments, docstrings and layout survive. Lines between
``# async-only: start`` and ``# async-only: end`` have no twin.
"""

from __future__ import annotations

import argparse
import difflib
import importlib.util
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from blocking import Converter, GenerateError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

ROOT = Path(__file__).resolve().parents[1]
TREES = {"src/ragflow/_async": "src/ragflow/_sync", "tests/_async": "tests/_sync"}
BANNER = "# Generated from {} by tools/generate_sync.py. Do not edit.\n"

# Identifiers: replaced as tokens in code and as whole words in strings and comments.
# A row that no token of the sources matches is an error.
NAMES = {
    "_async": "_sync",
    "AsyncRAGFlow": "RAGFlow",
    "AsyncDataSet": "DataSet",
    "AsyncDocument": "Document",
    "AsyncChunk": "Chunk",
    "AsyncChat": "Chat",
    "AsyncSession": "Session",
    "AsyncMessageStream": "MessageStream",
    "AsyncChatCalls": "ChatCalls",
    "AsyncDatasetCalls": "DatasetCalls",
    "AsyncAnswer": "Answer",
    "AsyncConnections": "Connections",
    "AsyncHttpxLink": "HttpxLink",
    "AsyncLink": "Link",
    "AsyncPager": "Pager",
    "AsyncParseWait": "ParseWait",
    "AsyncUpload": "Upload",
    "AsyncWire": "Wire",
    "AsyncSent": "Sent",
    "AsyncReply": "Reply",
    "AsyncPieces": "Pieces",
    "AsyncProxied": "Proxied",
    "AsyncTransport": "Transport",
    "AsyncDatasetIngest": "DatasetIngest",
    "AsyncIngest": "Ingest",
    "AsyncWork": "Work",
    "AsyncChannel": "Channel",
    "AsyncForms": "Forms",
    "AsyncListing": "Listing",
    "AsyncTally": "Tally",
    "AsyncTelling": "Telling",
    "AsyncScanStage": "ScanStage",
    "AsyncLoadStage": "LoadStage",
    "AsyncSendStage": "SendStage",
    "AsyncRemoteSendStage": "RemoteSendStage",
    "AsyncPartitionWork": "PartitionWork",
    "async_ingest_partition": "ingest_partition",
    "AsyncParseWindow": "ParseWindow",
    "AsyncSweep": "Sweep",
    "AsyncRenaming": "Renaming",
    "AsyncVanished": "Vanished",
    "AsyncRehearsal": "Rehearsal",
    "AsyncVerification": "Verification",
    "AsyncDesk": "Desk",
    "AsyncOwners": "Owners",
    "AsyncFetching": "Fetching",
    "AsyncResponse": "Response",
    "AsyncSender": "Sender",
    # ragflow._twins
    "AsyncBody": "Body",
    "AsyncSlots": "Slots",
    "AsyncSources": "Sources",
    "AsyncCrew": "Crew",
    "async_in_thread": "in_thread",
    "async_in_worker": "in_worker",
    "async_hastily": "hastily",
    "async_complete": "complete",
    "async_abandonable": "abandonable",
    "AsyncLocalServer": "LocalServer",
    "AsyncFileWriter": "FileWriter",
    "async_bounded_map": "bounded_map",
    "async_let_go": "let_go",
    "async_network": "network",
    "AsyncScoped": "Scoped",
    "async_scope": "scope",
    "async_sleep": "sleep",
    # httpx and httpcore
    "AsyncBaseTransport": "BaseTransport",
    "AsyncConnectionPool": "ConnectionPool",
    "AsyncNetworkStream": "NetworkStream",
    "AsyncByteStream": "SyncByteStream",
    "AsyncClient": "Client",
    "handle_async_request": "handle_request",
    "aclose": "close",
    "aiter_bytes": "iter_bytes",
    # the language and its library
    "AsyncGenerator": "Generator",
    "AsyncIterator": "Iterator",
    "aclosing": "closing",
    "aiter": "iter",
    "anext": "next",
    "StopAsyncIteration": "StopIteration",
    "__aenter__": "__enter__",
    "__aexit__": "__exit__",
    "__aiter__": "__iter__",
    "__anext__": "__next__",
    # tests
    "async_client": "client",
}

# Wordings of strings and comments, replaced in this order, before the names above. None gets
# longer, which could make a line too long.
WORDINGS = {
    "async def": "def",
    "async for": "for",
    "async with": "with",
    "await ": "",
    "an async iterator": "an iterator",
    "an async": "a sync",
    "an asynchronous": "a synchronous",
    "async": "sync",
    "asynchronous": "synchronous",
}

# The draft API itself gives these names to methods that start work and come back at once.
ALLOWED = ("async_parse_documents", "async_cancel_parse_documents")

RUFF_FIXES = "I001,F401,RUF022"  # order and repeats of imports, unused imports, order of __all__
CONFLICTS = "F811,F823"  # a name that is defined twice, or shadowed where it is used


def expected_files(root: Path) -> dict[Path, str]:
    """Give the text every generated file should have, by path relative to `root`."""
    converter = Converter(NAMES, WORDINGS, ALLOWED)
    texts = {}
    for source_tree, target_tree in TREES.items():
        for path in sorted((root / source_tree).rglob("*.py")):
            name = path.relative_to(root).as_posix()
            text = converter.convert(path.read_text(encoding="utf-8"), name)
            target = Path(target_tree, path.relative_to(root / source_tree))
            texts[target] = BANNER.format(name) + text
    table = Path(__file__).name
    unused = [f"{table}: row {row!r} matches nothing, remove it" for row in converter.unused_rows()]
    return _formatted(texts, [*converter.problems, *unused], root)


def generate(source: str, name: str) -> str:
    """Give the blocking twin of one source; `name` is its path, for the banner and for errors."""
    converter = Converter(NAMES, WORDINGS, ALLOWED)
    text = BANNER.format(name) + converter.convert(source, name)
    return _formatted({Path(name): text}, converter.problems, ROOT)[Path(name)]


def drift(root: Path) -> list[str]:
    """Describe each generated file under `root` that is missing, stray or not as generated."""
    expected = expected_files(root)
    reports = [f"{path}: stray file" for path in _strays(root, expected)]
    for path, text in expected.items():
        if not (root / path).exists():
            reports.append(f"{path}: missing file")
            continue
        found = (root / path).read_bytes().decode("utf-8", "replace")
        before, after = (part.splitlines(keepends=True) for part in (found, text))
        difference = "".join(difflib.unified_diff(before, after, str(path), f"{path} (generated)"))
        reports += [difference] if difference else []
    return reports


def write(root: Path) -> list[Path]:
    """Bring the generated trees up to date and give the paths that changed."""
    expected = expected_files(root)
    changed = _strays(root, expected)
    for path in changed:
        if not (root / path).read_bytes().startswith(BANNER.split("{")[0].encode()):
            raise GenerateError(f"{path}: not a generated file, move it out of the generated tree")
        (root / path).unlink()
    for path, text in expected.items():
        target = root / path
        if not target.exists() or target.read_bytes() != text.encode():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(text.encode())
            changed.append(path)
    return changed


def main(argv: Sequence[str] | None = None, root: Path = ROOT) -> int:
    """Write the generated trees, or with ``--check`` only show how they differ."""
    parser = argparse.ArgumentParser(description="Write the blocking twins of the async sources.")
    parser.add_argument(
        "--check", action="store_true", help="write nothing, exit 1 if files differ"
    )
    check = parser.parse_args(argv).check
    try:
        reports = drift(root) if check else [f"{path}: updated" for path in write(root)]
    except GenerateError as error:
        print(error, file=sys.stderr)
        return 1
    for report in reports:
        print(report)
    if check and reports:
        print("The sync layer differs from its source: run `nox -s generate`.", file=sys.stderr)
        return 1
    return 0


def _strays(root: Path, expected: Collection[Path]) -> list[Path]:
    """Find the files of the generated trees that have no source; byte code is nobody's business."""
    found = (path for tree in TREES.values() for path in (root / tree).rglob("*") if path.is_file())
    relative = (path.relative_to(root) for path in found if path.parent.name != "__pycache__")
    return sorted(path for path in relative if path not in expected)


def _formatted(texts: dict[Path, str], problems: list[str], root: Path) -> dict[Path, str]:
    """Sort imports and lay out the code with the project's own ruff settings."""
    if problems:
        raise GenerateError("\n".join(problems))
    if importlib.util.find_spec("ruff") is None:
        raise GenerateError("ruff is not installed in this Python: run `nox -s generate` instead")
    with tempfile.TemporaryDirectory() as folder:
        copies = {path: Path(folder, path) for path in texts}
        for path, copy in copies.items():
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(texts[path].encode())
        _run_ruff(root, "check", "--fix", "--exit-zero", "--select", RUFF_FIXES, folder)
        _run_ruff(root, "format", folder)
        _run_ruff(root, "check", "--output-format", "concise", "--select", CONFLICTS, folder)
        return {path: copy.read_bytes().decode() for path, copy in copies.items()}


def _run_ruff(root: Path, *arguments: str) -> None:
    """Run ruff on a folder outside the project as if it were inside."""
    config = ["--config", str(root / "pyproject.toml"), "--no-respect-gitignore", "--no-cache"]
    command = [sys.executable, "-m", "ruff", *arguments, "--quiet", *config]
    result = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if result.returncode:
        output = (result.stderr or result.stdout).replace(arguments[-1] + os.sep, "")
        raise GenerateError(f"ruff {arguments[0]}: {output}")


if __name__ == "__main__":
    sys.exit(main())
