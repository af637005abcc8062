"""Time-outs as values."""

from __future__ import annotations

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragflow._protocol.timeouts import Timeouts
from ragflow.errors import ConfigurationError

POSITIVE = st.floats(0.001, 1e6)


@given(POSITIVE | st.integers(1, 10**6))
def test_seconds_bound_each_phase_and_the_call(seconds: float) -> None:
    """A number is the budget of the call; no phase may take longer."""
    assert Timeouts.of(seconds) == Timeouts(*[float(seconds)] * 5)


def test_httpx_timeouts_set_the_phases() -> None:
    """The budget is the sum of the phases, or none where a phase has no end."""
    timeouts = Timeouts.of(httpx.Timeout(1.0, read=10.0))
    assert timeouts == Timeouts(1.0, 10.0, 1.0, 1.0, 13.0)
    assert Timeouts.of(httpx.Timeout(5.0, pool=None)).total is None


@pytest.mark.parametrize(
    "value",
    [0, -1, 0.0, float("nan"), float("inf"), 1e12, 10**400, True, False, "5", None, (1, 2), b"5"],
)
def test_impossible_times(value: object) -> None:
    """What is no time, or would wait for ever, is refused."""
    with pytest.raises(ConfigurationError, match="time-out"):
        Timeouts.of(value)  # type: ignore[arg-type]


def test_unbounded_keeps_the_phases() -> None:
    """A transfer may take as long as it moves on."""
    assert Timeouts.of(3.0).unbounded() == Timeouts(3.0, 3.0, 3.0, 3.0, None)


@given(POSITIVE, st.none() | POSITIVE)
def test_phases_fit_into_what_is_left(seconds: float, remaining: float | None) -> None:
    """No phase of an attempt is longer than what is left of the budget."""
    phases = Timeouts.of(seconds).within(remaining)
    bound = seconds if remaining is None else min(seconds, remaining)
    assert phases == dict.fromkeys(("connect", "read", "write", "pool"), bound)


def test_a_budget_bounds_phases_without_end() -> None:
    """A phase without a limit of its own ends with the call."""
    timeouts = Timeouts(None, 2.0, None, None, 5.0)
    assert timeouts.within(3.0) == {"connect": 3.0, "read": 2.0, "write": 3.0, "pool": 3.0}
    assert timeouts.within(None)["connect"] is None
