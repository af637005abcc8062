"""The ``ragflow`` command."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.util import find_spec

__all__ = ["main"]

_NEEDED = ("click", "rich")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command.

    Args:
        arguments: What follows ``ragflow``; those of this process when not given.

    Returns:
        The exit code; ``ragflow --help`` lists them.
    """
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        sys.stderr.write(
            f"The ragflow command needs {' and '.join(missing)}, which "
            f"{'is' if len(missing) == 1 else 'are'} not installed; "
            'install with: pip install "ragflow[all]"\n'
        )
        return 1
    from ragflow.cli.app import run

    return run(arguments)
