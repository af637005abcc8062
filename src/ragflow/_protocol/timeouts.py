"""Time-outs as values: the phases of one attempt and the budget of the whole call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from attrs import evolve, frozen

from ..errors import ConfigurationError

__all__ = ["TimeoutLike", "Timeouts"]


class _Phases(Protocol):
    """What an ``httpx.Timeout`` offers."""

    def as_dict(self) -> Mapping[str, float | None]: ...


LONGEST = 1e9  # seconds; much more overflows the clocks of operating systems

TimeoutLike = float | _Phases | None


@frozen
class Timeouts:
    """Seconds for each phase of an attempt, and for the call as a whole; ``None`` is no limit."""

    connect: float | None
    read: float | None
    write: float | None
    pool: float | None
    total: float | None

    @classmethod
    def of(cls, value: float | _Phases) -> Timeouts:
        """From seconds for the whole call, or from an ``httpx.Timeout`` for the phases.

        Raises:
            ConfigurationError: It is neither, or no time that a call could take.
        """
        if isinstance(value, int | float) and not isinstance(value, bool):
            if not 0 < value <= LONGEST:
                raise ConfigurationError(f"a time-out must be above 0 seconds, not {value!r}")
            seconds = float(value)
            return cls(seconds, seconds, seconds, seconds, seconds)
        if isinstance(value, bool) or not hasattr(value, "as_dict"):
            raise ConfigurationError(f"a time-out is a number of seconds, not {value!r:.80}")
        phases = value.as_dict()
        known = [seconds for seconds in phases.values() if seconds is not None]
        total = sum(known) if len(known) == len(phases) else None
        return cls(phases["connect"], phases["read"], phases["write"], phases["pool"], total)

    def unbounded(self) -> Timeouts:
        """Without a budget: only silence ends the call, as uploads, downloads and streams need."""
        return evolve(self, total=None)

    def within(self, remaining: float | None) -> dict[str, float | None]:
        """The phases of one attempt, none longer than what is left of the budget."""
        phases = {
            "connect": self.connect,
            "read": self.read,
            "write": self.write,
            "pool": self.pool,
        }
        if remaining is None:
            return phases
        return {
            name: remaining if seconds is None else min(seconds, remaining)
            for name, seconds in phases.items()
        }
