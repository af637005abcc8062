"""Large answers without needless looks at them."""

from __future__ import annotations

import gc
from collections.abc import Generator
from contextlib import contextmanager

MANY = 50  # objects


@contextmanager
def uncollected(objects: int) -> Generator[None, None, None]:
    """Makes many objects, none of which can be garbage yet, without the collector looking at them.

    It would look at all of them over and over while they become more, which takes longer than
    making them.
    """
    if objects < MANY or not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
