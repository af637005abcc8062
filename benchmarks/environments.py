"""The Pythons that the benchmarks run in: our client's, plain and with ``fast``, and its peers'."""

from __future__ import annotations

import functools
import hashlib
import json
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent
FOLDER = HERE / ".environments"
# Never niquests: it puts a package of its own in the place of urllib3, under the official client.
PEERS = ("ragflow-sdk", "ragflow-async-sdk", "httpx", "sniffio", "aiohttp")
NEEDS = {
    "plain": [("-e", f"{ROOT}[cli]")],
    "fast": [("-e", f"{ROOT}[cli,fast]")],
    "peers": [(name,) for name in PEERS],
    "compiler": [("ziglang",)],
}
VERSIONS = """
import importlib.metadata, json
print(json.dumps({d.metadata["Name"]: d.version for d in importlib.metadata.distributions()}))
"""


def python_of(environment: str) -> Path:
    """The Python of an environment; it is made, or made anew, where that is needed."""
    folder = FOLDER / environment
    python = folder / "bin" / "python"
    stamp = folder / "made-from"
    recipe = hashlib.sha256(
        repr((sys.version, NEEDS[environment], (ROOT / "pyproject.toml").read_text())).encode()
    ).hexdigest()
    if not stamp.is_file() or stamp.read_text() != recipe:
        print(f"making the environment {environment} ...", file=sys.stderr, flush=True)
        venv.create(folder, clear=True, with_pip=True)
        for requirement in _joined(python, NEEDS[environment]):
            _install(python, requirement)
        stamp.write_text(recipe)
    return python


@functools.cache
def versions(environment: str) -> dict[str, str]:
    """What is installed in an environment."""
    python = python_of(environment)
    output = subprocess.run([python, "-c", VERSIONS], check=True, capture_output=True, text=True)
    found: dict[str, str] = json.loads(output.stdout)
    return {name.lower(): version for name, version in found.items()}


def _joined(python: Path, requirements: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """All in one go where that works, else each by itself, so that one peer may be missing."""
    together = tuple(part for requirement in requirements for part in requirement)
    return [] if _install(python, together) else requirements


def _install(python: Path, requirement: tuple[str, ...]) -> bool:
    command = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    done = subprocess.run([*command, *requirement], capture_output=True, text=True)
    if done.returncode:
        print(f"cannot install {' '.join(requirement)}\n{done.stderr}", file=sys.stderr)
    return done.returncode == 0
