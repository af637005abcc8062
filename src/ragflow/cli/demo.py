"""``ragflow demo``: from files to an answer with its sources."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from ragflow import (
    Chat,
    DataSet,
    Document,
    LocalServerError,
    PartialUploadError,
    RAGFlow,
    RAGFlowError,
    Session,
)
from ragflow.cli.display import Display
from ragflow.cli.failures import ExitCode, Failure, not_installed
from ragflow.cli.sources import SAMPLE_QUESTION, Sources, collect, names, samples
from ragflow.cli.texts import count, excerpt, size
from ragflow.local.config import ServerConfig
from ragflow.local.process import ServerProcessError
from ragflow.models import ParseProgress, UploadProgress

__all__ = ["run_demo"]

PASSAGES = 3
CHUNK_TOKENS = 128  # passages that can be read at a glance
LOG_MARKS = re.compile(r"^.*\[ERROR\](\[Exception\])?:?\s*")
TOPIC_LENGTH = 60
PROGRAM = """
    from ragflow import RAGFlow

    rag = RAGFlow.local()
    dataset = rag.create_dataset("docs")
    dataset.parse_documents(dataset.upload_documents(["handbook.pdf"]))
    chat = rag.create_chat("assistant", knowledgebases=[dataset])
    print(chat.create_session().ask("How much leave is there?").content)
"""
OWN_SERVER = """
    rag = RAGFlow(api_key="ragflow-…", base_url="https://ragflow.example.com")"""


def run_demo(
    paths: Sequence[Path], *, question: str | None, data: Path | None, version: str
) -> ExitCode:
    """Shows the whole way from files to answers.

    Args:
        paths: Files and directories; without any, documents that come with the package are taken.
        question: The first question; asked for, or a general one, when not given.
        data: The file that keeps the data; without it nothing is left behind.
        version: The RAGFlow version to speak.

    Raises:
        Failure: It cannot begin, or cannot go on.
    """
    display = Display()
    sources = _choose(paths, version)
    if sources.unsupported:
        display.warn(f"left out, because their type is not supported: {names(sources.unsupported)}")
    if question is None and not paths:
        question = SAMPLE_QUESTION
    with _start(data, version, display) as rag:
        dataset, all_well = _ingest(rag, sources, display)
        chat = rag.create_chat(dataset.name, knowledgebases=[dataset])
        if question is None:
            question = display.ask("Your question: ") if display.interactive else _guess(dataset)
        if question:
            all_well &= _converse(rag, dataset, chat, question, data, display)
    return ExitCode.DONE if all_well else ExitCode.SOME_FAILED


def _choose(paths: Sequence[Path], version: str) -> Sources:
    try:
        ServerConfig(version=version)
        if not paths:
            return samples()
        from ragflow.local.extraction import SUPPORTED_SUFFIXES
    except ValueError as error:
        raise Failure(str(error)) from error
    except ImportError as error:
        raise not_installed(error) from error
    return collect(paths, SUPPORTED_SUFFIXES)


@contextlib.contextmanager
def _start(data: Path | None, version: str, display: Display) -> Iterator[RAGFlow]:
    """A client with an embedded server."""
    try:
        with display.waiting("Starting an embedded server"):
            rag = RAGFlow.local(data, version=version)
    except (ServerProcessError, LocalServerError) as error:
        raise Failure(f"{error} (--data {data})" if data else str(error)) from error
    with rag:
        display.line(f"Started an embedded server that speaks RAGFlow {version.removeprefix('v')}.")
        yield rag


def _ingest(rag: RAGFlow, sources: Sources, display: Display) -> tuple[DataSet, bool]:
    """A dataset with the parsed files, and whether all of them are in it."""
    name = f"demo {datetime.now():%Y-%m-%d %H:%M:%S}"
    dataset = rag.create_dataset(name, parser_config={"chunk_token_num": CHUNK_TOKENS})
    stored, lost = _upload(dataset, sources, display)
    display.line(
        f"Uploaded {count(len(stored), 'file')} ({size(sum(item.size for item in stored))})."
    )
    with display.progress("Parsing") as report:

        def on_progress(state: ParseProgress) -> None:
            report(state.fraction, f"{state.ended} of {count(state.total, 'document')}")

        documents = dataset.parse_documents(stored, on_progress=on_progress)
    failed = [item for item in documents if item.run != "DONE"]
    for item in failed:
        display.warn(f"{item.name} could not be parsed: {_reason(item)}")
    chunks = sum(item.chunk_count for item in documents)
    if not chunks:
        code = ExitCode.SOME_FAILED if failed or lost else ExitCode.BAD_INPUT
        raise Failure("there is no text in what was uploaded, so nothing can be asked", code)
    parsed = len(documents) - len(failed)
    display.line(f"Parsed {count(parsed, 'document')} into {count(chunks, 'chunk')}.")
    return dataset, not failed and not lost


def _upload(
    dataset: DataSet, sources: Sources, display: Display
) -> tuple[list[Document], list[str]]:
    """The documents that are stored, and the names of the files that are not."""
    with display.progress("Uploading") as report:

        def on_progress(state: UploadProgress) -> None:
            share = state.bytes_done / state.bytes_total if state.bytes_total else 1.0
            report(share, f"{state.files_done} of {count(state.files_total, 'file')}")

        try:
            return dataset.upload_documents(sources.files, on_progress=on_progress), []
        except PartialUploadError as error:
            partial = error
    display.warn(str(partial))
    return [item for item in partial.stored if isinstance(item, Document)], partial.failed


def _reason(document: Document) -> str:
    """Why parsing failed, without the time stamps and marks of the server's log."""
    last = document.progress_msg.strip().rpartition("\n")[2]
    return LOG_MARKS.sub("", last) or f"it ended as {document.run}"


def _guess(dataset: DataSet) -> str:
    """A question that the first document answers, for want of one from a user."""
    first = next(item for item in dataset.iter_documents() if item.chunk_count)
    opening = first.list_chunks(page=1, page_size=1)[0].content.strip().partition("\n")[0]
    return f"What is said about “{excerpt(opening, TOPIC_LENGTH).text}”?"


def _converse(
    rag: RAGFlow,
    dataset: DataSet,
    chat: Chat,
    question: str,
    data: Path | None,
    display: Display,
) -> bool:
    """Answers the first question at length and, in a terminal, others; whether all went well."""
    display.heading("Question", question)
    display.heading("Best passages")
    found = rag.retrieve(question, datasets=[dataset], limit=PASSAGES, highlight=True)
    display.passages(found)
    if not found:
        display.line("No passage is similar enough to the question.")
    display.heading("Answer")
    session = chat.create_session()
    all_well = _answer(session, question, display)
    _say_how_to_go_on(data, display)
    if display.interactive:
        display.heading("Chat", "An empty line ends it, Ctrl-C stops an answer.")
        while question := display.ask("You: "):
            all_well &= _answer(session, question, display)
    return all_well


def _answer(session: Session, question: str, display: Display) -> bool:
    """Streams an answer; whether there was one. Only where nobody chats, failures end the demo."""
    try:
        with session.ask(question, stream=True) as messages:
            message = display.answer(messages)
    except KeyboardInterrupt:
        if not display.interactive:
            raise
        display.line("(stopped)", "dim")
        return True
    except RAGFlowError as error:
        if not display.interactive:
            raise
        display.warn(str(error))
        return False
    display.sources(message)
    return message.error is None


def _say_how_to_go_on(data: Path | None, display: Display) -> None:
    display.heading("The same in Python")
    display.line(PROGRAM)
    display.line("With a RAGFlow server of your own, only the client changes:")
    display.line(OWN_SERVER)
    if data:
        display.heading("Your data")
        display.line(f"They are kept in {data}; to go on with them: ragflow serve --data {data}")
