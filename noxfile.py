"""The project's habits: ``nox -s tests``, ``nox -s lint typing``, and so on."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import nox

nox.needs_version = ">=2026.8.17"  # earlier ones take a pyenv shim that cannot run for a Python
nox.options.download_python = "never"
nox.options.error_on_missing_interpreters = False
nox.options.sessions = ["lint", "typing", "tests"]

PYPROJECT = nox.project.load_toml("pyproject.toml")
RUNNING = f"{sys.version_info.major}.{sys.version_info.minor}"
PYTHONS = nox.project.python_versions(PYPROJECT)
if RUNNING not in PYTHONS and sys.version_info >= (3, 11):
    PYTHONS.append(RUNNING)  # a newer Python may be the only one of the machine


def install(session: nox.Session, *groups: str, package: str | None = None) -> None:
    """Install dependency groups of pyproject.toml, and the package if asked to."""
    requirements = nox.project.dependency_groups(PYPROJECT, *groups)
    session.install(*([package] if package else []), *requirements)


@nox.session
def generate(session: nox.Session) -> None:
    """Write the blocking layer and its tests from the async ones."""
    install(session, "lint")
    session.run("python", "tools/generate_sync.py", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, layout, and that the blocking layer is what its source gives."""
    install(session, "lint")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("python", "tools/generate_sync.py", "--check")


@nox.session
def typing(session: nox.Session) -> None:
    """Check the types of the source, and that all public names have complete ones."""
    install(session, "typing", package="-e.[all,fast]")
    session.run("mypy")
    session.run("pyright", "--verifytypes", "ragflow", "--ignoreexternal")


# Whole jobs and programs: they run no lines that the other tests do not, and to watch lines slows
# them down by half.
WHOLE = ["tests/chaos", "tests/ingest/test_ingest_machine.py", "tests/test_dask.py"]
WHOLE += ["tests/test_examples.py", "tests/test_readme.py"]
# What is tested once more with the extra ``fast``: all that goes over the wire without blocking.
WIRE = ["tests/_async", "tests/test_async_only.py", "tests/test_fast.py", "tests/test_tls.py"]
# And once more under trio, by the plugin of anyio; httpx and httpcore leave generators behind.
TRIO = ["-o", "asyncio_mode=strict", "-o", "anyio_mode=auto", "tests/_async"]
for _library in ("httpcore", "httpx"):
    TRIO += ["-W", f"ignore:Async generator '{_library}:ResourceWarning"]


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Run the tests, or those given; a whole run on nox's own Python enforces coverage."""
    install(session, "tests", "lint", package=".[all,fast]")
    pytest = ["-m", "pytest", "-n", "auto", "--maxprocesses", "8", "--dist", "worksteal"]
    if session.posargs:
        session.run("python", *pytest, *session.posargs)
        return
    plain = {"RAGFLOW_FAST": "0"}
    if session.python != RUNNING:
        session.run("python", *pytest, env=plain)
        session.run("python", *pytest, *WIRE)
        session.run("python", *pytest, *TRIO)
        return
    session.run("python", *pytest, *WHOLE, env=plain)
    session.run("python", *pytest, *TRIO)
    session.env["COVERAGE_FILE"] = str(Path(session.create_tmp()).resolve() / "coverage")
    session.run("coverage", "erase")
    left_out = [f"--ignore={name}" for name in WHOLE]
    session.run("coverage", "run", *pytest, *left_out, env=plain)
    session.run("coverage", "run", *pytest, *WIRE)
    session.run("coverage", "combine", "--quiet")
    session.run("coverage", "report", "--precision=2", "--fail-under=95")
    protocol = "--include=*/ragflow/_protocol/*"
    session.run("coverage", "report", "--precision=2", "--fail-under=100", protocol)


@nox.session
def docs(session: nox.Session) -> None:
    """Run the tests that execute what README, docs and examples say."""
    install(session, "tests", package=".[all]")
    patterns = ("test_readme*.py", "test_docs*.py", "test_examples*.py")
    files = [str(path) for pattern in patterns for path in sorted(Path("tests").rglob(pattern))]
    if not files:
        session.error(f"none of {', '.join(patterns)} exists under tests")
    session.run("pytest", *files, *session.posargs)


@nox.session(reuse_venv=True)
def bench(session: nox.Session) -> None:
    """Run the benchmarks, or those given as arguments; with --quick in under three minutes."""
    session.run("python", "benchmarks/run.py", *session.posargs)


@nox.session
def build(session: nox.Session) -> None:
    """Build the source archive, the wheel from it, and try both in a fresh environment."""
    session.install(*PYPROJECT["build-system"]["requires"], "pip")
    folder = Path(session.create_tmp()).resolve()
    for old in folder.glob("ragflow-*"):
        old.unlink()
    session.run("hatchling", "build", "-t", "sdist", "-d", str(folder))
    (archive,) = folder.glob("ragflow-*.tar.gz")
    session.run(
        "pip", "wheel", "--no-deps", "--no-build-isolation", "-w", str(folder), str(archive)
    )
    (wheel,) = folder.glob("ragflow-*.whl")
    session.run("python", "-m", "venv", "--clear", str(folder / "fresh"))
    programs = folder / "fresh" / ("Scripts" if os.name == "nt" else "bin")
    python, ragflow = str(programs / "python"), str(programs / "ragflow")
    session.run(python, "-m", "pip", "install", "--quiet", str(wheel), external=True)
    session.run(
        python, "-c", "import ragflow; ragflow.RAGFlow, ragflow.AsyncRAGFlow", external=True
    )
    session.run(python, "-m", "pip", "install", "--quiet", f"{wheel}[all]", external=True)
    session.run(ragflow, "--help", external=True)
