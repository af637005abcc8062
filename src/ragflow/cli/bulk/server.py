"""The server and the dataset that a command works on."""

from __future__ import annotations

import os
import re
from pathlib import Path

from attrs import frozen

from ragflow import AsyncDataSet, AsyncRAGFlow
from ragflow.cli.failures import Failure

__all__ = ["Server", "find_dataset"]

_ID = re.compile(r"[0-9a-f]{32}")


@frozen
class Server:
    """How to reach a server.

    Attributes:
        base_url: Its address; ``None`` where none was given.
        api_key_file: The file with the key; ``None`` for the key of the environment.
        version: Its version, if known.
    """

    base_url: str | None
    api_key_file: Path | None
    version: str | None

    @property
    def address(self) -> str:
        """Its address.

        Raises:
            Failure: None was given.
        """
        if not self.base_url:
            raise Failure("no server: give --base-url, or set RAGFLOW_BASE_URL")
        return self.base_url

    def client(self) -> AsyncRAGFlow:
        """A client.

        Raises:
            Failure: There is no key, or no address.
        """
        return AsyncRAGFlow(self._key(), self.address, server_version=self.version)

    def _key(self) -> str:
        if self.api_key_file is None:
            key = os.environ.get("RAGFLOW_API_KEY", "")
            if not key.strip():
                raise Failure("no API key: set RAGFLOW_API_KEY, or give --api-key-file")
            return key
        try:
            return self.api_key_file.read_text()
        except OSError as error:
            raise Failure(f"cannot read {self.api_key_file}: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise Failure(f"{self.api_key_file} holds no API key") from error


async def find_dataset(
    rag: AsyncRAGFlow, dataset: str, *, create: bool | None = None, dry_run: bool = False
) -> AsyncDataSet:
    """The dataset of a name or an id.

    Args:
        rag: The client.
        dataset: Its name or id.
        create: Whether to make it where there is none; ``None`` if that is no choice.
        dry_run: Whether nothing may be made after all.

    Raises:
        Failure: There is none.
    """
    found = list(await rag.list_datasets(name=dataset, page_size=1))
    if not found and _ID.fullmatch(dataset):
        found = list(await rag.list_datasets(id=dataset, page_size=1))
    if found:
        return found[0]
    if create and not dry_run:
        return await rag.create_dataset(dataset)
    hints = {True: "; a dry run makes none", False: "; --create makes it", None: ""}
    raise Failure(f"there is no dataset {dataset!r} on {rag.base_url}{hints[create]}")
