# Generated from src/ragflow/_async/dataset_ingest.py by tools/generate_sync.py. Do not edit.
"""Datasets: bringing many files in, again and again."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from .._protocol.timeouts import TimeoutLike
from .._twins import Sources
from ..ingest.options import IngestOptions, OnConflict, existing_folder
from ..models import DatasetData, FileResult, IngestProgress, IngestReport
from .ingestion.job import Ingest
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
            name_for: Gives the document's name for a file's relative path.
            metadata_for: Gives the document's ``meta_fields`` for a file's relative path.
            progress: Called after each step.
            on_result: Called with each file's result, in input order.
            max_failures: Failed files after which to give up; by default, never.
            max_parsing: Documents being parsed at once, at most.
            parse_timeout: Seconds without progress after which a document's parsing is given up.
            shard: Take only a share of the files, ``(3, 16)`` or ``"3/16"`` for the third of
                sixteen; the same file always falls into the same share.
            timeout: Seconds without progress after which a transfer counts as broken.

        Returns:
            One result for each file; ``report.ok`` tells whether all went well.

        Raises:
            InvalidArgumentError: An argument cannot be right. Nothing was sent.
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
            timeout=timeout,
        )
        return Ingest(api_of(self), self, options).run(sources)

    def sync(
        self,
        folder: str | os.PathLike[str],
        *,
        ledger: str | os.PathLike[str],
        delete: bool = False,
        parse: bool = True,
        concurrency: int | Literal["auto"] = "auto",
        include: Sequence[str] | str = (),
        exclude: Sequence[str] | str = (),
        progress: Callable[[IngestProgress], None] | None = None,
        on_result: Callable[[FileResult], None] | None = None,
        max_failures: int | None = None,
        max_parsing: int = 128,
        timeout: TimeoutLike = None,
    ) -> IngestReport:
        """Makes the dataset follow a folder: new files come in, changed ones are replaced.

        Only documents that this ledger knows are ever replaced or deleted; a file whose name
        another document has is skipped.

        Args:
            folder: The folder.
            ledger: The SQLite file that knows what came from it.
            delete: Whether to delete the documents of files that are gone.
            parse: As in :meth:`ingest`, and so for the others.
            concurrency: Forms under way at once.
            include: Only these files.
            exclude: None of these.
            progress: Called after each step.
            on_result: Called with each file's result.
            max_failures: Failed files after which to give up.
            max_parsing: Documents being parsed at once, at most.
            timeout: Seconds without progress after which a transfer counts as broken.

        Returns:
            One result for each file; ``report.vanished`` names the files that are gone.

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
            timeout=timeout,
            mirror=True,
            delete=delete,
        )
        return Ingest(api_of(self), self, options).run(existing_folder(folder))
