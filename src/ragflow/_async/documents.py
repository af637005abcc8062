"""Documents: files in a dataset."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

from .._protocol import chunks, documents
from .._protocol.arguments import IdentifiedMany, ids_of, unfold
from .._protocol.downloads import target_path
from .._protocol.envelope import is_file
from .._protocol.paging import Window
from .._protocol.timeouts import TimeoutLike
from .._twins import AsyncFileWriter
from ..errors import NotFoundError, ProtocolError
from ..models import BatchResult, DocumentData, Page
from .chunks import AsyncChunk
from .pager import AsyncPager, delete_all
from .resource import absorb, api_of

__all__ = ["AsyncDocument"]

PIECE = 1 << 20


class AsyncDocument(DocumentData):
    """A file in a dataset."""

    __slots__ = ()

    async def update(
        self,
        update_message: Mapping[str, object] | Sequence[Mapping[str, object]],
        *,
        timeout: TimeoutLike = None,
    ) -> None:
        """Changes the document, here and on the server.

        Args:
            update_message: ``name`` (with the same suffix), ``parser_config``, ``parser_method``
                (also ``parse_method``, ``chunk_method``; a change drops the document's chunks),
                ``meta_fields``, ``enabled``.
            timeout: Seconds; the client's own when not given.

        Raises:
            InvalidRequestError: A name is taken or has another suffix, or a value is bad.
        """
        message = unfold(update_message)
        api = api_of(self)
        reply = await api.send(
            lambda dialect: documents.update(dialect, self, message), timeout=timeout
        )
        absorb(self, reply.data if isinstance(reply.data, Mapping) else message)

    async def download(self, *, timeout: TimeoutLike = None) -> bytes:
        """The file's bytes.

        Args:
            timeout: Seconds without a byte after which the transfer counts as broken.

        Raises:
            NotFoundError: The document is gone.
        """
        return b"".join([piece async for piece in self.iter_bytes(timeout=timeout)])

    async def iter_bytes(self, *, timeout: TimeoutLike = None) -> AsyncIterator[bytes]:
        """The file's bytes in pieces of about 1 MiB, as they arrive.

        Args:
            timeout: Seconds without a byte after which the transfer counts as broken.

        Raises:
            NotFoundError: The document is gone.
        """
        api = api_of(self)
        request = documents.download(self.dataset_id, self.id)
        response = await api.open(request, timeout=timeout)
        try:
            if is_file(response.headers):
                async for piece in response.chunks(PIECE):
                    yield piece
            else:
                reply = await api.read(request, response)
                raise ProtocolError(f"expected the file {self.name!r}, got {reply.data!r:.100}")
        except NotFoundError:
            if self.size > 0 or not await self._is_empty_file():
                raise
        finally:
            await response.aclose()

    async def download_to(
        self, path: str | os.PathLike[str], *, timeout: TimeoutLike = None
    ) -> Path:
        """Streams the file to disk; at ``path`` it appears only when it is whole.

        Args:
            path: The file to write, or a folder that gets the file under the document's name.
            timeout: Seconds without a byte after which the transfer counts as broken.

        Returns:
            The path of the file.

        Raises:
            NotFoundError: The document is gone.
        """
        target = target_path(path, self.name)
        partial = target.with_name(target.name + ".part")
        try:
            async with AsyncFileWriter(partial) as file:
                async for piece in self.iter_bytes(timeout=timeout):
                    await file.write(piece)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise
        return partial.replace(target)

    async def list_chunks(
        self,
        keywords: str | None = None,
        offset: int = 0,
        limit: int | None = -1,
        id: str | None = None,
        *,
        page: int | None = None,
        page_size: int = 30,
    ) -> Page[AsyncChunk]:
        """Lists the chunks. One that was just added may be missing for about a second.

        Args:
            keywords: Only chunks with these words; their ``content`` is then an excerpt.
            offset: Chunks to leave out at the beginning.
            limit: Chunks to give at most; -1 and ``None`` are all.
            id: Only the chunk with this id.
            page: Number of a page, from 1, instead of ``offset`` and ``limit``.
            page_size: Chunks on a page.
        """
        window = Window.of_items(offset, limit)
        if page is not None:
            window = Window.of_page(page, page_size)
        return await (await self._chunks(keywords=keywords, id=id)).collect(window)

    async def iter_chunks(self, keywords: str | None = None) -> AsyncIterator[AsyncChunk]:
        """All chunks, fetched as they are needed."""
        async for chunk in (await self._chunks(keywords=keywords)).iterate():
            yield chunk

    async def add_chunk(
        self,
        content: str,
        important_keywords: Sequence[str] | None = None,
        *,
        questions: Sequence[str] | None = None,
        timeout: TimeoutLike = None,
    ) -> AsyncChunk:
        """Adds a chunk by hand; the same content again replaces the chunk it made before.

        Args:
            content: Its text, not blank.
            important_keywords: Words that count more in retrieval.
            questions: Questions that the chunk answers.
            timeout: Seconds; the client's own when not given.
        """
        api = api_of(self)
        request = chunks.add(self, content, important_keywords, questions)
        reply = await api.send(request, timeout=timeout)
        data = reply.data.get("chunk") if isinstance(reply.data, Mapping) else reply.data
        chunk = api.bind(data, AsyncChunk, "chunk")
        chunk.dataset_id = chunk.dataset_id or self.dataset_id
        chunk.document_name = chunk.document_name or self.name
        return chunk

    async def delete_chunks(
        self,
        chunk_ids: IdentifiedMany | None = None,
        *,
        timeout: TimeoutLike = None,
    ) -> BatchResult:
        """Deletes chunks.

        Args:
            chunk_ids: Ids or chunks; never empty, since many servers take an empty list for
                "all chunks of all datasets".
            timeout: Seconds; the client's own when not given.

        Raises:
            InvalidArgumentError: No id was given.
            InvalidRequestError: Some ids are unknown; the known ones are deleted all the same.
        """
        chosen = ids_of(chunk_ids, "chunk ids", instead="delete_all_chunks")
        reply = await api_of(self).send(chunks.delete(self, chosen), timeout=timeout)
        return reply.batch()

    async def delete_all_chunks(self) -> int:
        """Deletes all chunks of this document, by their ids, and tells how many there were."""
        return await delete_all(self.iter_chunks(), self.delete_chunks)

    async def _chunks(
        self, keywords: str | None = None, id: str | None = None
    ) -> AsyncPager[AsyncChunk]:
        api = api_of(self)
        dialect = await api.dialect()
        find_here = id is not None and not dialect.finds_chunk_by_id
        return AsyncPager(
            api,
            AsyncChunk,
            "chunks",
            lambda call: chunks.list_page(dialect, self, call, keywords=keywords, id=id),
            keep=(lambda chunk: chunk.id == id) if find_here else None,
            given={"dataset_id": self.dataset_id},
        )

    async def _is_empty_file(self) -> bool:
        """Whether the document is there, but empty: servers refuse to give out such a file."""
        api = api_of(self)
        dialect = await api.dialect()
        pager = AsyncPager(
            api,
            AsyncDocument,
            "docs",
            lambda call: documents.list_page(dialect, self.dataset_id, call, id=self.id),
        )
        return [document.size for document in await pager.collect(Window(0, 1))] == [0]
