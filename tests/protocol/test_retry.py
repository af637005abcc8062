"""Whether and when a failed request is sent again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragflow._protocol.retry import RETRYABLE_STATUSES, Failure, RetryPolicy, retry_after

SECONDS = st.floats(0, 1e6)
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@given(
    st.integers(0, 10**6),
    st.integers(0, 10**6),
    st.sampled_from(Failure),
    st.booleans(),
    st.none() | SECONDS,
    st.none() | SECONDS,
    st.none() | st.floats(0, 1),
)
def test_decisions(
    most: int,
    retries: int,
    failure: Failure,
    idempotent: bool,
    asked: float | None,
    remaining: float | None,
    chance: float | None,
) -> None:
    """A pause is within every bound, and given only where sending again does no harm."""
    policy = RetryPolicy(max_retries=most)
    pause = policy.delay(
        retries, failure, idempotent=idempotent, asked=asked, remaining=remaining, chance=chance
    )
    allowed = retries < most and (idempotent or failure is Failure.NOT_SENT)
    if pause is None:
        longest = policy.max_delay if asked is None else asked
        too_long = asked is not None and asked > policy.max_retry_after
        no_time = remaining is not None and remaining <= longest
        assert not allowed or too_long or no_time
    else:
        assert allowed
        assert pause >= 0
        assert remaining is None or pause < remaining
        assert pause == asked if asked is not None else pause <= policy.max_delay


def test_backoff_doubles_with_jitter() -> None:
    """Half of each pause is chance, the whole is doubled up to a bound."""
    policy = RetryPolicy(max_retries=99)
    full = [policy.delay(n, Failure.IN_DOUBT, idempotent=True, chance=1.0) for n in range(7)]
    half = [policy.delay(n, Failure.IN_DOUBT, idempotent=True, chance=0.0) for n in range(7)]
    assert full == [0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0]
    assert half == [0.25, 0.5, 1.0, 2.0, 4.0, 4.0, 4.0]
    drawn = {policy.delay(0, Failure.NOT_SENT, idempotent=False) for _ in range(20)}
    assert len(drawn) > 1


def test_creates_are_repeated_only_when_nothing_was_sent() -> None:
    """A create that may have worked is not done twice."""
    policy = RetryPolicy()
    assert policy.delay(0, Failure.IN_DOUBT, idempotent=False) is None
    assert policy.delay(0, Failure.NOT_SENT, idempotent=False) is not None


def test_wishes_of_servers() -> None:
    """A server's wish is obeyed to the second, up to a bound."""
    policy = RetryPolicy()
    assert policy.delay(0, Failure.IN_DOUBT, idempotent=True, asked=60.0) == 60.0
    assert policy.delay(0, Failure.IN_DOUBT, idempotent=True, asked=60.1) is None
    assert policy.delay(0, Failure.IN_DOUBT, idempotent=True, asked=5.0, remaining=4.0) is None


@pytest.mark.parametrize(
    ("header", "date", "seconds"),
    [
        (None, None, None),
        ("7", None, 7.0),
        ("0.5", None, 0.5),
        ("-3", None, 0.0),
        ("", None, None),
        ("soon", None, None),
        ("soon", format_datetime(NOW, usegmt=True), None),
        (format_datetime(NOW, usegmt=True), None, None),
        (format_datetime(NOW + timedelta(seconds=9), usegmt=True), format_datetime(NOW), 9.0),
        (format_datetime(NOW - timedelta(seconds=9), usegmt=True), format_datetime(NOW), 0.0),
        ("Fri, 02 Jan 2026 03:04:05 -0000", format_datetime(NOW), None),
    ],
)
def test_retry_after(header: str | None, date: str | None, seconds: float | None) -> None:
    """Seconds or a date against the server's own clock; anything else is no wish."""
    assert retry_after(header, date) == seconds


@given(
    st.text(max_size=40) | st.from_regex(r"Fri, \d{1,9} Jan \d{1,20} \d\d:\d\d:\d\d [+-]\d{1,20}")
)
def test_noise_is_no_wish(header: str) -> None:
    """Junk in the header does no harm."""
    found = retry_after(header, "Fri, 02 Jan 2026 03:04:05 GMT")
    assert found is None or found >= 0


def test_retryable_statuses() -> None:
    """Only what says "later" is repeated; a failure of the server itself is not."""
    assert {429, 502, 503, 504} == RETRYABLE_STATUSES
