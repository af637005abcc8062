# Generated from src/ragflow/_async/datasets.py by tools/generate_sync.py. Do not edit.
"""Datasets: the knowledge bases that documents go into."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from .._protocol import datasets, documents
from .._protocol.arguments import IdentifiedMany, ids_of, unfold
from .._protocol.multipart import FileLike, file_part
from .._protocol.paging import Window
from .._protocol.requests import Param
from .._protocol.timeouts import TimeoutLike
from ..errors import InvalidArgumentError, InvalidRequestError, NotFoundError
from ..models import BatchResult, Page, ParseProgress, UploadProgress
from .dataset_ingest import DatasetIngest
from .documents import Document
from .pager import Pager, delete_all
from .parsing import ParseWait
from .resource import absorb, api_of
from .uploads import Upload

__all__ = ["DataSet"]


class DataSet(DatasetIngest):
    """A dataset, which RAGFlow also calls a knowledge base."""

    __slots__ = ()

    def update(
        self,
        update_message: Mapping[str, object] | Sequence[Mapping[str, object]],
        *,
        timeout: TimeoutLike = None,
    ) -> None:
        """Changes the dataset, here and on the server.

        Args:
            update_message: ``name``, ``avatar``, ``description``, ``permission``,
                ``embedding_model``, ``parse_method`` (also ``parser_method``, ``chunk_method``),
                ``parser_config``, ``pagerank``.
            timeout: Seconds; the client's own when not given.

        Raises:
            InvalidRequestError: A name is taken or a value is bad.
        """
        message = unfold(update_message)
        api = api_of(self)
        reply = api.send(lambda dialect: datasets.update(dialect, self, message), timeout=timeout)
        absorb(self, reply.data if isinstance(reply.data, Mapping) else message)

    def upload_documents(
        self,
        document_list: Iterable[FileLike] | FileLike,
        *,
        concurrency: int = 2,
        on_progress: Callable[[UploadProgress], None] | None = None,
        timeout: TimeoutLike = None,
    ) -> list[Document]:
        """Uploads files; they are not parsed by that.

        Small files travel together. Files are streamed from disk and need little memory.

        Args:
            document_list: Files, each as a path, an open binary file, a ``(name, content)`` pair,
                or a dict with ``name`` (or ``display_name``) and ``blob``.
            concurrency: Forms under way at once. Servers store a dataset's files one by one, and
                some refuse large forms that arrive together, so more is seldom faster.
            on_progress: Called after each form.
            timeout: Seconds without progress after which a transfer counts as broken.

        Returns:
            The documents, in the order of the files. A name that was taken has got ``(1)``.

        Raises:
            InvalidArgumentError: Something given is not a file. Nothing was sent.
            PartialUploadError: Some files are stored and others are not; it knows which.
        """
        if isinstance(document_list, str | bytes | Mapping) or not isinstance(
            document_list, Iterable
        ):
            document_list = [document_list]
        parts = [file_part(item) for item in document_list]
        if not parts:
            raise InvalidArgumentError("no files given")
        upload = Upload(api_of(self), self.id, parts, on_progress, timeout)
        return upload.run(concurrency)

    def list_documents(
        self,
        id: str | None = None,
        keywords: str | None = None,
        offset: int = 0,
        limit: int | None = 1024,
        orderby: str = "create_time",
        desc: bool = True,
        *,
        name: str | None = None,
        page: int | None = None,
        page_size: int = 30,
        run: Sequence[str] | None = None,
        suffix: Sequence[str] | None = None,
        order_by: str | None = None,
    ) -> Page[Document]:
        """Lists documents.

        Args:
            id: Only the document with this id.
            keywords: Only documents with this text in their name.
            offset: Documents to leave out at the beginning.
            limit: Documents to give at most; -1 and ``None`` are all.
            orderby: ``"create_time"`` or ``"update_time"``; also ``order_by``.
            desc: Newest first.
            name: Only the document with this name.
            page: Number of a page, from 1, instead of ``offset`` and ``limit``.
            page_size: Documents on a page.
            run: Only documents in these states, for example ``["FAIL"]``.
            suffix: Only documents with these suffixes, without a dot.
            order_by: Another spelling of ``orderby``.
        """
        window = Window.of_items(offset, limit)
        if page is not None:
            window = Window.of_page(page, page_size)
        pager = self._documents(
            orderby=order_by or orderby,
            desc=desc,
            id=id,
            name=name,
            keywords=keywords,
            run=run,
            suffix=suffix,
        )
        return pager.collect(window)

    def iter_documents(
        self,
        *,
        keywords: str | None = None,
        orderby: str = "create_time",
        desc: bool = False,
        run: Sequence[str] | None = None,
    ) -> Iterator[Document]:
        """All documents, oldest first, fetched as they are needed."""
        pager = self._documents(orderby=orderby, desc=desc, keywords=keywords, run=run)
        for document in pager.iterate():
            yield document

    def get_document(self, id: str | None = None, *, name: str | None = None) -> Document:
        """One document, by its id or its name.

        Raises:
            NotFoundError: There is none.
        """
        if (id is None) == (name is None):
            raise InvalidArgumentError("get_document takes an id or a name")
        found = self.list_documents(id=id, name=name, limit=1)
        if not found:
            raise NotFoundError(f"no document {id or name!r} in dataset {self.name!r}")
        return found[0]

    def delete_documents(
        self, ids: IdentifiedMany | None = None, *, timeout: TimeoutLike = None
    ) -> BatchResult:
        """Deletes documents and their chunks.

        Args:
            ids: Ids or documents; never empty.
            timeout: Seconds; the client's own when not given.

        Raises:
            InvalidArgumentError: No id was given.
            InvalidRequestError: Some ids are unknown. Older servers have deleted the others.
        """
        chosen = ids_of(ids, "document ids", instead="delete_all_documents")
        reply = api_of(self).send(documents.delete(self.id, chosen), timeout=timeout)
        return reply.batch()

    def delete_all_documents(self) -> int:
        """Deletes all documents of this dataset, by their ids, and tells how many there were."""
        return delete_all(self.iter_documents(), self.delete_documents)

    def async_parse_documents(
        self, document_ids: IdentifiedMany, *, timeout: TimeoutLike = None
    ) -> BatchResult:
        """Starts parsing and comes back at once; the server works on in the background.

        Args:
            document_ids: Ids or documents; never empty.
            timeout: Seconds; the client's own when not given.

        Raises:
            InvalidRequestError: Some ids are unknown, or being parsed. Others may have started.
        """
        api = api_of(self)
        chosen = ids_of(document_ids, "document ids")
        try:
            reply = api.send(
                lambda dialect: documents.parse(dialect, self.id, chosen), timeout=timeout
            )
        except InvalidRequestError as refusal:
            reply = ParseWait(api, self.id, chosen).parse_unblocked(refusal)
        return reply.batch()

    def async_cancel_parse_documents(
        self, document_ids: IdentifiedMany, *, timeout: TimeoutLike = None
    ) -> BatchResult:
        """Stops parsing; chunks made so far are dropped.

        Args:
            document_ids: Ids or documents; never empty.
            timeout: Seconds; the client's own when not given.

        Raises:
            InvalidRequestError: A document is not being parsed.
        """
        api = api_of(self)
        chosen = ids_of(document_ids, "document ids")
        reply = api.send(lambda dialect: documents.stop(dialect, self.id, chosen), timeout=timeout)
        return reply.batch()

    def parse_documents(
        self,
        document_ids: IdentifiedMany,
        *,
        timeout: float = 3600.0,
        on_progress: Callable[[ParseProgress], None] | None = None,
    ) -> list[Document]:
        """Parses documents and waits until each is done, failed or cancelled.

        Look at ``run`` of what comes back: a document that failed says why in ``progress_msg``.

        Args:
            document_ids: Ids or documents; never empty.
            timeout: Seconds to wait at most.
            on_progress: Called each time the server was asked.

        Returns:
            The documents as they are now, in the order given.

        Raises:
            RequestTimeoutError: Some are still being parsed. The server goes on with them.
            NotFoundError: A document is gone.
        """
        chosen = ids_of(document_ids, "document ids")
        self.async_parse_documents(chosen)
        wait = ParseWait(api_of(self), self.id, chosen)
        return wait.run(timeout, on_progress)

    def _documents(self, **filters: Param) -> Pager[Document]:
        api = api_of(self)
        dialect = api.dialect()
        return Pager(
            api,
            Document,
            "docs",
            lambda call: documents.list_page(dialect, self.id, call, **filters),
            keep=documents.local_filter(dialect, **filters),
        )
