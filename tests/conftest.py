"""Embedded servers that tests share, one for each server generation; steady property tests."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from uuid import uuid4

import hypothesis
import pytest

from ragflow.testing import LocalServer

# Where a failure costs a landing, examples are the same each time; at a desk they are new ones.
hypothesis.settings.register_profile("ci", derandomize=True, deadline=None)
hypothesis.settings.register_profile("desk", deadline=None)
# To look for long: pytest --hypothesis-profile deep --hypothesis-seed 1 tests/ingest
hypothesis.settings.register_profile("deep", deadline=None, max_examples=4000)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "desk")

VERSIONS = ("0.27.0", "0.22.1")
GENERATIONS = (*VERSIONS, "0.17.2", "0.13.0")


@pytest.fixture(scope="session")
def servers() -> Iterator[Callable[[str], LocalServer]]:
    """Give the embedded server of a version, which is started when it is first asked for."""
    running: dict[str, LocalServer] = {}
    with ExitStack() as stack:

        def of(version: str) -> LocalServer:
            if version not in running:
                running[version] = stack.enter_context(LocalServer(version=version))
            return running[version]

        yield of


@pytest.fixture(params=VERSIONS)
def server(request: pytest.FixtureRequest, servers: Callable[[str], LocalServer]) -> LocalServer:
    """The embedded server of each generation; tests share it, so they name things apart."""
    return servers(request.param)


@pytest.fixture
def anyio_backend() -> str:
    """The event loop of async tests where the plugin of anyio runs them."""
    return "trio"


@pytest.fixture
def unique() -> Callable[[str], str]:
    """Make names that no other test uses, of the server that all share."""
    return lambda name: f"{name}_{uuid4().hex[:12]}"
