"""The shape of the package: who may import whom, and where facts of the outside world may stand."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src" / "ragflow"
FILES = sorted(PACKAGE.rglob("*.py"))

# Each part of the package and the parts it may import, besides itself; "" is ragflow/__init__.py.
FACTS = {"errors", "models"}
CORE = {*FACTS, "_protocol", "settings", "_haste", "_twins", "_network", "_aiohttp", "_msgspec"}
CORE |= {"ingest"}
PUBLIC = {*CORE, "_async", "_sync", ""}
MAY_IMPORT = {
    "errors": {"models"},
    "models": {"errors", "_memory"},
    "_protocol": {*FACTS, "_memory"},
    "settings": {*FACTS, "_protocol"},
    "_ahead": set(),
    "_beside": set(),
    "_haste": set(),
    "_memory": set(),
    "_msgspec": {"models"},
    "_sockets": set(),
    "_aiohttp": {"_network", "_protocol", "_twins", "settings"},
    "ingest": {*FACTS, "_protocol"},
    "_network": set(),
    "_twins": {*FACTS, "_ahead", "_beside", "_haste", "_network", "_protocol", "_sockets"}
    | {"settings", "local"},
    "_async": CORE,
    "_sync": CORE,
    "": {*FACTS, "_protocol", "settings", "_async", "_sync"},
    "local": set(),
    "testing": {*PUBLIC, "local"},
    "integrations": PUBLIC,
    "cli": {*PUBLIC, "local", "testing"},
    "__main__": {"cli"},
}

HTTP = ("httpx", "httpcore", "aiohttp")
# A successor of httpx should be a small change; the client names the types of two arguments.
HTTPX_FILES = {
    "_aiohttp.py",
    "_async/links.py",
    "_async/client.py",
    "_async/connections.py",
    "_async/responses.py",
    "_async/sender.py",
    "_async/transport.py",
    "_async/wires.py",
    "_network.py",
    "_sockets.py",
    "_sync/links.py",
    "_sync/client.py",
    "_sync/connections.py",
    "_sync/responses.py",
    "_sync/sender.py",
    "_sync/transport.py",
    "_sync/wires.py",
    "_twins.py",
}
# The local server asks a language model over HTTP; it is no part of the client.
HTTPX_PARTS = {"local", "testing"}


def name(path: Path) -> str:
    """Give a file's path inside the package."""
    return path.relative_to(PACKAGE).as_posix()


def part(path: Path) -> str:
    """Give the part of the package that a file belongs to."""
    first = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    return "" if first == "__init__" else first


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Give line and absolute name of each imported module, at any depth of the code."""
    package = ["ragflow", *path.relative_to(PACKAGE).parts[:-1]]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) + 1 - node.level] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            for alias in node.names:
                yield node.lineno, f"{module}.{alias.name}"


def imported_parts(path: Path) -> Iterator[tuple[int, str]]:
    """Give line and part for each import from the package itself."""
    parts = {part(file) for file in FILES}
    for line, module in imports(path):
        root, first, *_ = [*module.split("."), ""]
        if root == "ragflow" and first != "__version__":
            yield line, first if first in parts else ""


def imports_of(path: Path, *packages: str) -> list[str]:
    """Describe the imports of any of some packages."""
    return [
        f"{name(path)}:{line} imports {module}"
        for line, module in imports(path)
        if module.split(".")[0] in packages
    ]


def test_every_part_has_its_place() -> None:
    """A new folder or module at the top of the package says what it may import."""
    assert {part(path) for path in FILES} - MAY_IMPORT.keys() == set()


@pytest.mark.parametrize("importer", MAY_IMPORT)
def test_imports_go_one_way(importer: str) -> None:
    """Shells import the public names, these the two layers, these the protocol; nothing goes up."""
    allowed = {importer, *MAY_IMPORT[importer]}
    assert [
        f"{name(path)}:{line} imports ragflow.{imported}"
        for path in FILES
        if part(path) == importer
        for line, imported in imported_parts(path)
        if imported not in allowed
    ] == []


def test_the_protocol_does_no_io() -> None:
    """The protocol is bytes and values, so no client and no event loop is near."""
    loops = ("httpx", "anyio", "asyncio", "trio", "socket", "threading")
    files = [path for path in FILES if part(path) == "_protocol"]
    assert [found for path in files for found in imports_of(path, *loops)] == []


def test_httpx_is_known_in_few_files() -> None:
    """Only the door to the wire and the twins know the HTTP library."""
    found = {
        name(path) for path in FILES if imports_of(path, *HTTP) and part(path) not in HTTPX_PARTS
    }
    assert found - HTTPX_FILES == set()


def all_of(path: Path) -> list[str] | None:
    """Give the literal ``__all__`` of a module, or None if it has none."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        targets = node.targets if isinstance(node, ast.Assign) else []
        if any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets):
            return [str(each) for each in ast.literal_eval(node.value)]
    return None


def in_order(names: list[str]) -> list[str]:
    """Sort as ruff does: constants, classes, then the rest."""
    return sorted(names, key=lambda each: (not each.isupper(), not each[0].isupper(), each))


@pytest.mark.parametrize("path", [path for path in FILES if all_of(path) is not None], ids=name)
def test_public_names_are_listed_in_order(path: Path) -> None:
    """Where a module lists its public names, the list is sorted and names nothing twice."""
    names = all_of(path)
    assert names is not None
    assert names == in_order(list(set(names)))
