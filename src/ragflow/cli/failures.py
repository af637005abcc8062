"""How a command ends, and why."""

from __future__ import annotations

from enum import IntEnum

__all__ = ["ExitCode", "Failure", "not_installed"]


class ExitCode(IntEnum):
    """What the shell is told."""

    DONE = 0
    BAD_INPUT = 1
    SOME_FAILED = 2
    ABORTED = 3


class Failure(Exception):  # noqa: N818 - not an error of the program
    """Ends the command with one sentence for the user.

    Attributes:
        message: The sentence.
        code: The exit code.
    """

    def __init__(self, message: str, code: ExitCode = ExitCode.BAD_INPUT) -> None:
        super().__init__(message)
        self.message = message
        self.code = code


def not_installed(error: ImportError) -> Failure:
    """The failure where the libraries of the embedded server are missing."""
    return Failure(
        f'the embedded server is not installed ({error}); install with: pip install "ragflow[all]"'
    )
