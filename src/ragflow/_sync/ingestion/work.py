# Generated from src/ragflow/_async/ingestion/work.py by tools/generate_sync.py. Do not edit.
"""What the stages of a job have in common."""

from __future__ import annotations

from attrs import define, frozen

from ..._twins import Crew
from ...ingest.inventory import Known
from ...ingest.items import Row
from ...ingest.jobs import Job
from ...ingest.ledger import Ledger
from ...ingest.options import IngestOptions
from ...ingest.pacing import Pacing
from ..transport import Transport
from .channel import Channel
from .forms import Forms
from .listing import Listing
from .tally import Tally


@define  # and not frozen: there is one for each of many files
class Errand:
    """A file that must be read, and sent unless it turns out to be what the server has.

    Attributes:
        row: What the ledger knows.
        own: The document to compare it with; ``None`` to send it in any case.
        replaces: The document that gives way to it.
        before: Documents that have its name, or a variant of it.
    """

    row: Row
    own: Known | None = None
    replaces: str = ""
    before: frozenset[str] = frozenset()


@frozen(kw_only=True)
class Work:
    """One job, as its stages see it.

    Attributes:
        api: The way to the server.
        dataset_id: Where the files go.
        options: What the caller wants.
        crew: Who works on it.
        listing: What the server has.
        forms: How files get there.
        pacing: How many forms are under way at once.
        ledger: The record.
        job: This job in the record.
        tally: Takes the outcomes.
        errands: From the scan to the senders: files that must be read.
        to_parse: From both to the parse window: documents that must be parsed.
    """

    api: Transport
    dataset_id: str
    options: IngestOptions
    crew: Crew
    listing: Listing
    forms: Forms
    pacing: Pacing
    ledger: Ledger
    job: Job
    tally: Tally
    errands: Channel[Errand]
    to_parse: Channel[Row]
