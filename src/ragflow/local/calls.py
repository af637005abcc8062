"""One request as handlers see it: its body, its paging, and what it names."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ragflow.local.wire import OuterError, WireError, argument_error, uncaught

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    from starlette.requests import Request

    from ragflow.local.generations import Generation
    from ragflow.local.routing import Services
    from ragflow.local.store import Store
    from ragflow.local.store.records import Dataset, Document, Tenant

_DRAINED = 64 * 1024 * 1024  # bytes of a refused body that are read so that the answer arrives


class Call:
    """One request on its way through the server."""

    def __init__(
        self, services: Services, request: Request, params: Mapping[str, str], tenant: Tenant | None
    ) -> None:
        self.services = services
        self.generation: Generation = services.generation
        self.store: Store = services.store
        self.request = request
        self.params = params
        self._tenant = tenant
        self._body = b""

    @property
    def tenant(self) -> Tenant:
        """Whose key came with the request."""
        if self._tenant is None:
            raise uncaught("this route does not know who asks")
        return self._tenant

    def query(self, name: str) -> str | None:
        """A query parameter, or None."""
        return self.request.query_params.get(name)

    def query_list(self, name: str) -> list[str]:
        """All values of a repeated query parameter."""
        return [value for value in self.request.query_params.getlist(name) if value]

    # bodies

    async def read_body(self) -> None:
        """Read the whole body, within the limit."""
        self._body = b"".join([piece async for piece in limited_stream(self)])

    def json(
        self, *, strict: bool = False, broken_is_error: bool = False, needed: bool = True
    ) -> dict[str, Any]:
        """The JSON object of the body; what a generation makes of other bodies differs.

        Args:
            strict: Schema-checked routes refuse what others read as an empty object.
            broken_is_error: Refuse broken JSON even where the generation ignores it.
            needed: Whether generations that stumble over a missing body do so here.
        """
        content_type = self.request.headers.get("content-type")
        is_json = (content_type or "").partition(";")[0].strip().lower() == "application/json"
        if not is_json and not self.generation.any_content_type:
            if strict and self.generation.json_type_required:
                raise argument_error(
                    f"Unsupported content type: Expected application/json, got {content_type}"
                )
            return self._without_body(needed=needed and not strict)
        try:
            value = json.loads(self._body)
        except ValueError:
            if strict:
                raise argument_error(
                    "Malformed JSON syntax: Missing commas/brackets or invalid encoding"
                ) from None
            if self.generation.broken_json_is_null:
                return self._without_body(needed=needed)
            if self.generation.broken_json_ignored and not broken_is_error:
                return {}
            raise uncaught("<BadRequest '400: Bad Request'>") from None
        if isinstance(value, dict):
            return value
        if value is None and not strict:
            return self._without_body(needed=needed)
        kind = type(value).__name__
        if strict:
            raise argument_error(f"Invalid request payload: expected object, got {kind}")
        raise uncaught(f"TypeError('expected a JSON object, got {kind}')")

    def _without_body(self, *, needed: bool) -> dict[str, Any]:
        if needed and self.generation.stumbles_without_body:
            raise uncaught(AttributeError("'NoneType' object has no attribute 'get'"))
        return {}

    # paging

    def page(
        self, default_size: int | None = None, names: tuple[str, str] = ("page", "page_size")
    ) -> tuple[int, int]:
        """The page number and size of a list request, from the parameters of these names."""
        return (
            self._paging("page", 1, self.query(names[0])),
            self._page_size(default_size, self.query(names[1])),
        )

    def window(self, names: tuple[str, str] = ("page", "page_size")) -> tuple[int, int]:
        """Limit and offset of a list request, as a database wants them."""
        number, size = self.page(names=names)
        if number < 0 or size < 0:
            raise OuterError(100, "1064", data="the page and its size must not be negative")
        return size, max(number - 1, 0) * size

    def desc(self) -> bool:
        """Whether a list begins with the newest."""
        return (self.query("desc") or "true").lower() != "false"

    def _paging(self, name: str, default: int, value: Any) -> int:
        if value is None or value == "":
            return default
        corrected = self.generation.bad_paging_code is None
        try:
            number = int(value)
        except (TypeError, ValueError) as error:
            if corrected:
                return default
            raise uncaught(error) from None
        return default if corrected and number < 1 else number

    def _page_size(self, default: int | None, value: Any) -> int:
        size = self._paging("page_size", default or self.generation.default_page_size, value)
        limit = self.generation.max_page_size
        if limit is not None and size > limit:
            raise uncaught(ValueError(f"page_size must be less than or equal to {limit}"))
        return size

    def body_page(self, body: dict[str, Any]) -> tuple[int, int]:
        """The page number and size of a search request."""
        for_page, for_size = self.generation.page_parameters
        number = self._paging("page", 1, body.get(for_page))
        size = self._page_size(None, body.get(for_size) or body.get("size"))
        if number == 0 and self.generation.search_page_zero_is_empty:
            return 1, 0
        if number < 1 or size < 0:
            raise uncaught(ValueError("Search does not support negative slicing."))
        return number, size

    # what requests name

    def owned_dataset(self, id: str | None = None, *, ending: str = ".") -> Dataset:
        """The dataset of the path, which must belong to the caller."""
        id = id or self.params["dataset_id"]
        dataset = self.store.datasets.get(id)
        if dataset is None or dataset.tenant_id != self.tenant.id:
            raise WireError(102, f"You don't own the dataset {id}{ending}")
        return dataset

    def owned_document(self, dataset: Dataset) -> Document:
        """The document of the path, which must be in the dataset."""
        id = self.params["document_id"]
        document = self.store.documents.get(id)
        if document is None or document.dataset_id != dataset.id:
            raise WireError(102, f"You don't own the document {id}.")
        return document


async def limited_stream(call: Call) -> AsyncGenerator[bytes, None]:
    """The pieces of a request body; a body over the limit is a failure."""
    limit, seen = call.services.config.max_body, 0
    limit = min(limit, call.generation.largest_body or limit)
    announced = call.request.headers.get("content-length", "")
    refused = announced.isdecimal() and int(announced) > limit
    async for piece in call.request.stream():
        seen += len(piece)
        refused = refused or seen > limit
        if not refused:
            yield piece
        elif seen > limit + _DRAINED:
            break
    if refused:
        raise uncaught("<RequestEntityTooLarge '413: Request Entity Too Large'>")
