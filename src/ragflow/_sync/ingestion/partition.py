# Generated from src/ragflow/_async/ingestion/partition.py by tools/generate_sync.py. Do not edit.
"""The far end of a job: sends a partition of its files, wherever an executor calls for it."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import PurePath

from ..._protocol.uploads import is_name, plain_stem
from ..._twins import Crew, in_thread
from ...ingest.grouping import take_group
from ...ingest.pacing import Pacing
from ...ingest.parcels import Arrival, Parcel, Stored
from ...ingest.partitions import Answer, Partition, Passenger
from ...ingest.reading import prepare
from ...ingest.recognition import is_intact
from ...settings import Settings, key_with
from ..documents import Document
from ..transport import Transport
from .forms import Forms
from .listing import Listing


def ingest_partition(partition: Partition) -> list[Answer]:
    """Sends the files of a partition and tells what became of each, in the same order.

    It may be called again for the same partition: what an earlier call stored is found and not
    sent again.

    Raises:
        ConfigurationError: There is no API key here, or it is another one than the job's.
        RAGFlowError: Nothing can be sent any more.
    """
    settings = Settings(
        base_url=partition.base_url,
        api_key=key_with(partition.key_fingerprint),
        timeouts=partition.timeouts,
        stream_timeouts=partition.stream_timeouts,
        retry=partition.retry,
        server_version=partition.server_version,
    )
    api = Transport(settings)
    try:
        return PartitionWork(api, partition).run()
    finally:
        api.close()


class PartitionWork:
    """Sends a partition, a form at a time.

    Whether another execution of the same task has sent it before, or is still at it, nobody can
    tell: engines run a task again when its worker is gone. So the ends of the first form are
    looked up before it is sent, since files are stored in their order. Later, a document that got
    a number into its name may show that another came first: then there is the same file under
    the name itself, or with another number. A form of files whose names are not free is always
    looked up. What an execution leaves that is killed before that look, the job's last one finds.
    """

    def __init__(self, api: Transport, partition: Partition) -> None:
        self._partition = partition
        self._crew = Crew()
        self._listing = Listing(api, partition.dataset_id)
        self._forms = Forms(
            api,
            partition.dataset_id,
            self._crew,
            Pacing(1),
            patience=partition.patience,
            timeout=partition.timeout,
        )
        self._is_first = True
        self._is_repeated = False

    def run(self) -> list[Answer]:
        """Sends all files."""
        answers: dict[int, Answer] = {}
        waiting = deque(self._partition.files)
        with self._crew:
            while group := take_group(waiting):
                for answer in self._send(group):
                    answers[answer.id] = answer
        return [answers[file.row.id] for file in self._partition.files]

    def _send(self, group: Sequence[Passenger]) -> list[Answer]:
        prepared = in_thread(prepare, [file.row for file in group])
        answers: list[Answer] = []
        form: list[Parcel] = []
        for file, item in zip(group, prepared, strict=True):
            if item.part is None:
                answers.append(Answer(id=file.row.id, read=False, reason=item.problem))
            else:
                form.append(Parcel(file.row, item.part, item, file.before))
        if not form:
            return answers
        left: list[Parcel] = []
        for parcel, document in zip(form, self._earlier(form), strict=True):
            if document is None:
                left.append(parcel)
            else:
                answers.append(_answer(parcel, Arrival(parcel.row, document)))
        if left:
            parcels = {parcel.row.id: parcel for parcel in left}
            for arrivals in self._forms.deliver(left):
                for arrival in arrivals:
                    parcel = parcels[arrival.row.id]
                    answers.append(_answer(parcel, self._only_one(parcel, arrival)))
        return answers

    def _earlier(self, form: Sequence[Parcel]) -> Sequence[Stored | None]:
        """What another execution of the task has stored of a form."""
        is_first, self._is_first = self._is_first, False
        is_due = is_first or self._is_repeated or any(parcel.before for parcel in form)
        for end in {0, len(form) - 1} if is_due else ():
            if any(self._stored(form[end : end + 1])):
                self._is_repeated = True
                return self._stored(form)
        return [None] * len(form)

    def _stored(self, form: Sequence[Parcel]) -> list[Stored | None]:
        stored = self._forms.patiently(lambda: self._forms.find(form))
        pairs = zip(form, stored, strict=True)
        return [item if item and is_intact(parcel, item) else None for parcel, item in pairs]

    def _only_one(self, parcel: Parcel, arrival: Arrival) -> Arrival:
        """Takes a document back if another execution has stored the same file before it."""
        document = arrival.document
        if document is None or document.name == parcel.part.name:
            return arrival
        for other in _before(parcel, document, self._variants(parcel)):
            if self._is_same(parcel, other):
                self._is_repeated = True
                self._forms.remove(document.id)
                return Arrival(parcel.row, Stored.of(other))
        return arrival

    def _variants(self, parcel: Parcel) -> dict[str, Document]:
        """What came under a file's name, or with a number put into it, since it was sent first."""
        name, since = parcel.part.name, parcel.row.doubted
        found = self._forms.patiently(partial(self._listing.named, [name]))
        for stem in dict.fromkeys((PurePath(name).stem, plain_stem(name))):
            numbered = partial(self._listing.variants, f"{stem}(", since)
            found += self._forms.patiently(numbered)
        return {other.id: other for other in found if other.create_time > since}

    def _is_same(self, parcel: Parcel, document: Document) -> bool:
        digest = document.content_hash or self._forms.digest(document.id)
        return digest == parcel.prepared.digest


def _before(parcel: Parcel, document: Stored, variants: Mapping[str, Document]) -> list[Document]:
    """What another execution may have stored of a file before it became this document.

    Whoever has the name itself was first, or is the one that the job has chosen. Of two that both
    got a number, only the later goes; the numbers do not tell which, since one may be free again.
    """
    own = variants.get(document.id)
    if own is None:  # a look at the end of a job has removed it already
        return []
    return [
        other
        for other in variants.values()
        if other.id not in parcel.before
        and other.size == parcel.part.size
        and is_name(parcel.part.name, other.name)
        and (other.name == parcel.part.name or _age(other) < _age(own))
    ]


def _age(document: Document) -> tuple[int, str]:
    return document.create_time, document.id


def _answer(parcel: Parcel, arrival: Arrival) -> Answer:
    return Answer(
        id=parcel.row.id,
        size=parcel.part.size,
        stamp=parcel.prepared.stamp,
        digest=parcel.prepared.digest,
        document=arrival.document,
        code=arrival.code,
        reason=arrival.reason,
        lasting=arrival.lasting,
    )
