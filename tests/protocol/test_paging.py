"""Windows over paged lists, on servers that behave and on servers that do not."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragflow._protocol.paging import MAX_PAGE_SIZE, REMEMBERED, PageCall, PageWalk, Window
from ragflow.errors import InvalidArgumentError

Server = Callable[[PageCall], tuple[list[int], int | None]]
OFFSETS = st.integers(0, 450)
LIMITS = st.none() | st.integers(1, 450)


def pages(call: PageCall, items: list[int]) -> list[int]:
    """A page of a list."""
    return items[(call.page - 1) * call.page_size : call.page * call.page_size]


def walked(window: Window, server: Server, most: int = 1000) -> tuple[list[int], list[PageCall]]:
    """What a walk gives, and the pages it asked for."""
    walk: PageWalk[int] = PageWalk(window)
    found: list[int] = []
    calls = []
    while not walk.done:
        calls.append(walk.call)
        assert len(calls) <= most, "endless"
        items, total = server(walk.call)
        found += walk.accept(items, items, total)
    return found, calls


@given(st.integers(0, 450), OFFSETS, LIMITS, st.sampled_from(["right", "none", "page", "huge"]))
def test_window_of_a_stable_list(size: int, offset: int, limit: int | None, told: str) -> None:
    """The window is exact whatever the server says of its total, and takes few requests."""
    items = list(range(size))

    def server(call: PageCall) -> tuple[list[int], int | None]:
        page = pages(call, items)
        totals = {"right": size, "none": None, "page": len(page), "huge": 10**9}
        return page, totals[told]

    found, calls = walked(Window(offset, limit), server)
    assert found == items[offset:][:limit]
    assert all(1 <= call.page_size <= MAX_PAGE_SIZE for call in calls)
    window = min(limit or size, max(size - offset, 0))
    assert len(calls) <= window // MAX_PAGE_SIZE + 2 + (told == "huge")


@given(st.integers(1, 40), st.integers(1, 120), st.integers(0, 1000))
def test_pages(page: int, page_size: int, size: int) -> None:
    """A page of any size is what the server would show, even one larger than servers give."""
    items = list(range(size))
    found, _ = walked(Window.of_page(page, page_size), lambda call: (pages(call, items), size))
    assert found == items[(page - 1) * page_size : page * page_size]


@given(
    st.integers(0, 350),
    st.lists(st.tuples(st.integers(0, 3), st.booleans(), st.integers(1, 60)), max_size=6),
    st.data(),
)
def test_changes_meanwhile(
    size: int, changes: list[tuple[int, bool, int]], data: st.DataObject
) -> None:
    """Nothing comes twice while items are inserted or removed, and insertions hide nothing."""
    items = list(range(size))
    removes = any(not inserts for _, inserts, _ in changes)
    fresh = iter(range(10_000, 20_000))
    asked = 0

    def server(call: PageCall) -> tuple[list[int], int | None]:
        nonlocal asked
        page = pages(call, items)
        for when, inserts, count in changes:
            if when == asked:
                place = data.draw(st.integers(0, len(items)))
                items[place:place] = [next(fresh) for _ in range(count)] if inserts else []
                if not inserts:
                    del items[place : place + count]
        asked += 1
        return page, None

    found, _ = walked(Window(0, None), server)
    assert len(found) == len(set(found))
    inserted = sum(count for _, inserts, count in changes if inserts)
    if not removes and inserted < MAX_PAGE_SIZE:
        assert set(range(size)) <= set(found)


def test_repeated_items_on_one_page() -> None:
    """A page that names an item twice gives it once."""
    found, _ = walked(Window(0, None), lambda call: ([1, 1, 2], 3))
    assert found == [1, 2]


@given(st.integers(0, 120), st.none() | st.integers(-5, 10**6), OFFSETS, LIMITS)
def test_servers_that_repeat_their_page_for_ever(
    size: int, total: int | None, offset: int, limit: int | None
) -> None:
    """A server that does not look at the page number cannot keep a walk going."""
    found, calls = walked(Window(offset, limit), lambda call: (list(range(size)), total), 3)
    assert len(found) == len(set(found))
    assert len(calls) <= 3


def test_servers_that_never_end_are_bounded_by_the_limit() -> None:
    """A list without end gives what was asked for."""
    found, calls = walked(
        Window(0, 250), lambda call: (pages(call, list(range(call.page * 100 + 100))), None)
    )
    assert found == list(range(250))
    assert len(calls) == 3


def test_short_pages_of_filtered_lists() -> None:
    """A page that is short because of a filter is not the last one while the total says so."""
    shown = {1: list(range(60)), 2: list(range(100, 190)), 3: list(range(200, 210))}
    found, calls = walked(Window(0, None), lambda call: (shown[call.page], 210))
    assert len(found) == 160
    assert len(calls) == 3


def test_long_lists_are_not_remembered_whole() -> None:
    """What is remembered of a list, to give nothing twice, does not grow with it."""
    walk: PageWalk[int] = PageWalk(Window(0, None))
    for page in range(500):
        items = list(range(page * 90, page * 90 + 100))  # each page repeats ten items
        assert walk.accept(items, items, None) == (items if page == 0 else items[10:])
    assert len(walk._seen) + len(walk._seen_before) <= 2 * REMEMBERED


def test_total_is_what_the_server_said_last() -> None:
    """The total is handed on; a list that tells none has none."""
    walk: PageWalk[int] = PageWalk(Window(0, 2))
    assert walk.total is None
    walk.accept([1, 2], [1, 2], 9)
    assert (walk.total, walk.done) == (9, True)


def test_a_list_that_is_not_there_ends_the_walk() -> None:
    """A server that knows of no such list has no page to ask for."""
    walk: PageWalk[int] = PageWalk(Window(0, None))
    walk.stop()
    assert walk.done


@pytest.mark.parametrize(
    ("offset", "limit", "call"),
    [
        (0, 1, PageCall(1, 1)),
        (0, 30, PageCall(1, 30)),
        (60, 30, PageCall(3, 30)),
        (0, 1024, PageCall(1, 100)),
        (250, None, PageCall(3, 100)),
        (5, 10, PageCall(1, 100)),
    ],
)
def test_first_request(offset: int, limit: int | None, call: PageCall) -> None:
    """A window that is a page is asked for as one; others in pages that all servers give."""
    assert PageWalk(Window(offset, limit)).call == call


def test_everything() -> None:
    """-1 and None are no limit."""
    assert Window.of_items(3, -1) == Window.of_items(3, None) == Window(3, None)
    assert Window.of_items(3, 4) == Window(3, 4)
    assert Window.of_page(3, 10) == Window(20, 10)


@pytest.mark.parametrize(
    ("make", "first", "second"),
    [
        (Window.of_items, -1, 5),
        (Window.of_items, 0, 0),
        (Window.of_items, 0, -2),
        (Window.of_items, 0.5, 5),
        (Window.of_items, None, 5),
        (Window.of_items, "0", 5),
        (Window.of_items, True, 5),
        (Window.of_items, 0, "all"),
        (Window.of_page, 0, 5),
        (Window.of_page, 1, 0),
        (Window.of_page, 1, None),
        (Window.of_page, 1, True),
    ],
)
def test_impossible_windows(make: Callable[..., Window], first: object, second: object) -> None:
    """A window that cannot be is refused before anything is sent."""
    with pytest.raises(InvalidArgumentError, match="whole number"):
        make(first, second)


@given(st.lists(st.integers()), st.integers(0, 20), st.none() | st.integers(1, 20))
def test_cut(items: list[int], offset: int, limit: int | None) -> None:
    """A whole list is cut as its pages would have been."""
    window = Window.of_items(offset, limit)
    assert window.cut(items) == (items[offset:] if limit is None else items[offset:][:limit])
