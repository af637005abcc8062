# Generated from src/ragflow/_async/ingestion/job.py by tools/generate_sync.py. Do not edit.
"""One job: its stages side by side, its record, its report."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from ..._twins import Crew, in_thread
from ...errors import (
    IngestAbortedError,
    InvalidArgumentError,
    InvalidSourceError,
    LedgerError,
    RAGFlowError,
)
from ...ingest.jobs import Job, JobKind, JobStatus
from ...ingest.ledger import Ledger
from ...ingest.options import IngestOptions
from ...ingest.pacing import Pacing
from ...ingest.sources import check
from ...models import DatasetData, FileResult, IngestReport, Outcome
from ..transport import Transport
from .channel import Channel
from .forms import Forms
from .listing import Listing
from .parsing import ParseWindow
from .rehearsal import Rehearsal
from .scanning import ScanStage
from .sending import SendStage
from .submitting import RemoteSendStage
from .sweep import Sweep
from .tally import Tally
from .vanished import Gone, Vanished
from .work import Work

WAITING_FILES = 512


class Ingest:
    """Brings files into a dataset.

    Args:
        api: Where the dataset is.
        dataset: The dataset.
        options: What the caller wants.
    """

    def __init__(self, api: Transport, dataset: DatasetData, options: IngestOptions) -> None:
        self._api = api
        self._dataset = dataset
        self._options = options
        self._listing = Listing(api, dataset.id)
        self._pacing = Pacing(options.forms, fixed=options.concurrency != "auto")
        self._crew = Crew()
        self._forms = Forms(
            api,
            dataset.id,
            self._crew,
            self._pacing,
            patience=options.patience,
            timeout=options.timeout,
        )

    def run(self, sources: object) -> IngestReport:
        """Does the job.

        Raises:
            ConfigurationError: What a kind of address needs is not installed.
            InvalidArgumentError: Something is no source.
            IngestAbortedError: It cannot go on; what is settled is in its report.
            LedgerError: The record cannot be kept.
        """
        in_thread(check, sources)
        opened = Ledger.copy_of if self._options.dry_run else Ledger
        ledger = in_thread(opened, self._options.ledger)
        try:
            return self._recorded(ledger, sources)
        except BaseException as error:
            if not isinstance(error, IngestAbortedError):
                ledger.close()
            raise

    def _recorded(self, ledger: Ledger, sources: object) -> IngestReport:
        job = in_thread(self._begin, ledger, sources)
        tally = Tally(self._crew, ledger, job, self._options, self._pacing)
        status: JobStatus = "interrupted"
        try:
            vanished = self._work(ledger, job, tally, sources)
            report = self._report(ledger, job, tally, vanished)
        except LedgerError:
            raise
        except RAGFlowError as error:
            status = "aborted"
            report = self._report(ledger, job, tally, Gone())
            if isinstance(error, InvalidArgumentError):
                files = {0: "no file", 1: "1 file"}.get(report.total, f"{report.total} files")
                text = f"{error} (it came after {files})"
                raise InvalidSourceError(text, report) from error
            raise IngestAbortedError(f"the ingestion was ended: {error}", report) from error
        else:
            status = "done" if report.ok else "failed"
            return report
        finally:
            ledger.end(job, status, tally.bytes_sent)

    def _begin(self, ledger: Ledger, sources: object) -> Job:
        settings = self._api.settings
        target = ledger.target(
            settings.base_url,
            settings.api_key.fingerprint,
            self._dataset.id,
            self._dataset.name,
        )
        kind: JobKind = "sync" if self._options.mirror else "ingest"
        return ledger.begin(target, kind, self._options.recorded(sources))

    def _work(self, ledger: Ledger, job: Job, tally: Tally, sources: object) -> Gone:
        """Runs the stages to their end, and tells which files have vanished."""
        with self._crew as crew:
            dialect = self._forms.patiently(self._api.dialect)
            newest, total = self._forms.patiently(self._listing.newest)
            work = Work(
                api=self._api,
                dataset_id=self._dataset.id,
                options=self._options,
                crew=crew,
                listing=self._listing,
                forms=self._forms,
                pacing=self._pacing,
                ledger=ledger,
                job=job,
                tally=tally,
                errands=Channel(crew, WAITING_FILES),
                to_parse=Channel(crew, WAITING_FILES),
            )
            watermark = max((document.create_time for document in newest), default=0)
            scanning = ScanStage(work, total, watermark, dialect.file_name_bytes)
            vanished = Vanished(work, scanning)
            vanished.begin(sources)
            crew.start(scanning.run, sources)
            if self._options.dry_run:
                rehearsal = Rehearsal(work)
                crew.start(rehearsal.send)
                crew.start(rehearsal.parse)
            else:
                crew.start(ParseWindow(work).run)
                self._sending(work, max(watermark, 1)).start()
        with self._crew:
            if not self._options.dry_run:
                Sweep(work).run()
            if scanning.problem is not None:
                raise scanning.problem
            gone = Gone()
            if self._options.ledger is not None or self._options.delete:  # else there is no earlier
                gone = vanished.run()
        tally.finish()
        return gone

    def _sending(self, work: Work, watermark: int) -> SendStage:
        if self._options.executor is None:
            return SendStage(work, watermark)
        return RemoteSendStage(work, watermark, self._options.executor)

    def _report(self, ledger: Ledger, job: Job, tally: Tally, vanished: Gone) -> IngestReport:
        def read(outcomes: AbstractSet[Outcome]) -> Iterator[FileResult]:
            return ledger.results(job.id, outcomes)

        report = IngestReport(
            job=job.id,
            counts=ledger.counts(job.id),
            bytes_sent=tally.bytes_sent,
            seconds=tally.seconds,
            vanished=vanished.paths,
            refusal=vanished.refusal,
            read=read,
        )
        weakref.finalize(report, ledger.close)
        return report
