"""How a command ends, and why."""

from __future__ import annotations

from enum import IntEnum

__all__ = ["ExitCode", "Failure"]


class ExitCode(IntEnum):
    """What the shell is told."""

    DONE = 0
    BAD_INPUT = 1
    SOME_FAILED = 2
    ABORTED = 3


class Failure(Exception):
    """Ends the command with one sentence for the user.

    Attributes:
        message: The sentence.
        code: The exit code.
    """

    def __init__(self, message: str, code: ExitCode = ExitCode.BAD_INPUT) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
