"""One job: its stages side by side, its record, its report."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from ..._twins import AsyncCrew, async_in_thread
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
from ..transport import AsyncTransport
from .channel import AsyncChannel
from .forms import AsyncForms
from .listing import AsyncListing
from .parsing import AsyncParseWindow
from .rehearsal import AsyncRehearsal
from .scanning import AsyncScanStage
from .sending import AsyncSendStage
from .submitting import AsyncRemoteSendStage
from .sweep import AsyncSweep
from .tally import AsyncTally
from .vanished import AsyncVanished, Gone
from .work import AsyncWork

WAITING_FILES = 512


class AsyncIngest:
    """Brings files into a dataset.

    Args:
        api: Where the dataset is.
        dataset: The dataset.
        options: What the caller wants.
    """

    def __init__(self, api: AsyncTransport, dataset: DatasetData, options: IngestOptions) -> None:
        self._api = api
        self._dataset = dataset
        self._options = options
        self._listing = AsyncListing(api, dataset.id)
        self._pacing = Pacing(options.forms, fixed=options.concurrency != "auto")
        self._crew = AsyncCrew()
        self._forms = AsyncForms(
            api,
            dataset.id,
            self._crew,
            self._pacing,
            patience=options.patience,
            timeout=options.timeout,
        )

    async def run(self, sources: object) -> IngestReport:
        """Does the job.

        Raises:
            ConfigurationError: What a kind of address needs is not installed.
            InvalidArgumentError: Something is no source.
            IngestAbortedError: It cannot go on; what is settled is in its report.
            LedgerError: The record cannot be kept.
        """
        await async_in_thread(check, sources)
        opened = Ledger.copy_of if self._options.dry_run else Ledger
        ledger = await async_in_thread(opened, self._options.ledger)
        try:
            return await self._recorded(ledger, sources)
        except BaseException as error:
            if not isinstance(error, IngestAbortedError):
                ledger.close()
            raise

    async def _recorded(self, ledger: Ledger, sources: object) -> IngestReport:
        job = await async_in_thread(self._begin, ledger, sources)
        tally = AsyncTally(self._crew, ledger, job, self._options, self._pacing)
        status: JobStatus = "interrupted"
        try:
            vanished = await self._work(ledger, job, tally, sources)
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

    async def _work(self, ledger: Ledger, job: Job, tally: AsyncTally, sources: object) -> Gone:
        """Runs the stages to their end, and tells which files have vanished."""
        async with self._crew as crew:
            dialect = await self._forms.patiently(self._api.dialect)
            newest, total = await self._forms.patiently(self._listing.newest)
            work = AsyncWork(
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
                errands=AsyncChannel(crew, WAITING_FILES),
                to_parse=AsyncChannel(crew, WAITING_FILES),
            )
            watermark = max((document.create_time for document in newest), default=0)
            scanning = AsyncScanStage(work, total, watermark, dialect.file_name_bytes)
            vanished = AsyncVanished(work, scanning)
            await vanished.begin(sources)
            crew.start(scanning.run, sources)
            if self._options.dry_run:
                rehearsal = AsyncRehearsal(work)
                crew.start(rehearsal.send)
                crew.start(rehearsal.parse)
            else:
                crew.start(AsyncParseWindow(work).run)
                self._sending(work, max(watermark, 1)).start()
        async with self._crew:
            if not self._options.dry_run:
                await AsyncSweep(work).run()
            if scanning.problem is not None:
                raise scanning.problem
            gone = Gone()
            if self._options.ledger is not None or self._options.delete:  # else there is no earlier
                gone = await vanished.run()
        await tally.finish()
        return gone

    def _sending(self, work: AsyncWork, watermark: int) -> AsyncSendStage:
        if self._options.executor is None:
            return AsyncSendStage(work, watermark)
        return AsyncRemoteSendStage(work, watermark, self._options.executor)

    def _report(self, ledger: Ledger, job: Job, tally: AsyncTally, vanished: Gone) -> IngestReport:
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
