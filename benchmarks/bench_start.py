"""What it costs to begin: an import, a first client, the command line."""

from __future__ import annotations

from figures import Goal, goals, report
from harness import FAST, Bench, Case, Client, main
from server import Server

QUESTION = "What does it cost to begin?"
URL = "http://127.0.0.1:9380"
STATEMENTS = {
    "import ragflow_sdk": ("peers", "import ragflow_sdk"),
    "import ragflow": ("plain", "import ragflow"),
    "import ragflow_async_sdk": ("peers", "import ragflow_async_sdk"),
    "import httpx": ("peers", "import httpx"),
    "import aiohttp": ("peers", "import aiohttp"),
    "official client": ("peers", f"from ragflow_sdk import RAGFlow; RAGFlow('k', '{URL}')"),
    "RAGFlow": ("plain", f"from ragflow import RAGFlow; RAGFlow('k', '{URL}')"),
    "AsyncRAGFlow": ("plain", f"from ragflow import AsyncRAGFlow; AsyncRAGFlow('k', '{URL}')"),
    "AsyncRAGFlow, fast": (
        "fast",
        f"import aiohttp, msgspec; from ragflow import AsyncRAGFlow; AsyncRAGFlow('k', '{URL}')",
    ),
}


COMMANDS = {"python -c pass": ["python", "-c", "pass"], "ragflow --help": ["ragflow", "--help"]}


def started(environment: str) -> Client:
    """The commands of an environment."""
    return Client("command.py", environment, FAST if environment == "fast" else ())


def run(bench: Bench) -> None:
    """Prints a table of statements, one of commands, and the goals."""
    times = bench.size(10, 3)
    with Server() as server:
        statements = bench.measure(
            server,
            [
                Case(label, started(place), "statement", {"code": code, "times": times})
                for label, (place, code) in STATEMENTS.items()
            ],
        )
        programs = bench.measure(
            server,
            [
                Case(label, started("plain"), "program", {"arguments": command, "times": times})
                for label, command in COMMANDS.items()
            ],
        )
    report(
        "In a fresh Python, without that of Python itself",
        statements,
        "import ragflow_sdk",
        "start",
        scale=1e3,
        clock="ms",
    )
    report("A whole process", programs, "python -c pass", "start", scale=1e3, clock="ms")
    wall = programs.median("ragflow --help", lambda sample: sample.wall / sample.units * 1e3)
    ours, theirs = "import ragflow", "import ragflow_sdk"
    goals(
        Goal.cheaper(f"CPU, {ours} / {theirs}", statements, ours, theirs, 0.25, 0.1),
        Goal("ragflow --help", wall, 150, most=True, unit=" ms"),
    )


if __name__ == "__main__":
    main(QUESTION, run)
