# Generated from src/ragflow/_async/dataset_ingest.py by tools/generate_sync.py. Do not edit.
"""Datasets: bringing many files in, again and again."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from typing import Literal

from .._protocol.timeouts import TimeoutLike
from .._twins import Sources
from ..ingest.options import IngestOptions, OnConflict, VerifyOptions, existing_folder
from ..models import (
    Comparison,
    DatasetData,
    FileResult,
    IngestProgress,
    IngestReport,
    VerifyReport,
)
from .ingestion.running import run_job
from .ingestion.verifying import Verification
from .resource import api_of

__all__ = ["DatasetIngest"]


class DatasetIngest(DatasetData):
    """The calls of a dataset that take a whole collection of files."""

    __slots__ = ()

    def ingest(
        self,
        sources: Sources,
        *,
        parse: bool = True,
        on_conflict: OnConflict = "skip",
        concurrency: int | Literal["auto"] = "auto",
        ledger: str | os.PathLike[str] | None = None,
        include: Sequence[str] | str = (),
        exclude: Sequence[str] | str = (),
        name_for: Callable[[str], str] | None = None,
        metadata_for: Callable[[str], Mapping[str, object] | None] | None = None,
        progress: Callable[[IngestProgress], None] | None = None,
        on_result: Callable[[FileResult], None] | None = None,
        max_failures: int | None = None,
        max_parsing: int = 128,
        parse_timeout: float = 3600.0,
        shard: tuple[int, int] | str | None = None,
        executor: Executor | None = None,
        dry_run: bool = False,
        timeout: TimeoutLike = None,
    ) -> IngestReport:
        """Brings files into the dataset, each of them once, and has them parsed.

        Small files travel together, large ones are streamed from disk; scanning, sending and
        parsing overlap, and memory stays flat however many files there are. The pace adapts to
        the server. Whatever is in doubt, after a time-out or a crash, is looked up on the server
        before anything is sent again.

        With a ledger, the same call again resumes: files that have not changed cost neither an
        upload nor a look inside. Without one, a file counts as the same if the dataset has a
        document of its name and size.

        Where there is an event loop, the job leaves it free and runs in a thread with one of its
        own, unless it needs it: for an iterable that waits in it, or in a client with an
        ``http_client`` or ``transport`` of its caller's.

        A file in folders below a source is named after them: ``hr/leave.pdf`` becomes
        ``hr - leave.pdf``, so that files of the same name do not clash.

        Args:
            sources: Paths of files and directories, globs, ``(name, content)`` pairs, open files,
                addresses such as ``s3://bucket/docs`` (extra ``fsspec``), or an iterable of these,
                which is read no further than needed.
            parse: Whether to have the documents parsed, and to wait for that.
            on_conflict: What to do where the dataset has another document of the same name, or
                where a file has changed since it was stored: ``"skip"`` it, ``"replace"`` the
                document, or let the server give it a number (``"rename"``).
            concurrency: Forms under way at once; ``"auto"`` starts with one and takes up to four
                as long as that is faster.
            ledger: A SQLite file that remembers what was done, made where it does not exist.
            include: Only files that match one of these globs, such as ``"*.pdf"`` or
                ``"reports/**"``. Hidden files are left out unless a pattern names them.
            exclude: No files, and no folders, that match one of these.
            name_for: Gives the document's name for a file's relative path; called in a thread.
            metadata_for: Gives the document's ``meta_fields`` for a file's relative path, as well
                in a thread.
            progress: Called after each step.
            on_result: Called with each file's result, in input order.
            max_failures: Failed files after which to give up; by default, never.
            max_parsing: Documents being parsed at once, at most.
            parse_timeout: Seconds without progress after which a document's parsing is given up.
            shard: Take only a share of the files, ``(3, 16)`` or ``"3/16"`` for the third of
                sixteen; the same file always falls into the same share.
            executor: Where files are read and sent, in tasks of up to 256 files or 64 MiB: an
                executor as those of ``concurrent.futures``, of threads, of processes, or of a
                cluster; its workers find the key in ``RAGFLOW_API_KEY``. ``concurrency`` is then
                how many tasks are under way at once, eight by default.
            dry_run: Send and change nothing, here or there. The results tell what would become of
                each file: ``stored`` or ``replaced`` with the reason ``new`` or ``changed``,
                ``parsed`` where only that is left to do, ``skipped``.
            timeout: Seconds without progress after which a transfer counts as broken.

        Returns:
            One result for each file; ``report.ok`` tells whether all went well.

        Raises:
            InvalidArgumentError: An argument cannot be right. Nothing was sent.
            InvalidSourceError: An iterable gave something that is no source. What it gave before
                is stored and parsed all the same; the error carries the report.
            ConfigurationError: What a kind of address needs is not installed. Nothing was sent.
            IngestAbortedError: The job cannot go on: the key or the dataset is gone, the server
                does not answer for two minutes, or too many files have failed. It carries the
                report so far; the same call goes on from there.
            LedgerError: The ledger cannot be read or written.
        """
        options = IngestOptions(
            parse=parse,
            on_conflict=on_conflict,
            concurrency=concurrency,
            ledger=ledger,
            include=include,
            exclude=exclude,
            name_for=name_for,
            metadata_for=metadata_for,
            progress=progress,
            on_result=on_result,
            max_failures=max_failures,
            max_parsing=max_parsing,
            parse_timeout=parse_timeout,
            shard=shard,
            executor=executor,
            dry_run=dry_run,
            timeout=timeout,
        )
        return run_job(api_of(self), self, options, sources)

    def sync(
        self,
        folder: str | os.PathLike[str],
        *,
        ledger: str | os.PathLike[str],
        delete: bool = False,
        max_delete: int | None = None,
        parse: bool = True,
        concurrency: int | Literal["auto"] = "auto",
        include: Sequence[str] | str = (),
        exclude: Sequence[str] | str = (),
        progress: Callable[[IngestProgress], None] | None = None,
        on_result: Callable[[FileResult], None] | None = None,
        max_failures: int | None = None,
        max_parsing: int = 128,
        dry_run: bool = False,
        timeout: TimeoutLike = None,
    ) -> IngestReport:
        """Makes the dataset follow a folder: new files come in, changed ones are replaced.

        Only documents that this ledger knows are ever replaced or deleted; a file whose name
        another document has is skipped.

        Args:
            folder: The folder.
            ledger: The SQLite file that knows what came from it.
            delete: Whether to delete the documents of files that are gone. A folder without any
                file, or of more than 20 known files more than half being gone, rather looks like
                a disk that is not there: then nothing is deleted, and ``report.refusal`` says so.
            max_delete: Delete up to so many, however many there were, and nothing if more files
                are gone.
            parse: As in :meth:`ingest`, and so for the others.
            concurrency: Forms under way at once.
            include: Only these files.
            exclude: None of these.
            progress: Called after each step.
            on_result: Called with each file's result.
            max_failures: Failed files after which to give up.
            max_parsing: Documents being parsed at once, at most.
            dry_run: Only tell what would be done.
            timeout: Seconds without progress after which a transfer counts as broken.

        Returns:
            One result for each file; ``report.vanished`` names the files that are gone.
            ``report.ok`` is false where their documents should have been deleted and were not.

        Raises:
            InvalidArgumentError: The folder is none, or an argument cannot be right.
            IngestAbortedError: The job cannot go on.
            LedgerError: The ledger cannot be read or written.
        """
        options = IngestOptions(
            parse=parse,
            concurrency=concurrency,
            ledger=ledger,
            include=include,
            exclude=exclude,
            progress=progress,
            on_result=on_result,
            max_failures=max_failures,
            max_parsing=max_parsing,
            dry_run=dry_run,
            timeout=timeout,
            mirror=True,
            delete=delete,
            max_delete=max_delete,
        )
        return run_job(api_of(self), self, options, existing_folder(folder))

    def verify(
        self,
        sources: Sources,
        *,
        deep: bool = False,
        ledger: str | os.PathLike[str] | None = None,
        include: Sequence[str] | str = (),
        exclude: Sequence[str] | str = (),
        name_for: Callable[[str], str] | None = None,
        on_result: Callable[[Comparison], None] | None = None,
        on_difference: Callable[[Comparison], None] | None = None,
    ) -> VerifyReport:
        """Compares files with the dataset's documents; neither is changed.

        A file's document is the one that the ledger knows, or else the one of the name that
        :meth:`ingest` would give it. It is equal if it has the same size and, where the ledger
        knows what was stored and the file has another time of change, the same contents.

        Args:
            sources: A folder, or whatever else :meth:`ingest` takes.
            deep: Whether to download each document and compare its bytes, piece by piece.
            ledger: The SQLite file that an ingestion kept; it is only read.
            include: Only files that match one of these globs. What is left out here has documents
                all the same: without a ledger they count as extra.
            exclude: No files, and no folders, that match one of these.
            name_for: Gives the document's name for a file's relative path.
            on_result: Called with each comparison.
            on_difference: Called with each that is not equal.

        Returns:
            Counts and differences; ``report.ok`` tells whether all is equal.

        Raises:
            InvalidArgumentError: An argument cannot be right.
            RAGFlowError: The server cannot be asked.
            LedgerError: The ledger cannot be read.
        """
        options = VerifyOptions(
            deep=deep,
            ledger=ledger,
            include=include,
            exclude=exclude,
            name_for=name_for,
            on_result=on_result,
            on_difference=on_difference,
        )
        return Verification(api_of(self), self, options).run(sources)
