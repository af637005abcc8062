"""An embedded server inside the test process, and the calls that tests make over and over."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import anyio
import httpx

from ragflow.local.app import create_app
from ragflow.local.config import ServerConfig

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from ragflow.local.routing import Services

OTHER_KEY = "ragflow-other"
CAPITALS = (
    "The capital of France is Paris. It lies on the Seine.\n\n"
    "The capital of Japan is Tokyo. It lies on Honshu.\n\n"
    "The capital of Italy is Rome. It lies on the Tiber.\n"
)


@dataclass
class Api:
    """A client of the server under test."""

    client: httpx.AsyncClient
    services: Services

    async def call(self, method: str, path: str, json: Any = None, **options: Any) -> Any:
        """The whole body of an answer."""
        response = await self.client.request(method, f"/api/v1{path}", json=json, **options)
        return response.json()

    async def data(self, method: str, path: str, json: Any = None, **options: Any) -> Any:
        """The data of an answer that has to be a success."""
        body = await self.call(method, path, json, **options)
        assert body["code"] == 0, body
        return body.get("data")

    async def code(self, method: str, path: str, json: Any = None, **options: Any) -> int:
        """The code of an answer."""
        body = await self.call(method, path, json, **options)
        code: int = body["code"]
        return code

    async def dataset(self, name: str = "kb", **values: Any) -> str:
        """Make a dataset and return its id."""
        made = await self.data("POST", "/datasets", {"name": name, **values})
        return str(made["id"])

    async def upload(self, dataset: str, *files: tuple[str, bytes | str]) -> list[str]:
        """Upload files and return the ids of the documents."""
        parts = [
            ("file", (name, content.encode() if isinstance(content, str) else content))
            for name, content in files
        ]
        made = await self.data("POST", f"/datasets/{dataset}/documents", files=parts)
        return [document["id"] for document in made]

    async def parse(self, dataset: str, documents: list[str]) -> None:
        """Parse documents and wait until that has ended."""
        await self.data("POST", f"/datasets/{dataset}/chunks", {"document_ids": documents})
        await self.settled()

    async def settled(self) -> None:
        """Wait until no document is being parsed."""
        with anyio.fail_after(20):
            while self.services.store.jobs.running():
                await anyio.sleep(0.01)

    async def document(self, dataset: str, id: str) -> Any:
        """A document as lists show it."""
        listed = await self.data("GET", f"/datasets/{dataset}/documents?id={id}")
        return listed["docs"][0]

    async def filled(self, text: str = CAPITALS, name: str = "a.txt", **values: Any) -> Any:
        """A dataset with one parsed document; returns both ids."""
        values.setdefault("parser_config", {"chunk_token_num": 16, "delimiter": "\n"})
        dataset = await self.dataset(**values)
        (document,) = await self.upload(dataset, (name, text))
        await self.parse(dataset, [document])
        return dataset, document

    async def chat(self, datasets: list[str], name: str = "c", **values: Any) -> str:
        """Make a chat and return its id."""
        body = {"name": name, "dataset_ids": datasets, **values}
        made = await self.data("POST", "/chats", body)
        return str(made["id"])

    async def session(self, chat: str) -> str:
        """Make a session and return its id."""
        made = await self.data("POST", f"/chats/{chat}/sessions", {"name": "s"})
        return str(made["id"])

    async def ask(self, chat: str, question: str, **values: Any) -> list[Any]:
        """The frames of a streamed answer."""
        response = await self.client.post(
            f"/api/v1/chats/{chat}/completions", json={"question": question, **values}
        )
        return [json.loads(part[5:]) for part in response.text.split("\n\n") if part]


@asynccontextmanager
async def serve(
    version: str = "0.27.0", *, settle: float = 0.0, **options: Any
) -> AsyncIterator[Api]:
    """Run a server of a version; ``settle`` keeps documents queued for a while."""
    app = create_app(ServerConfig(version=version, other_keys=(OTHER_KEY,), **options))
    async with app.router.lifespan_context(app):
        app.state.services.worker._settle = settle
        headers = {"Authorization": f"Bearer {app.state.api_key}"}
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://test", headers=headers
        ) as client:
            yield Api(client, app.state.services)
