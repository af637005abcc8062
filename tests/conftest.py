"""Embedded servers that tests share, one for each server generation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from uuid import uuid4

import pytest

from ragflow.testing import LocalServer

VERSIONS = ("0.27.0", "0.22.1")


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
def unique() -> Callable[[str], str]:
    """Make names that no other test uses, of the server that all share."""
    return lambda name: f"{name}_{uuid4().hex[:12]}"
