"""The client's calls about datasets, and retrieval over them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping

from .._protocol import chunks, datasets
from .._protocol.arguments import IdentifiedMany, either, ids_of, one_id, optional_ids, page_or_id
from .._protocol.avatars import Avatar
from .._protocol.multipart import FileContent
from .._protocol.paging import PageWalk, Window
from .._protocol.requests import Param
from .._protocol.timeouts import TimeoutLike
from ..errors import InvalidArgumentError, NotFoundError
from ..models import BatchResult, DocumentCount, Page, ParserConfig, Retrieval
from ..models._convert import structure_many
from .chunks import AsyncChunk
from .datasets import AsyncDataSet
from .documents import AsyncDocument
from .pager import AsyncPager, delete_all
from .transport import AsyncTransport


class AsyncDatasetCalls:
    """What a client can do with datasets."""

    _api: AsyncTransport

    async def create_dataset(
        self,
        name: str,
        avatar: Avatar = "",
        description: str = "",
        language: str | None = None,
        permission: str = "me",
        document_count: int = 0,
        chunk_count: int = 0,
        parse_method: str | None = None,
        parser_config: ParserConfig | Mapping[str, object] | None = None,
        *,
        parser_method: str | None = None,
        chunk_method: str | None = None,
        embedding_model: str | None = None,
        tenant_id: None = None,
        timeout: TimeoutLike = None,
    ) -> AsyncDataSet:
        """Creates a dataset.

        Args:
            name: Its name, up to 128 characters. Newer servers append ``(1)`` to a name
                that is taken: read the name that comes back.
            avatar: A picture: bytes, a path, base64 text or a data URI.
            description: What it is about.
            language: ``"English"`` or ``"Chinese"``; the server's own default when not given.
            permission: ``"me"`` or ``"team"``.
            document_count: Only 0; servers count themselves.
            chunk_count: Only 0; servers count themselves.
            parse_method: The parser: ``"naive"``, ``"manual"``, ``"qa"``, ``"table"``,
                ``"paper"``, ``"book"``, ``"laws"``, ``"presentation"``, ``"picture"``, ``"one"``,
                ``"email"``; also ``parser_method`` and ``chunk_method``.
            parser_config: How to cut documents into chunks. Sending any switches off defaults that
                the server has for the rest.
            parser_method: Another spelling of ``parse_method``.
            chunk_method: Another spelling of ``parse_method``.
            embedding_model: ``name@provider``; the tenant's default when not given.
            tenant_id: Cannot be chosen.
            timeout: Seconds; the client's own when not given.

        Raises:
            InvalidArgumentError: An argument cannot be right. Nothing was sent.
            InvalidRequestError: The server refused a value.
        """
        if document_count or chunk_count or tenant_id is not None:
            raise InvalidArgumentError("counts and tenant_id of a new dataset are the server's")
        spellings = "parse_method, parser_method and chunk_method"
        method = either(either(parse_method, parser_method, spellings), chunk_method, spellings)
        reply = await self._api.send(
            lambda dialect: datasets.create(
                dialect,
                name=name,
                avatar=avatar,
                description=description,
                language=language,
                permission=permission,
                chunk_method=method or "naive",
                embedding_model=embedding_model,
                parser_config=parser_config,
            ),
            timeout=timeout,
        )
        return self._api.bind(reply.data, AsyncDataSet)

    async def list_datasets(
        self,
        page: int | str = 1,
        page_size: int = 1024,
        orderby: str = "create_time",
        desc: bool = True,
        id: str | None = None,
        name: str | None = None,
        *,
        order_by: str | None = None,
    ) -> Page[AsyncDataSet]:
        """Lists datasets, shared ones among them.

        Args:
            page: Number of the page, from 1. A text is taken for an id.
            page_size: Items on it; what servers give at most is asked for in several requests.
            orderby: ``"create_time"`` or ``"update_time"``; also ``order_by``.
            desc: Newest first.
            id: Only the dataset with this id.
            name: Only the dataset with this name.
            order_by: Another spelling of ``orderby``.

        Returns:
            The datasets; none where ``id`` or ``name`` is unknown.
        """
        number, id = page_or_id(page, id)
        pager = self._datasets(orderby=order_by or orderby, desc=desc, id=id, name=name)
        return await pager.collect(Window.of_page(number, page_size))

    def iter_datasets(
        self, *, orderby: str = "create_time", desc: bool = True
    ) -> AsyncIterator[AsyncDataSet]:
        """All datasets, fetched as they are needed."""
        return self._datasets(orderby=orderby, desc=desc).iterate()

    async def get_dataset(self, id: str | None = None, *, name: str | None = None) -> AsyncDataSet:
        """One dataset, by its id or its name.

        Raises:
            NotFoundError: There is none.
        """
        if (id is None) == (name is None):
            raise InvalidArgumentError("get_dataset takes an id or a name")
        found = await self.list_datasets(id=id, name=name, page_size=1)
        if not found:
            raise NotFoundError(f"no dataset {id or name!r}")
        return found[0]

    async def delete_datasets(
        self,
        ids: IdentifiedMany | None = None,
        *,
        names: Iterable[str] | None = None,
        timeout: TimeoutLike = None,
    ) -> BatchResult:
        """Deletes datasets with all that is in them.

        Args:
            ids: Ids or datasets.
            names: Names, instead of ids.
            timeout: Seconds; the client's own when not given.

        Raises:
            InvalidArgumentError: None were given.
            NotFoundError: A name is unknown; nothing was deleted.
            APIError: An id is unknown; newer servers have deleted nothing then.
        """
        if names is not None and ids is None:
            chosen_names = [names] if isinstance(names, str) else names
            ids = [await self.get_dataset(name=name) for name in chosen_names]
        chosen = ids_of(ids, "dataset ids", instead="delete_all_datasets")
        reply = await self._api.send(datasets.delete(chosen), timeout=timeout)
        return reply.batch()

    async def delete_all_datasets(self) -> int:
        """Deletes all datasets that are listed, by their ids, and tells how many there were."""
        return await delete_all(self.iter_datasets(), self.delete_datasets)

    async def create_document(
        self, dataset: AsyncDataSet | str, name: str, blob: FileContent
    ) -> AsyncDocument:
        """Uploads one file.

        Args:
            dataset: A dataset or its id.
            name: The file's name.
            blob: Its content: bytes, text, a path or an open binary file.
        """
        if isinstance(dataset, str):
            dataset = self._api.bind({"id": one_id(dataset, "dataset")}, AsyncDataSet)
        return (await dataset.upload_documents([(name, blob)]))[0]

    async def retrieve(
        self,
        question: str = "",
        datasets: IdentifiedMany | None = None,
        document: IdentifiedMany | None = None,
        offset: int = 1,
        limit: int = 30,
        similarity_threshold: float = 0.2,
        vector_similarity_weight: float = 0.3,
        top_k: int = 1024,
        rerank_id: str | None = None,
        keyword: bool = False,
        highlight: bool = False,
        *,
        documents: IdentifiedMany | None = None,
        page: int | None = None,
        page_size: int = 30,
        higlight: bool | None = None,
        similarity_threshold_weight: float | None = None,
        metadata_condition: Mapping[str, object] | None = None,
        timeout: TimeoutLike = None,
    ) -> Retrieval[AsyncChunk]:
        """Finds the chunks that answer a question, best first.

        Args:
            question: What to look for.
            datasets: Where: datasets or their ids.
            document: Only in these documents; also ``documents``.
            offset: The first chunk to give, counted from 1; 0 is the same as 1.
            limit: Chunks to give at most.
            similarity_threshold: Chunks below it are left out.
            vector_similarity_weight: Weight of the vectors against the words, 0 to 1.
            top_k: Chunks that the vector search considers.
            rerank_id: Name of a reranker.
            keyword: Whether a model adds keywords to the question.
            highlight: Whether matches are marked in the chunks' ``highlight``.
            documents: Another spelling of ``document``.
            page: Number of a page, from 1, instead of ``offset`` and ``limit``.
            page_size: Chunks on a page.
            higlight: The draft's spelling of ``highlight``.
            similarity_threshold_weight: The draft's text for ``vector_similarity_weight``.
            metadata_condition: Filter on the documents' metadata; older servers have none.
            timeout: Seconds; the client's own when not given.

        Raises:
            InvalidArgumentError: No dataset was given.
            InvalidRequestError: A dataset is unknown, or their embedding models differ.
        """
        dataset_ids = ids_of(datasets, "datasets")
        within = optional_ids(document, "document") or None
        document_ids = either(
            within, optional_ids(documents, "document") or None, "document and documents"
        )
        window = Window.of_items(max(offset - 1, 0), limit)
        if page is not None:
            window = Window.of_page(page, page_size)
        if similarity_threshold_weight is not None:
            vector_similarity_weight = similarity_threshold_weight
        options: dict[str, object] = {
            "similarity_threshold": similarity_threshold,
            "vector_similarity_weight": vector_similarity_weight,
            "top_k": top_k,
            "keyword": keyword,
            "rerank_id": rerank_id,
            "metadata_condition": metadata_condition,
        }
        dialect = await self._api.dialect()
        found: list[AsyncChunk] = []
        walk: PageWalk[AsyncChunk] = PageWalk(window)
        while not walk.done:
            request = chunks.retrieve(
                dialect,
                walk.call,
                question=question,
                dataset_ids=dataset_ids,
                document_ids=document_ids or (),
                highlight=highlight if higlight is None else higlight,
                options=options,
            )
            reply = await self._api.send(request, timeout=timeout)
            rows, total = reply.listing("chunks")
            items = self._api.bind_many(rows, AsyncChunk, "chunks")
            # The total depends on the page size here: it says nothing about where pages end.
            found += walk.accept(items, [item.id for item in items], None)
        counts = reply.data.get("doc_aggs") if isinstance(reply.data, Mapping) else None
        return Retrieval(found, total, structure_many(counts or [], DocumentCount, "doc_aggs"))

    def _datasets(self, **filters: Param) -> AsyncPager[AsyncDataSet]:
        return AsyncPager(
            self._api,
            AsyncDataSet,
            "datasets",
            lambda call: datasets.list_page(call, **filters),
        )
