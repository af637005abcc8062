"""Which document a file became: by the place in an answer, by a free name, else by its bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .._protocol.uploads import is_name, pair
from ..errors import ProtocolError
from .parcels import Parcel, Stored
from .reading import changed_since
from .reconcile import may_hold

__all__ = ["assign", "can_tell", "candidates", "is_intact", "recognise", "share_out", "told"]


def told(data: object) -> list[Stored]:
    """The documents that an upload's answer names.

    Raises:
        ProtocolError: It names none in the way that servers do.
    """
    return [_stored(row) for row in (data if isinstance(data, list) else [data])]


def _stored(row: object) -> Stored:
    if isinstance(row, dict):
        id, name, size, digest = map(row.get, ("id", "name", "size", "content_hash"))
        if id and isinstance(id, str) and isinstance(name, str) and isinstance(size, int):
            return Stored(id, name, size, digest if isinstance(digest, str) else "")
    raise ProtocolError(f"an upload was answered with {row!r:.100}, which is no document")


def assign(parcels: Sequence[Parcel], documents: Sequence[Stored]) -> list[Stored | None]:
    """Each parcel's document among those that an upload answered with.

    A whole answer is in the order of the form, and tells more than names do: of ``a.txt`` and
    ``a(1).txt`` the second may have got any number.
    """
    parts = [parcel.part for parcel in parcels]
    if len(parts) == len(documents):
        for part, document in zip(parts, documents, strict=True):
            if part.size != document.size:
                break
            if part.name != document.name and not is_name(part.name, document.name):
                break
        else:
            return list(documents)
    paired = pair(parts, documents)
    if len(parts) != len(documents):
        return paired
    taken = {document.id for document in paired if document is not None}
    return [
        here if found is None and here.size == part.size and here.id not in taken else found
        for part, found, here in zip(parts, paired, documents, strict=True)
    ]


def recognise(parcel: Parcel, documents: Sequence[Stored]) -> Stored | None:
    """The document that a parcel with a plain name became, if it did.

    Nothing had that name, and servers make it of no other, so it is stored under it or not at all.
    """
    digest = parcel.prepared.digest
    for document in documents:
        if document.name != parcel.part.name or document.size != parcel.part.size:
            continue
        if may_hold(document.name, document.content_hash, digest) or changed_since(parcel.prepared):
            return document
    return None


def candidates(parcel: Parcel, documents: Sequence[Stored]) -> list[Stored]:
    """The documents that may be a parcel, as far as names, sizes and told digests say."""
    return [
        document
        for document in documents
        if document.id not in parcel.before
        and document.size == parcel.part.size
        and is_name(parcel.part.name, document.name)
        and document.content_hash in ("", parcel.prepared.digest)
    ]


def share_out(
    parcels: Sequence[Parcel], documents: Sequence[Stored], digests: Mapping[str, str]
) -> list[Stored | None]:
    """Each parcel's document by its bytes; of several equal ones, each goes to one parcel.

    Args:
        parcels: The files of a form.
        documents: What may be theirs.
        digests: xxh128 of documents' bytes by their ids; one that is not there is nobody's.
    """
    left = [document for document in documents if digests.get(document.id)]
    shared: list[Stored | None] = [None] * len(parcels)
    for exact in (True, False):
        for place, parcel in enumerate(parcels):
            if shared[place] is not None:
                continue
            for document in candidates(parcel, left):
                if exact and document.name != parcel.part.name:
                    continue
                if digests[document.id] == parcel.prepared.digest:
                    shared[place] = document
                    left.remove(document)
                    break
    return shared


def can_tell(parcel: Parcel, document: Stored) -> bool:
    """Whether there is anything to tell by that the server stored what was read."""
    return bool(document.content_hash) or not isinstance(parcel.part.source, bytes)


def is_intact(parcel: Parcel, document: Stored) -> bool:
    """Whether the server stored the bytes that were read, as far as it tells."""
    if changed_since(parcel.prepared):
        return False
    return may_hold(document.name, document.content_hash, parcel.prepared.digest)
