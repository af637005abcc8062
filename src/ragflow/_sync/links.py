# Generated from src/ragflow/_async/links.py by tools/generate_sync.py. Do not edit.
"""The ways to a server: connections of our own, or an httpx client that the user knows."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import TYPE_CHECKING, Protocol

import httpx

from .._network import Origin
from .._protocol.multipart import Multipart
from .._twins import Body
from .responses import Answer

if TYPE_CHECKING:
    from ..settings import Secret


class Link(Protocol):
    """Carries requests to one server, each with the key."""

    @property
    def is_closed(self) -> bool: ...

    def send(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str],
        body: bytes | Multipart | None,
        phases: Mapping[str, float | None],
    ) -> Answer:
        """Sends a request; redirects are not followed, and nothing is sent twice.

        Args:
            method: GET and so on.
            target: Path and query.
            headers: What this request says beyond what all do.
            body: What it carries.
            phases: Seconds at most to ``connect``, ``read``, ``write``, and wait for a place in
                the ``pool``.
        """
        ...

    def close(self) -> None: ...


class HttpxLink:
    """Sends through an httpx client, with all that its user has taught it."""

    def __init__(self, client: httpx.Client, origin: Origin, api_key: Secret) -> None:
        self._client = client
        self._origin = origin
        self._auth = _BearerAuth(api_key)

    @property
    def is_closed(self) -> bool:
        """Whether the client is."""
        return self._client.is_closed

    def send(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str],
        body: bytes | Multipart | None,
        phases: Mapping[str, float | None],
    ) -> Answer:
        """Sends a request the way the client does."""
        request = self._client.build_request(
            method,
            self._origin.url + target,
            content=Body(body) if isinstance(body, Multipart) else body,
            headers=headers,
            timeout=httpx.Timeout(**phases),
        )
        return self._client.send(request, auth=self._auth, stream=True, follow_redirects=False)

    def close(self) -> None:
        """Closes the client."""
        self._client.close()


class _BearerAuth(httpx.Auth):
    """Adds the key at the last moment, so that it stands in no request that is logged or raised."""

    def __init__(self, api_key: Secret) -> None:
        self._api_key = api_key

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["Authorization"] = f"Bearer {self._api_key.reveal()}"
        yield request
