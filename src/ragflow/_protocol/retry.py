"""Whether and when a failed request is sent again: a pure decision, no clock and no sleep."""

from __future__ import annotations

import random
from email.utils import parsedate_to_datetime
from enum import Enum

from attrs import frozen

__all__ = ["Failure", "RetryPolicy", "retry_after"]

RETRYABLE_STATUSES = frozenset({429, 502, 503, 504})
MAX_DOUBLINGS = 64  # more would overflow a float


class Failure(Enum):
    """What is known about the request that failed."""

    NOT_SENT = "nothing reached the server"
    IN_DOUBT = "the server may have acted on it"


@frozen(kw_only=True)
class RetryPolicy:
    """Jittered exponential backoff within bounds.

    Attributes:
        max_retries: How often a call is repeated at most.
        first_delay: Seconds before the first repetition, doubled with each further one.
        max_delay: The longest pause in seconds that the client chooses by itself.
        max_retry_after: The longest ``Retry-After`` in seconds that is obeyed; a server that asks
            for more gets no repetition at all.
    """

    max_retries: int = 2
    first_delay: float = 0.5
    max_delay: float = 8.0
    max_retry_after: float = 60.0

    def delay(
        self,
        retries: int,
        failure: Failure,
        *,
        idempotent: bool,
        asked: float | None = None,
        remaining: float | None = None,
        chance: float | None = None,
    ) -> float | None:
        """Seconds to wait before the next attempt, or ``None`` to give up.

        Args:
            retries: How often the call was repeated already.
            failure: What is known about the failed attempt.
            idempotent: Whether sending twice does no harm.
            asked: Seconds of a ``Retry-After`` header.
            remaining: Seconds left of the call's budget; ``None`` is without end.
            chance: A number in 0…1 for the jitter; drawn when not given.
        """
        if retries >= self.max_retries or not (idempotent or failure is Failure.NOT_SENT):
            return None
        if asked is not None:
            if asked > self.max_retry_after:
                return None
            pause = asked
        else:
            spread = random.random() if chance is None else chance  # noqa: S311
            doubled = self.first_delay * 2.0 ** min(retries, MAX_DOUBLINGS)
            pause = min(self.max_delay, doubled) * (0.5 + spread / 2)
        return pause if remaining is None or pause < remaining else None


def retry_after(header: str | None, date: str | None) -> float | None:
    """Seconds of a ``Retry-After`` header, given as a number or as a date.

    A date is measured against the server's own ``Date`` header, never against the local clock.
    """
    if header is None:
        return None
    try:
        return max(0.0, float(header))
    except ValueError:
        pass
    try:
        return max(
            0.0,
            (parsedate_to_datetime(header) - parsedate_to_datetime(date or "")).total_seconds(),
        )
    except (TypeError, ValueError, OverflowError):
        return None
