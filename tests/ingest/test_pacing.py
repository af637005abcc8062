"""How many forms go at once, and when."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragflow.ingest.pacing import FIRST_MEASURED, FIRST_PAUSE, LONGEST_PAUSE, Pacing

SIZE = 1 << 20


def drive(pacing: Pacing, forms: int, now: float, seconds: float) -> float:
    """Send so many forms, as many at once as may be, each taking so long; gives the time after."""
    while forms > 0:
        started = 0
        while started < forms and pacing.wait(now) is None:
            started += 1
        assert started, "nothing may start although nothing is under way"
        now += seconds
        for _ in range(started):
            pacing.succeeded(SIZE, now)
        forms -= started
    return now


def test_starts_with_one_form() -> None:
    """The second form waits for the first."""
    pacing = Pacing(4)
    assert pacing.wait(0.0) is None
    assert pacing.wait(0.0) == math.inf
    assert pacing.under_way == 1


def test_grows_while_it_is_faster() -> None:
    """Forms that cost the same however many there are lead to as many as may be."""
    pacing = Pacing(4)
    drive(pacing, 60, 0.0, 1.0)
    assert pacing.limit == 4


def test_stays_low_where_more_is_no_faster() -> None:
    """A server that stores one form after the other is given back its peace."""
    pacing = Pacing(4)
    now, limits = 0.0, []
    for _ in range(200):
        now = drive(pacing, pacing.limit, now, 1.0 * pacing.limit)
        limits.append(pacing.limit)
    assert max(limits) == 2
    assert limits.count(1) > 150


def test_more_is_tried_again_later() -> None:
    """After a try that did not pay off there is another one, each after a longer time."""
    pacing = Pacing(4)
    now, limits = 0.0, []
    for _ in range(400):
        now = drive(pacing, pacing.limit, now, 1.0 * pacing.limit)
        limits.append(pacing.limit)
    tries = [i for i in range(1, len(limits)) if limits[i - 1] == 1 and limits[i] == 2]
    gaps = [second - first for first, second in pairwise(tries)]
    assert len(gaps) >= 2
    assert gaps == sorted(gaps)


def test_halves_after_trouble() -> None:
    """Trouble halves the limit once, however many forms meet it together."""
    pacing = Pacing(8, fixed=True)
    for _ in range(8):
        assert pacing.wait(0.0) is None
    for _ in range(3):
        pacing.failed(0.0)
    assert pacing.limit == 4


def test_trouble_pauses_all_for_longer_and_longer() -> None:
    """Each failure without a success between doubles the pause, within bounds."""
    pacing = Pacing(1)
    now, pauses = 0.0, []
    for _ in range(12):
        assert pacing.wait(now) is None
        pacing.failed(now)
        pause = pacing.wait(now)
        assert pause is not None
        pauses.append(pause)
        now += pause
    assert FIRST_PAUSE / 2 <= pauses[0] <= FIRST_PAUSE
    assert FIRST_PAUSE <= pauses[2] <= FIRST_PAUSE * 4
    assert max(pauses) <= LONGEST_PAUSE
    assert pauses[-1] >= LONGEST_PAUSE / 2


def test_retry_after_holds_for_all() -> None:
    """What one form was told, all keep to; a shorter pause does not undo a longer one."""
    pacing = Pacing(4, fixed=True)
    for _ in range(3):
        assert pacing.wait(0.0) is None
    pacing.failed(0.0, retry_after=7.0)
    pacing.failed(1.0, retry_after=2.0)
    assert pacing.wait(1.0) == 6.0
    assert pacing.wait(7.0) is None


def test_success_ends_a_row_of_failures() -> None:
    """The next pause after a success is a short one again."""
    pacing = Pacing(1)
    for _ in range(6):
        pacing.under_way += 1
        pacing.failed(0.0)
    pacing.under_way += 1
    pacing.succeeded(SIZE, 100.0)
    pacing.under_way += 1
    pacing.failed(100.0)
    pause = pacing.wait(100.0)
    assert pause is not None
    assert pause <= FIRST_PAUSE


def test_refused_forms_say_nothing_about_the_pace() -> None:
    """A form refused for what is in it neither slows down nor speeds up."""
    pacing = Pacing(2, fixed=True)
    for _ in range(20):
        assert pacing.wait(0.0) is None
        pacing.ended(0.0)
    assert (pacing.limit, pacing.under_way) == (2, 0)
    assert pacing.wait(0.0) is None


def test_fixed_goes_back_to_what_was_asked_for() -> None:
    """A wanted number of forms is halved by trouble, and comes back however slow that is."""
    pacing = Pacing(4, fixed=True)
    assert pacing.limit == 4
    assert pacing.wait(0.0) is None
    pacing.failed(0.0, retry_after=0.0)
    assert pacing.limit == 2
    drive(pacing, 200, 1.0, 5.0)
    assert pacing.limit == 4


@pytest.mark.parametrize("most", [1, 2, 7])
def test_measures_whole_rounds(most: int) -> None:
    """No decision before each form of a round was seen several times."""
    pacing = Pacing(most)
    drive(pacing, FIRST_MEASURED - 1, 0.0, 1.0)
    assert pacing.limit == 1


def test_a_short_job_does_not_spend_itself_on_finding_out() -> None:
    """Where only the way is long, the sixth form is the last that is sent to learn of it."""
    pacing = Pacing(4)
    drive(pacing, 6, 0.0, 0.02)
    assert pacing.limit == 4


def test_goes_back_to_what_was_before_a_leap() -> None:
    """Four forms at once that are no faster than two are two again."""
    pacing = Pacing(4)
    now = drive(pacing, 6, 0.0, 1.0)
    limits = []
    for _ in range(4):
        now = drive(pacing, pacing.limit, now, 0.5 * pacing.limit)
        limits.append(pacing.limit)
    assert limits[-1] == 2


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["start", "succeed", "fail", "told", "refused"]),
        st.floats(0, 30),
        st.integers(0, 1 << 30),
    ),
    max_size=200,
)


@given(st.integers(1, 9), st.integers(1, 9), st.booleans(), STEPS)
def test_bounds_hold_whatever_happens(
    most: int, start: int, fixed: bool, steps: list[tuple[str, float, int]]
) -> None:
    """The limit stays within its bounds, no more forms start, and no wait is negative."""
    pacing = Pacing(most, start, fixed=fixed)
    now = 0.0
    for step, seconds, size in steps:
        now += seconds
        if step == "start":
            before = pacing.under_way
            wait = pacing.wait(now)
            assert wait is None or wait > 0
            assert pacing.under_way == before + (wait is None)
            if wait is None:
                assert pacing.under_way <= pacing.limit
        elif pacing.under_way:
            before = pacing.under_way
            if step == "succeed":
                pacing.succeeded(size, now)
            elif step == "refused":
                pacing.ended(now)
            else:
                pacing.failed(now, seconds if step == "told" else None)
            assert pacing.under_way == before - 1
        assert 1 <= pacing.limit <= most
        assert pacing.under_way >= 0


@given(st.integers(1, 6), STEPS)
def test_a_form_can_always_start_in_the_end(most: int, steps: list[tuple[str, float, int]]) -> None:
    """However much went wrong, with nothing under way the next form starts after a finite wait."""
    pacing = Pacing(most)
    now = 0.0
    for step, seconds, size in steps:
        now += seconds
        if step == "start":
            pacing.wait(now)
        elif pacing.under_way:
            if step == "succeed":
                pacing.succeeded(size, now)
            else:
                pacing.failed(now, seconds if step == "told" else None)
    while pacing.under_way:
        pacing.ended(now)
    wait = pacing.wait(now)
    assert wait is None or math.isfinite(wait)
    assert wait is None or pacing.wait(now + wait) is None
